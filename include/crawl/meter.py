"""What a crawl did and what it spent its time on: counts and seconds by name, from all threads of a batch."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

# Seconds add up over threads: eight that wait a second each have waited eight.
PHASES = ("network", "parse", "wait", "backoff", "upload", "load")


class Meter:
    """Sums by name. Names have two parts where there are many of a sort: `seconds.network`, `rejected.empty file`."""

    def __init__(self) -> None:
        self._sums: Counter[str] = Counter()
        self._lock = threading.Lock()

    def count(self, name: str, value: float = 1) -> None:
        """Add to a sum."""
        with self._lock:
            self._sums[name] += value  # type: ignore[assignment]  # a Counter of floats is one too

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Add the seconds of a block to `seconds.<name>`, also when it raises."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self.count(f"seconds.{name}", time.perf_counter() - start)

    def values(self) -> dict[str, float]:
        """All sums so far."""
        with self._lock:
            return dict(self._sums)
