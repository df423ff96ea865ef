"""One file out of an archive that strangers packed: by its exact name, and no larger than a model may be."""

import tarfile
from pathlib import Path
from typing import IO

MAX_BYTES = 256 << 20


class NotInArchive(Exception):
    """The archive is broken, or holds no such file of a sensible size."""


def member(archive: Path, name: str) -> bytes:
    """The bytes of one member of a tarball. Nothing is unpacked to disk, and a link is no file."""
    try:
        with tarfile.open(archive) as opened:
            entry = opened.getmember(name)
            stream = opened.extractfile(entry) if entry.isfile() else None
            if stream is None:
                raise NotInArchive(f"{archive.name}: {name} is no plain file")
            return limited(stream, name)
    except (KeyError, OSError, EOFError, tarfile.TarError) as error:
        raise NotInArchive(f"{archive.name} gives no {name}: {error}") from error


def limited(stream: IO[bytes], what: str) -> bytes:
    """All of a stream, or an error as soon as it is longer than any model: a header's size is not believed."""
    data = stream.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise NotInArchive(f"{what} is larger than {MAX_BYTES >> 20} MiB")
    return data
