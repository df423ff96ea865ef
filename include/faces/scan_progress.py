"""How far a batch has come, told now and then, and what it came to in the end."""

import threading
import time
from collections.abc import Callable

EVERY_SECONDS = 10.0


class Progress:
    """Counts for several threads. Bytes are what is known beforehand, so time left follows from them."""

    def __init__(self, files: int, size: int, log: Callable[[str], None]) -> None:
        self._files, self._size, self._log = files, max(size, 1), log
        self._lock = threading.Lock()
        self._began = self._told = time.monotonic()
        self._done_files = self._done_bytes = 0
        self.frames = self.faces = self.pixels = 0

    def looked(self, pixels: int, faces: int) -> None:
        """A frame has been looked at."""
        with self._lock:
            self.frames += 1
            self.pixels += pixels
            self.faces += faces
            if time.monotonic() - self._told >= EVERY_SECONDS:
                self._tell()

    def done(self, size: int) -> None:
        """A file is done with."""
        with self._lock:
            self._done_files += 1
            self._done_bytes += size
            if self._done_files == self._files:
                self._tell()

    @property
    def seconds(self) -> float:
        return max(time.monotonic() - self._began, 1e-3)

    def _tell(self) -> None:
        self._told = time.monotonic()
        left = self.seconds * (self._size - self._done_bytes) / self._done_bytes if self._done_bytes else None
        self._log(
            f"{self._done_files} of {self._files} files, {self.frames} frames, {self.faces} faces: "
            f"{self.faces / self.seconds:.1f} faces and {self.pixels / 1e6 / self.seconds:.1f} megapixels a second, "
            + (f"{_clock(left)} left" if left is not None else "time left not known yet")
        )


def _clock(seconds: float) -> str:
    return f"{seconds // 60:.0f} min {seconds % 60:.0f} s" if seconds >= 60 else f"{seconds:.0f} s"
