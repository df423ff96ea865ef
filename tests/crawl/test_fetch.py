"""Fetching, tried against a small hostile server on this machine."""

import gzip
import hashlib
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from include.crawl.meter import Meter
from include.crawl.net import connections, exchange, fetch
from include.crawl.net.fetch import Refused, Unreachable
from include.crawl.sites import UnknownSite, load_sites, site_for
from include.media.file_types import MediaKind
from tests.crawl.hostile import Handler, Hostile, fetcher, serving


@pytest.fixture
def server() -> Iterator[Hostile]:
    with serving(Hostile()) as hostile:
        yield hostile


def test_a_redirect_to_a_foreign_host_is_not_followed(server: Hostile) -> None:
    server.answers["/away"] = lambda to: to.answer(302, Location="http://169.254.169.254/latest/meta-data/")
    site = server.site()
    with pytest.raises(Refused, match="away from the site"):
        fetcher(site).file(f"{site.base}/away", site.base, MediaKind.IMAGE)


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
def test_an_address_outside_the_site_is_never_asked(server: Hostile, url: str) -> None:
    with pytest.raises(Refused):
        fetcher(server.site()).page(url)
    assert server.asked == []


@pytest.mark.parametrize("target", ["http://[::1", "http://\xff/", "http://" + "a" * 99 + ".example/"])
def test_a_redirect_to_no_address_is_refused_and_no_crash(server: Hostile, target: str) -> None:
    server.answers["/elsewhere"] = lambda to: to.answer(302, Location=target)
    site = server.site()
    with pytest.raises(Refused):
        fetcher(site).page(f"{site.base}/elsewhere")


def test_backslashes_in_a_redirect_stay_on_the_site(server: Hostile) -> None:
    server.answers["/elsewhere"] = lambda to: to.answer(302, Location="\\\\evil.example\\x")
    site = server.site()
    fetcher(site).page(f"{site.base}/elsewhere")
    assert server.paths == ["/elsewhere", "/%5C%5Cevil.example%5Cx"]


def test_an_answer_says_where_it_came_from(server: Hostile) -> None:
    server.answers["/elsewhere"] = lambda to: to.answer(302, Location="here?a=b#c")
    site = server.site()
    assert fetcher(site).page(f"{site.base}/elsewhere").url == f"{site.base}/here?a=b"
    assert fetch.FetchedPage(200, b"").url == ""


def test_a_redirect_that_nobody_quoted_is_understood(server: Hostile) -> None:
    server.answers["/elsewhere"] = lambda to: to.answer(302, Location="/고양이".encode().decode("latin-1"))
    site = server.site()
    fetcher(site).page(f"{site.base}/elsewhere")
    assert server.paths[1:] == ["/%EA%B3%A0%EC%96%91%EC%9D%B4"]


def test_dots_in_an_address_lead_nowhere_else_than_they_say(server: Hostile) -> None:
    site = server.site(base=f"http://{server.host}/community", media_hosts=())
    fetcher(site).page(f"{site.base}/x/../y")
    for url in ("/../secret", "/%2e%2e/secret", "/x/../../secret"):
        with pytest.raises(Refused, match="away"):
            fetcher(site).page(site.base + url)
    assert server.paths == ["/community/y"]


def test_a_label_that_no_name_server_knows_is_refused_and_no_crash(server: Hostile) -> None:
    wide = server.site(media_hosts=(".pictures.example",))
    for host in ("a" * 64, "a..b", "-"):
        with pytest.raises((Refused, Unreachable)):
            fetcher(wide).page(f"http://{host}.pictures.example/")


def test_addresses_typed_by_people_are_asked_as_they_are_meant(server: Hostile) -> None:
    site = server.site()
    assert fetcher(site).page(f"{site.base}/f?name=고양이 +%20사진.jpg#top").status == 200
    assert server.paths == ["/f?name=%EA%B3%A0%EC%96%91%EC%9D%B4%20+%20%EC%82%AC%EC%A7%84.jpg"]


def test_we_say_who_we_are_and_take_nothing_from_the_environment(
    server: Hostile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "")
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login us password secret")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    site = server.site(contact="mailto:abuse@example.org")
    fetcher(site).page(f"{site.base}/", "http://post")
    assert server.asked[-1].headers.items() == [
        ("Host", server.host),
        ("User-Agent", "Facewarden/0.2 (+mailto:abuse@example.org)"),
        ("Accept-Language", "ko,en;q=0.8"),
        ("Accept-Encoding", "gzip"),
        ("Referer", "http://post"),
    ]


def test_a_file_is_asked_for_as_it_is_and_by_nobody_if_there_is_no_post(server: Hostile) -> None:
    site = server.site()
    fetcher(site).file(f"{site.base}/f", "", MediaKind.IMAGE).close()
    headers = server.asked[-1].headers
    assert headers.keys() == ["Host", "User-Agent", "Accept-Language", "Accept-Encoding"]
    assert headers["Accept-Encoding"] == "identity"


@pytest.mark.parametrize(
    "target", ["/?", "/f?", "/f//g", "/a%2Fb?c=%5B1%5D%7C", "/~u'()*!$&,;=:@?/?x=http://y/", "/%25zz"]
)
def test_what_is_asked_for_is_not_spelled_anew(server: Hostile, target: str) -> None:
    site = server.site()
    fetcher(site).page(site.base + target)
    assert server.paths == [target]


def test_cookies_are_not_kept(server: Hostile) -> None:
    server.answers["*"] = lambda to: to.answer(200, b"hello", Set_Cookie="who=you; Path=/")
    server.answers["/elsewhere"] = lambda to: to.answer(302, Set_Cookie="who=you; Path=/", Location="/here")
    site = server.site()
    one = fetcher(site)
    for path in ("/", "/elsewhere", "/"):
        one.page(site.base + path)
    assert server.paths == ["/", "/elsewhere", "/here", "/"]
    assert not any("Cookie" in asked.headers for asked in server.asked)
    assert not one._exchange.connections._session.cookies


def test_connections_are_kept(server: Hostile) -> None:
    site = server.site()
    one = fetcher(site)
    for number in range(9):
        one.page(f"{site.base}/{number}")
        one.file(f"{site.base}/{number}.jpg", site.base, MediaKind.IMAGE).close()
    assert server.connections == 1
    one.close()
    one.page(f"{site.base}/")
    assert server.connections == 2


@pytest.mark.parametrize(
    ("head", "first", "drop"),
    [
        ("Content-Length: 9999\r\n\r\n", b"x", b"x"),
        ("X-Slow: ", b"x", b"x"),
        ("Transfer-Encoding: chunked\r\n\r\n", b"1", b"0"),
        # Blocks that hold nothing: whatever decodes them waits for something to come out.
        ("Content-Encoding: gzip\r\n\r\n", gzip.compress(b"")[:10], b"\0\0\0\xff\xff"),
    ],
    ids=["body", "headers", "chunk", "gzip"],
)
def test_a_trickle_is_given_up_at_the_deadline(
    server: Hostile, monkeypatch: pytest.MonkeyPatch, head: str, first: bytes, drop: bytes
) -> None:
    monkeypatch.setattr(exchange, "TOTAL_S", 0.3)
    monkeypatch.setattr(fetch, "_ATTEMPTS", 1)
    server.answers["/trickle"] = lambda to: to.drip(f"HTTP/1.1 200 OK\r\n{head}".encode() + first, drop)
    site = server.site()
    with pytest.raises(Unreachable, match="took too long"):
        fetcher(site).file(f"{site.base}/trickle", site.base, MediaKind.IMAGE)


def test_redirects_end(server: Hostile) -> None:
    server.answers["/round"] = lambda to: to.answer(302, Location="/round")
    site = server.site()
    with pytest.raises(Refused, match="redirects"):
        fetcher(site).page(f"{site.base}/round")
    assert len(server.paths) == 6


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_a_body_without_end_is_given_up(server: Hostile, monkeypatch: pytest.MonkeyPatch, encoding: str) -> None:
    """Also a bomb: a few kilobytes that unfold to gigabytes count as what they unfold to."""
    monkeypatch.setitem(fetch.MAX_FILE_BYTES, MediaKind.IMAGE, 2**20)
    monkeypatch.setattr(fetch, "MAX_PAGE_BYTES", 2**20)
    packer = zlib.compressobj(wbits=31)
    piece = b"x" * 2**16 if encoding == "identity" else packer.compress(b"x" * 2**27)
    server.answers["*"] = lambda to: endless(to, piece, encoding)
    server.answers["/elsewhere"] = lambda to: endless(to, piece, encoding, "302 Found\r\nLocation: /here")
    site = server.site()
    with pytest.raises(Refused, match="larger than 1 MiB"):
        fetcher(site).file(f"{site.base}/endless", site.base, MediaKind.IMAGE)
    with pytest.raises(Refused, match="larger than 1 MiB"):
        fetcher(site).page(f"{site.base}/endless")
    with pytest.raises(Refused, match="larger than 1 MiB"):
        fetcher(site).page(f"{site.base}/elsewhere")


def endless(to: Handler, piece: bytes, encoding: str, status: str = "200 OK") -> None:
    """Says nothing of its length, and never stops by itself."""
    to.wfile.write(f"HTTP/1.1 {status}\r\nContent-Encoding: {encoding}\r\n\r\n".encode())
    try:
        while True:
            to.wfile.write(piece)
    except OSError:
        to.close_connection = True


def test_a_packed_page_is_unpacked_and_no_other_is_asked_for(server: Hostile) -> None:
    page = b"hello" * 99_999
    packed = gzip.compress(page[:9]) + gzip.compress(page[9:]) + b"\0padding"
    server.answers["/two"] = lambda to: to.answer(200, packed, Content_Encoding="gzip")
    server.answers["/odd"] = lambda to: to.answer(200, b"?", Content_Encoding="br")
    server.answers["/cut"] = lambda to: to.answer(200, gzip.compress(page)[:-20], Content_Encoding="gzip")
    site, one = server.site(), fetcher(server.site())
    assert one.page(f"{site.base}/two").body == page
    with pytest.raises(Refused, match="encoding"):
        one.page(f"{site.base}/odd")
    with pytest.raises(Unreachable, match="unpacked"):
        one.page(f"{site.base}/cut")


def test_a_transfer_that_was_cut_is_made_again(server: Hostile) -> None:
    def cut(to: Handler) -> None:
        whole = server.paths == ["/f"] * 3
        to.answer(200, b"x" * (100 if whole else 50), Content_Length="100")
        to.close_connection = True

    server.answers["/f"] = server.answers["/g"] = cut
    site, meter = server.site(), Meter()
    with fetcher(site, meter).file(f"{site.base}/f", site.base, MediaKind.IMAGE) as whole:
        assert whole.size == 100 and meter.values()["retries"] == 2
    with pytest.raises(Unreachable, match="broke off, 3 times"):
        fetcher(site).page(f"{site.base}/g")


@pytest.mark.parametrize(
    ("answer", "words"),
    [(b"", "broke off"), (b"hello\r\n\r\n", "broke off"), (None, "no answer in time")],
    ids=["hangs up", "no HTTP", "silence"],
)
def test_an_answer_that_never_begins_is_said_so(
    server: Hostile, monkeypatch: pytest.MonkeyPatch, answer: bytes | None, words: str
) -> None:
    def bad(to: Handler) -> None:
        if answer is None:
            server.enough.wait()
        else:
            to.wfile.write(answer)
        to.close_connection = True

    monkeypatch.setattr(connections, "_READ_S", 0.2)
    server.answers["/f"] = bad
    site = server.site()
    with pytest.raises(Unreachable, match=f"{words}, 3 times"):
        fetcher(site).page(f"{site.base}/f")
    assert server.paths == ["/f"] * 3


def test_a_name_that_nobody_knows_is_said_so(server: Hostile) -> None:
    with pytest.raises(Unreachable, match="its name is not known"):
        fetcher(server.site(media_hosts=(".invalid",))).page("http://nobody.invalid/")


def test_a_busy_server_gets_another_try_and_the_referer(server: Hostile) -> None:
    server.answers["/flaky"] = lambda to: to.answer(503 if len(server.paths) < 3 else 200, b"hello")
    site = server.site()
    with fetcher(site).file(f"{site.base}/flaky", "http://post", MediaKind.IMAGE) as file:
        assert file.file.read() == b"hello"
    assert [(asked.path, asked.headers["Referer"]) for asked in server.asked[1:]] == [("/flaky", "http://post")] * 3


def test_gone_is_final_and_silence_is_not(server: Hostile) -> None:
    server.answers["/gone"] = lambda to: to.answer(404, b"no")
    site = server.site()
    with pytest.raises(Refused, match="gone"):
        fetcher(site).file(f"{site.base}/gone", site.base, MediaKind.IMAGE)
    nobody = server.site(base="http://127.0.0.1:9", media_hosts=())
    with pytest.raises(Unreachable, match="no connection"):
        fetcher(nobody).page("http://127.0.0.1:9/")


@pytest.mark.parametrize("size", [5, 9 * 2**20])
def test_a_file_is_hashed_while_it_is_read_and_lies_on_disk_when_it_is_large(server: Hostile, size: int) -> None:
    data = bytes(range(251)) * (size // 251 + 1)
    server.answers["/f"] = lambda to: to.answer(200, data)
    site = server.site()
    with fetcher(site).file(f"{site.base}/f", site.base, MediaKind.IMAGE) as file:
        assert file.sha256 == hashlib.sha256(data).hexdigest()
        assert (file.size, file.head, file.file.read()) == (len(data), data[:64], data)
        assert file.file.seek(0) == 0 and file.file.seekable()
        assert file._file._rolled is (size > 4 * 2**20)  # type: ignore[attr-defined]
    assert file.file.closed


def test_what_the_browser_will_open_is_checked_as_everything_else(server: Hostile) -> None:
    server.answers["/robots.txt"] = lambda to: to.answer(200, b"User-agent: *\nDisallow: /hidden")
    site, one = server.site(), fetcher(server.site())
    one.admit(f"{site.base}/player")
    for url, reason in ((f"{site.base}/hidden", "robots"), ("http://evil.example/", "away")):
        with pytest.raises(Refused, match=reason):
            one.admit(url)
    assert server.paths == []


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


@pytest.mark.parametrize("field", ["contact", "user_agent"])
@pytest.mark.parametrize("text", ["고양이", "a\\nb", "a\\r\\nX: y", "a\\u0000", "a\\u0085", "\u201cquoted\u201d"])
def test_who_we_are_must_fit_into_a_header(tmp_path: Path, field: str, text: str) -> None:
    file = tmp_path / "sites.toml"
    file.write_text(f'[sites.one]\nadapter = "dcinside"\nbase = "http://x"\n{field} = "{text}"')
    with pytest.raises(ValueError, match=r"\[sites.one\]: contact .* user_agent go into a header"):
        load_sites(file)
    file.write_text(f'[sites.one]\nadapter = "dcinside"\nbase = "http://x"\n{field} = "Zoë (+mailto:z@example.org)"')
    assert "Zoë" in load_sites(file)[0].agent
