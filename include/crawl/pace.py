"""One request at a time to a host, no sooner than its pace allows."""

import threading
import time


class Pace:
    """Spaces the requests of all threads that share it, host by host.

    It knows nothing of others: the crawl DAG runs one task at a time with one fetcher a site, so that it holds for all.
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
