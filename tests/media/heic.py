"""A HEIC as a telephone writes it, put together by hand: there are decoders in packages, and no encoder."""

from pathlib import Path

import numpy as np

from tests.media.films import film


def heic(image: np.ndarray, folder: Path) -> bytes:
    """One picture, coded as HEVC; its sides must be even."""
    mp4 = film(folder / "one.mp4", [(0, image)], codec="libx265").read_bytes()
    coded, settings = _body(mp4, b"mdat"), _body(mp4, b"hvcC")
    height, width = image.shape[:2]
    size = _box(b"ispe", bytes(4) + width.to_bytes(4) + height.to_bytes(4))
    which = _full(b"ipma", b"\0\0\0\1\0\1\2\x81\x02")
    properties = _box(b"iprp", _box(b"ipco", _box(b"hvcC", settings) + size) + which)
    kind = _full(b"infe", b"\0\1\0\0hvc1\0", 2)
    head = _box(b"ftyp", b"heic\0\0\0\0mif1heic")

    def meta(at: int) -> bytes:
        place = b"\x44\0\0\1\0\1\0\0\0\1" + at.to_bytes(4) + len(coded).to_bytes(4)
        parts = [_full(b"hdlr", bytes(4) + b"pict" + bytes(13)), _full(b"pitm", b"\0\1"), _full(b"iloc", place)]
        return _full(b"meta", b"".join([*parts, _full(b"iinf", b"\0\1" + kind), properties]))

    return head + meta(len(head) + len(meta(0)) + 8) + _box(b"mdat", coded)


def _body(data: bytes, kind: bytes) -> bytes:
    at = data.index(kind) - 4
    return data[at + 8 : at + int.from_bytes(data[at : at + 4])]


def _box(kind: bytes, body: bytes) -> bytes:
    return (8 + len(body)).to_bytes(4) + kind + body


def _full(kind: bytes, body: bytes, version: int = 0) -> bytes:
    return _box(kind, bytes([version, 0, 0, 0]) + body)
