"""Files for the cage: a descriptor from which the same bytes can be read, and through which none can be changed."""

import fcntl
import io
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

# Smaller files are copied into memory that is sealed: some of them lie on no disk.
_SMALL = 4 << 20


@contextmanager
def lent(file: BinaryIO, size: int) -> Iterator[int]:
    """Of an open file with so many bytes, wherever it stands; it is left at its start."""
    file.seek(0)
    if size > _SMALL and not isinstance(file, io.BytesIO):
        with lent_path(Path(f"/proc/self/fd/{file.fileno()}")) as descriptor:
            yield descriptor
    else:
        with lent_bytes(file.read(size)) as descriptor:
            file.seek(0)
            yield descriptor


@contextmanager
def lent_path(path: Path) -> Iterator[int]:
    """Of a file that has a name. Raises OSError: nothing is said of what is no file."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)  # a pipe without a writer would wait
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError("no regular file")
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def lent_bytes(data: bytes) -> Iterator[int]:
    """Of bytes that are in memory."""
    descriptor = os.memfd_create("lent", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    try:
        with open(descriptor, "wb", closefd=False) as memory:
            memory.write(data)
        seals = fcntl.F_SEAL_WRITE | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL
        fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, seals)
        yield descriptor
    finally:
        os.close(descriptor)
