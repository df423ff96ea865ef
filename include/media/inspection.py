"""Whether a file may be kept, and what it looks like. Its bytes may be anything, and made to do harm."""

from typing import BinaryIO

from include.media.file_types import FileType, MediaKind
from include.media.fingerprint import Fingerprint, fingerprint
from include.media.mp4_atoms import check_atoms, check_video
from include.media.pictures import Unreadable
from include.media.rejected import Rejected

__all__ = ["Fingerprint", "Rejected", "inspect"]


def inspect(file: BinaryIO, size: int, file_type: FileType) -> Fingerprint:
    """Look at a seekable file of `size` bytes whose type its first bytes have told.

    Raises Rejected for what must not be kept: cut off, broken, a bomb, too long. Pictures are decoded, videos never
    are: the atoms of an MP4 or MOV are walked, and other containers are kept as they are. So is HEIC, unhashed: its
    decoder is kept for the process that may die of it (include/media/decoder_process.py).
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
