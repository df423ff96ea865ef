"""The pace of a host: all workers together, asking from several processes."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import combinations, pairwise
from pathlib import Path

import pytest
from google.cloud import storage

from include.crawl.adapters import load_adapter
from include.crawl.meter import Meter
from include.crawl.net.fetch import Fetcher
from include.crawl.net.shared_state import Note, SharedState
from tests.conftest import MakeRun
from tests.crawl.hostile import Hostile, serving

REPO = Path(__file__).resolve().parents[2]
PACE = 0.1
LATE = 0.3  # seconds by which a busy machine may hold up a request before the server notes it
WORKER = """
import sys
from concurrent.futures import ThreadPoolExecutor
from include.core.command_line import run_by_hand
from include.crawl.adapters import load_adapter
from include.crawl.net.shared_state import SharedState
from include.crawl.net.fetch import Fetcher
from include.crawl.sites import Site

host, name, count, pace = sys.argv[1:]
site = Site("test", "dcinside", f"http://{host}", (host,), pace=float(pace), jitter=0, connections=4)
with Fetcher(site, load_adapter(site), SharedState(run_by_hand())) as fetcher, ThreadPoolExecutor(4) as pool:
    list(pool.map(lambda number: fetcher.page(f"{site.base}/{name}/{number}"), range(int(count))))
"""


@pytest.fixture
def server() -> Iterator[Hostile]:
    with serving(Hostile()) as hostile:
        yield hostile


def worker(server: Hostile, name: str, count: int) -> subprocess.Popen[bytes]:
    """A process of its own, with four threads that ask for so many pages."""
    command = [sys.executable, "-W", "ignore", "-c", WORKER, server.host, name, str(count), str(PACE)]
    return subprocess.Popen(command, env={**os.environ, "PYTHONPATH": str(REPO)}, cwd=REPO)


def kept_pace(server: Hostile) -> bool:
    """No more requests than the pace allows, in any stretch of time; and no bursts with pauses between them.

    A request may be late on its way, and is then near the next one; none is early.
    """
    moments = sorted(asked.at for asked in server.asked)
    slow = all(
        moments[last] - moments[first] >= (last - first) * PACE - LATE
        for first, last in combinations(range(len(moments)), 2)
    )
    near = sum(later - earlier < PACE / 2 for earlier, later in pairwise(moments))
    return slow and near <= len(moments) / 5


def test_two_workers_keep_the_pace_together(server: Hostile, bucket: str) -> None:
    workers = [worker(server, name, 20) for name in ("one", "two")]
    assert [process.wait(60) for process in workers] == [0, 0]
    assert len(server.paths) == len(set(server.paths)) == 40
    assert kept_pace(server)
    # Both had their turns while both were there, and neither waited for the other to finish.
    names = [path.split("/")[1] for path in server.paths]
    assert {"one", "two"} <= set(names[5:35])


def test_a_killed_worker_holds_nobody_up(server: Hostile, bucket: str) -> None:
    asked = threading.Event()

    def answer(to: object) -> None:
        if sum(path.startswith("/doomed") for path in server.paths) >= 3:
            asked.set()
        to.answer(200, b"hello")  # type: ignore[attr-defined]

    server.answers["*"] = answer
    doomed = worker(server, "doomed", 999)
    assert asked.wait(30)
    other = worker(server, "other", 10)
    doomed.send_signal(signal.SIGKILL)
    doomed.wait()
    assert other.wait(60) == 0
    assert sum(path.startswith("/other") for path in server.paths) == 10 and kept_pace(server)


@pytest.mark.parametrize("together", [True, False], ids=["bucket", "alone"])
def test_threads_of_a_worker_keep_it_and_other_hosts_do_not_wait(
    server: Hostile, together: bool, make_run: MakeRun
) -> None:
    with serving(Hostile()) as second:
        site = server.site(pace=PACE, connections=4, media_hosts=(second.host,), jitter=0.2)
        meter = Meter()
        shared = SharedState(make_run("run")) if together else None
        with Fetcher(site, load_adapter(site), shared, meter) as one, ThreadPoolExecutor(8) as pool:
            urls = [f"http://{host}/{number}" for number in range(25) for host in (server.host, second.host)]
            list(pool.map(one.page, urls))
        for asked in (server, second):
            assert len(asked.paths) == 25 and kept_pace(asked)
        spans = [(asked.asked[0].at, asked.asked[-1].at) for asked in (server, second)]
        assert max(first for first, _ in spans) < min(last for _, last in spans)
        assert meter.values()["requests"] == 52 and meter.values()["seconds.wait"] > 25 * PACE


def test_without_a_pace_the_bucket_is_left_alone(
    server: Hostile, gcs: storage.Client, bucket: str, make_run: MakeRun
) -> None:
    site = server.site(connections=2)
    with Fetcher(site, load_adapter(site), SharedState(make_run("run"))) as one:
        one.page(f"{site.base}/x")
    assert list(gcs.list_blobs(bucket, prefix=f"pace/{server.host.replace(':', '_')}")) == []


def test_only_so_many_requests_at_once(server: Hostile) -> None:
    site = server.site(connections=3)
    lock, now, most, gate = threading.Lock(), [0], [0], threading.Barrier(3)

    def answer(to: object) -> None:
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        gate.wait(10)
        with lock:
            now[0] -= 1
        to.answer(200, b"hello")  # type: ignore[attr-defined]

    server.answers["*"] = answer
    with Fetcher(site, load_adapter(site)) as one, ThreadPoolExecutor(9) as pool:
        list(pool.map(lambda number: one.page(f"{site.base}/{number}"), range(9)))
    assert most == [3] and server.connections <= 3


def test_of_many_workers_that_change_an_object_at_once_one_succeeds(
    gcs: storage.Client, bucket: str, make_run: MakeRun
) -> None:
    """What all of the above stands on; also when the object is not there yet."""
    shared, name = SharedState(make_run("run")), "pace/race/state.json"
    note = shared.read(name)
    for _ in range(9):
        with ThreadPoolExecutor(8) as pool:
            tries = pool.map(partial(shared.swap, name, note), [{"by": number} for number in range(8)])
        swapped = [new for new in tries if new]
        assert len(swapped) == 1 and shared.read(name) == swapped[0]
        note = swapped[0]
    assert shared.swap(name, Note({}, 0), {}) is None
    gcs.bucket(bucket).blob(name).delete()
