"""Videos are looked at by their boxes alone: what was cut off or is too long is rejected."""

from typing import Any

import pytest

from include.media.inspection import Fingerprint, Rejected
from include.media.mp4_atoms import MAX_VIDEO_SECONDS
from tests.media.conftest import Facts


def box(kind: bytes, body: bytes) -> bytes:
    return (8 + len(body)).to_bytes(4) + kind + body


def movie(seconds: int, scale: int = 1000, version: int = 0) -> bytes:
    wide = 8 if version else 4
    times = bytes(2 * wide) + scale.to_bytes(4) + (seconds * scale).to_bytes(wide)
    mvhd = box(b"mvhd", bytes([version, 0, 0, 0]) + times + bytes(80))
    return box(b"ftyp", b"isom\0\0\2\0") + box(b"moov", mvhd) + box(b"mdat", bytes(100))


def test_a_video_is_kept(facts: Facts, video: bytes) -> None:
    assert facts(video) == Fingerprint()


@pytest.mark.parametrize("version", [0, 1])
def test_a_video_may_last_as_long_as_the_cap(version: Any, facts: Facts) -> None:
    assert facts(movie(MAX_VIDEO_SECONDS, version=version)) == Fingerprint()
    with pytest.raises(Rejected, match="too long a video: 7201 seconds"):
        facts(movie(MAX_VIDEO_SECONDS + 1, version=version))


def test_a_video_that_does_not_say_how_long_it_is_is_kept(facts: Facts) -> None:
    assert facts(movie(0, scale=0)) == Fingerprint()
    unknown = movie(60).replace((60_000).to_bytes(4), b"\xff\xff\xff\xff")
    assert facts(unknown) == Fingerprint()


def test_a_video_without_an_index_is_rejected(facts: Facts) -> None:
    with pytest.raises(Rejected, match="truncated video: it has no index"):
        facts(box(b"ftyp", b"isom\0\0\2\0") + box(b"mdat", bytes(100)))


def test_what_is_written_behind_a_video_does_not_matter(facts: Facts) -> None:
    assert facts(movie(9) + b"\xff\xfe\xfd\xfc\xfb\xfa\xf9\xf8 a maker's notes") == Fingerprint()
    assert facts(movie(9) + bytes(3)) == Fingerprint()


def test_a_box_may_be_long_or_reach_to_the_end(facts: Facts) -> None:
    long = b"\0\0\0\1mdat" + (16 + 50).to_bytes(8) + bytes(50)
    assert facts(movie(9) + long) == Fingerprint()
    with pytest.raises(Rejected, match="truncated video"):
        facts(movie(9) + long[:-1])


def test_the_last_box_may_reach_to_the_end(facts: Facts) -> None:
    head, moov = movie(9).split(b"moov")[0][:-4], movie(MAX_VIDEO_SECONDS + 1).split(b"moov")[1]
    with pytest.raises(Rejected, match="too long"):
        facts(head + bytes(4) + b"moov" + moov)


@pytest.mark.parametrize("where", ["outside", "inside"])
def test_boxes_without_number_are_rejected(where: str, facts: Facts) -> None:
    many = box(b"free", b"") * 200_000
    head = box(b"ftyp", b"isom\0\0\2\0")
    with pytest.raises(Rejected, match="more than"):
        facts(head + (many if where == "outside" else box(b"moov", many)))
