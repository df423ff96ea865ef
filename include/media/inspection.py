"""Whether a file may be kept, and what it looks like. In the cage only: its bytes may be made to do harm."""

import os
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any, BinaryIO

from include.media.cage.inside import Answer
from include.media.caps import Unreadable
from include.media.file_types import FileType, MediaKind
from include.media.fingerprint import fingerprint
from include.media.fingerprints import Fingerprint
from include.media.mp4_atoms import check_atoms, check_video
from include.media.pictures import prepare_pictures
from include.media.rejected import Rejected

__all__ = ["Fingerprint", "Rejected", "inspect"]


def prepare() -> None:
    """Load every reader of pictures; one thread is enough for each."""
    import cv2

    cv2.setNumThreads(1)
    prepare_pictures()


def answers(file: BinaryIO, request: dict[str, Any]) -> Iterator[Answer]:
    """One fingerprint."""
    try:
        found = inspect(file, os.fstat(file.fileno()).st_size, FileType(**request))
    except Rejected as reason:
        raise Unreadable(str(reason)) from reason
    yield {"end": asdict(found)}, None


def inspect(file: BinaryIO, size: int, file_type: FileType) -> Fingerprint:
    """Look at a seekable file of `size` bytes whose type its first bytes have told.

    Raises Rejected for what must not be kept: cut off, broken, a bomb, too long. Pictures are decoded, videos never
    are: the atoms of an MP4 or MOV are walked, and other containers are kept as they are. So is HEIC, unhashed: its
    reader would make each process slower to start, for the few that come.
    """
    if file_type.mime in ("video/mp4", "video/quicktime"):
        check_video(file, size)
    if file_type.mime in ("image/heic", "image/avif"):
        check_atoms(file, size, "picture")
    if file_type.kind is MediaKind.IMAGE and file_type.mime != "image/heic":
        try:
            return fingerprint(file, size)
        except Unreadable as reason:
            raise Rejected(str(reason)) from reason
    return Fingerprint()
