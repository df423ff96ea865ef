"""Connections to a site's hosts: kept alive, to checked addresses only, through the site's proxy where it has one."""

import http.client
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar
from urllib.parse import SplitResult, unquote, urlsplit

import certifi
import socks as pysocks
from requests import Response
from urllib3 import PoolManager, ProxyManager
from urllib3.contrib import socks
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError
from urllib3.util import create_urllib3_context, make_headers

from include.crawl.net.address_guard import AddressGuard
from include.crawl.net.deadline import Deadlines
from include.crawl.net.session import SiteSession
from include.crawl.sites import Site

_HOSTS = 32  # whose connections are kept
_CONNECT_S, _READ_S = 10, 30
_PORTS = {"http": 80, "https": 443}


class Connections:
    """Sends requests for one site.

    Without a proxy every name is resolved here, and the connection goes to the very address that was checked. TLS is
    checked against the name as always. With a proxy the names are resolved there (that is what `socks5h` is for), so of
    an address only its text can be checked: the proxy must be one that has no way into a network of yours.
    The environment's proxies and credentials are not used.
    """

    def __init__(self, site: Site) -> None:
        self._guard, self._deadlines, self._proxy = AddressGuard(site), Deadlines(), site.proxy
        self._session = SiteSession(_manager(site, self._guard, self._deadlines))

    def check(self, url: str) -> None:
        """Raise `Away` where this address may not be asked: what is known before anybody connects."""
        parts = urlsplit(url)
        if self._proxy:
            self._guard.check_name(parts.hostname or "")
        else:
            self._guard.resolve(parts.hostname or "", parts.port or _PORTS[parts.scheme])

    @contextmanager
    def get(self, url: str, headers: dict[str, str], seconds: float) -> Iterator[Response]:
        """Ask for a plain address; the body is read within the block, and all of it within so many seconds."""
        if self._proxy:
            self.check(url)
        with self._deadlines.within(seconds):
            response = self._session.ask(url, headers, (_CONNECT_S, _READ_S))
            try:
                yield response
            finally:
                if not response.raw.closed:  # read to its end it is, and its connection kept
                    response.raw.close()
                response.raw.release_conn()

    def connect(self, host: str, port: int) -> socket.socket:
        """A bare connection, under the same checks and through the same proxy: for the browser."""
        if not self._proxy:
            return self._guard.connect(host, port, _CONNECT_S)
        self._guard.check_name(host)
        return _through(self._proxy, host, port)

    def close(self) -> None:
        """Close what is kept alive."""
        self._session.close()


class _Watched:
    """A connection whose exchanges have an end."""

    deadlines: ClassVar[Deadlines]
    sock: Any

    def getresponse(self) -> Any:
        self.deadlines.on(self.sock)
        return super().getresponse()  # type: ignore[misc]  # of the connection that this is mixed into


class _Checked(_Watched):
    """A connection that goes to checked addresses only."""

    guard: ClassVar[AddressGuard]

    def _new_conn(self: Any) -> socket.socket:
        try:
            connected: socket.socket = self.guard.connect(self.host, self.port, self.timeout)
        except socket.gaierror as error:
            raise NameResolutionError(self.host, self, error) from None
        except TimeoutError:
            raise ConnectTimeoutError(self, "timed out") from None
        except OSError as error:
            raise NewConnectionError(self, str(error)) from None
        return connected


def _manager(site: Site, guard: AddressGuard, deadlines: Deadlines) -> PoolManager:
    """urllib3's pools, with our own connections in them."""
    settings: dict[str, Any] = {"num_pools": _HOSTS, "maxsize": site.connections, "ssl_context": _trusted()}
    ours: dict[str, Any] = {"deadlines": deadlines, "guard": guard}
    if not site.proxy:
        return _with(_Checked, ours, PoolManager(**settings))
    if site.proxy.startswith("socks5h:"):
        return _with(_Watched, ours, socks.SOCKSProxyManager(site.proxy, **settings))
    return _with(_Watched, ours, ProxyManager(site.proxy, proxy_headers=_login(site.proxy), **settings))


def _with(mixin: type, ours: dict[str, Any], manager: PoolManager) -> PoolManager:
    pools: dict[str, Any] = manager.pool_classes_by_scheme
    manager.pool_classes_by_scheme = {
        scheme: type(pool.__name__, (pool,), {"ConnectionCls": type(mixin.__name__, (mixin, pool.ConnectionCls), ours)})
        for scheme, pool in pools.items()
    }
    return manager


def _trusted() -> ssl.SSLContext:
    """Whom this machine trusts (an office's own authority, say), and whom browsers do: slim images come without any."""
    context = create_urllib3_context()
    context.load_default_certs()
    context.load_verify_locations(certifi.where())
    return context


def _login(proxy: str) -> dict[str, str]:
    parts = urlsplit(proxy)
    if parts.username is None:
        return {}
    login = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return make_headers(proxy_basic_auth=login)


def _through(proxy: str, host: str, port: int) -> socket.socket:
    """A tunnel through the proxy, which resolves the name."""
    parts = urlsplit(proxy)
    at = parts.hostname or "", parts.port or (1080 if parts.scheme == "socks5h" else _PORTS[parts.scheme])
    if parts.scheme == "socks5h":
        return _socks(parts, at, host, port)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    tunnel = kind(*at, timeout=_CONNECT_S)
    tunnel.set_tunnel(host, port, headers=_login(proxy))
    tunnel.connect()
    return tunnel.sock


def _socks(parts: SplitResult, at: tuple[str, int], host: str, port: int) -> socket.socket:
    login = parts.username, parts.password
    tunnel: socket.socket = pysocks.create_connection((host, port), _CONNECT_S, None, pysocks.SOCKS5, *at, True, *login)
    return tunnel
