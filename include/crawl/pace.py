"""One request at a time to a host, no sooner than its pace allows."""

import threading
import time


class Pace:
    """Spaces the requests of all threads of this process, host by host.

    It knows nothing of other processes: the crawl DAG runs one batch at a time, so that this holds for all.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._next: dict[str, float] = {}
        self._lock = threading.Lock()

    def wait(self, host: str) -> float:
        """Sleep until this host may be asked again; returns the seconds waited."""
        if self._seconds <= 0:
            return 0.0
        with self._lock:
            now = time.monotonic()
            turn = max(now, self._next.get(host, now))
            self._next[host] = turn + self._seconds
        time.sleep(turn - now)
        return turn - now
