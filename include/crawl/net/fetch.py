"""Polite, suspicious fetching: the site's own hosts, in their own time, with caps on everything."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self
from urllib.parse import quote, urljoin

from urllib3.exceptions import (
    DecodeError,
    HTTPError,
    LocationValueError,
    NameResolutionError,
    NewConnectionError,
    ProtocolError,
    ProxyError,
    SSLError,
    TimeoutError,
)
from urllib3.util import parse_url

from include.crawl.adapters import Adapter
from include.crawl.meter import Meter
from include.crawl.net import robots
from include.crawl.net.deadline import Overdue
from include.crawl.net.exchange import AS_THEY_ARE, Exchange, PageRequest, Reply
from include.crawl.net.failures import Away, Disallowed, Refused, Stopped, Unreachable
from include.crawl.net.host import HostContext
from include.crawl.net.patient_client import PatientClient
from include.crawl.net.shared_state import SharedState
from include.crawl.net.spooled_download import Download
from include.crawl.sites import Site, host_of
from include.media.file_types import MediaKind

__all__ = ["Away", "Disallowed", "Download", "FetchedPage", "Fetcher", "Refused", "Stopped", "Unreachable"]

MAX_PAGE_BYTES = 8 * 2**20
MAX_FILE_BYTES = {MediaKind.IMAGE: 32 * 2**20, MediaKind.VIDEO: 256 * 2**20}
_DOT = re.compile("%2e", re.IGNORECASE)
_REDIRECTS = 5
_ATTEMPTS = 3
_SHORTEST_PAUSE_S = 0.2
_WORDS: tuple[tuple[type[Exception], str], ...] = (
    (NameResolutionError, "its name is not known"),
    (NewConnectionError, "no connection"),
    (TimeoutError, "no answer in time"),
    (ProxyError, "the proxy fails"),
    (SSLError, "its certificate is not accepted"),
    (ProtocolError, "the answer broke off"),
    (DecodeError, "the answer cannot be unpacked"),
    (Overdue, "the answer took too long"),
)


@dataclass(frozen=True)
class FetchedPage:
    """A page as the site sent it, after redirects."""

    status: int
    body: bytes
    url: str = ""  # of the last redirect, as it was asked

    def taken(self) -> bytes:
        """The body of what was asked for. Gone is final; whatever else is no 200 may be better another day."""
        if self.status != 200:
            raise _nothing(self.status)
        return self.body


class Fetcher:
    """Fetches for one site, for any number of threads.

    Each address, and each that a redirect leads to, is held against the site's hosts, the addresses that its name has,
    and its host's robots.txt before it is asked. All workers together keep the host's pace, and its pauses when it
    blocks us, if they share their state and the site has a pace.
    """

    def __init__(
        self,
        site: Site,
        adapter: Adapter,
        shared: SharedState | None = None,
        meter: Meter | None = None,
        log: Callable[[str], None] = lambda line: None,
    ) -> None:
        self.site = site
        self._meter = meter or Meter()
        self._exchange = Exchange(site, adapter, self._meter)
        self._client = PatientClient(self._exchange, HostContext(site, shared, self._meter, log))
        self._robots = robots.Robots(self._robots_txt, shared if site.pace else None, site.backoff)

    def page(self, url: str, referer: str | None = None) -> FetchedPage:
        """A page, whatever its status says: the adapter classifies it. An empty one is empty, and no block."""
        reply = self._patiently(lambda: self._follow(url, PageRequest(MAX_PAGE_BYTES, referer)))
        return FetchedPage(reply.status, reply.body, reply.url)

    def file(self, url: str, referer: str, kind: MediaKind) -> Download:
        """A picture or video, to be closed by whoever asked for it."""
        request = PageRequest(MAX_FILE_BYTES[kind], referer, file=True)
        reply = self._patiently(lambda: self._follow(url, request))
        if reply.status == 403:
            raise Refused("forbidden: HTTP 403")
        if reply.empty:
            reply.close()
            raise Refused("empty file")
        if reply.download is None:
            raise _nothing(reply.status)
        return reply.download

    def admit(self, url: str) -> None:
        """Every check, then the wait for its host's turn: for what a browser will ask."""
        self._patiently(lambda: self._admit(url))

    def close(self) -> None:
        """Close all connections; turns that were not used go to others."""
        self._client.close()
        self._exchange.connections.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _patiently(self, attempt: Callable[[], Reply]) -> Reply:
        """A few attempts, each after a longer pause; server errors and broken transfers are worth another."""
        reason = ""
        for number in range(_ATTEMPTS):
            if number:
                self._meter.count("retries")
                with self._meter.phase("backoff"):
                    time.sleep(number * max(self.site.pace, _SHORTEST_PAUSE_S))
            try:
                reply = attempt()
            except (LocationValueError, ValueError) as error:
                raise Refused(f"no address that can be asked: {type(error).__name__}") from None
            except (HTTPError, OSError, Overdue) as error:
                reason = next((words for kind, words in _WORDS if isinstance(error, kind)), type(error).__name__)
                continue
            if reply.status < 500:
                return reply
            reason = f"HTTP {reply.status}"
        raise Unreachable(f"{reason}, {_ATTEMPTS} times")

    def _follow(self, url: str, request: PageRequest) -> Reply:
        for _ in range(_REDIRECTS + 1):
            url = self._checked(url)
            self._heed_robots(url)
            reply = self._client.ask(url, request)
            if reply.location is None:
                return reply
            url = urljoin(url, reply.location)
        raise Refused(f"more than {_REDIRECTS} redirects")

    def _checked(self, url: str) -> str:
        url = as_asked(url) if self.site.allows(quote(url, safe=AS_THEY_ARE)) else ""
        if not self.site.allows(url):
            raise Away("leads away from the site's hosts")
        return url

    def _heed_robots(self, url: str) -> None:
        self._client.host(url).slow_down(self._robots.check(url))

    def _admit(self, url: str) -> Reply:
        url = self._checked(url)
        self._exchange.connections.check(url)
        self._heed_robots(url)
        host = self._client.host(url)
        host.leave(host.enter())
        return Reply(200)

    def _robots_txt(self, url: str) -> tuple[int, bytes]:
        """As any other page, but that it has no rules itself; where it leads away there is none."""
        reply = self._patiently(lambda: self._follow_robots(url))
        return reply.status, reply.body

    def _follow_robots(self, url: str) -> Reply:
        hop = url
        for _ in range(_REDIRECTS + 1):
            try:
                reply = self._client.ask(hop, PageRequest(robots.MAX_BYTES, beginning=True), doubted=False)
            except Refused:
                if hop == url:
                    raise
                break
            if reply.location is None:
                return reply
            try:
                hop = as_asked(urljoin(hop, reply.location))
            except ValueError:
                break
            if not self.site.allows(hop) and host_of(hop) != host_of(url):
                break
        return Reply(404)


def _nothing(status: int) -> Exception:
    gone = status in (404, 410)
    return Refused(f"gone: HTTP {status}") if gone else Unreachable(f"HTTP {status}")


def as_asked(url: str) -> str:
    """The address as it goes out: names typed by people (Korean, spaces) quoted, dots resolved, no fragment."""
    path, mark, query = quote(url, safe=AS_THEY_ARE).partition("?")
    return parse_url(_DOT.sub(".", path) + mark + query)._replace(fragment=None).url
