"""A type is told by the first bytes, whatever name and header say."""

import pytest

from include.media.file_types import sniff

HEAD = b"\0\0\0\x20ftyp"
MATROSKA = b"\x1a\x45\xdf\xa3\x93\x42\x82\x88"


@pytest.mark.parametrize(
    ("data", "mime", "ext"),
    [
        (b"\xff\xd8\xff\xdb", "image/jpeg", "jpg"),
        (b"GIF87a", "image/gif", "gif"),
        (b"BM\x36\0", "image/bmp", "bmp"),
        (HEAD + b"mif1\0\0\0\0mif1avifmiaf", "image/avif", "avif"),
        (HEAD + b"mif1\0\0\0\0mif1heic", "image/heic", "heic"),
        (HEAD + b"msf1\0\0\0\0hevcmsf1", "image/heic", "heic"),
        (HEAD + b"heix", "image/heic", "heic"),
        (HEAD + b"qt  ", "video/quicktime", "mov"),
        (b"\0\0\x10\0moov", "video/quicktime", "mov"),
        (b"\0\0\0\x08wide", "video/quicktime", "mov"),
        (HEAD + b"mp42", "video/mp4", "mp4"),
        (HEAD + b"3gp4", "video/mp4", "mp4"),
        (MATROSKA + b"matroska", "video/x-matroska", "mkv"),
        (MATROSKA[:-1] + b"\x84webm", "video/webm", "webm"),
        (b"RIFF\0\0\0\0AVI LIST", "video/x-msvideo", "avi"),
        (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "video/x-ms-wmv", "wmv"),
    ],
)
def test_pictures_and_videos_have_a_type(data: bytes, mime: str, ext: str) -> None:
    found = sniff(data)
    assert found is not None
    assert (found.mime, found.ext, found.kind) == (mime, ext, mime.split("/", maxsplit=1)[0])


@pytest.mark.parametrize(
    "data",
    [HEAD + b"M4A ", b"ID3\x04", b"OggS", b"%PDF-1.4", b" <svg", b"<?xml version='1.0'?><svg>", b"\0" * 64],
    ids=["sound in a video's container", "MP3", "Ogg", "PDF", "SVG", "XML", "zeros"],
)
def test_all_else_has_none(data: bytes) -> None:
    assert sniff(data) is None
