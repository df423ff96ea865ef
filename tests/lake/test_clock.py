"""A worker's clock may be a year ahead, or behind: what counts is the bucket's."""

from datetime import UTC, datetime, timedelta, tzinfo

import pytest

from include.lake import clock
from include.lake.clock import bucket_clock
from tests.conftest import MakeRun

SOON = timedelta(minutes=5)


def wrong_by(days: int) -> type[datetime]:
    class Wrong(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return datetime.now(tz) + timedelta(days=days)

    return Wrong


@pytest.mark.parametrize("days", [365, -365])
def test_a_clock_that_is_a_year_off_is_put_right_and_said(
    make_run: MakeRun, monkeypatch: pytest.MonkeyPatch, days: int
) -> None:
    said: list[str] = []
    monkeypatch.setattr(clock, "datetime", wrong_by(days))
    asked = bucket_clock(make_run("clock", said.append), "task")
    assert abs(asked.now() - datetime.now(UTC)) < SOON
    assert ("ahead of" if days > 0 else "behind") in said[0] and "364 days, 23:59" in said[0]


def test_a_clock_that_agrees_is_left_alone(make_run: MakeRun) -> None:
    said: list[str] = []
    assert bucket_clock(make_run("clock", said.append), "task").now() <= datetime.now(UTC)
    assert said == []


def test_without_an_answer_our_own_clock_counts(make_run: MakeRun, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "datetime", wrong_by(1))
    asked = bucket_clock(make_run("clock", bucket="no-such-bucket"), "task")
    assert asked.now() > datetime.now(UTC) + timedelta(hours=23)
