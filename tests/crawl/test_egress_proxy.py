"""The browser's way out: to the site's hosts, by its proxy where it has one, and nowhere else."""

import socket
import threading
from collections.abc import Iterator
from contextlib import closing

import pytest

from include.crawl.browser.egress_proxy import EgressProxy
from include.crawl.sites import Site


class Listener:
    """Answers each connection with one text, after noting what came; a tunnel is opened first if one is asked for."""

    def __init__(self) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self.heads: list[str] = []
        self.keeps, self.ended = False, threading.Event()  # keeps: waits for more on the same connection
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                taken, _ = self._listening.accept()
            except OSError:
                return
            with taken:
                self._note(taken)
                if self.heads[-1].startswith("CONNECT"):
                    taken.sendall(b"HTTP/1.1 200 as you wish\r\n\r\n")
                    self._note(taken)
                taken.sendall(b"HTTP/1.1 200 OK\r\n\r\nhere you are")
                if self.keeps:
                    self.heads += filter(None, [taken.recv(2**16).decode()])
                    self.ended.set()

    def _note(self, taken: socket.socket) -> None:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += taken.recv(2**16)
        self.heads.append(head.decode())

    def close(self) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()


@pytest.fixture
def listener() -> Iterator[Listener]:
    with closing(Listener()) as one:
        yield one


def _site(base: str, *media_hosts: str, proxy: str | None = None) -> Site:
    return Site("site", "dcinside", base, media_hosts, pace=0.0, proxy=proxy)


def _place(proxy: EgressProxy) -> tuple[str, int]:
    host, _, port = proxy.address.partition(":")
    return host, int(port)


def _asked(site: Site, *heads: str) -> str:
    """What comes back through a proxy; each next head follows once something has come for the one before."""
    with closing(EgressProxy(site)) as proxy, socket.create_connection(_place(proxy), 10) as way:
        got = b""
        for head in heads:
            way.sendall(f"{head}\r\nReferer: http://the.post/\r\nProxy-Connection: keep-alive\r\n\r\n".encode())
            got += way.recv(2**16)
        while data := way.recv(2**16):
            got += data
    return got.decode()


def test_a_plain_request_arrives_as_the_browser_meant_it(listener: Listener) -> None:
    base = f"http://127.0.0.1:{listener.port}"
    assert _asked(_site(base), f"GET {base}/a/b?c=d HTTP/1.1").endswith("here you are")
    lines = listener.heads[0].splitlines()
    assert lines[0] == "GET /a/b?c=d HTTP/1.1"
    assert "Referer: http://the.post/" in lines and "Proxy-Connection: keep-alive" not in lines


def test_a_tunnel_leads_to_the_sites_host(listener: Listener) -> None:
    place = f"127.0.0.1:{listener.port}"
    got = _asked(_site(f"https://{place}/forum"), f"CONNECT {place} HTTP/1.1", "GET /x HTTP/1.1")
    assert got.startswith("HTTP/1.1 200") and got.endswith("here you are")
    assert listener.heads[0].startswith("GET /x")


@pytest.mark.parametrize(
    "request_line",
    [
        "GET http://localhost:{port}/ HTTP/1.1",
        "GET http://127.0.0.2:{port}/ HTTP/1.1",
        "GET http://[::1]:{port}/ HTTP/1.1",
        "GET http://site.test@127.0.0.1:{port}/ HTTP/1.1",
        "GET http://169.254.169.254/latest/meta-data/ HTTP/1.1",
        "GET ftp://site.test/ HTTP/1.1",
        "GET /etc/passwd HTTP/1.1",
        "POST http://127.0.0.1:{port}/ HTTP/1.1",
        "CONNECT 127.0.0.1:{port} HTTP/1.1",
        "CONNECT [::1]:{port} HTTP/1.1",
        "CONNECT 169.254.169.254:80 HTTP/1.1",
        "CONNECT site.test:22 HTTP/1.1",
        "CONNECT site.test HTTP/1.1 HTTP/1.1",
    ],
)
def test_everything_else_is_refused_and_nobody_is_asked(listener: Listener, request_line: str) -> None:
    got = _asked(_site("http://site.test", ".site.test"), request_line.format(port=listener.port))
    assert got.startswith(("HTTP/1.1 403", "HTTP/1.1 400"))
    assert not listener.heads


@pytest.mark.parametrize("request_line", ["GET http://0x7f.1:{port}/ HTTP/1.1", "CONNECT 0x7f.1:{port} HTTP/1.1"])
def test_a_host_of_the_site_that_lies_at_a_private_address_is_not_asked(listener: Listener, request_line: str) -> None:
    site = _site("http://site.test", f"0x7f.1:{listener.port}")
    assert _asked(site, request_line.format(port=listener.port)).startswith("HTTP/1.1 502")
    assert not listener.heads


def test_an_http_proxy_gets_plain_requests_whole_with_its_password(listener: Listener) -> None:
    site = _site("http://site.test", proxy=f"http://me:secret@127.0.0.1:{listener.port}")
    assert _asked(site, "GET http://site.test/a HTTP/1.1").endswith("here you are")
    lines = listener.heads[0].splitlines()
    assert lines[0] == "GET http://site.test/a HTTP/1.1"
    assert "Proxy-Authorization: Basic bWU6c2VjcmV0" in lines


AFTER = "GET http://169.254.169.254/latest/ HTTP/1.1\r\nHost: 169.254.169.254\r\n\r\n"


@pytest.mark.parametrize("proxied", [False, True], ids=["direct", "proxy"])
@pytest.mark.parametrize("at_once", [True, False], ids=["at once", "later"])
def test_a_second_request_on_a_kept_connection_reaches_nobody(listener: Listener, proxied: bool, at_once: bool) -> None:
    """A host that keeps its side open must not get what a browser then asks of another host, nor must a proxy."""
    address = f"http://127.0.0.1:{listener.port}"
    site = _site("http://site.test", proxy=address) if proxied else _site(address)
    listener.keeps = True
    with closing(EgressProxy(site)) as proxy, socket.create_connection(_place(proxy), 10) as way:
        first = f"GET {site.base}/a HTTP/1.1\r\nHost: evil.test\r\n\r\n"
        way.sendall((first + AFTER if at_once else first).encode())
        got = way.recv(2**16)
        if not at_once:
            way.sendall(AFTER.encode())
        while data := way.recv(2**16):
            got += data
    assert listener.ended.wait(10)
    assert "169.254" not in "".join(listener.heads) and len(listener.heads) == 1
    assert f"Host: {site.base.removeprefix('http://')}" in listener.heads[0].splitlines()
    assert at_once or got.endswith(b"here you are")


def test_a_form_is_handed_on_whole_and_what_has_no_length_is_not(listener: Listener) -> None:
    base = f"http://127.0.0.1:{listener.port}"
    with closing(EgressProxy(_site(base))) as proxy:
        for headers, body, status in (
            ("Content-Length: 7", "a=1\r\n\r\n", "200"),
            ("Transfer-Encoding: chunked", "0\r\n\r\n", "411"),
            ("Content-Length: 3\r\nContent-Length: 7", "a=1\r\n\r\n", "411"),
        ):
            with socket.create_connection(_place(proxy), 10) as way:
                way.sendall(f"POST {base}/f HTTP/1.1\r\n{headers}\r\n\r\n{body}".encode())
                assert way.recv(12).decode() == f"HTTP/1.1 {status}"
    [head] = listener.heads
    assert head.startswith("POST /f HTTP/1.1") and head.endswith("\r\n\r\na=1\r\n\r\n")


def test_an_http_proxy_is_asked_for_tunnels(listener: Listener) -> None:
    site = _site("https://site.test", proxy=f"http://127.0.0.1:{listener.port}")
    got = _asked(site, "CONNECT site.test:443 HTTP/1.1", "whatever TLS says")
    assert got.endswith("here you are")
    assert listener.heads[0].startswith("CONNECT site.test:443") and listener.heads[1].startswith("whatever TLS")


def test_no_proxy_is_asked_for_what_is_not_the_sites(listener: Listener) -> None:
    site = _site("http://site.test", "10.0.0.1", proxy=f"http://127.0.0.1:{listener.port}")
    assert _asked(site, "GET http://other.test/ HTTP/1.1").startswith("HTTP/1.1 403")
    site = _site("http://site.test", ".0.0.1", proxy=f"http://127.0.0.1:{listener.port}")
    assert _asked(site, "GET http://10.0.0.1/ HTTP/1.1").startswith("HTTP/1.1 502")
    assert not listener.heads
