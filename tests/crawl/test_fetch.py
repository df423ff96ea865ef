"""Fetching, tried against a small hostile server on this machine."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from include.crawl import fetch
from include.crawl.fetch import Fetcher, Refused, Unreachable
from include.crawl.sites import Site, UnknownSite, load_sites, site_for


class Hostile(BaseHTTPRequestHandler):
    """Answers by path; remembers what was asked of it."""

    protocol_version = "HTTP/1.1"
    asked: list[tuple[str, str | None]]
    target = ""
    enough = threading.Event()

    def do_GET(self) -> None:
        self.asked.append((self.path, self.headers.get("Referer")))
        if self.path.startswith("/away"):
            return self.answer(302, b"", Location="http://169.254.169.254/latest/meta-data/")
        if self.path.startswith("/round"):
            return self.answer(302, b"", Location="/round")
        if self.path.startswith("/flaky") and len(self.asked) < 3:
            return self.answer(503, b"busy")
        if self.path.startswith("/elsewhere"):
            return self.answer(302, b"", Location=self.target)
        if self.path.startswith("/trickle"):
            return self.trickle()
        if self.path.startswith("/endless"):
            return self.endless()
        return self.answer(404 if self.path == "/gone" else 200, b"hello")

    def answer(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def endless(self) -> None:
        """Says nothing of its length, and never stops by itself."""
        self.send_response(200)
        self.send_header("Connection", "close")
        self.end_headers()
        try:
            while True:
                self.wfile.write(b"x" * 2**16)
        except OSError:
            self.close_connection = True

    def trickle(self) -> None:
        """A byte now and then, of a hundred promised: no read ever times out."""
        self.send_response(200)
        self.send_header("Content-Length", "100")
        self.end_headers()
        try:
            for _ in range(100):
                self.wfile.write(b"x")
                self.enough.wait(0.05)
        except OSError:
            self.close_connection = True

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def site() -> Iterator[Site]:
    Hostile.asked, Hostile.enough = [], threading.Event()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hostile)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    host = f"127.0.0.1:{server.server_port}"
    yield Site("test", "dcinside", f"http://{host}", (host,), pace=0)
    Hostile.enough.set()
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_redirect_to_a_foreign_host_is_not_followed(site: Site) -> None:
    with pytest.raises(Refused, match="away from the site"):
        Fetcher(site).file(f"{site.base}/away", site.base, "image")


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "http://127.0.0.1:1/x",
        "http://user@127.0.0.1/x",
        "gopher://127.0.0.1/",
        "//x",
        "",
        "http://127.0.0.1:1\\.pictures.example/x",
        "http://[::1",
        "http://[a].pictures.example/",
        "http://a b.pictures.example/",
        "http://127.0.0.1\t.pictures.example/",
        "http://169.254.169.254#.pictures.example/",
    ],
)
def test_an_address_outside_the_site_is_never_asked(site: Site, url: str) -> None:
    with pytest.raises(Refused):
        Fetcher(site).page(url)
    assert Hostile.asked == []


@pytest.mark.parametrize("target", ["http://[::1", "http://\xff/", "http://" + "a" * 99 + ".example/"])
def test_a_redirect_to_no_address_is_refused_and_no_crash(site: Site, target: str) -> None:
    Hostile.target = target
    with pytest.raises(Refused):
        Fetcher(site).page(f"{site.base}/elsewhere")


def test_backslashes_in_a_redirect_stay_on_the_site(site: Site) -> None:
    Hostile.target = "\\\\evil.example\\x"
    Fetcher(site).page(f"{site.base}/elsewhere")
    assert [path for path, _ in Hostile.asked] == ["/elsewhere", "/%5C%5Cevil.example%5Cx"]


def test_a_label_that_no_name_server_knows_is_refused_and_no_crash(site: Site) -> None:
    wide = replace(site, media_hosts=(".pictures.example",))
    for host in ("a" * 64, "a..b", "-"):
        with pytest.raises((Refused, Unreachable)):
            Fetcher(wide).page(f"http://{host}.pictures.example/")


def test_addresses_typed_by_people_are_asked_as_they_are_meant(site: Site) -> None:
    assert Fetcher(site).page(f"{site.base}/f?name=고양이 +%20사진.jpg").status == 200
    assert Hostile.asked == [("/f?name=%EA%B3%A0%EC%96%91%EC%9D%B4%20+%20%EC%82%AC%EC%A7%84.jpg", None)]


def test_a_trickle_is_given_up_at_the_deadline(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "_TOTAL_S", 0.3)
    monkeypatch.setattr(fetch, "_ATTEMPTS", 1)
    with pytest.raises(Unreachable, match="Timeout"):
        Fetcher(site).file(f"{site.base}/trickle", site.base, "image")


def test_redirects_end(site: Site) -> None:
    with pytest.raises(Refused, match="redirects"):
        Fetcher(site).page(f"{site.base}/round")
    assert len(Hostile.asked) == 6


def test_a_body_without_end_is_given_up(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(fetch.MAX_FILE_BYTES, "image", 2**20)
    with pytest.raises(Refused, match="larger than 1 MiB"):
        Fetcher(site).file(f"{site.base}/endless", site.base, "image")


def test_a_busy_server_gets_another_try_and_the_referer(site: Site) -> None:
    assert Fetcher(site).file(f"{site.base}/flaky", "http://post", "image") == b"hello"
    assert Hostile.asked == [("/flaky", "http://post")] * 3


def test_gone_is_final_and_silence_is_not(site: Site) -> None:
    with pytest.raises(Refused, match="gone"):
        Fetcher(site).file(f"{site.base}/gone", site.base, "image")
    nobody = Site("test", "dcinside", "http://127.0.0.1:9", ("127.0.0.1:9",), pace=0)
    with pytest.raises(Unreachable):
        Fetcher(nobody).page("http://127.0.0.1:9/")


def test_a_definition_is_chosen_by_its_base(tmp_path: Path) -> None:
    file = tmp_path / "sites.toml"
    file.write_text(
        """[sites.one]
        adapter = "dcinside"
        base = "http://127.0.0.1:81"
        [sites.two]
        adapter = "dcinside"
        base = "http://127.0.0.1:8"
        media_hosts = [".pictures.example"]
        pace = 0"""
    )
    sites = load_sites(file)
    assert site_for(sites, "http://127.0.0.1:81/board/lists/?id=a").name == "one"
    assert site_for(sites, "http://127.0.0.1:8/board/lists/?id=a").name == "two"
    assert sites[1].allows("https://a.pictures.example/x") and not sites[1].allows("https://pictures.example.evil/x")
    with pytest.raises(UnknownSite, match="belongs to no site"):
        site_for(sites, "http://127.0.0.1:811/board/lists/?id=a")


def test_a_definition_that_lacks_something_is_named(tmp_path: Path) -> None:
    file = tmp_path / "sites.toml"
    file.write_text('[sites.half]\nbase = "http://x"')
    with pytest.raises(ValueError, match=r"\[sites.half\] lacks adapter"):
        load_sites(file)
