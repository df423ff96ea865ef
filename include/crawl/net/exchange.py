"""One request and its whole answer."""

from dataclasses import dataclass, replace
from urllib.parse import quote

from requests import Response

from include.crawl.adapters import Adapter
from include.crawl.meter import Meter
from include.crawl.net.connections import Connections
from include.crawl.net.spooled_download import Download, pieces
from include.crawl.sites import Site

TOTAL_S = 300
# In an address that somebody typed: everything else is quoted.
AS_THEY_ARE = "%/:=&?~#+!$,;'@()*[]"
_MOVED = (301, 302, 303, 307, 308)


@dataclass(frozen=True)
class PageRequest:
    """What is wanted of an address: its bytes or a file, no larger than the limit; or no more than it (`beginning`)."""

    limit: int
    referer: str | None = None
    file: bool = False
    beginning: bool = False


@dataclass(frozen=True)
class Reply:
    """What one request came to. A file that was wanted and is there is a download, everything else is a body."""

    status: int
    body: bytes = b""
    download: Download | None = None
    location: str | None = None
    retry_after: str | None = None
    url: str = ""  # what was asked

    @property
    def empty(self) -> bool:
        """All is said to be well, and there is nothing."""
        return self.status == 200 and not (self.download.size if self.download else self.body.strip())

    def close(self) -> None:
        """Nobody wants it."""
        if self.download:
            self.download.close()


class Exchange:
    """Sends requests of one site as its definition and its adapter want them."""

    def __init__(self, site: Site, adapter: Adapter, meter: Meter) -> None:
        self.connections = Connections(site)
        self._adapter, self._meter = adapter, meter
        self._headers = {"User-Agent": site.agent, "Accept-Language": "ko,en;q=0.8"}

    def ask(self, url: str, request: PageRequest) -> Reply:
        """Ask for one address; redirects are told and not followed."""
        referer = quote(request.referer, safe=AS_THEY_ARE) if request.referer else None
        encoding = {"Accept-Encoding": "identity" if request.file else "gzip"}
        headers = {**self._headers, **encoding, **self._adapter.headers(url, referer)}
        self._meter.count("requests")
        with self._meter.phase("network"), self.connections.get(url, headers, TOTAL_S) as response:
            try:
                return replace(_reply(response, request), url=url)
            finally:
                self._meter.count("bytes.fetched", response.raw.tell())


def _reply(response: Response, request: PageRequest) -> Reply:
    status = response.status_code
    if request.file and status == 200:
        return Reply(status, download=Download.of(pieces(response.raw, request.limit)))
    body = _beginning(response, request.limit) if request.beginning else b"".join(pieces(response.raw, request.limit))
    return Reply(status, body, None, _location(response), _retry_after(response))


def _beginning(response: Response, limit: int) -> bytes:
    got: list[bytes] = []
    size = 0
    for piece in pieces(response.raw, limit + 2**16):
        got.append(piece)
        size += len(piece)
        if size >= limit:
            break
    return b"".join(got)[:limit]


def _retry_after(response: Response) -> str | None:
    return response.headers.get("Retry-After") if response.status_code in (429, 503) else None


def _location(response: Response) -> str | None:
    location = response.headers.get("Location") if response.status_code in _MOVED else None
    try:  # sent as UTF-8 where it should have been quoted
        return location.encode("latin-1").decode() if location else None
    except UnicodeError:
        return location
