"""A player page in a browser's tab: opened as from its post, its button clicked, the download waited for."""

import os
import queue
import time
from dataclasses import dataclass
from pathlib import Path

from selenium.common.exceptions import (
    ElementClickInterceptedException,
    ElementNotInteractableException,
    TimeoutException,
)
from selenium.webdriver.common.bidi.browsing_context import DownloadParams
from selenium.webdriver.common.by import By
from selenium.webdriver.support.expected_conditions import presence_of_element_located
from selenium.webdriver.support.wait import WebDriverWait

from include.crawl.browser.chromium import Chromium
from include.crawl.net import fetch
from include.crawl.net.failures import Refused, Unreachable
from include.media.file_types import MediaKind

# Seconds: until the page shows its button; from the click to the first byte; without a new byte; for all of the file.
BUTTON_S = 20.0
BEGIN_S = 30.0
IDLE_S = 30.0
TOTAL_S = 600.0
_LOOK_S = 0.05


@dataclass(frozen=True)
class Tab:
    """A tab that is in front, and the folder in which its downloads arrive."""

    chromium: Chromium
    handle: str
    folder: Path


def file_behind(tab: Tab, url: str, referer: str, button: str) -> Path:
    """The complete file that the button leads to. Of several the first that ends counts; the others go with the tab."""
    went = tab.chromium.cdp("Page.navigate", url=url, referrer=referer, referrerPolicy="unsafeUrl")
    if went.get("errorText"):
        raise Unreachable(f"the player page did not come: {went['errorText']}")
    _click(tab, button)
    return _wait(tab)


def _click(tab: Tab, button: str) -> None:
    driver = tab.chromium.driver
    try:
        found = WebDriverWait(driver, BUTTON_S, _LOOK_S).until(presence_of_element_located((By.CSS_SELECTOR, button)))
    except TimeoutException:
        raise Unreachable(f"the player page shows no download button ({button})") from None
    try:
        found.click()
    except (ElementNotInteractableException, ElementClickInterceptedException):  # hidden, or something lies above it
        driver.execute_script("arguments[0].click()", found)


def _wait(tab: Tab) -> Path:
    start = grown = time.monotonic()
    most = -1
    while not (ended := _ended(tab)):
        now, size = time.monotonic(), _size(tab.folder)
        if size > most:
            most, grown = size, now
        _check_size(size)
        if most < 0 and now - start > BEGIN_S:
            raise Unreachable(f"the download did not begin within {BEGIN_S:g} s of the click")
        # By bytes: of a server that says nothing more, Chromium goes on reporting that it is still there.
        if most >= 0 and now - grown > IDLE_S:
            raise Unreachable(f"the download stalled: no new byte for {IDLE_S:g} s after {most}")
        if now - start > TOTAL_S:
            raise Unreachable(f"the download took longer than {TOTAL_S:g} s")
    if ended.status != "complete":
        raise Unreachable("the download broke off")
    file = tab.folder / Path(ended.filepath or "").name
    _check_size(file.stat().st_size)
    return file


def _ended(tab: Tab) -> DownloadParams | None:
    """What Chromium says of a download of this tab that has ended; an earlier tab's may come late."""
    try:
        ended: DownloadParams = tab.chromium.ends.get(timeout=_LOOK_S).download_params
    except queue.Empty:
        return None
    ours = Path(ended.filepath).parent == tab.folder if ended.filepath else ended.context == tab.handle
    return ended if ours else None


def _size(folder: Path) -> int:
    """The bytes that have arrived so far; -1 before anything has begun."""
    sizes = []
    for entry in os.scandir(folder):
        try:
            sizes.append(entry.stat(follow_symlinks=False).st_size)
        except FileNotFoundError:  # it changes its name when it is complete
            sizes.append(0)
    return sum(sizes) if sizes else -1


def _check_size(size: int) -> None:
    most = fetch.MAX_FILE_BYTES[MediaKind.VIDEO]
    if size > most:
        raise Refused(f"larger than {most >> 20} MiB")
