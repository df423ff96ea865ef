"""The blocks of a GIF, walked without decoding: an animation that was cut off still shows its first frame."""

from typing import BinaryIO

_HEAD, _FRAME = 13, 10
_EXTENSION, _IMAGE = 0x21, 0x2C


def count_frames(file: BinaryIO) -> int:
    """How many frames there are, before the trailer or whatever else ends it; an OSError if it ends within one."""
    place = file.tell()
    file.seek(0)
    data = file.read()
    file.seek(place)
    try:
        return _count(data)
    except IndexError:
        raise OSError("image file is truncated") from None


def _count(data: bytes) -> int:
    at, frames = _HEAD + _table(data[10]), 0
    while at < len(data):
        if data[at] == _EXTENSION:
            at = _after_blocks(data, at + 2)
        elif data[at] == _IMAGE:
            frames += 1
            at = _after_blocks(data, at + _FRAME + _table(data[at + 9]) + 1)
        else:
            break
    return frames


def _table(flags: int) -> int:
    """Bytes of the colour table that these flags announce."""
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _after_blocks(data: bytes, at: int) -> int:
    while data[at]:
        at += data[at] + 1
    return at + 1
