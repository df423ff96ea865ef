"""Lists that are long, that shift while they are read, that were read before: nothing is missed, nothing read twice."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from include.core.seoul_time import KST
from include.crawl import journal, listing
from include.crawl.adapters import load_adapter
from include.crawl.listing import Listing, Scope
from include.crawl.net.fetch import Fetcher
from include.crawl.sites import load_sites
from include.crawl.unparsed import UnparsedPages
from include.warehouse.publish import publish_all
from replica.server import Replica
from replica.world import Post, ReplicaGallery, World, save
from tests.conftest import MakeRun
from tests.crawl.conftest import Crawl, write_sites

NOW = datetime.now(KST).replace(microsecond=0)
EVERY = timedelta(hours=1)
NEWEST = 5000
LIST = "/mgallery/board/lists/?id=long"
Make = Callable[..., Replica]


def date_of(number: int) -> datetime:
    return NOW - EVERY * (NEWEST - number)  # in Seoul, as the site shows it


@pytest.fixture
def long(tmp_path: Path) -> Iterator[Make]:
    """`long(2000)` is a running replica whose only gallery has so many posts without pictures, one an hour."""
    servers: list[tuple[Replica, threading.Thread]] = []

    def make(count: int) -> Replica:
        posts = [
            Post(
                number,
                f"글 {number}",
                "ㅇㅇ",
                "",
                "192.0",
                f"{date_of(number):%Y-%m-%d %H:%M:%S}",
                "txt",
            )
            for number in range(NEWEST, NEWEST - count, -1)
        ]
        root = tmp_path / "long"
        root.mkdir()
        save(World(7, {}, [ReplicaGallery("long", "minor", "long", "긴 갤러리", posts=posts)]), root)
        server = Replica(root)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        servers.append((server, thread))
        return server

    yield make
    for server, thread in servers:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def reading(tmp_path: Path) -> Callable[..., Listing]:
    """A listing of the long gallery; `after_page` is called after each page that was read."""

    def reading(server: Replica, after_page: Callable[[], object] = lambda: None) -> Listing:
        (site,) = load_sites(write_sites(tmp_path / "sites.toml", server))
        adapter = load_adapter(site)
        fetcher = Fetcher(site, adapter)
        gallery = adapter.gallery(server.address + LIST)
        return Listing(fetcher, adapter, gallery, UnparsedPages(None, ""), lambda line: after_page())  # type: ignore[arg-type]

    return reading


def list_requests(server: Replica) -> int:
    return sum(number for path, number in server.control.log()["paths"].items() if "/board/lists" in path)


def nothing_known(numbers: list[int]) -> dict[int, Any]:
    return {}


def test_a_range_far_in_the_past_is_found_in_a_few_requests(long: Make, reading: Callable[..., Listing]) -> None:
    server = long(4000)
    scope = Scope(since=date_of(1500), until=date_of(1600))
    found = reading(server).find(scope, nothing_known, NOW)
    assert sorted(found.links) == list(range(1500, 1601))
    assert found.covered == (scope.since, scope.until)
    assert list_requests(server) <= 25 < 4000 / 50


def test_posts_that_appear_while_a_list_is_read_shift_it_and_none_is_lost(
    long: Make, reading: Callable[..., Listing]
) -> None:
    server = long(400)
    hidden = [120]

    def publish_some() -> None:
        hidden[0] = max(0, hidden[0] - 50)  # a whole page: the next one is the one that we have just read
        server.control.change({"withhold": {"long": hidden[0]}})

    server.control.change({"withhold": {"long": 120}})
    found = reading(server, publish_some).find(Scope(), nothing_known, NOW)
    assert set(range(NEWEST - 399, NEWEST - 119)) <= set(found.links)


def test_a_post_deleted_while_a_list_is_read_takes_no_other_with_it(
    long: Make, reading: Callable[..., Listing]
) -> None:
    server = long(400)
    deleted = iter(range(NEWEST, NEWEST - 3, -1))

    def delete_one() -> None:
        server.control.change({"delete": {"long": [no]}} if (no := next(deleted, None)) else {})

    found = reading(server, delete_one).find(Scope(), nothing_known, NOW)
    assert set(range(NEWEST - 399, NEWEST - 3)) <= set(found.links)


@pytest.mark.parametrize("body", ['<table class="gall_list"><tbody></tbody></table>', "<p>something went wrong</p>"])
def test_a_page_that_comes_without_its_rows_once_is_not_the_end(
    long: Make, reading: Callable[..., Listing], body: str
) -> None:
    server = long(400)
    server.control.change({"fault": "200", "text": body, "path": "/mgallery/board/lists", "after": 2, "count": 1})
    found = reading(server).find(Scope(), nothing_known, NOW)
    assert NEWEST - 399 in found.links and len(found.links) >= 350


def test_what_was_found_before_a_list_broke_off_is_kept(long: Make, reading: Callable[..., Listing]) -> None:
    server = long(400)
    server.control.change({"fault": "404", "path": "/mgallery/board/lists", "after": 3, "count": -1})
    found = reading(server).find(Scope(), nothing_known, NOW)
    assert found.error and found.covered is None and len(found.links) >= 100


def test_a_time_to_come_is_not_covered(long: Make, reading: Callable[..., Listing]) -> None:
    found = reading(long(60)).find(Scope(until=NOW + timedelta(days=900)), nothing_known, NOW)
    assert found.covered and found.covered[1] == NOW


def test_a_list_that_is_shorter_than_asked_for_was_read_whole(long: Make, reading: Callable[..., Listing]) -> None:
    server = long(120)
    assert reading(server).find(Scope(pages=2), nothing_known, NOW).covered is None
    whole = reading(server).find(Scope(pages=9), nothing_known, NOW)
    assert len(whole.links) == 120 and whole.covered is not None and whole.covered[1] == NOW


ENDS = {  # what a list does without end; what then holds of the run
    "so many posts": ("MAX_POSTS", 120),
    "so many rows on a page": ("MAX_ROWS", 30),
}


@pytest.mark.parametrize(("cap", "most"), ENDS.values(), ids=ENDS)
def test_a_list_without_end_ends_and_is_not_taken_for_known(
    long: Make, reading: Callable[..., Listing], monkeypatch: pytest.MonkeyPatch, cap: str, most: int
) -> None:
    monkeypatch.setattr(listing, cap, most)
    server = long(400)
    found = reading(server).find(Scope(), nothing_known, NOW)
    assert found.error is None and found.covered is None
    assert len(found.links) == (150 if cap == "MAX_POSTS" else 8 * most)
    assert max(found.links) == NEWEST


def test_a_list_that_takes_too_long_keeps_what_it_has_found(long: Make, reading: Callable[..., Listing]) -> None:
    one = reading(long(400))
    one._seconds = -1
    found = one.find(Scope(), nothing_known, NOW)
    assert found.error is None and found.covered is None and len(found.links) == 50


class Daily:
    """The daily run of the long gallery, once after the other."""

    def __init__(self, crawl: Crawl, server: Replica) -> None:
        self.crawl, self.server, self.runs = crawl, server, 0

    def run(self, **params: Any) -> int:
        """One run, published; how many list pages it asked for."""
        self.runs += 1
        self.server.control.change({"forget": True})
        for batch in self.crawl.plan(f"run{self.runs}", [LIST], **{"pages": None, **params}):
            self.crawl.batch(f"run{self.runs}", batch)
        # What else a run publishes, the lists do not depend on.
        publish_all(self.crawl.run(f"run{self.runs}"), ("post", "gallery"))
        return list_requests(self.server)

    def posts(self) -> set[int]:
        return {number for (number,) in self.crawl.table("post", "post_no")}

    def read(self) -> set[int]:
        """The posts that the last run asked for."""
        paths = self.server.control.log()["paths"]
        return {int(path.rpartition("no=")[2]) for path in paths if "/board/view" in path}


@pytest.fixture
def daily(make_run: MakeRun, clean_tables: None, long: Make, tmp_path: Path) -> Daily:
    server = long(400)
    return Daily(Crawl(make_run, server, write_sites(tmp_path / "daily.toml", server)), server)


def test_a_daily_run_reads_a_week_and_the_next_stops_at_a_page_of_known_posts(daily: Daily) -> None:
    daily.server.control.change({"withhold": {"long": 10}})
    daily.run()
    assert min(daily.posts()) in range(NEWEST - 7 * 24 - 1, NEWEST - 7 * 24 + 2)
    before = daily.posts()
    daily.server.control.change({"withhold": {}})
    assert daily.run() <= 2
    assert daily.read() == daily.posts() - before == set(range(NEWEST - 9, NEWEST + 1))


def test_a_hand_run_of_one_page_leaves_no_hole_behind_it(daily: Daily) -> None:
    daily.run(pages=1)
    assert len(daily.posts()) == 50
    daily.run()
    assert min(daily.posts()) <= NEWEST - 7 * 24 + 1
    assert len(daily.posts()) == NEWEST - min(daily.posts()) + 1


def test_a_backfill_reads_past_what_is_known(daily: Daily) -> None:
    daily.run()
    week = daily.posts()
    daily.run(since=f"{date_of(4700):%Y-%m-%d}")
    assert min(daily.posts()) in range(4700 - 24, 4701)
    assert daily.read() == daily.posts() - week


def test_a_post_that_the_list_shows_changed_is_read_again_and_no_other(daily: Daily) -> None:
    daily.run()
    world = daily.server.answers._world
    gallery = world.galleries[0]
    gallery.posts[5] = replace(gallery.posts[5], title="이제 다르다")
    daily.server.answers = type(daily.server.answers)(world, Path(), daily.server.control)
    daily.run()
    assert daily.read() == {NEWEST - 5}
    assert daily.crawl.table("post", "title, post_no")[-1] == ("이제 다르다", NEWEST - 5)


def test_a_run_planned_anew_does_not_take_other_posts_for_its_own(
    daily: Daily, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "SECONDS", 0)
    daily.server.control.change({"withhold": {"long": 10}})
    daily.crawl.batch("anew", daily.crawl.plan("anew", [LIST], pages=1)[0])
    daily.server.control.change({"withhold": {}})
    daily.crawl.whole("anew", [LIST], pages=1)
    assert set(range(NEWEST - 49, NEWEST + 1)) <= daily.posts()


def test_a_single_post_can_be_asked_for_in_any_form(daily: Daily) -> None:
    daily.crawl.whole("single", ["/m/long/4999", "/mgallery/board/view/?id=long&no=4999&page=1", "/board/long/4990"])
    assert daily.posts() == {4999, 4990}
    assert {status for (status,) in daily.crawl.table("post", "status")} == {"published"}


def test_a_gallery_asked_for_as_the_wrong_kind_is_read_where_it_is(daily: Daily) -> None:
    daily.crawl.whole("wrong", ["/board/lists/?id=long"], pages=1)
    assert len(daily.posts()) == 50
    assert {url for (url,) in daily.crawl.table("gallery", "list_url")} == {daily.server.address + LIST}
