"""Bytes out of the bucket, held against the hash in their name."""

import errno
import hashlib
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

from google.api_core.exceptions import NotFound
from google.cloud.storage.exceptions import DataCorruption

from include.core.errors import Mistake
from include.core.run import Run
from include.core.sizes import GIB, readable
from include.download.file_plan import Content

# The client keeps ten connections.
THREADS = 8
TRIES = 2
PIECE = 2**20
# Of the disk: a machine without any room left fails in other places than here.
KEPT_FREE = GIB
MISSING = "its object is not there any more"
BROKEN = "its bytes do not have the hash that its name says; asked for twice"
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class FileStatus(StrEnum):
    """What can become of a content. FAILED: another try may help."""

    OK = "ok"
    MISSING = "missing"
    BROKEN = "broken"
    FAILED = "failed"


@dataclass(frozen=True)
class FileOutcome:
    """What became of a content."""

    status: FileStatus
    reason: str | None = None
    size: int | None = None


class Lost(Exception):
    """A content that is not to be had, however often it is asked for."""

    def __init__(self, outcome: FileOutcome) -> None:
        super().__init__(outcome.reason)
        self.outcome = outcome


def sizes(run: Run, contents: Iterable[Content]) -> dict[str, int | None]:
    """How many bytes each content has, by sha256, as the bucket says; None for one that is not there."""
    bucket = run.gcs.bucket(run.bucket)

    def size(content: Content) -> int | None:
        found = bucket.get_blob(content.object_name)
        return found.size if found else None

    wanted = list(contents)
    with ThreadPoolExecutor(THREADS, thread_name_prefix="size") as threads:
        return dict(zip((it.sha256 for it in wanted), threads.map(size, wanted), strict=True))


def fetch(run: Run, content: Content, file: BinaryIO) -> int:
    """Its bytes, and only the right ones, into a file; how many they are. Raises Lost."""
    blob = run.gcs.bucket(run.bucket).blob(content.object_name)
    for _ in range(TRIES):
        file.seek(0)
        file.truncate()
        try:
            blob.download_to_file(file)
        except NotFound:
            raise Lost(FileOutcome(FileStatus.MISSING, MISSING)) from None
        except DataCorruption:
            continue
        size = file.tell()
        if digest(file) == content.sha256:
            return size
    raise Lost(FileOutcome(FileStatus.BROKEN, BROKEN))


def digest(file: BinaryIO) -> str:
    """The hash of what the file really holds, read again from its start."""
    file.flush()
    file.seek(0)
    whole = hashlib.sha256()
    while piece := file.read(PIECE):
        whole.update(piece)
    return whole.hexdigest()


def allow(size: int, most: int, needed: int, free: int) -> None:
    """Raises Mistake where so many bytes are more than were allowed, or more than the disk has room for."""
    if size > most:
        raise Mistake(
            f"the files have {readable(size)}, and {readable(most)} are allowed: none was downloaded. Ask for fewer, "
            "or allow more"
        )
    if needed > free - KEPT_FREE:
        raise Mistake(
            f"the files need {readable(needed)}, and the disk has {readable(free)} free, of which "
            f"{readable(KEPT_FREE)} are left alone: none was downloaded. Ask for fewer, or make room"
        )


@contextmanager
def writable(folder: Path) -> Iterator[None]:
    """A folder that cannot be made or written to is the asker's mistake."""
    try:
        yield
    except OSError as error:
        if full(error):
            raise
        raise Mistake(f"{folder} cannot be written to ({error.strerror}): nothing was downloaded") from None


@contextmanager
def room(kept: str) -> Iterator[None]:
    """A full disk is one too, and says what is left of the download."""
    try:
        yield
    except OSError as error:
        if full(error):
            raise Mistake(f"the disk is full: {kept}. Make room, and run it again") from None
        raise


def full(error: BaseException) -> bool:
    """Whether that is a disk without room."""
    return isinstance(error, OSError) and error.errno in _FULL
