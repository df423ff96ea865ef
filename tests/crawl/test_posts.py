"""One post: what its row says when the site plays games."""

import io
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np
import pytest
from google.api_core.exceptions import ServiceUnavailable
from google.cloud import storage
from PIL import Image

from include.crawl import portion, post_files, posts, unparsed
from include.crawl.adapters import load_adapter
from include.crawl.browser.browser import Browser
from include.crawl.meter import Meter
from include.crawl.net.fetch import Fetcher
from include.crawl.post_files import Keeper
from include.crawl.posts import PostCrawler, Read
from include.crawl.sites import Site
from include.crawl.unparsed import UnparsedPages
from include.media import inspector
from include.media.inspector import Inspector
from tests.conftest import MakeRun
from tests.media.bombs import BOMBS

POST = """<div class="gallview_head"><span class="title_subject">t</span></div>
<div class="writing_view_box"><div class="write_div">{body}</div></div>"""
PICTURE = '<img src="/viewimage.php?no=1">'
Crawl = Callable[..., Read]


def picture(seed: int) -> bytes:
    """A small picture of noise, another one for each seed."""
    out = io.BytesIO()
    Image.fromarray(np.random.default_rng(seed).integers(0, 255, (64, 64, 3), np.uint8)).save(out, "PNG")
    return out.getvalue()


class Page(BaseHTTPRequestHandler):
    """A post page with this body, and pictures: `files` by the number in their address, else `media`."""

    protocol_version = "HTTP/1.1"
    media = b""
    files: dict[str, bytes]
    body = ""
    whole = ""
    blocks = False
    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        page = (self.whole or POST.format(body=self.body)).encode()
        body = page if "/board/view" in self.path else self.files.get(self.path.rpartition("=")[2], self.media)
        if self.blocks and any("viewimage" in path for path in self.asked):
            body = b""  # from the first picture on, everything is empty
        gone = "/gone" in self.path or self.path == "/robots.txt"
        self.send_response(404 if gone else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def crawl(gcs: storage.Client, bucket: str, make_run: MakeRun) -> Iterator[Crawl]:
    """`crawl(media, body)` reads post 1, whose page has that body and whose pictures are those bytes."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    host = f"127.0.0.1:{server.server_port}"
    site = Site("test", "dcinside", f"http://{host}", (host,), pace=0, backoff=0.01, backoff_most=0.02)
    adapter, meter = load_adapter(site), Meter()

    def crawl(media: bytes = b"", body: str = PICTURE, known: list[Any] | None = None, **page: Any) -> Read:
        Page.media, Page.body, Page.asked = media, body, []
        Page.files, Page.blocks, Page.whole = page.get("files", {}), page.get("blocks", False), page.get("whole", "")
        with Fetcher(site, adapter, None, meter) as fetcher, Browser(fetcher) as browser, Inspector() as eyes:
            keeper = Keeper(make_run(), fetcher, adapter, meter, browser, eyes)
            pages = UnparsedPages(gcs, f"gs://{bucket}/unparsed/test/")
            crawler = PostCrawler(fetcher, adapter, keeper, pages, meter, "test")
            url = f"http://{host}/board/view/?id=cats&no=1"
            post: Any = {"gallery": "cats", "post_no": 1, "url": url, "posted_at": None, "media": known}
            return crawler.read(post)

    yield crawl
    server.shutdown()
    thread.join()
    server.server_close()


def numbered(*numbers: int) -> str:
    """A body that shows these pictures."""
    return "".join(f'<img src="/viewimage.php?no={number}">' for number in numbers)


FILES = {str(number): picture(number) for number in range(1, 5)}


def known_of(read: Read, known: list[Any] | None = None) -> list[Any]:
    """What the next run knows of the files, if this read and those before it were published."""
    rows = {row["media_id"]: row for row in known or []}
    rows.update({row["media_id"]: row for row in read.media})
    found = [row for row in rows.values() if not (row["rejected"] or "").startswith("twin of ")]
    return sorted(found, key=lambda row: (row["kind"], row["ordinal"]))


def test_a_post_of_many_files_goes_on_where_the_last_run_stopped_and_ends_one_day(
    crawl: Crawl, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of ten files three are twins of the first, and two are no pictures: neither is asked for again and again."""
    monkeypatch.setattr(portion, "FILES_A_RUN", 3)
    files = {str(number): picture(1 if number in (2, 3, 4) else number) for number in range(1, 11)}
    files |= {"6": b"no picture", "7": b"<html>"}
    known: list[Any] = []
    said = []
    for _ in range(4):
        read = crawl(body=numbered(*range(1, 11)), files=files, known=known)
        known = known_of(read, known)
        said.append((read.post["status"], read.outcome["reason"]))
        assert len([path for path in Page.asked if "viewimage" in path]) <= 3
    assert said == [
        ("incomplete", "goes on: 7 of its files are left to the next run"),
        ("incomplete", "goes on: 4 of its files are left to the next run"),
        ("incomplete", "goes on: 1 of its files are left to the next run"),
        ("published", None),
    ]
    stored = {row["ordinal"] for row in known if row["file_path"]}
    assert stored == {1, 5, 8, 9, 10} and {row["ordinal"] for row in known} == stored | {6, 7}


def test_a_post_whose_host_drips_ends_for_today_after_its_time(crawl: Crawl, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(portion.Portion.take, "__defaults__", (-1.0,))
    read = crawl(body=numbered(1, 2, 3), files=FILES)
    assert [row["ordinal"] for row in read.media] == [1, 2], "one file is asked for whatever the time is"
    assert read.media[1]["rejected"] == "unreachable: left to the next run, with 1 others"
    assert (read.post["status"], read.outcome["reason"]) == (
        "incomplete",
        "goes on: 2 of its files are left to the next run",
    )


def test_a_run_that_did_not_get_on_says_what_was_in_the_way(crawl: Crawl, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(portion, "FILES_A_RUN", 1)
    body = '<img src="http://[::1/viewimage.php?no=1">' + '<iframe id="movieIcon1" src="/gone/player"></iframe>' * 1
    read = crawl(body=body + numbered(1, 2), blocks=True)
    assert read.post["status"] == "incomplete"
    assert (read.outcome["reason"] or "").startswith("unreachable: ")


def test_a_page_that_names_50_000_files_is_cut_and_says_so(crawl: Crawl, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(portion, "FILES_A_RUN", 2)
    monkeypatch.setattr(posts, "MOST_OF_A_KIND", 3)
    known: list[Any] = []
    for _ in range(2):
        read = crawl(body=numbered(*range(1, 50_001)), files=FILES, known=known)
        known = known_of(read, known)
    assert [row["ordinal"] for row in known if row["file_path"]] == [1, 2, 3]
    assert known[-1]["rejected"] == portion.TOO_MANY and len(known) == 4
    assert read.post["status"] == "published"


@pytest.mark.parametrize("error", [MemoryError, RecursionError, KeyError])
def test_whatever_one_post_does_is_its_own_affair(
    crawl: Crawl, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    def fails(*_: object) -> None:
        raise error

    monkeypatch.setattr(posts, "Places", fails)
    read = crawl(body=numbered(1), files=FILES)
    assert (read.post["status"], read.outcome["reason"]) == ("unreadable", f"reading it fails: {error.__name__}")
    monkeypatch.undo()
    monkeypatch.setattr(unparsed, "redact", fails)
    read = crawl(whole="<p>nothing of a post")
    assert (read.post["status"], read.outcome["page_path"]) == ("unreadable", None)


def test_a_bucket_that_fails_is_no_posts_fault(crawl: Crawl, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise ServiceUnavailable("later")

    monkeypatch.setattr(post_files, "put_file", fails)
    with pytest.raises(ServiceUnavailable):
        crawl(body=numbered(1), files=FILES)


def test_a_title_without_end_is_cut(crawl: Crawl) -> None:
    read = crawl(whole=POST.format(body="").replace(">t<", f">{'t' * 100_000}<"))
    assert len(read.post["title"] or "") == posts.LONGEST_TITLE


def test_each_hostile_picture_is_one_rejection_and_the_others_are_kept(crawl: Crawl) -> None:
    bombs = {str(number): make() for number, make in enumerate(BOMBS.values(), 10)}
    read = crawl(body=numbered(1, *map(int, bombs), 2), files=FILES | bombs)
    assert read.post["status"] == "published"
    assert [bool(row["file_path"]) for row in read.media] == [True, *[False] * len(bombs), True]
    assert not any((row["rejected"] or "").startswith("unreachable") for row in read.media)


def test_what_nobody_could_look_at_is_asked_for_again(crawl: Crawl, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process that looks at files cannot be started: that is nobody's picture's fault."""
    monkeypatch.setattr(inspector, "PURPOSE", "tests.media.nowhere")
    read = crawl(files=FILES, body=numbered(1, 2))
    assert read.post["status"] == "incomplete"
    assert all(row["rejected"].startswith("unreachable: nobody could look at it") for row in read.media)


def test_an_empty_picture_is_rejected_where_the_site_still_answers(crawl: Crawl) -> None:
    read = crawl(b"")
    assert (read.post["status"], read.media[0]["rejected"]) == ("published", "empty file")


def test_an_empty_picture_is_asked_for_again_where_the_site_blocks_us(crawl: Crawl) -> None:
    read = crawl(b"", blocks=True)
    assert read.post["status"] == "incomplete" and read.media[0]["rejected"].startswith("unreachable")
    assert read.outcome["reason"] == read.media[0]["rejected"]


def test_a_page_called_a_picture_is_rejected_and_says_why(crawl: Crawl) -> None:
    read = crawl(b"<html>a picture, believe me</html>")
    assert (read.post["status"], read.media[0]["file_path"]) == ("published", None)
    assert "first bytes: an HTML page" in read.media[0]["rejected"]


@pytest.mark.parametrize(
    "source",
    [
        "http://[::1/viewimage.php",
        "http://a b/viewimage.php",
        "http://169.254.169.254/viewimage.php?x",
        "http://h\\\\.x/viewimage.php",
    ],
)
def test_a_picture_elsewhere_or_nowhere_is_never_asked_for(crawl: Crawl, source: str) -> None:
    read = crawl(picture(1), f'<img src="{source}">')
    assert read.post["status"] == "published"
    assert all(row["rejected"] for row in read.media)
    assert all("/board/view" in path or path == "/robots.txt" for path in Page.asked)


def test_a_video_that_is_gone_is_not_asked_for_for_ever(crawl: Crawl) -> None:
    read = crawl(body='<iframe id="movieIcon1" src="/board/movie/gone?no=1"></iframe>')
    (video,) = read.media
    assert (read.post["status"], video["kind"], video["rejected"]) == ("published", "video", "gone: HTTP 404")


def test_a_video_that_calls_itself_a_picture_counts_among_the_videos(crawl: Crawl) -> None:
    read = crawl(body=numbered(1, 2), files={"1": b"\x1a\x45\xdf\xa3" + bytes(99), "2": FILES["2"]})
    assert [row["file_name"] for row in read.media] == ["video_1_1.webm", "image_1_2.png"]


def test_what_is_stored_already_is_not_asked_for_again(crawl: Crawl) -> None:
    first = crawl(body=numbered(1, 2), files=FILES)
    again = crawl(body=numbered(1, 2), files=FILES, known=first.media)
    assert not [path for path in Page.asked if "viewimage" in path]
    names = ("media_id", "file_path", "sha256", "phash", "size")
    assert [[dict(row)[name] for name in names] for row in again.media] == [
        [dict(row)[name] for name in names] for row in first.media
    ]


def test_an_edited_post_keeps_its_pictures_and_new_ones_come_after(crawl: Crawl) -> None:
    first = crawl(body=numbered(1, 2), files=FILES)
    edited = crawl(body=numbered(3, 1), files=FILES, known=first.media)
    assert [row["ordinal"] for row in first.media] == [1, 2]
    assert [(row["ordinal"], row["sha256"] == first.media[0]["sha256"]) for row in edited.media] == [
        (3, False),
        (1, True),
    ]


def test_a_picture_whose_address_changed_is_still_the_same_one(crawl: Crawl) -> None:
    first = crawl(body=numbered(1, 2), files=FILES)
    moved = {"11": FILES["1"], "12": FILES["2"], "13": FILES["3"]}
    again = crawl(body=numbered(13, 11, 12), files=moved, known=first.media)
    assert [row["ordinal"] for row in again.media] == [4, 1, 2]


def test_a_page_that_nobody_understands_is_kept_without_names(crawl: Crawl, gcs: storage.Client) -> None:
    read = crawl(whole="<html><body class='new_layout'><p data-nick='홍길동'>홍길동</p></body></html>")
    assert read.post["status"] == read.outcome["status"] == "unreadable"
    kept = storage.Blob.from_uri(read.outcome["page_path"], client=gcs).download_as_bytes().decode()
    assert "new_layout" in kept and "홍길동" not in kept
