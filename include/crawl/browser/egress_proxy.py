"""The only way out for a browser: a proxy on 127.0.0.1 that lets it reach one site's hosts, and nothing else.

A browser follows what a page tells it: frames, scripts, redirects, WebSockets, addresses that resolve to our own
network. So it gets no network of its own. Whatever it asks for passes here and is held against the site's definition;
the name is resolved here, the address checked, and that very address connected; or the site's own proxy does the rest.
"""

import selectors
import socket
import ssl
import threading
from collections import deque
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingTCPServer
from urllib.parse import unquote, urlsplit

from urllib3.util import make_headers

from include.crawl.net.connections import Connections
from include.crawl.sites import Site, host_of

# What is not handed on: it is about this connection, or (the host) said anew by the address that was looked at.
_HOP_BY_HOP = ("host", "connection", "keep-alive", "proxy-authorization", "proxy-connection")
CONNECT_S = 10
_MOST_SENT = 2**20  # a form that a page sends
_SILENCE_S = 120  # a connection on which nothing moves for so long is nobody's any more
_PORTS = {"http": 80, "https": 443}


class EgressProxy(ThreadingTCPServer):
    """Serves until closed; `address` is what a browser takes as its proxy, `refused` what it was denied."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, site: Site) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.site, self._connections = site, Connections(site)
        # An HTTP proxy takes plain requests as they are, and need not allow tunnels for them.
        self.http_proxy = site.proxy if site.proxy and not site.proxy.startswith("socks") else None
        self.refused: deque[str] = deque(maxlen=100)
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"127.0.0.1:{self.server_address[1]}"

    def connected(self, url: str, tunnel: bool) -> socket.socket:
        """A way to the host of an address. Raises whatever is in the way."""
        parts = urlsplit(url)
        if self.http_proxy and not tunnel:
            self._connections.check(url)
            return _connected_to(self.http_proxy)
        return self._connections.connect(parts.hostname or "", parts.port or _PORTS[parts.scheme])

    def close(self) -> None:
        """Take no more; what is open ends with the browser."""
        self.shutdown()
        self.server_close()

    def handle_error(self, request: object, client_address: object) -> None:
        """A browser that hangs up in the middle is no news."""


class _Handler(BaseHTTPRequestHandler):
    """One connection of the browser. It carries one request and its body, or one tunnel, and then it ends.

    A plain request that follows on the same connection may be for another host, and nobody would have looked at it.
    """

    server: EgressProxy
    protocol_version = "HTTP/1.1"
    rbufsize = 0  # what comes after the head belongs to whoever is on the other side
    timeout = _SILENCE_S

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""

    def do_CONNECT(self) -> None:
        """A tunnel, in which all but the host is hidden from us; so it is the host that counts."""
        site, url = self.server.site, f"https://{self.path}/"
        known = host_of(url) is not None and (site.allows(url) or host_of(url) == host_of(site.base))
        if way := self._way(url, known, tunnel=True):
            self.send_response(200)
            self.end_headers()
            self._relay(way)

    def do_GET(self) -> None:
        """A plain request: the whole address is seen, and counts."""
        body = self._body()
        if body is None:
            self.close_connection = True
            self.send_error(411)
        elif way := self._way(self.path, self.server.site.allows(self.path), tunnel=False):
            with way:
                way.sendall(self._head() + body)
                self._answer(way)

    do_HEAD = do_POST = do_PUT = do_DELETE = do_OPTIONS = do_PATCH = do_GET

    def _way(self, url: str, allowed: bool, tunnel: bool) -> socket.socket | None:
        self.close_connection = True
        if allowed:
            try:
                return self.server.connected(url, tunnel)
            except Exception:  # an address that may not be asked, a host that is away: a page learns no more than that
                pass
        self.server.refused.append(self.path[:200])
        self.send_error(502 if allowed else 403)
        return None

    def _head(self) -> bytes:
        parts, proxy = urlsplit(self.path), self.server.http_proxy
        target = self.path if proxy else (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        headers = [(name, value) for name, value in self.headers.items() if name.lower() not in _HOP_BY_HOP]
        headers += [("Host", parts.netloc), ("Connection", "close"), *(_login(proxy) if proxy else {}).items()]
        lines = [f"{self.command} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers), "", ""]
        return "\r\n".join(lines).encode("latin-1")

    def _body(self) -> bytes | None:
        """As long as the request says: what follows would be another request. None where it does not say it plainly."""
        lengths = self.headers.get_all("Content-Length", ["0"])
        plain = len(lengths) == 1 and lengths[0].isdecimal() and len(lengths[0]) < 9
        if not plain or "Transfer-Encoding" in self.headers or int(lengths[0]) > _MOST_SENT:
            return None
        body = b""
        while len(body) < int(lengths[0]) and (piece := self.rfile.read(int(lengths[0]) - len(body))):
            body += piece
        return body

    def _answer(self, way: socket.socket) -> None:
        """What the host says, until it has no more to say, or the browser says anything else."""
        with selectors.DefaultSelector() as ready:
            for side in (self.connection, way):
                ready.register(side, selectors.EVENT_READ)
            while events := ready.select(_SILENCE_S):
                sides = [key.fileobj for key, _ in events]
                data = way.recv(2**16) if way in sides else b""
                if data:
                    self.connection.sendall(data)
                if self.connection in sides or not data:
                    return

    def _relay(self, way: socket.socket) -> None:
        """Both directions, until either side has had enough."""
        with way, selectors.DefaultSelector() as ready:
            for pair in ((self.connection, way), (way, self.connection)):
                ready.register(pair[0], selectors.EVENT_READ, pair)
            while events := ready.select(_SILENCE_S):
                for key, _ in events:
                    here, there = key.data
                    data = here.recv(2**16)
                    if not data:
                        return
                    there.sendall(data)


def _connected_to(proxy: str) -> socket.socket:
    parts = urlsplit(proxy)
    host = parts.hostname or ""
    sock = socket.create_connection((host, parts.port or _PORTS[parts.scheme]), CONNECT_S)
    if parts.scheme == "http":
        return sock
    with sock:  # wrapping takes it over; left unwrapped it is closed
        return ssl.create_default_context().wrap_socket(sock, server_hostname=host)


def _login(proxy: str) -> dict[str, str]:
    parts = urlsplit(proxy)
    if parts.username is None:
        return {}
    login = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return {name.title(): value for name, value in make_headers(proxy_basic_auth=login).items()}
