"""Little files that claim to be enormous, or unfold to be: one of each kind that the crawl looks into."""

import io
import struct
import zlib
from collections.abc import Callable

from PIL import Image as Pillow

LONG = 40_000_000
WIDE, TALL = (LONG, 1), (1, LONG)


def png(width: int, height: int, bits: int = 16, colours: int = 6, more: bytes = b"", data: bytes = b"") -> bytes:
    """So many bytes that it is a PNG, and no more: 69 with nothing in it."""
    head = struct.pack(">IIBBBBB", width, height, bits, colours, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + more + _chunk(b"IDAT", zlib.compress(data)) + _chunk(b"IEND")


def _chunk(kind: bytes, body: bytes = b"") -> bytes:
    return len(body).to_bytes(4) + kind + body + zlib.crc32(kind + body).to_bytes(4)


def bmp(width: int, height: int) -> bytes:
    """Its header, and a few bytes of pixels."""
    head = struct.pack("<IHHIIiiHHIIiiII", 154, 0, 0, 54, 40, width, height, 1, 24, 0, 0, 0, 0, 0, 0)
    return b"BM" + head + bytes(100)


def gif(screen: tuple[int, int], frame: tuple[int, int], at: tuple[int, int] = (0, 0)) -> bytes:
    """A screen, and one frame on it or beyond it."""
    head = b"GIF89a" + struct.pack("<HHBBB", *screen, 0x80, 0, 0) + bytes(6)
    return head + b"," + struct.pack("<HHHHB", *at, *frame, 0) + b"\x02\x02\x4c\x01\x00" + b";"


def webp(width: int, height: int) -> bytes:
    """A canvas of that size, with one small picture on it."""
    still = io.BytesIO()
    Pillow.new("RGB", (8, 8)).save(still, "WEBP")
    canvas = bytes(4) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    body = b"WEBPVP8X" + len(canvas).to_bytes(4, "little") + canvas + still.getvalue()[12:]
    return b"RIFF" + len(body).to_bytes(4, "little") + body


def jpeg(width: int, height: int) -> bytes:
    """A good one that says another size of itself."""
    good = io.BytesIO()
    Pillow.new("RGB", (64, 64)).save(good, "JPEG")
    data = good.getvalue()
    at = data.index(b"\xff\xc0") + 5
    return data[:at] + struct.pack(">HH", height, width) + data[at + 4 :]


def avif(width: int, height: int) -> bytes:
    """The same of AVIF, in whose boxes the size stands beside the picture."""
    good = io.BytesIO()
    Pillow.new("RGB", (64, 64)).save(good, "AVIF")
    data = good.getvalue()
    at = data.index(b"ispe") + 8
    return data[:at] + struct.pack(">II", width, height) + data[at + 8 :]


def growing_gif() -> bytes:
    """A small first frame, and a second one that is enormous."""
    second = b"," + struct.pack("<HHHHB", 0, 0, 12_000, 12_000, 0) + b"\x02\x02\x4c\x01\x00"
    first = io.BytesIO()
    Pillow.new("RGB", (8, 8), "red").save(first, "GIF")
    return first.getvalue().removesuffix(b";") + second + b";"


TEXT = _chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(200 << 20), 9))
PROFILE = _chunk(b"iCCP", b"icc\0\0" + zlib.compress(bytes(200 << 20), 9))
BOMBS: dict[str, Callable[[], bytes]] = {
    "a PNG in one row": lambda: png(*WIDE),
    "a PNG in one column": lambda: png(*TALL),
    "a PNG of two bits": lambda: png(*WIDE, bits=1, colours=0),
    "a PNG with a palette": lambda: png(*WIDE, bits=8, colours=3, more=_chunk(b"PLTE", bytes(3))),
    "a PNG of no size": lambda: png(2**31 - 1, 2**31 - 1),
    "a PNG with a book in it": lambda: png(8, 8, 8, 2, TEXT),
    "a PNG with a colour profile": lambda: png(8, 8, 8, 2, PROFILE),
    "a BMP in one row": lambda: bmp(*WIDE),
    "a BMP in one column": lambda: bmp(*TALL),
    "a BMP upside down": lambda: bmp(1, -LONG),
    "a GIF of a large screen": lambda: gif((65_535, 65_535), (1, 1)),
    "a GIF of a large frame": lambda: gif((1, 1), (65_535, 65_535)),
    "a GIF of a frame far away": lambda: gif((1, 1), (9_000, 9_000), (60_000, 60_000)),
    "a WebP of a wide canvas": lambda: webp(1 << 24, 1),
    "a WebP of a tall canvas": lambda: webp(1, 1 << 24),
    "a JPEG of the largest size": lambda: jpeg(65_535, 65_535),
    "an AVIF of a wide size": lambda: avif(*WIDE),
    "an AVIF of a tall size": lambda: avif(*TALL),
    "an AVIF of another size": lambda: avif(16_000, 16_000),
}
