"""How far a download has come, told now and then."""

import threading
import time
from collections.abc import Callable

from include.core.sizes import readable

EVERY_SECONDS = 10.0


class Progress:
    """Counts for several threads; time left follows from the bytes, which are known beforehand."""

    def __init__(self, files: int, size: int, log: Callable[[str], None]) -> None:
        self._files, self._size, self._log = files, size, log
        self._lock = threading.Lock()
        self._began = self._told = time.monotonic()
        self._done_files = self._done_bytes = 0

    def done(self, size: int) -> None:
        """A file is done with, whatever came of it."""
        with self._lock:
            self._done_files += 1
            self._done_bytes += size
            if self._done_files == self._files or time.monotonic() - self._told >= EVERY_SECONDS:
                self._tell()

    def _tell(self) -> None:
        self._told = time.monotonic()
        speed = self._done_bytes / max(self._told - self._began, 1e-3)
        left = f"{(self._size - self._done_bytes) / speed:.0f} s left" if speed else "time left not known yet"
        self._log(
            f"{self._done_files} of {self._files} files, {readable(self._done_bytes)} of {readable(self._size)}, "
            f"{readable(speed)} a second, {left}"
        )
