"""What a crawl's merges promise: whatever the order of runs, what is known is never lost, and what is stored stays."""

import datetime
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from tests.warehouse.conftest import Count, Insert, Make, Publish, Select

pytestmark = pytest.mark.usefixtures("clean_tables")
DAYS = [datetime.datetime(2024, 5, day, tzinfo=datetime.UTC) for day in range(1, 32)]
EARLY, LATE, LATER = DAYS[0], DAYS[10], DAYS[20]


@pytest.fixture
def merged(run: Publish, make: Make, select: Select) -> Any:
    """Publishes rows of one table, each as a run of its own, in the order given; what is in the table then."""

    def publish_each(table: str, *rows: Any) -> Any:
        for row in rows:
            run(table, uuid.uuid4().hex, [make(table, **row)])
        return select(f"SELECT * FROM facewarden.{table}")

    return publish_each


def test_a_post_takes_what_was_seen_last(run: Publish, make: Make, select: Select) -> None:
    run("post", "one", [make("post", title="first", status="published", posted_at=EARLY, seen_at=EARLY)])
    assert run("post", "two", [make("post", status="deleted", seen_at=LATE)]) == 1
    assert run("post", "old", [make("post", title="older", status="published", seen_at=EARLY)]) == 0
    [row] = select("SELECT title, status, posted_at, seen_at FROM facewarden.post")
    assert row == {"title": "first", "status": "deleted", "posted_at": EARLY, "seen_at": LATE}


def test_of_two_sights_of_a_post_in_one_run_the_later_counts(run: Publish, make: Make, select: Select) -> None:
    run(
        "post", "one", [make("post", status="deleted", seen_at=LATE)], [make("post", status="published", seen_at=EARLY)]
    )
    assert select("SELECT status FROM facewarden.post") == [{"status": "deleted"}]


READ = {"title": "t", "posted_at": EARLY, "status": "published", "kinds": ["image"], "listed": "a", "seen_at": EARLY}


@pytest.mark.parametrize("status", ["blocked", "unreachable"])
def test_a_post_that_was_out_of_reach_keeps_what_was_known(merged: Callable[..., Any], status: str) -> None:
    [row] = merged("post", READ, {"status": status, "kinds": ["image", "video"], "seen_at": LATE})
    kept = {**READ, "status": status, "seen_at": LATE}
    assert {name: row[name] for name in READ} == kept


def test_a_post_that_was_read_again_has_the_kinds_and_the_list_of_then(merged: Callable[..., Any]) -> None:
    [row] = merged("post", READ, {**READ, "kinds": ["image", "video"], "listed": "b", "seen_at": LATE})
    assert (row["kinds"], row["listed"]) == (["image", "video"], "b")


def test_a_post_that_was_read_without_the_list_keeps_what_the_list_showed(merged: Callable[..., Any]) -> None:
    [row] = merged("post", READ, {**READ, "listed": None, "seen_at": LATE})
    assert (row["listed"], row["seen_at"]) == ("a", LATE)


def test_a_run_that_is_published_late_tells_only_what_was_not_known(merged: Callable[..., Any]) -> None:
    deleted = {"status": "deleted", "kinds": ["image", "video"], "seen_at": LATE}
    [row] = merged("post", deleted, READ)
    assert (row["title"], row["posted_at"]) == ("t", EARLY)
    assert {name: row[name] for name in deleted} == deleted


def test_a_stored_file_is_never_replaced_and_a_rejected_one_is(run: Publish, make: Make, select: Select) -> None:
    rejected = make("media", rejected="too large", fetched_at=EARLY)
    stored = make("media", file_path="gs://b/o", sha256="s", fetched_at=LATE)
    assert run("media", "one", [rejected]) == 1
    assert run("media", "two", [stored, rejected]) == 1
    assert run("media", "three", [rejected | {"fetched_at": LATER}, stored | {"sha256": "t"}]) == 0
    assert select("SELECT rejected, sha256 FROM facewarden.media") == [{"rejected": None, "sha256": "s"}]


FILE = {"file_path": "gs://b/o", "sha256": "s", "size": 3, "fetched_at": EARLY}
FACTS = {"phash": "ff", "phash_quality": 90, "source_url": "u"}


def test_the_same_file_met_again_tells_what_its_row_lacks_and_nothing_else(
    run: Publish, make: Make, select: Select
) -> None:
    run("media", "old", [make("media", **FILE)])
    again = make("media", **FILE | FACTS | {"fetched_at": LATE, "size": 4, "file_path": "gs://b/other"})
    assert run("media", "again", [again]) == 1
    assert run("media", "more", [again | {"phash": "00", "phash_quality": 1, "source_url": "v"}]) == 0
    [row] = select("SELECT * FROM facewarden.media")
    assert {name: row[name] for name in FILE | FACTS} == FILE | FACTS


def test_another_file_tells_nothing_of_the_one_that_is_stored(merged: Callable[..., Any]) -> None:
    [row] = merged("media", FILE, FILE | FACTS | {"sha256": "t"})
    assert {name: row[name] for name in (*FILE, *FACTS)} == FILE | dict.fromkeys(FACTS)


REASONS = {  # what two runs found, on which day, in the order of their publishing; what holds
    "a final one after no answer": ([("unreachable: 503", 1), ("too large", 2)], "too large"),
    "another final one": ([("too large", 1), ("an HTML page", 2)], "an HTML page"),
    "no answer after a final one": ([("too large", 1), ("unreachable: 503", 2)], "too large"),
    "an earlier one, published late": ([("too large", 2), ("an HTML page", 1)], "too large"),
    "no answer twice": ([("unreachable: 503", 1), ("unreachable: no answer", 2)], "unreachable: no answer"),
}


def test_the_last_reason_of_a_rejection_holds_unless_the_file_was_out_of_reach(
    run: Publish, make: Make, select: Select
) -> None:
    for turn in (0, 1):
        said = {name: reasons[turn] for name, (reasons, _) in REASONS.items()}
        rows = [make("media", media_id=name, rejected=why, fetched_at=DAYS[day]) for name, (why, day) in said.items()]
        run("media", uuid.uuid4().hex, rows)
    found = select("SELECT media_id, rejected FROM facewarden.media")
    assert {row["media_id"]: row["rejected"] for row in found} == {name: holds for name, (_, holds) in REASONS.items()}


def test_a_twin_is_no_row_and_takes_its_row_away(merged: Callable[..., Any], count: Count) -> None:
    twin = {"rejected": "twin of x", "fetched_at": LATE}
    assert merged("media", twin) == []
    assert merged("media", FILE, twin) == []


def test_an_outcome_is_never_changed_and_each_run_adds_its_own(run: Publish, make: Make, select: Select) -> None:
    first = make("post_outcome", run_key="r1", status="published", seen_at=EARLY)
    assert run("post_outcome", "r1", [first]) == 1
    assert run("post_outcome", "r1", [first | {"status": "deleted", "seen_at": LATE}]) == 0
    assert run("post_outcome", "r2", [first | {"run_key": "r2", "status": "deleted", "seen_at": LATE}]) == 1
    found = select("SELECT run_key, status FROM facewarden.post_outcome ORDER BY run_key")
    assert found == [{"run_key": "r1", "status": "published"}, {"run_key": "r2", "status": "deleted"}]


def _covered(first: Any, last: Any, seen: Any = 1) -> Any:
    moments = {"covered_from": first and DAYS[first], "covered_to": last and DAYS[last]}
    return {**moments, "status": f"seen on {seen}", "list_url": f"of {seen}", "seen_at": DAYS[seen]}


COVERAGE = {
    "nothing, then a stretch": ([(None, None), (3, 5)], (3, 5)),
    "a crawl that covered nothing": ([(3, 5), (None, None)], (3, 5)),
    "the same twice": ([(3, 5), (3, 5)], (3, 5)),
    "the next day, overlapping": ([(3, 5), (4, 8)], (3, 8)),
    "the next day, touching": ([(3, 5), (5, 8)], (3, 8)),
    "the next day, with a gap": ([(3, 5), (6, 8)], (6, 8)),
    "a wider one": ([(3, 5), (2, 8)], (2, 8)),
    "a part of it": ([(3, 8), (4, 5)], (3, 8)),
    "further back, touching": ([(5, 8), (3, 5)], (3, 8)),
    "long ago, with a gap": ([(5, 8), (1, 2)], (5, 8)),
    "a gap, closed by a wide one": ([(1, 2), (5, 8), (2, 8)], (2, 8)),
}


def test_a_gallery_is_covered_where_there_is_no_gap(run: Publish, make: Make, select: Select) -> None:
    """All cases at once, each in a gallery of its own: one run a day, the last of them delivered twice."""
    for day in (0, 1, 2, 2):
        rows = [
            make("gallery", gallery=name, **_covered(*stretches[day], seen=10 + day))  # type: ignore[misc]
            for name, (stretches, _) in COVERAGE.items() if day < len(stretches)  # type: ignore[arg-type]
        ]  # fmt: skip
        run("gallery", uuid.uuid4().hex, rows)
    found = select("SELECT gallery, covered_from, covered_to FROM facewarden.gallery")
    assert {row["gallery"]: (row["covered_from"], row["covered_to"]) for row in found} == {
        name: tuple(DAYS[day] for day in expected) for name, (_, expected) in COVERAGE.items()
    }


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_what_was_seen_of_a_gallery_later_holds_whichever_run_is_published_first(
    merged: Callable[..., Any], order: Any
) -> None:
    rows = [_covered(3, 5, seen=11), _covered(5, 8, seen=12)]
    [row] = merged("gallery", *(rows[at] for at in order))
    assert (row["status"], row["list_url"], row["seen_at"]) == ("seen on 12", "of 12", DAYS[12])
    assert (row["covered_from"], row["covered_to"]) == (DAYS[3], DAYS[8])


def test_a_gallery_that_was_blocked_stays_covered(merged: Callable[..., Any]) -> None:
    [row] = merged("gallery", _covered(3, 5, seen=11), {**_covered(None, None, seen=12), "status": "blocked"})
    assert (row["status"], row["covered_from"], row["covered_to"]) == ("blocked", DAYS[3], DAYS[5])


def test_an_outcome_of_a_post_that_was_not_begun_gives_way_to_what_was_found_after_all(
    merged: Callable[..., Any],
) -> None:
    unread = {"run_key": "r1", "status": "unreachable", "reason": "not begun: its batch did not end", "seen_at": LATE}
    read = {"run_key": "r1", "status": "published", "reason": None, "seen_at": EARLY}
    [row] = merged("post_outcome", unread, read, unread)
    assert {name: row[name] for name in read} == read


AHEAD = datetime.datetime(2099, 1, 1, tzinfo=datetime.UTC)


def _is_now(moment: datetime.datetime) -> bool:
    return abs(datetime.datetime.now(datetime.UTC) - moment) < datetime.timedelta(minutes=10)


def test_what_a_clock_that_runs_ahead_wrote_counts_as_of_now_and_freezes_nothing(
    merged: Callable[..., Any], run: Publish, make: Make, select: Select
) -> None:
    [post] = merged("post", {**READ, "seen_at": AHEAD})
    [media] = merged("media", {"rejected": "too large", "fetched_at": AHEAD})
    [outcome] = merged("post_outcome", {"seen_at": AHEAD})
    [count] = merged("crawl_count", {"counted_at": AHEAD})
    assert all(map(_is_now, (post["seen_at"], media["fetched_at"], outcome["seen_at"], count["counted_at"])))
    now = datetime.datetime.now(datetime.UTC)
    [post] = merged("post", {**READ, "status": "deleted", "seen_at": now})
    assert (post["status"], post["seen_at"]) == ("deleted", now)


def test_what_was_written_by_such_a_clock_before_heals_with_the_next_look(
    insert: Insert, make: Make, merged: Callable[..., Any]
) -> None:
    insert("post", [make("post", **{**READ, "seen_at": AHEAD})])
    insert("media", [make("media", rejected="too large", fetched_at=AHEAD)])
    insert("crawl_count", [make("crawl_count", value=1.0, counted_at=AHEAD)])
    insert("gallery", [make("gallery", status="open", covered_from=DAYS[3], covered_to=AHEAD, seen_at=AHEAD)])
    [post] = merged("post", {**READ, "status": "deleted", "seen_at": LATE})
    [media] = merged("media", {"rejected": "empty file", "fetched_at": LATE})
    [count] = merged("crawl_count", {"value": 2.0, "counted_at": LATE})
    [gallery] = merged("gallery", {**_covered(5, 8, seen=12), "status": "closed"})
    assert (post["status"], post["seen_at"]) == ("deleted", LATE)
    assert (media["rejected"], media["fetched_at"]) == ("empty file", LATE)
    assert (count["value"], count["counted_at"]) == (2.0, LATE)
    assert (gallery["status"], gallery["seen_at"]) == ("closed", DAYS[12])
    assert (gallery["covered_from"], gallery["covered_to"]) == (DAYS[5], DAYS[8])


def test_a_stretch_that_is_to_come_is_not_covered(merged: Callable[..., Any]) -> None:
    ahead = {"covered_from": AHEAD, "covered_to": AHEAD + datetime.timedelta(days=7), "seen_at": AHEAD}
    [row] = merged("gallery", _covered(3, 5, seen=11), ahead)
    assert (row["covered_from"], row["covered_to"]) == (DAYS[3], DAYS[5]) and _is_now(row["seen_at"])
    [row] = merged("gallery", {**ahead, "covered_from": DAYS[4]})
    assert row["covered_from"] == DAYS[3] and _is_now(row["covered_to"])


def test_a_batch_that_ran_again_counts_as_its_last_time(run: Publish, make: Make, select: Select) -> None:
    first = make("crawl_count", name="requests", value=5.0, counted_at=EARLY)
    assert run("crawl_count", "r", [first, first | {"batch": "other"}]) == 2
    assert run("crawl_count", "r", [first | {"value": 7.0, "counted_at": LATE}]) == 1
    assert run("crawl_count", "r", [first]) == 0
    found = select("SELECT batch, value, counted_at FROM facewarden.crawl_count ORDER BY value")
    assert [tuple(row.values()) for row in found] == [("other", 5.0, EARLY), ("x", 7.0, LATE)]
