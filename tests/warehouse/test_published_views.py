"""Views of what was published: what was crawled, what could not be had, what was posted twice, how fresh it all is."""

import datetime
from collections.abc import Callable
from typing import Any

import pytest

from tests.warehouse.conftest import Insert, Make, Select

pytestmark = pytest.mark.usefixtures("clean_tables")
PLACE = {"platform": "p", "gallery": "g"}
MIDNIGHT = datetime.datetime(2024, 5, 1, 15, tzinfo=datetime.UTC)  # in Seoul, where the second of May begins
HOUR = datetime.timedelta(hours=1)
SECOND = datetime.timedelta(seconds=1)
FIRST, SECOND_OF_MAY = datetime.date(2024, 5, 1), datetime.date(2024, 5, 2)


@pytest.fixture
def look(insert: Insert, make: Make) -> Any:
    """Puts looks at posts into post_outcome: (post, status, moment), each of a run of its own."""

    def put(*looks: Any, **more: Any) -> None:
        insert("post_outcome", [
            make("post_outcome", **PLACE, post_no=no, status=status, seen_at=at, run_key=f"r{run}", **more)
            for run, (no, status, at) in enumerate(looks)
        ])  # fmt: skip

    return put


@pytest.fixture
def media(insert: Insert, make: Make) -> Any:
    """Puts media into the table: columns by media_id; stored pictures of ten bytes, unless they say otherwise."""

    def put(**found: Any) -> None:
        stored = {**PLACE, "kind": "image", "file_path": "gs://b/o", "size": 10, "fetched_at": MIDNIGHT}
        insert("media", [
            make("media", **{**stored, "media_id": name, "sha256": name, **columns}) for name, columns in found.items()
        ])  # fmt: skip

    return put


REJECTED = {"file_path": None, "sha256": None, "size": None}


def _by_day(select: Select) -> Any:
    found = select("SELECT * FROM facewarden.crawled_by_day ORDER BY platform, gallery, day")
    return {(row["platform"], row["gallery"], row["day"]): row for row in found}


def test_a_day_of_the_crawl_begins_in_seoul(
    look: Callable[..., None], media: Callable[..., None], select: Select
) -> None:
    look((1, "published", MIDNIGHT - SECOND), (2, "published", MIDNIGHT), (3, "published", MIDNIGHT + 23 * HOUR))
    media(before={"fetched_at": MIDNIGHT - SECOND}, after={})
    days = _by_day(select)
    assert list(days) == [("p", "g", FIRST), ("p", "g", SECOND_OF_MAY)]
    assert [(day["posts"], day["media"]) for day in days.values()] == [(1, 1), (2, 1)]


def test_a_post_counts_once_a_day_as_its_last_look_found_it(look: Callable[..., None], select: Select) -> None:
    look(
        (1, "published", MIDNIGHT - SECOND),
        (1, "blocked", MIDNIGHT),
        (1, "deleted", MIDNIGHT + HOUR),
        (2, "deleted", MIDNIGHT),
        (2, "published", MIDNIGHT + HOUR),
        *(
            (no, status, MIDNIGHT)
            for no, status in enumerate(("incomplete", "blocked", "unreadable", "unreachable"), 3)
        ),
        (7, "adult", MIDNIGHT),
    )
    day = _by_day(select)["p", "g", SECOND_OF_MAY]
    assert (day["posts"], day["posts_published"], day["posts_deleted"], day["posts_waiting"]) == (7, 1, 1, 4)


def test_media_of_a_day_are_stored_or_rejected(media: Callable[..., None], select: Select) -> None:
    media(
        one={},
        copy={"sha256": "one"},
        film={"kind": "video", "size": 500},
        broken={**REJECTED, "rejected": "too large", "size": 9000},
        elsewhere={"gallery": "h"},
        other_site={"platform": "q", **REJECTED},
    )
    days = _by_day(select)
    assert days["p", "g", SECOND_OF_MAY] == {
        **PLACE, "day": SECOND_OF_MAY, "posts": 0, "posts_published": 0, "posts_deleted": 0, "posts_waiting": 0,
        "media": 4, "stored": 3, "images": 2, "videos": 1, "rejected": 1, "bytes": 520,
    }  # fmt: skip
    assert (days["p", "h", SECOND_OF_MAY]["stored"], days["q", "g", SECOND_OF_MAY]["stored"]) == (1, 0)
    assert days["q", "g", SECOND_OF_MAY]["bytes"] == 0


def _rejects(select: Select, what: str) -> Any:
    return select(f"SELECT * FROM facewarden.rejects WHERE what = '{what}' ORDER BY platform, gallery, reason")


def test_rejected_media_are_counted_by_reason_whatever_its_figures(media: Callable[..., None], select: Select) -> None:
    media(
        a={**REJECTED, "rejected": "too many bytes: 90, at most 10.5 are read", "post_url": "old"},
        b={**REJECTED, "rejected": "too many bytes: 7, at most 10.5 are read", "post_url": "new",
           "fetched_at": MIDNIGHT + HOUR},
        c={**REJECTED, "rejected": "empty file"},
        d={**REJECTED, "rejected": "empty file", "gallery": "h"},
        stored={},
    )  # fmt: skip
    empty, large, elsewhere = _rejects(select, "media")
    assert large == {
        **PLACE, "what": "media", "reason": "too many bytes: N, at most N are read", "times": 2,
        "first_seen_at": MIDNIGHT, "last_seen_at": MIDNIGHT + HOUR, "post_url": "new",
        "example": "too many bytes: 7, at most 10.5 are read",
    }  # fmt: skip
    assert (empty["reason"], empty["times"]) == ("empty file", 1)
    assert (elsewhere["gallery"], elsewhere["times"]) == ("h", 1)


def test_a_post_is_a_reject_for_as_long_as_it_is_not_published(
    insert: Insert, make: Make, look: Callable[..., None], select: Select
) -> None:
    found = {1: "published", 2: "deleted", 3: "unreadable", 4: "unreadable", 5: "blocked"}
    insert("post", [make("post", **PLACE, post_no=no, status=status, seen_at=MIDNIGHT) for no, status in found.items()])
    look((1, "unreadable", MIDNIGHT - HOUR), (1, "published", MIDNIGHT), (5, "unreadable", MIDNIGHT), reason="old")
    look((3, "unreadable", MIDNIGHT - HOUR), (3, "unreadable", MIDNIGHT), (4, "unreadable", MIDNIGHT), reason="no date")
    assert [(row["reason"], row["times"]) for row in _rejects(select, "post")] == [
        ("blocked", 1), ("deleted", 1), ("unreadable: no date", 2)
    ]  # fmt: skip


def test_a_file_in_two_posts_is_one_duplicate(media: Callable[..., None], select: Select) -> None:
    media(
        m1={"sha256": "twice", "post_no": 1, "post_date": MIDNIGHT},
        m2={"sha256": "twice", "post_no": 2, "fetched_at": MIDNIGHT + HOUR},
        m3={"sha256": "twice", "post_no": 2, "ordinal": 2, "post_date": MIDNIGHT - HOUR},
        m4={"sha256": "twice", "post_no": 2, "gallery": "h"},
        m5={"sha256": "in one post only", "post_no": 1},
        m6={"sha256": "in one post only", "post_no": 1, "ordinal": 2},
        m7={"sha256": "not stored", "file_path": None, "post_no": 1},
        m8={"sha256": "not stored", "file_path": None, "post_no": 2},
    )
    (found,) = select("SELECT * FROM facewarden.duplicates")
    assert (found["sha256"], found["copies"], found["posts"], found["galleries"], found["platforms"]) == (
        "twice", 4, 3, 2, 1
    )  # fmt: skip
    assert (found["first_posted_at"], found["last_posted_at"]) == (MIDNIGHT - HOUR, MIDNIGHT)
    assert (found["first_fetched_at"], found["last_fetched_at"]) == (MIDNIGHT, MIDNIGHT + HOUR)
    assert (found["kind"], found["size"], found["file_path"]) == ("image", 10, "gs://b/o")


def test_one_number_in_two_galleries_is_two_posts(media: Callable[..., None], select: Select) -> None:
    media(m1={"sha256": "s", "post_no": 7}, m2={"sha256": "s", "post_no": 7, "gallery": "h"},
          m3={"sha256": "s", "post_no": 7, "platform": "q"})  # fmt: skip
    (found,) = select("SELECT * FROM facewarden.duplicates")
    assert (found["posts"], found["galleries"], found["platforms"]) == (3, 3, 2)


COVERED = {"covered_from": MIDNIGHT - 99 * HOUR, "covered_to": MIDNIGHT}


def test_freshness_tells_of_every_gallery_that_was_read(insert: Insert, make: Make, select: Select) -> None:
    now = datetime.datetime.now(datetime.UTC)
    waits = ["incomplete", "blocked", "blocked", "unreachable", "unreadable"]
    insert("gallery", [
        make("gallery", **PLACE, **COVERED, status="open", seen_at=now - 30 * HOUR),
        make("gallery", platform="p", gallery="silent", status="gone", seen_at=now),
    ])  # fmt: skip
    insert("post", [
        *(make("post", **PLACE, post_no=no, status=status) for no, status in enumerate(waits)),
        make("post", **PLACE, post_no=8, status="published", posted_at=MIDNIGHT),
        make("post", **PLACE, post_no=9, status="deleted", posted_at=MIDNIGHT - HOUR),
        make("post", platform="p", gallery="one post only", post_no=1, status="published"),
    ])  # fmt: skip
    found, single, silent = select("SELECT * FROM facewarden.gallery_freshness ORDER BY platform, gallery")
    assert (found["status"], found["hours_ago"], found["newest_post_at"]) == ("open", 30, MIDNIGHT)
    assert COVERED.items() <= found.items()
    assert (found["posts"], found["posts_published"], found["posts_waiting"]) == (7, 1, 5)
    assert [found[status] for status in ("incomplete", "blocked", "unreachable", "unreadable")] == [1, 2, 1, 1]
    assert (single["gallery"], single["looked_at"], single["hours_ago"], single["posts"]) == (
        "one post only",
        None,
        None,
        1,
    )
    assert (silent["status"], silent["posts"], silent["posts_waiting"], silent["hours_ago"]) == ("gone", 0, 0, 0)
