"""A batch that dies for good: what others read is published, and what nobody read is known to be unread."""

import json
from datetime import timedelta
from typing import Any

import pytest

from include.core.errors import Mistake
from include.crawl import crawl_plan, journal, run_plan
from include.crawl.crawl_run import crawl_batch
from include.crawl.unended import UNENDED
from tests.crawl.conftest import Crawl
from tests.crawl.test_crawl_run import Killed, of

Row = dict[str, Any]
SMALL = "twin_minor"
POSTS, MEDIA = "gallery, post_no, title, status", "media_id, file_name, sha256, rejected"


def numbers_of(crawl: Crawl, batch: str) -> set[int]:
    spec = crawl.gcs.bucket(crawl.bucket).blob(batch.removeprefix(f"gs://{crawl.bucket}/")).download_as_text()
    return {post["post_no"] for post in json.loads(spec)["posts"]}


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """The four posts of the small gallery are two batches."""
    monkeypatch.setattr(crawl_plan, "POSTS_A_BATCH", 2)


@pytest.fixture
def half(crawl: Crawl, truth: Row) -> list[str]:
    """The batches of a run called half, of which only the first was read; then it was published."""
    batches = crawl.plan("half", of(truth, SMALL))
    crawl.batch("half", batches[0])
    crawl.publish("half")
    return batches


def not_begun(crawl: Crawl) -> set[int]:
    return {number for number, reason in crawl.table("post_outcome", "post_no, reason") if reason == UNENDED}


def test_what_other_batches_read_is_published_and_the_next_run_reads_the_rest(
    crawl: Crawl, truth: Row, half: list[str]
) -> None:
    statuses = dict(crawl.table("post", "post_no, status"))
    assert set(statuses) == {int(number) for number in truth["galleries"][SMALL]["posts"]}
    lost = not_begun(crawl)
    assert lost == set(statuses) - numbers_of(crawl, half[0])
    assert {statuses[number] for number in lost} == {"unreachable"}
    assert crawl.table("gallery", "covered_to")[0][0], "each of its posts has a row, so the list is known"
    crawl.quick("next", of(truth, SMALL), pages=None)
    assert set(crawl.table("post", "status")) == {("published",)}


def test_a_batch_that_is_run_again_after_all_is_published_as_if_it_had_never_died(
    crawl: Crawl, truth: Row, half: list[str]
) -> None:
    for batch in half[1:]:
        crawl.batch("half", batch)
    assert crawl.publish("half")["post"] == len(numbers_of(crawl, half[1]))
    late = crawl.table("post", POSTS), crawl.table("media", MEDIA)
    assert {status for _, _, _, status in late[0]} == {"published"} and not_begun(crawl) == set()
    shown = [media for post in truth["galleries"][SMALL]["posts"].values() for media in post["media"]]
    assert sorted(sha256 for _, _, sha256, _ in late[1]) == sorted(media["sha256"] for media in shown)
    assert set(crawl.publish("half").values()) == {0}


def test_what_a_dead_batch_had_read_comes_from_its_journal(
    crawl: Crawl, truth: Row, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "SECONDS", 0)
    monkeypatch.setattr(journal, "_SHARE", 0)
    (batch, _) = crawl.plan("died", of(truth, SMALL))

    def die_at_the_second(line: str) -> None:
        if line.startswith("post 2/"):
            raise Killed

    with pytest.raises(Killed):
        crawl_batch(crawl.run("died", die_at_the_second), batch)
    crawl.publish("died")
    assert len(numbers_of(crawl, batch) & not_begun(crawl)) == 1
    assert crawl.table("media", "media_id")


def test_a_run_that_was_published_by_half_and_killed_loses_nothing_when_it_is_published_again(
    crawl: Crawl, truth: Row, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All shards are gone by then, as if no batch had ended."""
    whole = crawl.plan("killed", of(truth, SMALL))
    for batch in whole:
        crawl.batch("killed", batch)
    with monkeypatch.context() as patch:
        patch.setattr("include.crawl.crawl_run.write_published", lambda *_: (_ for _ in ()).throw(Killed))
        with pytest.raises(Killed):
            crawl.publish("killed")
    published = crawl.table("post", POSTS), crawl.table("media", MEDIA)
    assert published[0] and crawl.publish("killed")["post"] == 0
    assert (crawl.table("post", POSTS), crawl.table("media", MEDIA)) == published
    assert not_begun(crawl) == set()


def test_a_run_without_a_plan_publishes_nothing(crawl: Crawl) -> None:
    with pytest.raises(Mistake, match="no plan"):
        crawl.publish("never")
    assert crawl.table("post", "post_no") == []


def test_a_run_that_is_cleared_after_its_staging_began_to_go_is_refused_and_publishes_no_part(
    crawl: Crawl, truth: Row, monkeypatch: pytest.MonkeyPatch
) -> None:
    batches = crawl.plan("old", of(truth, SMALL))
    crawl.batch("old", batches[0])
    monkeypatch.setattr(run_plan, "TRUSTED", timedelta())
    for again in (lambda: crawl.publish("old"), lambda: crawl.batch("old", batches[0])):
        with pytest.raises(Mistake, match="may not be whole any more: nothing"):
            again()
    assert crawl.table("post", "post_no") == crawl.table("gallery", "gallery") == []


def test_a_run_that_takes_for_days_begins_nothing_more_and_publishes_what_it_has(
    crawl: Crawl, truth: Row, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = crawl.plan("long", of(truth, SMALL))
    crawl.batch("long", first)
    monkeypatch.setattr(run_plan, "BEGINS_FOR", timedelta())
    with pytest.raises(Mistake, match="begins nothing more: what it has read is published"):
        crawl.batch("long", second)
    crawl.publish("long")
    assert not_begun(crawl) == numbers_of(crawl, second)


def test_shards_of_an_earlier_plan_do_not_speak_for_a_batch_of_this_one(crawl: Crawl, truth: Row) -> None:
    """A run is cleared as a whole: its plan is made again, and its batches are others."""
    for batch in crawl.plan("twice", of(truth, SMALL)):
        crawl.batch("twice", batch)
    crawl.plan("twice", of(truth, "twin_mini"))
    crawl.publish("twice")
    places = crawl.table("post_outcome", "gallery, post_no, reason")
    others = {int(number) for number in truth["galleries"]["twin_mini"]["posts"]}
    assert {number for gallery, number, reason in places if gallery.startswith("mini:") and reason == UNENDED} == others
