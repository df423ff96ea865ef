"""One try of a task, watched until its end: killed at its moment, and seen whether it left anybody behind."""

import os
import signal
import threading
import time
from contextlib import suppress
from pathlib import Path

from tests.faults.road import Road
from tests.faults.troubles import Trouble
from tests.faults.worker import Order, Said, start

LONGEST = 900.0  # a try that hangs is killed
# A decoder that was only just started looks for its parent when it has imported what it needs.
MOMENT = 60.0
_births = threading.Lock()
_alive: set[int] = set()


class Try:
    """A process that is at work. Its moments are requests on its road, or seconds."""

    def __init__(self, order: Order, road: Road, trouble: Trouble) -> None:
        self._trouble, self.killed = trouble, ""
        self._started = threading.Event()
        if trouble.kill_before:
            road.before[trouble.kill_before] = self._kill
        if trouble.kill_after:
            road.after[trouble.kill_after] = self._kill
        for number, moment in trouble.moments.items():
            road.before.setdefault(number, moment)
        with _births:
            self._process, self._ear = start(order)
            self._pid = self._process.pid or 0
            self._nursery = _parent(self._pid)
            _alive.add(self._pid)
        self._started.set()

    def said(self) -> Said | None:
        """How it ended; None when it was killed, or when nobody heard of its end."""
        limit = self._trouble.kill_seconds or LONGEST
        clock = threading.Timer(limit, self._kill, [f"after {limit:.1f} s"])
        clock.start()
        said: Said | None = None
        with suppress(EOFError):
            said = self._ear.recv()
        if said is not None and self._trouble.kills and not self.killed:
            self._kill("at its end, of which nobody heard")
        self._process.join()
        clock.cancel()
        self._ear.close()
        with _births:
            _alive.discard(self._pid)
        if self.killed:
            return None
        return said or Said(error=f"its process ended by itself, with {self._process.exitcode}")

    def orphans(self, moment: float = MOMENT) -> list[str]:
        """Processes that it started and that outlived it by more than a moment; they are ended."""
        until = time.monotonic() + moment
        while (left := self._adopted()) and time.monotonic() < until:
            time.sleep(0.02)
        for pid in left:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return [f"process {pid}" for pid in left]

    def _adopted(self) -> list[int]:
        with _births:
            children = [int(it.name) for it in Path("/proc").iterdir() if it.name.isdigit()]
            return [pid for pid in children if pid not in _alive and _parent(pid) == self._nursery]

    def _kill(self, moment: str = "") -> None:
        self._started.wait()
        self.killed = moment or self._trouble.moment
        with suppress(ProcessLookupError):
            os.kill(self._pid, signal.SIGKILL)


def _parent(pid: int) -> int:
    """0 where there is no such process any more, or it only waits to be noticed."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return 0 if fields[0] in "ZX" else int(fields[1])
