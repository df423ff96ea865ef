"""What a crawl asks the warehouse, and what it tells of itself afterwards."""

import datetime
from collections.abc import Callable
from typing import Any

import pytest
from google.cloud import bigquery

from include.warehouse.sql import rows
from tests.warehouse.conftest import Insert, Make

pytestmark = pytest.mark.usefixtures("clean_tables")
DAYS = [datetime.datetime(2024, 5, day, tzinfo=datetime.UTC) for day in range(1, 32)]
SECOND = datetime.timedelta(seconds=1)
PLACE = {"platform": "p", "gallery": "g"}
ELSEWHERE = ({"platform": "q"}, {"gallery": "h"})
BOTH = ["image", "video"]


@pytest.fixture
def posts(insert: Insert, make: Make) -> Any:
    """Puts posts into the table: a dict of columns by number."""

    def put(found: Any) -> None:
        insert("post", [make("post", **{**PLACE, "post_no": number, **columns}) for number, columns in found.items()])

    return put


@pytest.fixture
def outcomes(insert: Insert, make: Make) -> Any:
    """Puts outcomes into the table: by post number, the statuses of one run a day."""

    def put(found: Any, **more: Any) -> None:
        insert("post_outcome", [
            make("post_outcome", **PLACE, post_no=number, run_key=f"r{day}", status=status, seen_at=DAYS[day], **more)
            for number, statuses in found.items() for day, status in enumerate(statuses) if status
        ])  # fmt: skip

    return put


SETTLED = {
    "published": True, "deleted": True, "adult": True, "secret": True, "moved": True, "disallowed": True,
    "blocked": False, "unreachable": False, "incomplete": False, "unreadable": False, "closed": False,
}  # fmt: skip


def test_a_post_is_settled_when_there_is_nothing_left_to_have(posts: Callable[..., None], bq: bigquery.Client) -> None:
    posts({no: {"status": status, "kinds": BOTH, "listed": f"like {no}"} for no, status in enumerate(SETTLED)})
    found = rows(bq, "queries/known_posts", {**PLACE, "post_nos": list(range(len(SETTLED))), "kinds": BOTH})
    assert found == [
        {"post_no": no, "listed": f"like {no}", "status": status, "settled": settled}
        for no, (status, settled) in enumerate(SETTLED.items())
    ]


@pytest.mark.parametrize(("asked", "settled"), [(["image"], [1, 2, 5]), (["video"], [2, 5]), (BOTH, [2, 5])])
def test_a_published_post_is_settled_only_with_all_the_kinds_asked_for(
    posts: Callable[..., None], bq: bigquery.Client, asked: Any, settled: Any
) -> None:
    kinds = {1: ["image"], 2: BOTH, 3: []}
    posts({no: {"status": "published", "kinds": found} for no, found in kinds.items()})
    posts({4: {"status": "blocked", "kinds": BOTH}, 5: {"status": "deleted", "kinds": []}})
    found = rows(bq, "queries/known_posts", {**PLACE, "post_nos": [1, 2, 3, 4, 5], "kinds": asked})
    assert [row["post_no"] for row in found if row["settled"]] == settled
    assert len(found) == 5
    assert {row["listed"] for row in found} == {None}


def _numbers(bq: bigquery.Client, name: str, **params: Any) -> Any:
    return [row["post_no"] for row in rows(bq, f"queries/{name}", {**PLACE, **params})]


def test_known_posts_are_those_of_one_gallery_that_were_asked_for(
    posts: Callable[..., None], bq: bigquery.Client
) -> None:
    posts({number: {"status": "published", "kinds": BOTH} for number in (3, 1, 2)})
    posts({4 + at: {"status": "published", "kinds": BOTH, **other} for at, other in enumerate(ELSEWHERE)})
    assert _numbers(bq, "known_posts", post_nos=[1, 3, 4, 5, 99], kinds=BOTH) == [1, 3]
    assert _numbers(bq, "known_posts", post_nos=[], kinds=BOTH) == []


TRIED_AGAIN = ["blocked", "unreachable", "incomplete", "unreadable"]


def test_unfinished_posts_are_given_again_longest_unseen_first_and_not_too_many(
    posts: Callable[..., None], bq: bigquery.Client
) -> None:
    states = [*TRIED_AGAIN, "published", "deleted", "closed", "disallowed"]
    posts({number: {"status": status, "seen_at": DAYS[20 - number]} for number, status in enumerate(states)})
    posts({50 + at: {"status": "blocked", **other} for at, other in enumerate(ELSEWHERE)})
    assert _numbers(bq, "unfinished_posts", since=DAYS[0], most=9, tries=1, kinds=[]) == [3, 2, 1, 0]
    assert _numbers(bq, "unfinished_posts", since=DAYS[0], most=2, tries=1, kinds=[]) == [3, 2]


def test_a_post_read_without_a_kind_that_is_asked_for_now_is_given_again(
    posts: Callable[..., None], bq: bigquery.Client
) -> None:
    posts({1: {"status": "published", "kinds": ["image"]}, 2: {"status": "published", "kinds": BOTH}})
    assert _numbers(bq, "unfinished_posts", since=DAYS[0], most=9, tries=1, kinds=BOTH) == [1]
    assert _numbers(bq, "unfinished_posts", since=DAYS[0], most=9, tries=1, kinds=["image"]) == []


GIVEN_UP = {
    "three times": (["incomplete", "unreachable", "unreadable"], True),
    "twice": (["incomplete", "unreadable"], False),
    "twice, and blocked": (["incomplete", "blocked", "blocked", "unreadable"], False),
    "twice since it was published": (["incomplete", "incomplete", "published", "incomplete", "incomplete"], False),
    "three times since it was published": (["published", "incomplete", "incomplete", "incomplete"], True),
}


def test_a_post_is_given_up_after_so_many_tries_of_its_own_fault(
    posts: Callable[..., None], outcomes: Callable[..., None], bq: bigquery.Client
) -> None:
    histories, expected = zip(*GIVEN_UP.values(), strict=True)
    posts({no: {"status": "incomplete"} for no in range(len(histories))})
    outcomes(dict(enumerate(histories)))
    given = _numbers(bq, "unfinished_posts", since=DAYS[0], most=99, tries=3, kinds=[])
    assert given == [no for no, given_up in enumerate(expected) if not given_up]


BIT_BY_BIT = {  # what became of it, run by run; whether it is tried again
    "went on each time": (["goes on: 9 left"] * 5, True),
    "went on, then failed": (["HTTP 500", "HTTP 500", "goes on: 9 left", "HTTP 500", "HTTP 500"], True),
    "failed too often since it went on": (["goes on: 9 left", "HTTP 500", "HTTP 500", "HTTP 500"], False),
    "went on for ever": (["goes on: 9 left"] * 12, False),
    "its batches died": (["not begun: its batch did not end"] * 9, True),
    "blocked": (["the host blocks us", "HTTP 500", "the host blocks us"], True),
}


def test_a_post_that_gets_on_or_is_not_begun_is_not_given_up_for_it(
    posts: Callable[..., None], insert: Insert, make: Make, bq: bigquery.Client
) -> None:
    posts({no: {"status": "incomplete"} for no in range(len(BIT_BY_BIT))})
    insert("post_outcome", [
        make("post_outcome", **PLACE, post_no=no, run_key=f"r{day}", status="incomplete", reason=why, seen_at=DAYS[day])
        for no, (reasons, _) in enumerate(BIT_BY_BIT.values()) for day, why in enumerate(reasons)
    ])  # fmt: skip
    given = _numbers(bq, "unfinished_posts", since=DAYS[0], most=99, tries=3, kinds=[])
    assert given == [no for no, (_, again) in enumerate(BIT_BY_BIT.values()) if again]


def test_a_post_last_looked_at_before_the_time_that_is_read_is_given_up(
    posts: Callable[..., None], outcomes: Callable[..., None], bq: bigquery.Client
) -> None:
    posts({1: {"status": "blocked", "seen_at": DAYS[3]}, 2: {"status": "blocked", "seen_at": DAYS[9]}})
    outcomes({2: ["incomplete", "incomplete", "incomplete"]})
    assert _numbers(bq, "unfinished_posts", since=DAYS[8], most=9, tries=3, kinds=[]) == [2]
    assert _numbers(bq, "unfinished_posts", since=DAYS[0], most=9, tries=3, kinds=[]) == [1]


def test_a_look_that_is_to_come_does_not_hide_those_that_were(
    posts: Callable[..., None], outcomes: Callable[..., None], insert: Insert, make: Make, bq: bigquery.Client
) -> None:
    posts({1: {"status": "incomplete"}})
    outcomes({1: ["incomplete", "incomplete", "incomplete"]})
    ahead = {"status": "published", "seen_at": datetime.datetime(2099, 1, 1, tzinfo=datetime.UTC)}
    insert("post_outcome", [make("post_outcome", **PLACE, post_no=1, run_key="ahead", **ahead)])
    assert _numbers(bq, "unfinished_posts", since=DAYS[0], most=9, tries=3, kinds=[]) == []


def test_known_media_are_those_of_the_posts_in_their_order(insert: Insert, make: Make, bq: bigquery.Client) -> None:
    kept = {"kind": "image", "media_id": "m", "file_name": "f", "source_url": "u", "file_path": "gs://b/o",
            "sha256": "s", "phash": "ff", "phash_quality": 90, "type": "image/png", "size": 3,
            "rejected": None}  # fmt: skip
    places = [(1, "video", 1), (2, "image", 1), (1, "image", 2), (1, "image", 1)]
    insert("media", [
        *(make("media", **{**PLACE, **kept, "post_no": no, "kind": kind, "ordinal": at}) for no, kind, at in places),
        *(make("media", **{**PLACE, **kept, "post_no": 1, "ordinal": 1, **other}) for other in ELSEWHERE),
        make("media", **{**PLACE, **kept, "post_no": 3, "ordinal": 1}),
    ])  # fmt: skip
    found = rows(bq, "queries/known_media", {**PLACE, "since": DAYS[0], "post_nos": [2, 1]})
    assert [(row["post_no"], row["kind"], row["ordinal"]) for row in found] == [
        (1, "image", 1), (1, "image", 2), (1, "video", 1), (2, "image", 1)
    ]  # fmt: skip
    assert found[0] == {"post_no": 1, "ordinal": 1, **kept}
    assert rows(bq, "queries/known_media", {**PLACE, "since": DAYS[0], "post_nos": []}) == []
    assert rows(bq, "queries/known_media", {**PLACE, "since": DAYS[1], "post_nos": [2, 1]}) == []


def test_a_gallery_is_covered_after_its_first_full_crawl_and_not_before(
    insert: Insert, make: Make, bq: bigquery.Client
) -> None:
    ahead = datetime.datetime(2099, 1, 1, tzinfo=datetime.UTC)
    insert("gallery", [
        make("gallery", **PLACE, covered_from=DAYS[1], covered_to=DAYS[5], seen_at=DAYS[6]),
        make("gallery", **{**PLACE, "gallery": "h"}, seen_at=DAYS[6]),
        make("gallery", **{**PLACE, "gallery": "ahead"}, covered_from=DAYS[1], covered_to=ahead, seen_at=DAYS[6]),
        make("gallery", **{**PLACE, "platform": "q"}, covered_from=DAYS[2], covered_to=DAYS[3]),
    ])  # fmt: skip
    covered = rows(bq, "queries/galleries_covered", PLACE)
    assert covered == [{"covered_from": DAYS[1], "covered_to": DAYS[5], "seen_at": DAYS[6]}]
    for gallery in ("h", "ahead"):
        none = [{"covered_from": None, "covered_to": None, "seen_at": DAYS[6]}]
        assert rows(bq, "queries/galleries_covered", {**PLACE, "gallery": gallery}) == none
    assert rows(bq, "queries/galleries_covered", {**PLACE, "gallery": "never"}) == []


def test_disappeared_is_what_was_there_and_was_deleted_since(
    posts: Callable[..., None], outcomes: Callable[..., None], bq: bigquery.Client
) -> None:
    posts({1: {"title": "gone", "status": "deleted", "posted_at": DAYS[0], "post_url": "u"}})
    outcomes({
        1: ["published", "published", "blocked", "deleted", "deleted"],
        2: ["deleted"],  # never seen
        3: ["published", "deleted", None, "published"],  # came back
        4: ["published", "unreachable", "blocked"],
        5: [None, "incomplete", None, None, "deleted"],  # there, with something still to come
        6: ["published", "deleted"],  # before the time asked for
        7: ["published", "deleted", "published", None, None, "deleted"],
    })  # fmt: skip
    found = rows(bq, "queries/disappeared_posts", {"since": DAYS[3]})
    assert [(row["post_no"], row["published_at"], row["deleted_at"]) for row in found] == [
        (1, DAYS[1], DAYS[3]), (5, DAYS[1], DAYS[4]), (7, DAYS[2], DAYS[5]),
    ]  # fmt: skip
    assert {name: found[0][name] for name in (*PLACE, "post_url", "title", "posted_at")} == {
        **PLACE, "post_url": "u", "title": "gone", "posted_at": DAYS[0]
    }  # fmt: skip


@pytest.fixture
def counts(insert: Insert, make: Make) -> Any:
    """Puts the counts of one batch into the table."""

    def put(run_key: str, batch: Any, platform: str, counted_at: Any, found: Any) -> None:
        insert("crawl_count", [
            make("crawl_count", run_key=run_key, batch=batch, platform=platform, name=name, value=float(value),
                 counted_at=counted_at)
            for name, value in found.items()
        ])  # fmt: skip

    return put


def test_the_stats_of_a_run_add_up(counts: Callable[..., None], bq: bigquery.Client) -> None:
    counts("r1", "plan", "p", DAYS[1], {"requests": 4, "seconds.network": 1.5, "seconds.whole": 2})
    counts("r1", "0000", "p", DAYS[2], {
        "posts.published": 20, "posts.deleted": 3, "posts.blocked": 1, "media.image": 50, "media.video": 2,
        "media.bytes": 5000, "objects.new": 40, "rejected.empty file": 1, "rejected.1.5 times too large": 2,
        "requests": 80, "retries": 3, "blocks": 1, "bytes.fetched": 9000, "seconds.network": 10, "seconds.parse": 2,
        "seconds.wait": 20.5, "seconds.backoff": 4, "seconds.upload": 3, "seconds.whole": 60,
    })  # fmt: skip
    counts("r1", "publish", "*", DAYS[3], {"seconds.load": 0.25})
    counts("r1", "0001", "p", DAYS[3], {
        "posts.published": 5, "posts.adult": 4, "media.image": 6, "media.bytes": 600, "rejected.empty file": 4,
        "requests": 20, "seconds.wait": 1.5,
    })  # fmt: skip
    counts("r1", "0001", "q", DAYS[4], {"requests": 1000})
    counts("r2", "0000", "p", DAYS[5], {"requests": 1000, "posts.published": 1000})
    [stats, other] = rows(bq, "queries/crawl_summary", {"run_key": "r1"})
    assert stats == {
        "run_key": "r1", "platform": "p", "started": DAYS[1] - 2 * SECOND, "ended": DAYS[3],
        "posts": 33, "posts_published": 25,
        "posts_by_status": [{"status": status, "posts": number} for status, number in
                            (("published", 25), ("adult", 4), ("deleted", 3), ("blocked", 1))],
        "media": 58, "bytes": 5600, "objects_new": 40, "rejected": 7,
        "rejects": [{"reason": "empty file", "files": 5}, {"reason": "1.5 times too large", "files": 2}],
        "requests": 104, "retries": 3, "blocks": 1, "bytes_fetched": 9000,
        "seconds_network": 11.5, "seconds_parse": 2, "seconds_wait": 22, "seconds_backoff": 4, "seconds_upload": 3,
        "seconds_load": 0.25, "seconds_whole": 62, "share_waiting": pytest.approx(26 / 42.5),
    }  # fmt: skip
    assert (other["platform"], other["requests"], other["posts"], other["share_waiting"]) == ("q", 1000, 0, None)
    assert (other["posts_by_status"], other["rejects"]) == ([], [])


def test_a_run_that_is_not_there_has_no_stats(counts: Callable[..., None], bq: bigquery.Client) -> None:
    counts("r1", "0000", "p", DAYS[2], {"requests": 1})
    assert rows(bq, "queries/crawl_summary", {"run_key": "r"}) == []
