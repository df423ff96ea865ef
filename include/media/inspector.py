"""Whether a file may be kept, and what it looks like, as the crawl sees it: found out in the cage, for many threads."""

import os
import queue
from dataclasses import asdict
from types import TracebackType
from typing import BinaryIO

from include.media.cage.cage import Cage
from include.media.cage.lent import lent
from include.media.cage.process import DecoderCrashed, DecoderLost, TooMuch
from include.media.caps import Unreadable
from include.media.file_types import FileType
from include.media.fingerprints import Fingerprint
from include.media.judge import fingerprint_of
from include.media.rejected import Rejected

__all__ = ["DecoderLost", "Fingerprint", "Inspector", "Rejected"]

PURPOSE = "include.media.inspection"
MEMORY = 3 << 30  # of addresses: a PNG of 64 megapixels takes a half
STALL_SECONDS = 180.0
PROCESSOR_SECONDS = 60.0  # 64 megapixels take one, the JPEG that is gone over most often thirty
_MOST_AT_ONCE = 4


class Inspector:
    """Looks at files in a few processes, started when they are first needed. For any number of threads."""

    def __init__(self, stall_seconds: float = STALL_SECONDS, processor_seconds: float = PROCESSOR_SECONDS) -> None:
        self._stall = stall_seconds
        count = min(_MOST_AT_ONCE, len(os.sched_getaffinity(0)))
        self.cages = [Cage(PURPOSE, MEMORY, stall_seconds, processor_seconds) for _ in range(count)]
        # The one that was used last is taken first: no more are started than are needed at once.
        self._free: queue.LifoQueue[Cage] = queue.LifoQueue()
        for cage in self.cages:
            self._free.put(cage)

    def __enter__(self) -> "Inspector":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """End the processes: for when no thread is using it any more."""
        for cage in self.cages:
            cage.close()

    def inspect(self, file: BinaryIO, size: int, file_type: FileType) -> Fingerprint:
        """Look at a seekable file of `size` bytes whose type its first bytes have told; it is left at its start.

        Raises Rejected for what must not be kept: cut off, broken, a bomb, too long, or the end of two processes that
        looked at it. Raises DecoderLost where something else ended them: nothing is known about the file.
        """
        cage = self._free.get()
        try:
            return self._judged(cage, file, size, file_type)
        finally:
            self._free.put(cage)

    def _judged(self, cage: Cage, file: BinaryIO, size: int, file_type: FileType) -> Fingerprint:
        try:
            try:
                return self._asked(cage, file, size, file_type)
            except TooMuch:
                raise
            except DecoderCrashed:  # once more: it may be the fault of a file before it
                return self._asked(cage, file, size, file_type)
        except Unreadable as reason:
            raise Rejected(str(reason)) from reason

    def _asked(self, cage: Cage, file: BinaryIO, size: int, file_type: FileType) -> Fingerprint:
        found = Fingerprint()

        def judge(words: dict[str, object]) -> None:
            nonlocal found
            found = fingerprint_of(words)

        with lent(file, size) as descriptor:
            for _ in cage.ask(descriptor, asdict(file_type), judge, 2 * self._stall):
                pass
        return found
