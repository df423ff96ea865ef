"""Polite, suspicious fetching: the site's own hosts, one connection pool, caps on everything."""

import time
from dataclasses import dataclass
from urllib.parse import quote, urljoin, urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError, LocationValueError

from include.crawl.pace import Pace
from include.crawl.sites import Site

CONNECTIONS = 8
MAX_PAGE_BYTES = 8 * 2**20
MAX_FILE_BYTES = {"image": 32 * 2**20, "video": 256 * 2**20}
_CONNECT_AND_READ_S = (10, 30)
_TOTAL_S = 300
_REDIRECTS = 5
_AS_THEY_ARE = "%/:=&?~#+!$,;'@()*[]"
_ATTEMPTS = 3


class Refused(Exception):
    """This address is not fetched, or what came is not taken; the message is the reason for the row."""


class Away(Refused):
    """The address, or a redirect, leads to a host that is not the site's."""


class Unreachable(Exception):
    """The host did not answer as it should, several times; a later run may have more luck."""


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes

    def taken(self) -> bytes:
        """The body of what was asked for. Gone is final; whatever else is no 200 may be better another day."""
        if self.status in (404, 410):
            raise Refused(f"gone: HTTP {self.status}")
        if self.status != 200:
            raise Unreachable(f"HTTP {self.status}")
        return self.body


class Fetcher:
    """Fetches for one site. Every hop of a redirect is checked against the site's hosts before it is asked."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self._pace = Pace(site.pace)
        self._session = requests.Session()
        self._session.headers.update({"User-Agent": site.user_agent, "Accept-Language": "ko,en;q=0.8"})
        # The environment's proxies and .netrc are not this site's affair.
        self._session.trust_env = False
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, HTTPAdapter(pool_connections=CONNECTIONS, pool_maxsize=CONNECTIONS))

    def page(self, url: str, referer: str | None = None) -> Answer:
        """A page, whatever its status says: the adapter classifies it."""
        return self._with_patience(url, referer, MAX_PAGE_BYTES)

    def file(self, url: str, referer: str, kind: str) -> bytes:
        """The bytes of a picture or video; image hosts want the post as referer."""
        return self._with_patience(url, referer, MAX_FILE_BYTES[kind]).taken()

    def _with_patience(self, url: str, referer: str | None, limit: int) -> Answer:
        """A few attempts, each after a longer pause; server errors and broken transfers are worth another."""
        reason = ""
        for attempt in range(_ATTEMPTS):
            time.sleep(attempt * max(self.site.pace, 0.2))
            try:
                answer = self._follow(url, referer, limit)
            except (requests.exceptions.InvalidURL, LocationValueError, ValueError) as error:
                raise Refused(f"no address that can be asked: {type(error).__name__}") from None
            except (requests.RequestException, HTTPError) as error:
                reason = type(error).__name__
                continue
            if answer.status < 500:
                return answer
            reason = f"HTTP {answer.status}"
        raise Unreachable(f"{reason}, {_ATTEMPTS} times")

    def _follow(self, url: str, referer: str | None, limit: int) -> Answer:
        for _ in range(_REDIRECTS + 1):
            url = quote(url, safe=_AS_THEY_ARE)  # names typed by people: Korean, spaces
            if not self.site.allows(url):
                raise Away("leads away from the site's hosts")
            self._pace.wait(urlsplit(url).netloc)
            headers = {"Referer": referer} if referer else {}
            with self._session.get(
                url, headers=headers, timeout=_CONNECT_AND_READ_S, stream=True, allow_redirects=False
            ) as response:
                target = response.headers.get("Location") if response.is_redirect else None
                if not target:
                    return Answer(response.status_code, _read(response, limit))
                url = urljoin(url, target)
        raise Refused(f"more than {_REDIRECTS} redirects")


def _read(response: requests.Response, limit: int) -> bytes:
    """The body, given up as soon as it is too long or too slow, however long it says it is."""
    deadline = time.monotonic() + _TOTAL_S
    parts, size = [], 0
    # read1 gives what has come: a server that trickles cannot hold us beyond the deadline.
    while part := response.raw.read1(2**16, decode_content=True):
        size += len(part)
        if size > limit:
            raise Refused(f"larger than {limit >> 20} MiB")
        if time.monotonic() > deadline:
            raise requests.Timeout
        parts.append(part)
    return b"".join(parts)
