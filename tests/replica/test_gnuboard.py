"""The second community: its replica, and that the example's definition alone is enough to crawl it exactly."""

import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from google.cloud import bigquery
from lxml import html

from include.crawl import try_site
from include.crawl.adapters import Adapter, MediaLink, PostLink, load_adapter
from include.crawl.crawl_plan import plan_crawl
from include.crawl.crawl_run import crawl_batch, publish_crawl
from include.crawl.net.fetch import Away, Fetcher, Refused, Unreachable
from include.crawl.sites import Site, load_sites
from include.media.file_types import sniff
from replica.gnuboard import EXAMPLE, GnuboardReplica
from replica.gnuboard_world import build, truth
from tests.conftest import MakeRun

Row = dict[str, Any]


@pytest.fixture(scope="module")
def server() -> Iterator[GnuboardReplica]:
    replica = GnuboardReplica(seed=7)
    thread = threading.Thread(target=replica.serve_forever)
    thread.start()
    yield replica
    replica.shutdown()
    thread.join()
    replica.server_close()


@pytest.fixture
def gnuboard(server: GnuboardReplica) -> GnuboardReplica:
    server.control.change({"reset": True})
    return server


@pytest.fixture
def site(gnuboard: GnuboardReplica, tmp_path: Path) -> Site:
    file = tmp_path / "sites.toml"
    file.write_text(gnuboard.definition().replace("pace = 0", "pace = 0\nbackoff = 0.02\nbackoff_most = 0.1"))
    return load_sites(file)[0]


class Crawler:
    """Reads everything as a run does, without its tables."""

    def __init__(self, site: Site) -> None:
        self.adapter: Adapter = load_adapter(site)
        self.fetcher = Fetcher(site, self.adapter)

    def lists(self, url: str) -> tuple[str, list[list[PostLink]]]:
        """What the list says it is, and the posts of each page up to the first empty one."""
        gallery, pages = self.adapter.gallery(url), list[list[PostLink]]()
        while not pages or pages[-1]:
            answer = self.fetcher.page(self.adapter.page_url(gallery, len(pages) + 1))
            found = self.adapter.parse_list(gallery, answer.status, answer.body)
            pages.append(found.posts)
        return found.status, pages[:-1]

    def post(self, link: PostLink) -> Row:
        answer = self.fetcher.page(link.url)
        page = self.adapter.parse_post(link.url, answer.status, answer.body)
        return {
            "url": link.url,
            "title": page.title,
            "posted_at": page.posted_at.isoformat() if page.posted_at else None,
            "status": page.status,
            "media": [self.medium(link.url, one) for one in page.media],
        }

    def medium(self, referer: str, link: MediaLink) -> Row:
        status, sha256, size = self.file(referer, link)
        return {"kind": link.kind, "ordinal": link.ordinal, "status": status, "sha256": sha256, "size": size}

    def file(self, referer: str, link: MediaLink) -> tuple[str, str, int]:
        url = link.url
        try:
            if link.player:
                source = self.adapter.parse_player(url, self.fetcher.page(url, referer).body).source
                if source is None:
                    return "waiting", "", 0
                referer, url = url, source
            with self.fetcher.file(url, referer, link.kind) as got:
                return ("ok", got.sha256, got.size) if sniff(got.head) else ("html", "", 0)
        except Away:
            return "away", "", 0
        except (Refused, Unreachable) as reason:
            return str(reason).partition(":")[0], "", 0


@pytest.fixture
def crawler(site: Site) -> Iterator[Crawler]:
    crawler = Crawler(site)
    yield crawler
    crawler.fetcher.close()


@pytest.mark.parametrize("name", ["free", "pics"])
def test_a_crawl_with_nothing_but_the_definition_is_exact(
    gnuboard: GnuboardReplica, crawler: Crawler, name: str
) -> None:
    board = gnuboard.truth["galleries"][name]
    status, pages = crawler.lists(gnuboard.address + board["list"])
    found = {str(link.post_no): crawler.post(link) for page in pages for link in page}
    assert (status, len(pages)) == ("open", board["pages"])
    assert {link.gallery for page in pages for link in page} == {name}
    assert list(found) == list(board["posts"])
    for number, post in board["posts"].items():
        expected = {**post, "url": gnuboard.address + post["url"]}
        if post["status"] != "published":
            expected |= {"title": None, "posted_at": None}
        assert found[number] == expected
    asked = gnuboard.control.log()
    assert list(asked["hosts"]) == [gnuboard.address.removeprefix("http://")]
    assert not [path for path in asked["paths"] if path.startswith(tuple(gnuboard.truth["never"]))]
    assert not [path for path in asked["paths"] if "thumb-" in path or "/img/" in path]


def test_posts_that_move_to_the_next_page_while_it_is_read_are_listed_twice(
    gnuboard: GnuboardReplica, crawler: Crawler
) -> None:
    _, pages = crawler.lists(gnuboard.address + gnuboard.truth["galleries"]["free"]["list"])
    assert [link.post_no for link in pages[0]][-2:] == [link.post_no for link in pages[1]][:2]


def test_a_date_without_a_year_is_none_and_one_with_it_is_seouls(gnuboard: GnuboardReplica, crawler: Crawler) -> None:
    galleries = gnuboard.truth["galleries"]
    _, free = crawler.lists(gnuboard.address + galleries["free"]["list"])
    _, pics = crawler.lists(gnuboard.address + galleries["pics"]["list"])
    assert all(
        link.posted_at and link.posted_at.isoformat() == galleries["free"]["posts"][str(link.post_no)]["posted_at"]
        for page in free
        for link in page
    )
    assert {link.posted_at for page in pics for link in page} == {None}


def test_a_board_for_members_is_closed_and_one_that_is_not_there_is_gone(
    gnuboard: GnuboardReplica, crawler: Crawler
) -> None:
    assert crawler.lists(f"{gnuboard.address}/bbs/board.php?bo_table=members") == ("closed", [])
    assert crawler.lists(f"{gnuboard.address}/nosuch") == ("gone", [])


def test_the_community_holds_every_case(gnuboard: GnuboardReplica) -> None:
    """Else the exact crawl has shown little."""
    galleries = [gallery for gallery in gnuboard.truth["galleries"].values() if gallery["state"] == "open"]
    for gallery in galleries:
        posts = gallery["posts"].values()
        statuses = {post["status"] for post in posts}
        assert statuses == {"published", "deleted", "closed", "adult", "secret", "moved", "unreadable"}
        media = [(one["kind"], one["status"]) for post in posts for one in post["media"]]
        assert {status for _, status in media} == {"ok", "away", "gone", "html", "waiting"}
        assert media.count(("image", "ok")) > 20 and media.count(("video", "ok")) >= 3
    assert {gallery["skin"] for gallery in galleries} == {"list", "gallery"}


def test_a_seed_makes_the_same_community_every_time(gnuboard: GnuboardReplica) -> None:
    assert truth(build(7)) == gnuboard.truth
    assert truth(build(8)) != gnuboard.truth


def test_it_listens_on_loopback_only_and_a_picture_wants_a_referer(gnuboard: GnuboardReplica) -> None:
    assert gnuboard.socket.getsockname()[0] == "127.0.0.1"
    board = gnuboard.truth["galleries"]["free"]
    url = next(gnuboard.address + post["url"] for post in board["posts"].values() if post["media"])
    page = html.fromstring(requests.get(url, timeout=10).content)
    for thumb in page.cssselect("#bo_v a.view_image img, #bo_v_con img"):
        address = requests.compat.urljoin(url, thumb.get("src"))
        if "/data/" in address and "localhost" not in address:
            assert len(requests.get(address, timeout=10).content) < 100


def test_whoever_writes_a_definition_sees_what_it_makes_of_the_pages(
    gnuboard: GnuboardReplica, site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    board = gnuboard.truth["galleries"]["free"]
    assert try_site.main([str(tmp_path / "sites.toml"), gnuboard.address + board["list"]]) == 0
    first, post = next(iter(board["posts"].items()))
    told = capsys.readouterr().out
    assert "open, 15 posts" in told and f"number {first}" in told and "published" in told
    assert post["title"] not in told
    assert gnuboard.control.log()["total"] <= 3  # the list, the post, robots.txt


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("#gall_ul > li", "#gall_ul > dd", r"list.rows = .*matches NOTHING"),
        ("#bo_list, #bo_gall", "#board", r"list.present = '#board' matches NOTHING"),
        (
            "bo_table = '(?P<gallery>[A-Za-z0-9_]{1,20})', wr_id",
            "bo_tab = '(?P<gallery>[a-z]+)', wr_id",
            "addresses.post",
        ),
    ],
)
def test_a_definition_that_finds_nothing_is_told_what_matched_nothing(
    gnuboard: GnuboardReplica, tmp_path: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, said: str
) -> None:
    file = tmp_path / "sites.toml"
    text = gnuboard.definition().replace("  { path = '/(?!bbs|adm|data|shop|skin|theme)", "  { path = '/short/")
    assert old in text
    file.write_text(text.replace(old, new, 1))
    assert try_site.main([str(file), f"{gnuboard.address}/bbs/board.php?bo_table=pics"]) == 0
    assert re.search(said, capsys.readouterr().out)


def test_an_address_of_no_site_is_said_and_not_asked(
    gnuboard: GnuboardReplica, site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert try_site.main([str(tmp_path / "sites.toml"), "http://elsewhere.example/free"]) == 1
    assert "belongs to no site" in capsys.readouterr().err
    assert gnuboard.control.log()["total"] == 0


def test_the_example_says_that_it_was_held_against_no_live_site() -> None:
    assert "not been held against any live site" in EXAMPLE.read_text(encoding="utf-8")
    assert load_adapter(load_sites(EXAMPLE)[0]).gallery("https://m.board.example/free").key == "free"


def test_a_run_over_the_community_fills_the_tables_exactly(
    gnuboard: GnuboardReplica,
    site: Site,
    tmp_path: Path,
    bq: bigquery.Client,
    make_run: MakeRun,
    clean_tables: None,
) -> None:
    run, galleries = make_run("gnuboard", sites=tmp_path / "sites.toml"), gnuboard.truth["galleries"]
    params = {"galleries": [gnuboard.address + gallery["list"] for gallery in galleries.values()], "pages": 9,
              "kinds": ["image", "video"]}  # fmt: skip
    for batch in plan_crawl(run, params):
        crawl_batch(run, batch)
    publish_crawl(run)

    posts = {(name, int(number)): post for name, gallery in galleries.items() if gallery["state"] == "open"
             for number, post in gallery["posts"].items()}  # fmt: skip
    waiting = {key for key, post in posts.items() if any(one["status"] == "waiting" for one in post["media"])}
    expected = {key: "incomplete" if key in waiting else post["status"] for key, post in posts.items()}
    found = table(bq, "post", "gallery, post_no, status")
    assert len(found) == len(expected) and {(name, number): status for name, number, status in found} == expected
    assert waiting

    media = {(*key, one["kind"], one["ordinal"], one["sha256"]) for key, post in posts.items() for one in post["media"]}
    rows = table(bq, "media", "gallery, post_no, kind, ordinal, sha256, rejected")
    assert len(rows) == len(media) and {(*row[:4], row[4] or "") for row in rows} == media
    assert all((row[4] is None) != (row[5] is None) for row in rows)
    assert dict(table(bq, "gallery", "gallery, status")) == {"free": "open", "pics": "open", "members": "closed"}
    assert list(gnuboard.control.log()["hosts"]) == [gnuboard.address.removeprefix("http://")]


def table(bq: bigquery.Client, name: str, columns: str) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in bq.query(f"SELECT {columns} FROM facewarden.{name}").result()]
