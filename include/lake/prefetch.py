"""Files of a batch, fetched ahead of whoever decodes them, and held on disk for no longer than that."""

import os
import tempfile
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

Fetch = Callable[[str, BinaryIO], object]
AT_ONCE, AHEAD = 8, 64


class Prefetch:
    """Fetches addresses in their order, so many ahead; each is asked for once, in about the same order.

    What is fetched lies in a file without a name: a killed worker leaves nothing on the disk.
    """

    def __init__(self, fetch: Fetch, addresses: list[str]) -> None:
        self._fetch = fetch
        self._room = threading.Semaphore(AHEAD)
        self._over = False
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="fetch")
        self._files: dict[str, Future[BinaryIO]] = {it: self._threads.submit(self._get, it) for it in addresses}

    def __enter__(self) -> "Prefetch":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._over = True
        self._room.release(len(self._files) + 1)
        self._threads.shutdown(cancel_futures=True)

    @contextmanager
    def file(self, address: str) -> Iterator[Path]:
        """A path to what lay at an address, while it is needed. Raises what fetching it raised."""
        try:
            stream = self._files.pop(address).result()
            with stream:
                yield Path(f"/proc/{os.getpid()}/fd/{stream.fileno()}")
        finally:
            self._room.release()

    def _get(self, address: str) -> BinaryIO:
        self._room.acquire()
        stream: BinaryIO = tempfile.TemporaryFile()  # noqa: SIM115 (closed by whoever asks for it)
        try:
            if not self._over:
                self._fetch(address, stream)
                stream.flush()
        except BaseException:
            stream.close()
            raise
        return stream
