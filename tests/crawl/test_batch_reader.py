"""A batch that is tried again: what killed its worker is found out, and nobody else pays for it."""

from datetime import UTC, datetime
from typing import Any

import pytest

from include.crawl.batch_reader import KILLED, NO_TIME, BatchReader
from include.crawl.batch_spec import PostToRead
from include.crawl.posts import Read, not_begun

MOMENT = datetime(2026, 5, 1, tzinfo=UTC)
POSTS: list[PostToRead] = [
    {"gallery": "g", "post_no": number, "url": f"http://site/{number}", "posted_at": None} for number in range(5)
]


class Killed(BaseException):
    """The worker is gone."""


class Crawler:
    """Reads everything, but that one post kills it, and another raises."""

    def __init__(self, killer: int | None = None, fails: int | None = None) -> None:
        self.killer, self.fails = killer, fails
        self.asked: list[int] = []

    def read(self, post: PostToRead) -> Read:
        self.asked.append(post["post_no"])
        if post["post_no"] == self.killer:
            raise Killed
        if post["post_no"] == self.fails:
            raise ConnectionError
        return self.not_begun(post, "read")

    def not_begun(self, post: PostToRead, reason: str) -> Read:
        return not_begun("p", "run", post, reason, MOMENT)


class Memory:
    """A journal and attempts that outlive a try. It forgets all reads, as a journal does that was not written yet."""

    def __init__(self) -> None:
        self.begun: list[list[str]] = []
        self.saved_at_once = 0

    def load(self) -> dict[Any, Read]:
        return {}

    def save(self, reads: Any, now: bool = False) -> None:
        self.saved_at_once += now

    def earlier(self) -> list[list[str]]:
        return list(self.begun)

    def begin(self, group: list[str]) -> None:
        self.begun.append(group)

    def end(self, group: list[str]) -> None:
        self.begun = [begun for begun in self.begun if begun != group]


def reader(crawler: Crawler, memory: Memory, **more: Any) -> BatchReader:
    return BatchReader(crawler, memory, memory, 2, print, **more)  # type: ignore[arg-type]


def reasons(reads: list[Read]) -> list[str | None]:
    return [read.outcome["reason"] for read in reads]


def test_a_post_that_kills_its_worker_twice_alone_is_set_aside_and_all_others_are_read() -> None:
    memory = Memory()
    for _ in range(3):  # together with others, then alone, then alone again
        with pytest.raises(Killed):
            reader(Crawler(killer=2), memory).read(POSTS)
    last = Crawler(killer=2)
    assert reasons(reader(last, memory).read(POSTS)) == ["read", "read", KILLED, "read", "read"]
    assert 2 not in last.asked and memory.saved_at_once


def test_a_post_that_was_there_when_its_worker_was_killed_is_not_blamed_for_it() -> None:
    """Workers are killed for many reasons: each time another post happens to be the one that was being read."""
    memory = Memory()
    for killer in (1, 3, 0, 4, 2):
        with pytest.raises(Killed):
            reader(Crawler(killer=killer), memory).read(POSTS)
    assert set(reasons(reader(Crawler(), memory).read(POSTS))) == {"read"}
    assert memory.begun == [[f"g-{number}" for number in range(5)]], "only the group as a whole, that did not end"


def test_after_a_killed_try_each_post_is_read_alone_and_those_in_doubt_last() -> None:
    memory = Memory()
    memory.begun = [["g-1", "g-3"], ["g-1"]]
    crawler = Crawler()
    reader(crawler, memory).read(POSTS)
    assert sorted(crawler.asked[:3]) == [0, 2, 4] and crawler.asked[3:] == [3, 1]


def test_what_fails_without_a_kill_is_nobodys_fault() -> None:
    memory = Memory()
    with pytest.raises(ConnectionError):
        reader(Crawler(fails=2), memory).read(POSTS)
    assert memory.begun == []


def test_a_batch_that_takes_too_long_ends_with_what_it_has() -> None:
    reads = reader(Crawler(), Memory(), most_seconds=-1).read(POSTS)
    assert reasons(reads) == [NO_TIME] * 5
    assert {read.post["status"] for read in reads} == {"unreachable"}
