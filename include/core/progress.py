"""How far work on many files has come, told every ten seconds: the base of each stage's own progress."""

import threading
import time

from include.core.run import Log

EVERY_SECONDS = 10.0


class Progress:
    """Files and bytes are known beforehand, so the time that is left follows from them. What is told is `_line`."""

    def __init__(self, files: int, size: int, log: Log) -> None:
        self.files, self.size, self._log = files, size, log
        self.done_files = self.done_bytes = 0
        self._lock = threading.Lock()
        self._began = self._told = time.monotonic()

    def done(self, size: int) -> None:
        """A file is done with, whatever came of it."""
        with self._lock:
            self.done_files += 1
            self.done_bytes += size
            self._tell(self.done_files == self.files)

    @property
    def seconds(self) -> float:
        return max(time.monotonic() - self._began, 1e-3)

    @property
    def left(self) -> str:
        """In words of a person."""
        if not self.done_bytes:
            return "time left not known yet"
        return f"{_clock(self.seconds * (self.size - self.done_bytes) / self.done_bytes)} left"

    def _tell(self, at_the_end: bool = False) -> None:
        """For whoever holds the lock."""
        if at_the_end or time.monotonic() - self._told >= EVERY_SECONDS:
            self._told = time.monotonic()
            self._log(self._line())

    def _line(self) -> str:
        return f"{self.done_files} of {self.files} files, {self.left}"


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
