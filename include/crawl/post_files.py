"""The files of a post: fetched, told by their first bytes, put into the lake."""

import threading
from dataclasses import dataclass, field

from include.core.run import Run
from include.crawl.adapters import Adapter, MediaLink
from include.crawl.browser.browser import Browser
from include.crawl.media_rows import UNREACHABLE, Kept, StoredFile
from include.crawl.meter import Meter
from include.crawl.net.fetch import Download, Fetcher, Refused, Unreachable
from include.crawl.sites import BrowserMode
from include.lake.clock import Clock
from include.lake.objects import BUCKET_FAILS, put_file
from include.media.file_types import FileType, sniff
from include.media.fingerprints import Fingerprint
from include.media.inspector import DecoderLost, Inspector, Rejected

# The storage client keeps ten connections; more at once would each be a new one, and thrown away.
UPLOADS = 8
_SIGNS = (
    (b"<!doctype html", "an HTML page"),
    (b"<html", "an HTML page"),
    (b"<svg", "an SVG drawing"),
    (b"<?xml", "an XML document"),
    (b"%pdf", "a PDF document"),
    (b"pk\x03\x04", "an archive or office document"),
    (b"pk\x05\x06", "an archive or office document"),
)


@dataclass(frozen=True)
class Keeper:
    """Puts the files of one site into one bucket."""

    run: Run
    fetcher: Fetcher
    adapter: Adapter
    meter: Meter
    browser: Browser
    inspector: Inspector
    clock: Clock = field(default_factory=Clock)
    # What this batch has stored, by address: ten posts that show one address are one request.
    _by_url: dict[str, StoredFile] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _uploads: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(UPLOADS))

    def keep(self, link: MediaLink, referer: str, earlier: StoredFile | None = None) -> Kept:
        """One picture or video of the post at `referer`. Whatever comes of it, it is said.

        `earlier` is what an earlier run stored from this very address: it is not fetched again.
        """
        now = self.clock.now()
        try:
            return Kept(link, now, earlier or self._by_url.get(link.url) or self._store(link, referer))
        except (Refused, Rejected) as reason:
            return Kept(link, now, rejected=str(reason))
        except Unreachable as reason:
            return Kept(link, now, rejected=f"{UNREACHABLE}{reason}")
        except BUCKET_FAILS:  # no file's affair: the batch is tried again
            raise
        except Exception as error:  # whatever one file does (no memory for it, say) is that file's affair
            return Kept(link, now, rejected=f"{UNREACHABLE}looking at it fails: {type(error).__name__}")

    def _store(self, link: MediaLink, referer: str) -> StoredFile:
        with self._got(link, referer) as got:
            file_type = sniff(got.head)
            if file_type is None:
                raise Refused(f"neither picture nor video by its first bytes{_looks_like(got.head)}")
            with self.meter.phase("parse"):
                facts = self._inspected(got, file_type)
            with self.meter.phase("upload"), self._uploads:
                stored = put_file(self.run, got.file, got.size, got.sha256, file_type)
        self.meter.count("objects.new", stored.created)
        found: StoredFile = {
            "kind": file_type.kind,
            "file_path": stored.file_path,
            "sha256": stored.sha256,
            "phash": facts.phash,
            "phash_quality": facts.phash_quality,
            "type": file_type.mime,
            "size": stored.size,
        }
        with self._lock:
            self._by_url[link.url] = found
        return found

    def _inspected(self, got: Download, file_type: FileType) -> Fingerprint:
        try:
            return self.inspector.inspect(got.file, got.size, file_type)
        except DecoderLost as reason:
            raise Unreachable(f"nobody could look at it: {reason}") from reason

    def _got(self, link: MediaLink, referer: str) -> Download:
        try:
            return self._fetched(link, referer)
        except (Refused, Unreachable):
            raise
        except Exception as error:  # whatever it is, it is one file's affair and not the batch's
            raise Unreachable(f"asking for it fails: {type(error).__name__}") from error

    def _fetched(self, link: MediaLink, referer: str) -> Download:
        if not link.player:
            return self.fetcher.file(link.url, referer, link.kind)
        if self.fetcher.site.browser == BrowserMode.ALWAYS:
            return self.browser.download(link.url, referer)
        page = self.fetcher.page(link.url, referer).taken()
        if not page.strip():
            raise Unreachable("the player page is empty")
        try:
            with self.meter.phase("parse"):
                player = self.adapter.parse_player(link.url, page)
        except Exception as error:  # as with posts: a page that the parser chokes on
            raise Refused(f"unreadable player page: {type(error).__name__}") from None
        if player.source:
            return self.fetcher.file(player.source, link.url, link.kind)
        if not player.button:
            raise Unreachable("the player names no file yet")
        if self.fetcher.site.browser == BrowserMode.OFF:
            raise Unreachable("only a browser can fetch it, and that is switched off for this site")
        return self.browser.download(link.url, referer)


def _looks_like(head: bytes) -> str:
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return next((f": {what}" for sign, what in _SIGNS if start.startswith(sign)), "")
