"""A `requests` session that sends what it is told and nothing else, over connections that it is given."""

from collections.abc import Mapping
from typing import Any

from requests import PreparedRequest, Response, Session
from requests.adapters import HTTPAdapter
from requests.cookies import RequestsCookieJar
from requests.exceptions import RequestException
from requests.structures import CaseInsensitiveDict
from urllib3 import BaseHTTPResponse, PoolManager, Retry
from urllib3.connectionpool import ConnectionPool
from urllib3.util import parse_url


class SiteSession(Session):
    """Takes nothing from the environment, keeps no cookies, follows no redirects and tries nothing twice."""

    def __init__(self, pools: PoolManager) -> None:
        super().__init__()
        self.trust_env = False
        self.headers.clear()
        self.cookies = _NoCookies()
        adapter = _Adapter(pools)
        for scheme in ("http://", "https://"):
            self.mount(scheme, adapter)

    def ask(self, url: str, headers: Mapping[str, str], timeout: tuple[float, float]) -> Response:
        """The answer up to its body. Address and headers go out as they are: `get` would spell them anew."""
        request = PreparedRequest()
        request.method, request.url, request.headers = "GET", url, CaseInsensitiveDict(headers)
        return self.send(request, stream=True, timeout=timeout, allow_redirects=False, proxies={})

    def get_redirect_target(self, resp: Response) -> str | None:
        """None that requests would see to: it reads the body of a redirect first, however long and packed."""
        return None


class _NoCookies(RequestsCookieJar):
    """Stays empty. What a site sets is not even read."""

    def extract_cookies(self, response: object, request: object) -> None:
        return


class _Adapter(HTTPAdapter):
    """Leaves all that makes a connection safe to the pools: addresses, proxy, whom to trust."""

    poolmanager: PoolManager

    def __init__(self, pools: PoolManager) -> None:
        super().__init__(max_retries=Retry(False))
        self.poolmanager = pools

    def get_connection_with_tls_context(
        self, request: PreparedRequest, verify: object, proxies: object = None, cert: object = None
    ) -> ConnectionPool:
        return self.poolmanager.connection_from_url(request.url or "")

    def cert_verify(self, conn: object, url: object, verify: object, cert: object) -> None:
        """The pools' own context does, whatever a caller says. This would load all authorities for each connection."""

    def request_url(self, request: PreparedRequest, proxies: object) -> str:
        """With its question mark even where nothing follows it."""
        url = parse_url(request.url or "")
        return url.url if self._forwarded(request) else url.request_uri

    def add_headers(self, request: PreparedRequest, **_: Any) -> None:
        """What a proxy that passes plain requests on must get."""
        if self._forwarded(request):
            host = parse_url(request.url or "").netloc or ""
            request.headers = CaseInsensitiveDict({"Accept": "*/*", "Host": host, **request.headers})

    def send(self, request: PreparedRequest, *more: Any, **options: Any) -> Response:
        """Errors are urllib3's, as those are that come while a body is read."""
        try:
            return super().send(request, *more, **options)
        except RequestException as error:
            raise next((cause for cause in error.args if isinstance(cause, Exception)), error) from None

    def build_response(self, req: PreparedRequest, resp: BaseHTTPResponse) -> Response:
        """Without cookies and a guess at the encoding: nobody asks for either."""
        response = Response()
        response.status_code, response.reason = resp.status, resp.reason or ""
        response.headers, response.raw = CaseInsensitiveDict(resp.headers), resp
        response.url, response.request, response.connection = req.url or "", req, self
        return response

    def _forwarded(self, request: PreparedRequest) -> bool:
        return self.poolmanager.proxy is not None and (request.url or "").lower().startswith("http:")
