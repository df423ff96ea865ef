"""One post: what its row says when the site plays games."""

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from google.cloud import storage

from include.crawl.adapters import load_adapter
from include.crawl.fetch import Fetcher
from include.crawl.files import Keeper
from include.crawl.posts import PostCrawler
from include.crawl.sites import Site

POST = """<div class="gallview_head"><span class="title_subject">t</span></div>
<div class="writing_view_box"><div class="write_div">{body}</div></div>"""
PICTURE = '<img src="/viewimage.php?no=1">'
Crawl = Callable[..., tuple[dict[str, Any], list[dict[str, Any]]]]


class Page(BaseHTTPRequestHandler):
    """A post with one picture. After that was asked for, the post page may be another one."""

    media = b""
    body = ""
    blocks = False
    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        page = b"" if self.blocks and len(self.asked) > 2 else POST.format(body=self.body).encode()
        body = page if "/board/view" in self.path else self.media
        self.send_response(404 if "/gone" in self.path else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def crawl(gcs: storage.Client, bucket: str) -> Iterator[Crawl]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    host = f"127.0.0.1:{server.server_port}"
    site = Site("test", "dcinside", f"http://{host}", (host,), pace=0)

    def crawl(media: bytes = b"", body: str = PICTURE, blocks: bool = False) -> Any:
        Page.media, Page.body, Page.blocks, Page.asked = media, body, blocks, []
        fetcher, adapter = Fetcher(site), load_adapter("dcinside")
        crawler = PostCrawler(fetcher, adapter, Keeper(fetcher, adapter, gcs, bucket))
        url = f"http://{host}/board/view/?id=cats&no=1"
        return crawler.crawl_post({"gallery": "cats", "post_no": 1, "url": url, "posted_at": None})

    yield crawl
    server.shutdown()
    thread.join()
    server.server_close()


def test_an_empty_picture_is_rejected_where_the_site_still_answers(crawl: Crawl) -> None:
    post, (picture,) = crawl(b"")
    assert (post["status"], picture["rejected"]) == ("published", "empty file")


def test_an_empty_picture_is_asked_for_again_where_the_site_blocks_us(crawl: Crawl) -> None:
    post, (picture,) = crawl(b"", blocks=True)
    assert post["status"] == "incomplete" and picture["rejected"].startswith("unreachable")


def test_a_page_called_a_picture_is_rejected_and_says_why(crawl: Crawl) -> None:
    post, (picture,) = crawl(b"<html>a picture, believe me</html>")
    assert (post["status"], picture["file_path"]) == ("published", None)
    assert "first bytes" in picture["rejected"]


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
    post, media = crawl(b"GIF89a", f'<img src="{source}">')
    assert post["status"] == "published"
    assert all(row["rejected"] for row in media)
    assert all("/board/view" in path for path in Page.asked)


def test_a_video_that_is_gone_is_not_asked_for_for_ever(crawl: Crawl) -> None:
    post, (video,) = crawl(body='<iframe id="movieIcon1" src="/board/movie/gone?no=1"></iframe>')
    assert (post["status"], video["kind"], video["rejected"]) == ("published", "video", "gone: HTTP 404")
