"""What a file is, by its first bytes: names and headers from the outside are not believed."""

from dataclasses import dataclass


@dataclass(frozen=True)
class FileType:
    """A kind of file that the lake keeps: `mime` for the object, `ext` for its name, `kind` for the row."""

    mime: str
    ext: str

    @property
    def kind(self) -> str:
        return self.mime.split("/", 1)[0]


_PREFIXES = (
    (b"\xff\xd8\xff", FileType("image/jpeg", "jpg")),
    (b"\x89PNG\r\n\x1a\n", FileType("image/png", "png")),
    (b"GIF87a", FileType("image/gif", "gif")),
    (b"GIF89a", FileType("image/gif", "gif")),
    (b"BM", FileType("image/bmp", "bmp")),
    (b"\x1a\x45\xdf\xa3", FileType("video/webm", "webm")),
    (b"FLV\x01", FileType("video/x-flv", "flv")),
)
_BRANDS = {
    b"avif": FileType("image/avif", "avif"),
    b"avis": FileType("image/avif", "avif"),
    b"heic": FileType("image/heic", "heic"),
    b"heix": FileType("image/heic", "heic"),
    b"mif1": FileType("image/heic", "heic"),
    b"qt  ": FileType("video/quicktime", "mov"),
}


def sniff(data: bytes) -> FileType | None:
    """The type of a picture or video, or None when it is neither (HTML, SVG, archives, nothing at all)."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return FileType("image/webp", "webp")
    if data[:4] == b"RIFF" and data[8:12] == b"AVI ":
        return FileType("video/x-msvideo", "avi")
    if data[4:8] == b"ftyp":
        return _BRANDS.get(data[8:12], FileType("video/mp4", "mp4"))
    return next((kind for prefix, kind in _PREFIXES if data.startswith(prefix)), None)
