"""What a file is, by its first bytes: names and headers from the outside are not believed."""

from dataclasses import dataclass
from enum import StrEnum


class MediaKind(StrEnum):
    """What a post can show."""

    IMAGE = "image"
    VIDEO = "video"


@dataclass(frozen=True)
class FileType:
    """A kind of file that the lake keeps: `mime` for the object, `ext` for its name, `kind` for the row."""

    mime: str
    ext: str

    @property
    def kind(self) -> MediaKind:
        return MediaKind(self.mime.split("/", 1)[0])


_PREFIXES = (
    (b"\xff\xd8\xff", FileType("image/jpeg", "jpg")),
    (b"\x89PNG\r\n\x1a\n", FileType("image/png", "png")),
    (b"GIF87a", FileType("image/gif", "gif")),
    (b"GIF89a", FileType("image/gif", "gif")),
    (b"BM", FileType("image/bmp", "bmp")),
    (b"FLV\x01", FileType("video/x-flv", "flv")),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", FileType("video/x-ms-wmv", "wmv")),
)
_AVIF, _HEIC = FileType("image/avif", "avif"), FileType("image/heic", "heic")
_MOV, _MP4 = FileType("video/quicktime", "mov"), FileType("video/mp4", "mp4")
_BRANDS = {
    **dict.fromkeys((b"avif", b"avis"), _AVIF),
    **dict.fromkeys((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"), _HEIC),
    b"qt  ": _MOV,
    **dict.fromkeys((b"M4A ", b"M4B ", b"M4P ", b"crx ", b"jp2 ", b"jpx "), None),  # sound alone, raw photographs
}
# How a MOV begins that was made before there was `ftyp`.
_OLD_MOV = (b"moov", b"mdat", b"wide", b"skip")


def sniff(data: bytes) -> FileType | None:
    """The type of a picture or video, or None when it is neither (HTML, SVG, archives, nothing at all).

    It takes the first 64 bytes to tell WebM from Matroska, and AVIF from its relatives.
    """
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return FileType("image/webp", "webp")
    if data[:4] == b"RIFF" and data[8:12] == b"AVI ":
        return FileType("video/x-msvideo", "avi")
    if data[:4] == b"\x1a\x45\xdf\xa3":
        return FileType("video/x-matroska", "mkv") if b"matroska" in data[:64] else FileType("video/webm", "webm")
    if data[4:8] == b"ftyp":
        return _by_brands(data)
    if data[4:8] in _OLD_MOV:
        return _MOV
    return next((kind for prefix, kind in _PREFIXES if data.startswith(prefix)), None)


def _by_brands(data: bytes) -> FileType | None:
    """By the brand a file is of, or for a picture of no kind in particular by those that it goes with."""
    brand, length = data[8:12], min(int.from_bytes(data[:4]), 64)
    others = {data[at : at + 4] for at in range(16, length, 4)}
    if brand in (b"mif1", b"msf1") and others & {b"avif", b"avis"}:
        return _AVIF
    return _BRANDS.get(brand, _MP4)
