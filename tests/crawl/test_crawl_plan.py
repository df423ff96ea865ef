"""What a plan asks the warehouse: in pieces that a request may hold, and no further back than an answer may lie."""

from datetime import UTC, datetime, timedelta

from include.crawl.adapters import PostLink
from include.crawl.crawl_plan import NUMBERS_AT_ONCE, _oldest, _some
from include.crawl.listing import BEGINNING

NOW = datetime(2026, 5, 20, tzinfo=UTC)


def test_numbers_are_asked_for_in_pieces_and_none_twice() -> None:
    numbers = list(range(2 * NUMBERS_AT_ONCE + 1))
    pieces = list(_some(numbers))
    assert [len(piece) for piece in pieces] == [NUMBERS_AT_ONCE, NUMBERS_AT_ONCE, 1]
    assert [number for piece in pieces for number in piece] == numbers and list(_some([])) == []


def links(*days: int | None) -> list[PostLink]:
    return [PostLink("g", no, "u", NOW + timedelta(days=day) if day is not None else None)
            for no, day in enumerate(days)]  # fmt: skip


def test_files_are_looked_for_since_the_day_before_the_oldest_post() -> None:
    assert _oldest(links(-3, -9), NOW) == NOW - timedelta(days=10)
    for unknown in (links(-3, None), links(-3, 400)):  # without a date, or with one that cannot be
        assert _oldest(unknown, NOW) == BEGINNING
