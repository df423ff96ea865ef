"""Videos that only a click leads to: the player page in a headless Chromium, its download button, the file.

One Chromium a worker, started at the first download. Each post has a profile and a folder of its own, which go with it;
after a download that failed, in whatever way, the whole Chromium goes, and the next one starts another.
"""

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Self

from include.crawl.browser.chromium import FAILURES, Chromium, first_line, opened, started
from include.crawl.browser.egress_proxy import EgressProxy
from include.crawl.browser.player_page import Tab, file_behind
from include.crawl.net.failures import Refused, Unreachable
from include.crawl.net.fetch import Fetcher
from include.crawl.net.spooled_download import Download

BUTTON = ".btn_down"
# Downloads after which it is a new Chromium's turn: each leaves it about a megabyte larger.
USES = 100


class Browser:
    """Downloads one at a time, for any thread. Chromium reaches the site's hosts and no other, through an egress proxy.

    The player page waits for its turn as every request to its host does; what the page itself then asks for does not.
    """

    def __init__(self, fetcher: Fetcher) -> None:
        self._fetcher = fetcher
        self._lock = threading.Lock()
        self._proxy: EgressProxy | None = None
        self._chromium: Chromium | None = None
        self._uses = 0
        self._unstartable = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End Chromium, and all that belongs to it. A later download would start another."""
        with self._lock:
            self._discard()
            if self._proxy:
                self._proxy.close()
                self._proxy = None

    def download(self, player_url: str, referer: str, button: str = BUTTON) -> Download:
        """The file that the button of a player page leads to; the page is opened as from the post."""
        with self._lock:
            self._fetcher.admit(player_url)
            try:
                with self._tab() as tab:
                    return _taken(file_behind(tab, player_url, referer, button))
            except BaseException as error:
                self._discard()
                if isinstance(error, FAILURES):
                    raise Unreachable(f"Chromium failed: {first_line(error)}") from None
                raise

    @contextmanager
    def _tab(self) -> Iterator[Tab]:
        """A tab with a profile of its own, and the folder that takes what it downloads."""
        chromium = self._running()
        folder = chromium.own_folder("post-")
        profile = chromium.driver.browser.create_user_context()
        handle = chromium.driver.browsing_context.create(type="tab", user_context=profile)
        chromium.driver.switch_to.window(handle)
        # AllowAndName: the file's name is one that Chromium makes up. What the site calls it never becomes a path.
        chromium.cdp(
            "Browser.setDownloadBehavior",
            behavior="allowAndName",
            downloadPath=str(folder),
            eventsEnabled=True,
            browserContextId=profile,
        )
        yield Tab(chromium, handle, folder)
        chromium.driver.switch_to.window(chromium.home)
        chromium.driver.browser.remove_user_context(profile)
        shutil.rmtree(folder)

    def _running(self) -> Chromium:
        """The Chromium that is there, or another if it died meanwhile or has grown old."""
        if self._chromium and (self._uses >= USES or not self._chromium.answers()):
            self._discard()
        if not self._proxy:
            self._proxy = EgressProxy(self._fetcher.site)
        if not self._chromium:
            self._chromium, self._uses = self._start(self._proxy), 0
        self._uses += 1
        return self._chromium

    def _start(self, proxy: EgressProxy) -> Chromium:
        """A new Chromium. Where one does not start, another is not tried for each video: that takes too long."""
        if self._unstartable:
            raise Unreachable(self._unstartable)
        try:
            return started(self._fetcher.site.agent, proxy.address)
        except Unreachable as reason:
            self._unstartable = str(reason)
            raise

    def _discard(self) -> None:
        if self._chromium:
            self._chromium.end()
            self._chromium = None


def _taken(file: Path) -> Download:
    with opened(file) as stream:
        download = Download.of(iter(partial(stream.read, 2**16), b""))
    if download.size:
        return download
    download.close()
    raise Refused("empty file")
