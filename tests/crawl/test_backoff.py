"""Hosts that block us: who waits, how long, and when it is given up."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise

import pytest
from google.cloud import storage
from hypothesis import given
from hypothesis import strategies as st

from include.crawl.adapters import load_adapter
from include.crawl.meter import Meter
from include.crawl.net import shared_state
from include.crawl.net.backoff import Ticket, count_block, wanted_pause
from include.crawl.net.fetch import Fetcher, Refused, Stopped
from include.crawl.net.ledger import HostState, _state
from include.crawl.net.shared_state import SharedState
from include.crawl.sites import Site
from include.media.file_types import MediaKind
from tests.conftest import MakeRun
from tests.crawl.hostile import Handler, Hostile, fetcher, serving


@pytest.fixture
def server() -> Iterator[Hostile]:
    with serving(Hostile()) as hostile:
        yield hostile


def blocking(server: Hostile, times: int, answer: Callable[[Handler], None], rules: bool = False) -> None:
    """From now on the host answers everything so, robots.txt too if `rules`, that many times."""
    left = iter(range(times))
    lock = threading.Lock()

    def either(to: Handler) -> None:
        with lock:
            blocked = next(left, None) is not None
        return answer(to) if blocked else to.answer(200, b"hello")

    server.answers["*"] = either
    if rules:
        server.answers["/robots.txt"] = either


EMPTY, FORBIDDEN = (lambda to: to.answer(200)), (lambda to: to.answer(403, b"no"))
TOO_MANY = lambda to: to.answer(429, b"slow down")  # noqa: E731


@pytest.mark.parametrize("answer", [EMPTY, FORBIDDEN, TOO_MANY], ids=["empty", "403", "429"])
def test_a_host_that_blocks_and_recovers_is_waited_for_and_nothing_is_lost(
    server: Hostile, answer: Callable[[Handler], None]
) -> None:
    site, meter, said = server.site(), Meter(), []
    one = fetcher(site, meter, said.append)
    one.admit(f"{site.base}/x")  # the rules are known
    for times in (2 if answer is TOO_MANY else 4, 2):
        blocking(server, times, answer, rules=True)
        assert one.page(f"{site.base}/x").body == b"hello"
        with one.file(f"{site.base}/y", site.base, MediaKind.IMAGE) as file:
            assert file.size == 5
    counted = meter.values()
    # Whether it is the host robots.txt shows, and the second time a good address: those were blocked too.
    assert counted["blocks"] == counted["retries"] == (4 if answer is TOO_MANY else 3)
    # The second pause is twice as long; whoever waits for them does not wait for the pace.
    assert counted["seconds.backoff"] >= 0.05 + 0.1 + 0.05 > counted["seconds.wait"]
    assert "strike 1: all requests to it wait 0.05 s" in said[0] and "nothing is lost" in said[0]
    assert "strike 2: all requests to it wait 0.1 s" in said[1] and said[2].endswith("answers again")


@pytest.mark.parametrize(("answer", "reason"), [(EMPTY, "empty file"), (FORBIDDEN, "forbidden: HTTP 403")])
def test_one_bad_thing_on_a_good_host_is_its_own_fault(
    server: Hostile, answer: Callable[[Handler], None], reason: str
) -> None:
    site, meter = server.site(), Meter()
    one = fetcher(site, meter)
    one.page(f"{site.base}/good", "http://post")
    server.answers["/bad"] = answer
    assert one.page(f"{site.base}/bad").body in (b"", b"no")
    with pytest.raises(Refused, match=reason):
        one.file(f"{site.base}/bad", site.base, MediaKind.IMAGE)
    assert "blocks" not in meter.values()
    again = [asked.headers["Referer"] for asked in server.asked if asked.path == "/good"]
    assert server.paths.count("/bad") == 2 and again == ["http://post"] * 3


@pytest.mark.parametrize(("answer", "reason"), [(EMPTY, "empty file"), (FORBIDDEN, "forbidden: HTTP 403")])
@pytest.mark.parametrize("rules", [404, 200])
def test_one_bad_thing_asked_first_is_its_own_fault_too(
    server: Hostile, answer: Callable[[Handler], None], reason: str, rules: int
) -> None:
    site, meter = server.site(connections=1), Meter()
    one = fetcher(site, meter)
    server.answers["/bad"] = answer
    server.answers["/robots.txt"] = lambda to: to.answer(rules, b"User-agent: *")
    with pytest.raises(Refused, match=reason):
        one.file(f"{site.base}/bad", site.base, MediaKind.IMAGE)
    assert one.page(f"{site.base}/bad").body in (b"", b"no")
    for number in range(5):
        with one.file(f"{site.base}/{number}", site.base, MediaKind.IMAGE) as file:
            assert file.size == 5
    assert "blocks" not in meter.values() and len(server.asked) - len(server.paths) == 3


def test_a_host_that_shows_nothing_but_its_robots_txt_is_a_block(server: Hostile) -> None:
    site = server.site(connections=1)
    one = fetcher(site)
    server.answers["*"] = FORBIDDEN
    server.answers["/robots.txt"] = lambda to: to.answer(200, b"User-agent: *")
    for number in range(3):
        with pytest.raises(Refused, match="forbidden"):
            one.file(f"{site.base}/{number}", site.base, MediaKind.IMAGE)
    with pytest.raises(Stopped):
        one.file(f"{site.base}/3", site.base, MediaKind.IMAGE)


@pytest.mark.parametrize("rules", [200, 301, 403, 429, 500, 0])
def test_a_host_that_answers_nothing_well_is_a_block(server: Hostile, rules: int) -> None:
    """Also where its robots.txt is empty, forbidden, elsewhere, or does not come at all."""
    site, said = server.site(connections=1), []
    one = fetcher(site, log=said.append)
    one.admit(f"{site.base}/x")
    server.answers["*"] = FORBIDDEN
    server.answers["/robots.txt"] = lambda to: to.answer(rules, b"", Location="/") if rules else hang_up(to)
    with pytest.raises(Stopped):
        one.file(f"{site.base}/bad", site.base, MediaKind.IMAGE)
    assert len(said) == 4 and "HTTP 403" in said[0]


def hang_up(to: Handler) -> None:
    to.close_connection = True


def test_its_rules_do_not_speak_for_themselves(server: Hostile) -> None:
    site = server.site()
    server.answers["/robots.txt"] = FORBIDDEN
    assert reason(fetcher(site), f"{site.base}/robots.txt").endswith("HTTP 403")


def test_a_good_page_that_is_empty_now_is_held_against_another(server: Hostile) -> None:
    site, meter = server.site(), Meter()
    one = fetcher(site, meter)
    one.page(f"{site.base}/other")
    one.page(f"{site.base}/list")
    server.answers["/list"] = EMPTY
    assert one.page(f"{site.base}/list").body == b"" and server.paths[-1] == "/other"


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_the_pause_that_a_host_wants_is_kept(server: Hostile, form: str) -> None:
    site = server.site(backoff_most=9)
    until = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=2)
    wanted = "1" if form == "seconds" else format_datetime(until, usegmt=True)
    blocking(server, 1, lambda to: to.answer(503, b"", Retry_After=wanted))
    fetcher(site).page(f"{site.base}/x")
    _, first, second = server.asked
    assert second.at - first.at >= (1 if form == "seconds" else 0.9)
    assert form == "seconds" or datetime.now(UTC) >= until


def test_what_a_host_wants_is_understood_or_ignored() -> None:
    assert wanted_pause("120") == 120 and wanted_pause(None) is None and wanted_pause("soon") is None
    assert wanted_pause("-5") is None and wanted_pause("Thu, 01 Jan 1970 00:00:00 GMT") == 0
    hour = wanted_pause(format_datetime(datetime.now(UTC) + timedelta(hours=1)))
    assert hour and 3590 < hour <= 3600
    assert wanted_pause("9" * 9999) == float("9" * 9) and wanted_pause("Mon, 99 Jan 99999 00:00:00 GMT") is None


@pytest.mark.parametrize(
    "date",
    [
        "Mon, 01 Jan 99999999999999999999 00:00:00 GMT",
        "Mon, 01 Jan 2024 99999999999999999999:00:00 GMT",
        "Mon, 01 Jan 2024 00:00:00 +99999999999999999999",
        "Mon, 99999999999999999999 Jan 2024 00:00:00 GMT",
    ],
)
def test_a_date_that_no_calendar_has_says_nothing(date: str) -> None:
    assert wanted_pause(date) is None


_WORDS = st.sampled_from(["Mon,", "01", "Jan", "2024", "9999", "9" * 20, "00:00:00", "9" * 20 + ":00", "GMT", "+9999"])


@given(st.text() | st.lists(_WORDS | st.text(max_size=9), max_size=9).map(" ".join))
def test_no_header_is_a_crash(header: str) -> None:
    wanted = wanted_pause(header)
    assert wanted is None or wanted >= 0


def test_pauses_double_up_to_the_longest_and_then_it_is_enough() -> None:
    state, pauses = HostState(), []
    for _ in range(5):
        strike = count_block(state, Ticket(state.blocks), "run", 0, None, 60, 900)
        pauses.append((strike.pause, strike.stopped))
    assert pauses == [(60, False), (120, False), (240, False), (480, False), (900, False)]
    assert count_block(state, Ticket(state.blocks), "run", 0, None, 60, 900).stopped
    other = count_block(replace(state), Ticket(state.blocks), "other run", 0, None, 60, 900)
    assert (other.pause, other.stopped) == (60, False)


def test_what_a_clock_that_ran_ahead_wrote_of_a_host_holds_nobody_up() -> None:
    year, hour = time.time() + 365 * 86400, time.time() + 3600
    found = _state({"rest_until": year, "stopped_until": year, "turns_until": hour, "blocked": True, "blocks": 3})
    assert (found.rest_until, found.stopped_until, found.turns_until) == (0.0, 0.0, hour)
    assert found.blocked and found.blocks == 3


def test_a_short_pause_is_believed_once_and_ours_are_made_before_it_is_enough() -> None:
    state, pauses = HostState(), []
    for _ in range(6):
        strike = count_block(state, Ticket(state.blocks), "run", 0, 1, 60, 900)
        pauses.append((strike.pause, strike.stopped))
    assert pauses == [(1, False), (120, False), (240, False), (480, False), (900, False), (900, True)]
    longer = HostState()
    assert [count_block(longer, Ticket(longer.blocks), "run", 0, 500, 60, 900).pause for _ in range(5)][3:] == [
        500,
        900,
    ]


@pytest.mark.parametrize("run", ["run", ""])
def test_a_run_that_gave_a_host_up_begins_anew_when_that_is_over(run: str) -> None:
    state = HostState()
    while not (strike := count_block(state, Ticket(state.blocks), run, 0, None, 60, 900)).stopped:
        pass
    assert state.stopped_until == state.rest_until + 3600 == strike.left_alone
    again = [count_block(state, Ticket(state.blocks), run, 5000, None, 60, 900) for _ in range(2)]
    assert [(strike.pause, strike.stopped) for strike in again] == [(60, False), (120, False)]


def test_a_host_that_was_given_up_is_asked_again_after_an_hour(
    server: Hostile, worker: Callable[..., Fetcher], monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the same run: its tasks may have been cleared, or be still at it."""
    site, now = server.site(pace=0.01, backoff=0.1, backoff_most=0.1), time.time
    one, said = worker(site, "run"), []
    blocking(server, 9, TOO_MANY)
    reason(one, f"{site.base}/1")
    blocking(server, 0, TOO_MANY)
    monkeypatch.setattr(time, "time", lambda: now() + 3590)
    for blocked in (one, worker(site, "run")):
        reason(blocked, f"{site.base}/1")
    monkeypatch.setattr(time, "time", lambda: now() + 3610)
    for asks in (one, worker(site, "run", said.append)):
        assert asks.page(f"{site.base}/2").body == b"hello"
    assert not any("WARNING" in line for line in said)


def test_a_host_that_does_not_recover_is_given_up_for_this_run(server: Hostile) -> None:
    site, said = server.site(), []
    one = fetcher(site, log=said.append)
    blocking(server, 99, TOO_MANY)
    with ThreadPoolExecutor(8) as pool:
        for failure in pool.map(lambda number: reason(one, f"{site.base}/{number}"), range(24)):
            assert failure == f"{server.host} blocks us and is left alone by this run for now: HTTP 429"
    # All eight may have asked before the first block; then one at a time, after 0.05, 0.1 and 0.2 s.
    assert 4 <= len(server.paths) <= 8 + 3
    assert len(said) == 4 and said[-1].startswith("WARNING") and "left alone for 1.0 hours by this run" in said[-1]
    asked = len(server.asked)
    assert reason(one, f"{site.base}/again").startswith(server.host) and len(server.asked) == asked


def reason(one: Fetcher, url: str) -> str:
    with pytest.raises(Stopped) as stopped:
        one.page(url)
    return str(stopped.value)


def test_a_host_that_wants_a_longer_pause_than_the_longest_is_given_up_at_once(server: Hostile) -> None:
    site, said = server.site(), []
    one = fetcher(site, log=said.append)
    blocking(server, 99, lambda to: to.answer(429, b"", Retry_After="3600"))
    reason(one, f"{site.base}/x")
    assert len(server.paths) == 1 and "left alone for 2.0 hours by this run" in said[0]


def test_after_a_block_one_request_at_a_time_tries(server: Hostile) -> None:
    """Until one was answered well; those that were under way when the block came are no further strikes."""
    site, meter = server.site(backoff=0.1), Meter()
    one = fetcher(site, meter)
    one.page(f"{site.base}/good")
    together, running, most = threading.Barrier(8), [0, 0], []
    lock = threading.Lock()

    def answer(to: Handler) -> None:
        with lock:
            first, running[1] = running[1] < 8, running[1] + 1
            running[0] += 1
            tries = running[1]
        if first:
            together.wait()
        elif tries <= 10:
            most.append(running[0])
            time.sleep(0.05)  # others would have the time to come
        with lock:
            running[0] -= 1
        to.answer(*((429, b"no") if tries < 10 else (200, b"hello")))

    server.answers["*"] = answer
    with ThreadPoolExecutor(8) as pool:
        pages = list(pool.map(lambda number: one.page(f"{site.base}/{number}").body, range(8)))
    assert pages == [b"hello"] * 8
    assert most == [1, 1] and meter.values()["blocks"] == 2


@pytest.fixture
def worker(server: Hostile, make_run: MakeRun) -> Iterator[Callable[..., Fetcher]]:
    """Makes workers of a site that share what they know."""
    made: list[Fetcher] = []

    def make(site: Site, run_key: str, log: Callable[[str], None] = lambda line: None) -> Fetcher:
        made.append(Fetcher(site, load_adapter(site), SharedState(make_run(run_key)), None, log))
        return made[-1]

    yield make
    for one in made:
        one.close()


def test_a_block_pauses_all_workers(server: Hostile, worker: Callable[..., Fetcher]) -> None:
    site, said = server.site(pace=0.01, backoff=0.5, backoff_most=9), []
    one, other = worker(site, "run"), worker(site, "another run", said.append)
    other.page(f"{site.base}/1")
    blocked = threading.Event()
    blocking(server, 1, lambda to: (TOO_MANY(to), blocked.set()))  # type: ignore[arg-type]
    with ThreadPoolExecutor(1) as pool:
        struck_first = pool.submit(one.page, f"{site.base}/2")
        assert blocked.wait(9)
        while not one._client.host(site.base)._told:
            threading.Event().wait(0.001)
        assert other.page(f"{site.base}/3").body == b"hello" == struck_first.result().body
    at = {asked.path: asked.at for asked in reversed(server.asked)}
    assert at["/3"] - at["/2"] > 0.5
    assert "a pause after a block of another worker or run" in said[0]


def test_a_host_is_given_up_for_all_workers_of_the_run(server: Hostile, worker: Callable[..., Fetcher]) -> None:
    site = server.site(pace=0.01, backoff=0.3, backoff_most=0.3)
    blocking(server, 2, TOO_MANY)
    reason(worker(site, "run"), f"{site.base}/1")
    assert "another worker" in reason(worker(site, "run"), f"{site.base}/2")
    assert server.paths == ["/1", "/1"]
    # Another run asks again, but not before the last pause is over.
    assert worker(site, "next run").page(f"{site.base}/3").body == b"hello"
    assert server.asked[-1].at - [asked.at for asked in server.asked if asked.path == "/1"][-1] > 0.29


def test_a_bucket_that_fails_is_no_reason_to_stop(
    server: Hostile, gcs: storage.Client, make_run: MakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared_state, "_RETRY", shared_state._RETRY.with_timeout(0.1))
    nowhere = storage.Client(project=gcs.project, credentials=gcs._credentials)
    nowhere._connection.API_BASE_URL = "http://127.0.0.1:9"
    said: list[str] = []
    site = server.site(pace=0.05, connections=4)
    with Fetcher(
        site, load_adapter(site), SharedState(replace(make_run("run"), gcs=nowhere)), None, said.append
    ) as one:
        blocking(server, 1, TOO_MANY)
        with ThreadPoolExecutor(4) as pool:
            pages = list(pool.map(lambda number: one.page(f"{site.base}/{number}").body, range(24)))
    assert pages == [b"hello"] * 24 and "the bucket fails" in said[0]
    near = [later.at - earlier.at < 0.02 for earlier, later in pairwise(server.asked)]
    assert sum(near) <= len(near) / 5  # one may be late on its way, and near the next
    assert server.asked[-1].at - server.asked[0].at > len(near) * 0.05 - 0.3
