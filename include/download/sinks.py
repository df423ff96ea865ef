"""Where a zip is written to, piece after piece: what was not finished is never there."""

import os
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

from google.cloud import storage

from include.download.verified_fetch import allow, writable
from include.lake.objects import write

# Of an upload: what is held in memory, and sent at once.
_SENT = 8 * 2**20


class FileSink:
    """A file that has its name only once it is whole."""

    def __init__(self, to: Path) -> None:
        self._to, self._part = to, to.with_name(f".{to.name}.part")
        with writable(to.parent):
            to.parent.mkdir(parents=True, exist_ok=True)
            self._stream: BinaryIO | None = self._part.open("wb")

    def write(self, data: Any) -> int:
        return self._stream.write(data) if self._stream else len(data)

    def flush(self) -> None:
        """Done at the end."""

    def allow(self, size: int) -> None:
        allow(size, size, size, shutil.disk_usage(self._to.parent).free)

    def finish(self, beside: dict[str, bytes]) -> None:
        if self._stream:
            self._stream.flush()
            os.fsync(self._stream.fileno())
            os.replace(self._part, self._to)
            self._stream.close()
            self._stream = None

    def give_up(self) -> None:
        """From here on what is written goes nowhere."""
        if self._stream:
            stream, self._stream = self._stream, None
            self._part.unlink(missing_ok=True)
            with suppress(OSError):
                stream.close()


class BucketSink:
    """An upload that is an object only once it has ended."""

    def __init__(self, gcs: storage.Client, to: str) -> None:
        self._gcs, self._to = gcs, to
        blob = storage.Blob.from_uri(to, client=gcs)
        self._stream: Any = blob.open("wb", chunk_size=_SENT, content_type="application/zip")

    def write(self, data: Any) -> int:
        return int(self._stream.write(data)) if self._stream else len(data)

    def flush(self) -> None:
        """An upload has none."""

    def allow(self, size: int) -> None:
        """A bucket has room."""

    def finish(self, beside: dict[str, bytes]) -> None:
        stream, self._stream = self._stream, None
        stream.close()
        for name, data in beside.items():
            write(self._gcs, f"{self._to.rpartition('/')[0]}/{name}", data, "application/octet-stream")

    def give_up(self) -> None:
        """From here on what is written goes nowhere."""
        if self._stream:
            stream, self._stream = self._stream, None
            try:
                stream.terminate()
            except Exception:  # else what is there would be sent, as if it were all, when the stream is cleared away
                stream._buffer.close()
