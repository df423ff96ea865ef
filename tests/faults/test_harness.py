"""The harness itself: what it does to a request, whom it kills, what it sees that is left behind or differs."""

import http.client
import os
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.faults.dag_files import Rule, rule
from tests.faults.road import Mischief, Road
from tests.faults.snapshot import differences
from tests.faults.told import Told
from tests.faults.tries import Try
from tests.faults.troubles import Seeded, Trouble
from tests.faults.worker import Order


class Upstream(BaseHTTPRequestHandler):
    """Answers with what it was sent, and counts."""

    asked: list[bytes]
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.asked.append(body)
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def upstream() -> Iterator[tuple[str, list[bytes]]]:
    """A server's address, and what it was asked."""
    asked: list[bytes] = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Own", (Upstream,), {"asked": asked}))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    server.server_close()
    thread.join()


def post(road: Road) -> bytes | None:
    """What comes back over the road; None when the connection ends without an answer."""
    client = http.client.HTTPConnection(road.endpoints["there"].removeprefix("http://"))
    try:
        client.request("POST", "/", b"0123456789")
        answer = client.getresponse()
        return answer.read() if answer.status == 200 else str(answer.status).encode()
    except http.client.IncompleteRead as half:
        return half.partial
    except (http.client.HTTPException, OSError):
        return None
    finally:
        client.close()


@pytest.mark.parametrize(
    ("what", "comes", "times"),
    [
        (None, b"0123456789", 1),
        (Mischief.LATE, b"0123456789", 1),
        (Mischief.LOST, None, 0),
        (Mischief.UNHEARD, None, 1),
        (Mischief.BROKEN, b"01234", 1),
        (Mischief.TWICE, b"0123456789", 2),
        (Mischief.REFUSED, b"503", 0),
    ],
)
def test_mischief_is_what_its_name_says(
    upstream: tuple[str, list[bytes]], what: Mischief | None, comes: bytes | None, times: int
) -> None:
    road = Road(lambda name: upstream[0], ("there",), lambda number: what)
    with road.open():
        assert post(road) == comes
    assert upstream[1] == [b"0123456789"] * times
    assert dict(road.done) == ({what: 1} if what else {})


def leaves_a_child(run: Any, seconds: float) -> None:
    """A task that starts a process which outlives it, and then asks for something."""
    subprocess.Popen([sys.executable, "-c", f"import time; time.sleep({seconds})"], start_new_session=True)
    urllib.request.urlopen(os.environ["STORAGE_EMULATOR_HOST"], b"0123456789", timeout=seconds)


def fills(run: Any, size: int) -> None:
    Path(os.environ["TMPDIR"], "file").write_bytes(bytes(size))


def tried(function: str, argument: Any, trouble: Trouble, folder: Path, road: Road | None = None) -> Try:
    """A try of a function of this file, whose run reaches nobody but whom the road leads to."""
    names = ("GOOGLE_CLOUD_PROJECT", "FACEWARDEN_BUCKET", "FACEWARDEN_MODELS", "FACEWARDEN_ENGINE", "FACEWARDEN_SITES")
    ends = dict.fromkeys(
        ("BIGQUERY_EMULATOR_HOST", "STORAGE_EMULATOR_HOST"), road.endpoints["there"] if road else "http://127.0.0.1:9"
    )
    settings = {**dict.fromkeys(names, "nowhere"), **ends}
    order = Order(f"{__name__}:{function}", "a_run", (argument,), settings, folder, trouble.disk)
    return Try(order, road or Road(lambda name: "", (), trouble.befalls), trouble)


def test_a_killed_try_says_nothing_and_whom_it_left_behind_is_seen_and_ended(
    tmp_path: Path, upstream: tuple[str, list[bytes]]
) -> None:
    road = Road(lambda name: upstream[0], ("there",), lambda number: None)
    with road.open():
        one = tried("leaves_a_child", 60, Trouble(kill_after=1), tmp_path, road)
        assert one.said() is None and one.killed == "behind request 1, which nobody answered"
    assert upstream[1] == [b"0123456789"]
    assert len(one.orphans(0.1)) == 1 and one.orphans() == []


def test_a_disk_is_as_small_as_it_was_ordered_and_its_files_are_gone_afterwards(
    tmp_path: Path,
) -> None:
    fits = tried("fills", 4 << 10, Trouble(disk=64 << 10), tmp_path).said()
    full = tried("fills", 1 << 20, Trouble(disk=64 << 10), tmp_path).said()
    assert fits and not fits.error
    assert full and "No space left on device" in full.error
    assert list(tmp_path.iterdir()) == []


def test_a_seed_spreads_its_kills_over_all_tasks_and_the_same_seed_does_so_again() -> None:
    calm = Told(requests={f"dag/1/task-{number}": 10 for number in range(20)})
    one, other = (Seeded(5, calm, 50, 2, 0, lambda: None) for _ in range(2))
    assert one.kills == other.kills and one.kills.total() == 50 and set(one.kills.values()) == {2, 3}
    asked = [one.of(task, number) for task in calm.requests for number in range(1, 5)]
    assert sum(trouble.kills for trouble in asked) == 50


def test_a_difference_names_table_key_and_both_values() -> None:
    one = {("table post", "a/1"): {"status": "published", "size": 1.0}, ("object", "x"): "5 bytes"}
    other = {("table post", "a/1"): {"status": "blocked", "size": 1.001}, ("object", "y"): "5 bytes"}
    assert differences(one, other) == [
        "object x: lost",
        "object y: there, and should not be",
        "table post a/1: status 'published' became 'blocked'",
    ]
    assert differences(one, one) == []


def test_every_task_of_the_harness_is_one_of_a_dag_file_with_its_tries_and_its_rule() -> None:
    assert rule("find_faces", "publish") == Rule(tries=3, whatever_failed=True)
    assert rule("find_faces", "plan") == Rule(tries=3, whatever_failed=False)
    with pytest.raises(LookupError, match="has no task paint"):
        rule("find_faces", "paint")
