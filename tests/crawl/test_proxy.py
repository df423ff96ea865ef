"""A site that is reached through a proxy: names are resolved there, and nowhere else."""

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from socketserver import StreamRequestHandler, ThreadingTCPServer

import pytest

from include.crawl.net.fetch import Away, Unreachable
from include.crawl.sites import Site
from tests.crawl.hostile import Hostile, fetcher, serving

NAME = "pictures.example"  # which nobody can resolve


class Proxy(ThreadingTCPServer):
    """Takes every connection to the one server there is, and remembers what it was asked for."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, handler: type[StreamRequestHandler], behind: Hostile) -> None:
        super().__init__(("127.0.0.1", 0), handler)
        self.behind, self.asked = behind, []

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"


class Relay(StreamRequestHandler):
    rbufsize = 0
    server: Proxy

    def relay(self, first: bytes = b"") -> None:
        with socket.create_connection(self.server.behind.server_address) as upstream:  # type: ignore[arg-type]
            upstream.sendall(first)
            back = threading.Thread(target=self.pump, args=(upstream, self.connection))
            back.start()
            self.pump(self.connection, upstream)
            back.join()

    def pump(self, source: socket.socket, target: socket.socket) -> None:
        try:
            while data := source.recv(2**16):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            return


class Socks(Relay):
    """SOCKS 5 without a password."""

    def handle(self) -> None:
        _, methods = self.rfile.read(2)
        self.rfile.read(methods)
        self.wfile.write(b"\x05\x00")
        kind = self.rfile.read(4)[3]
        length = self.rfile.read(1)[0] if kind == 3 else {1: 4, 4: 16}[kind]
        name, port = self.rfile.read(length), struct.unpack("!H", self.rfile.read(2))[0]
        self.server.asked.append(("name" if kind == 3 else "address", name.decode("latin-1"), port))
        self.wfile.write(b"\x05\x00\x00\x01" + bytes(6))
        self.relay()


class Http(Relay):
    """Plain requests carry the whole address; for others a tunnel is asked for."""

    def handle(self) -> None:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += self.rfile.read(1)
        method, target, _ = head.decode().split("\r\n")[0].split(" ")
        lines = head.decode().splitlines()
        login = next((line for line in lines if line.lower().startswith("proxy-authorization")), "").rpartition(" ")[2]
        self.server.asked.append((method, target, login))
        if method == "CONNECT":
            self.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
            return self.relay()
        return self.relay(head.replace(f"http://{NAME}".encode(), b"", 1))


@pytest.fixture
def behind() -> Iterator[Hostile]:
    with serving(Hostile()) as hostile:
        yield hostile


@pytest.fixture
def proxy(request: pytest.FixtureRequest, behind: Hostile) -> Iterator[Proxy]:
    with ExitStack() as stack:
        proxy = stack.enter_context(Proxy(request.param, behind))
        thread = threading.Thread(target=proxy.serve_forever, args=(0.02,))
        thread.start()
        stack.callback(thread.join)
        stack.callback(proxy.shutdown)
        yield proxy


def site(behind: Hostile, proxy: str) -> Site:
    return behind.site(base=f"http://{NAME}", media_hosts=(), proxy=proxy)


@pytest.mark.parametrize("proxy", [Socks], indirect=True)
def test_a_socks_proxy_gets_the_name_and_not_its_address(behind: Hostile, proxy: Proxy) -> None:
    one = fetcher(site(behind, f"socks5h://{proxy.address}"))
    for number in range(3):
        assert one.page(f"http://{NAME}/{number}").body == b"hello"
    assert behind.asked[-1].headers["Host"] == NAME and behind.paths == ["/0", "/1", "/2"]
    assert proxy.asked == [("name", NAME, 80)]  # one connection, which is kept


@pytest.mark.parametrize("proxy", [Http], indirect=True)
def test_an_http_proxy_gets_the_name_and_its_own_password(behind: Hostile, proxy: Proxy) -> None:
    one = fetcher(site(behind, f"http://us:pass%40word@{proxy.address}"))
    assert one.page(f"http://{NAME}/x?y=z").body == b"hello" and behind.paths[0].endswith("/x?y=z")
    assert proxy.asked[0] == ("GET", f"http://{NAME}/robots.txt", "dXM6cGFzc0B3b3Jk")
    headers = behind.asked[-1].headers
    assert headers.keys()[:3] == ["Accept", "Host", "User-Agent"] and headers["Host"] == NAME


@pytest.mark.parametrize("proxy", [Http], indirect=True)
def test_a_name_without_a_password_is_told_an_http_proxy_too(behind: Hostile, proxy: Proxy) -> None:
    fetcher(site(behind, f"http://us@{proxy.address}")).page(f"http://{NAME}/")
    assert {login for _, _, login in proxy.asked} == {"dXM6"}


@pytest.mark.parametrize("proxy", [Http, Socks], indirect=True)
def test_a_secure_site_is_reached_through_a_tunnel(behind: Hostile, proxy: Proxy) -> None:
    """The server behind speaks no TLS, so it goes no further."""
    kind = "http" if proxy.RequestHandlerClass is Http else "socks5h"
    one = fetcher(behind.site(base=f"https://{NAME}", media_hosts=(), proxy=f"{kind}://{proxy.address}"))
    with pytest.raises(Unreachable):
        one.page(f"https://{NAME}/x")
    assert proxy.asked[0] in (("CONNECT", f"{NAME}:443", ""), ("name", NAME, 443)) and behind.asked == []


@pytest.mark.parametrize("proxy", [Http, Socks], indirect=True)
def test_the_browsers_connections_go_through_it_too(behind: Hostile, proxy: Proxy) -> None:
    kind = "http" if proxy.RequestHandlerClass is Http else "socks5h"
    connections = fetcher(site(behind, f"{kind}://{proxy.address}"))._exchange.connections
    with connections.connect(NAME, 8080) as tunnel:
        tunnel.sendall(f"GET /x HTTP/1.1\r\nHost: {NAME}\r\n\r\n".encode())
        assert tunnel.recv(12) == b"HTTP/1.1 200"
    assert proxy.asked[0] in (("CONNECT", f"{NAME}:8080", ""), ("name", NAME, 8080))


@pytest.mark.parametrize("proxy", [Http, Socks], indirect=True)
def test_an_address_in_place_of_a_name_is_still_checked(behind: Hostile, proxy: Proxy) -> None:
    kind = "http" if proxy.RequestHandlerClass is Http else "socks5h"
    wide = behind.site(base=f"http://{NAME}", media_hosts=(".169.254",), proxy=f"{kind}://{proxy.address}")
    with pytest.raises(Away, match="may not be asked"):
        fetcher(wide).page("http://169.254.169.254/latest/meta-data/")
    with pytest.raises(Away, match="may not be asked"):
        fetcher(wide)._exchange.connections.connect("169.254.169.254", 80)
    assert proxy.asked == []


@pytest.mark.parametrize("proxy", [Http, Socks], indirect=True)
def test_a_later_request_on_a_kept_connection_is_checked_as_the_first(behind: Hostile, proxy: Proxy) -> None:
    """A proxy's connection would carry it anywhere; a tunnel leads to the one host that it was made for."""
    kind = "http" if proxy.RequestHandlerClass is Http else "socks5h"
    hosts = (".169.254", ".pictures.example")
    one = fetcher(behind.site(base=f"http://{NAME}", media_hosts=hosts, proxy=f"{kind}://{proxy.address}"))
    for _ in range(2):
        one.page(f"http://{NAME}/x")
    kept = len(proxy.asked)
    with pytest.raises(Away, match="may not be asked"):
        one.page("http://169.254.169.254/x")
    with pytest.raises(Away, match="leads away"):
        one.page("http://elsewhere.example/x")
    assert len(proxy.asked) == kept
    if kind == "socks5h":
        one.page(f"http://other.{NAME}/x")
        assert proxy.asked[-1] == ("name", f"other.{NAME}", 80) and kept == 1


@pytest.mark.parametrize("kind", ["http", "socks5h"])
def test_a_proxy_that_is_not_there_is_said_so_and_not_gone_round(behind: Hostile, kind: str) -> None:
    one = fetcher(behind.site(proxy=f"{kind}://127.0.0.1:9"))
    with pytest.raises(Unreachable, match=r"proxy|no connection"):
        one.page(f"http://{behind.host}/x")
    assert behind.asked == []
