"""Files that are not what they say: each is to be rejected with its reason, and to harm nothing."""

import struct
import zlib

from replica.library import Library, Picture

BOMB_SIDE = 30_000


def odd_files(library: Library, good_jpeg: bytes) -> dict[str, Picture]:
    """One file of each kind, by the reason for which it is to be rejected."""
    html = "<!DOCTYPE html><html><body>이미지가 없습니다.</body></html>".encode()
    svg = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>alert(1)</script></svg>'
    forms = {
        "html": (html, "jpg", "image/jpeg"),
        "truncated": (good_jpeg[: len(good_jpeg) // 3], "jpg", "image/jpeg"),
        "empty": (b"", "jpg", "image/jpeg"),
        "svg": (svg, "jpg", "image/svg+xml"),
        "bomb": (_bomb(), "png", "image/png"),
    }
    return {reason: Picture(library.add(data, end, reason, kind)) for reason, (data, end, kind) in forms.items()}


def documents(library: Library) -> list[Picture]:
    """Attachments that are neither picture nor video, and do not claim to be."""
    files = [(b"%PDF-1.4\n%%EOF\n", "pdf"), (b"PK\x05\x06" + bytes(18), "zip")]
    return [Picture(library.add(data, ending, "document")) for data, ending in files]


def _bomb() -> bytes:
    """A PNG of a few hundred kilobytes that says, truly, that it has 900 million pixels."""
    row = bytes(1 + BOMB_SIDE // 8)
    squeezed = zlib.compressobj(9)
    data = b"".join(squeezed.compress(row) for _ in range(BOMB_SIDE)) + squeezed.flush()
    head = struct.pack(">IIBBBBB", BOMB_SIDE, BOMB_SIDE, 1, 0, 0, 0, 0)
    chunks = [(b"IHDR", head), (b"IDAT", data), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, body) for name, body in chunks)


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
