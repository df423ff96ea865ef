"""The perceptual hash of a picture file, whoever made it: what it may cost is settled before anything is decoded."""

import re
from collections.abc import Iterator
from typing import BinaryIO

from PIL import Image as Pillow

from include.media.caps import MAX_BYTES, MAX_PIXELS, Unreadable, check_size
from include.media.fingerprints import Fingerprint
from include.media.gif import count_frames
from include.media.pdq import SIDE, pdq, shrinking
from include.media.pictures import FORMATS, TURNS, orientation, pixels, reasons

# Of all frames together: a minute of full HD. Only the first is decoded here, but others will play the whole.
MAX_FRAME_PIXELS = 4_000_000_000
# A JPEG may go over all its pixels again and again, a hundred bytes each time. Real ones do so a dozen times.
MAX_SCANNED_PIXELS = 32 * MAX_PIXELS
_SCAN = re.compile(rb"\xff\xda\0[\x06\x08\x0a\x0c][\x01-\x04]")
_PNG_END = b"IEND"
_PIECE = 2**20
_ON_ITS_SIDE = [TURNS[orientation] for orientation in (5, 6, 7, 8)]


def fingerprint(file: BinaryIO, size: int) -> Fingerprint:
    """Of the picture as it is shown, upright, on white, the first frame.

    Raises Unreadable for what is cut off, broken or too large, with the same words as when it is searched for faces.
    """
    if size > MAX_BYTES:
        raise Unreadable(f"too many bytes: {size}, at most {MAX_BYTES} are read")
    with reasons():
        picture = _opened(file)
        check_size(*picture.size)
        _check_frames(picture, file)
        _check_scans(picture, file)
        _check_end(picture, file)
        return Fingerprint(*_hash(picture))


def _hash(picture: Pillow.Image) -> tuple[str, int]:
    width, height = picture.size
    picture.draft("L", (SIDE, SIDE))
    small, turn = _smaller(picture), TURNS.get(orientation(picture))
    if turn is None:
        return pdq(pixels(small), (height, width))
    return pdq(pixels(small.transpose(turn)), (width, height) if turn in _ON_ITS_SIDE else (height, width))


def _opened(file: BinaryIO) -> Pillow.Image:
    file.seek(0)
    return Pillow.open(file, formats=FORMATS)


def _check_frames(picture: Pillow.Image, file: BinaryIO) -> None:
    frames = count_frames(file) if picture.format == "GIF" else getattr(picture, "n_frames", 1)
    if frames * picture.width * picture.height > MAX_FRAME_PIXELS:
        raise Unreadable(f"too many pixels: {picture.width} x {picture.height} in {frames} frames")


def _check_scans(picture: Pillow.Image, file: BinaryIO) -> None:
    if picture.format not in ("JPEG", "MPO"):
        return
    scans = sum(len(_SCAN.findall(piece)) for piece in _overlapping(file))
    if scans * picture.width * picture.height > MAX_SCANNED_PIXELS:
        raise Unreadable(f"too many pixels: {picture.width} x {picture.height}, gone over {scans} times")


def _check_end(picture: Pillow.Image, file: BinaryIO) -> None:
    """A PNG that was cut off may still show its first frame."""
    if picture.format == "PNG" and not any(_PNG_END in piece for piece in _overlapping(file)):
        raise OSError("image file is truncated")


def _overlapping(file: BinaryIO) -> Iterator[bytes]:
    """The file in pieces, such that what is looked for lies whole in exactly one of them."""
    place = file.tell()
    file.seek(0)
    end = b""
    while piece := file.read(_PIECE):
        yield end + piece
        end = piece[-4:]
    file.seek(place)


def _smaller(picture: Pillow.Image) -> Pillow.Image:
    """Decoded, and near the size that the hash needs, while it still takes the least memory."""
    picture.load()
    if picture.mode in ("1", "P", "PA"):
        picture = picture.convert("RGBA" if picture.has_transparency_data else "L" if picture.mode == "1" else "RGB")
    factors = shrinking(picture.width), shrinking(picture.height)
    many_bits = picture.mode.startswith("I") or picture.mode == "F"
    return picture if factors == (1, 1) or many_bits else picture.reduce(factors)
