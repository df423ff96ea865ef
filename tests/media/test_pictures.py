"""Bytes to pixels: what is readable comes out upright and in RGB, and what is not says why."""

import struct
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image as Pillow

from include.media.caps import Unreadable
from include.media.pictures import decode

Saved = Callable[..., bytes]
RED = (220, 20, 20)


def corners(size: tuple[int, int] = (40, 20)) -> Pillow.Image:
    """A grey picture whose top left corner is red."""
    picture = Pillow.new("RGB", size, (150, 150, 150))
    picture.paste(RED, (0, 0, 8, 8))
    return picture


@pytest.mark.parametrize(("orientation", "place"), [(1, (2, 2)), (3, (-3, -3)), (6, (2, -3)), (8, (-3, 2))])
def test_a_photo_is_turned_as_its_exif_says(saved: Saved, orientation: int, place: tuple[int, int]) -> None:
    exif = Pillow.Exif()
    exif[0x0112] = orientation
    image = decode(saved(corners(), "JPEG", exif=exif, quality=95, subsampling=0))
    assert image[place][0] > 150 > image[place][1]
    assert image.shape == ((20, 40, 3) if orientation in (1, 3) else (40, 20, 3))


@pytest.mark.parametrize("mode", ["L", "LA", "P", "RGBA", "I;16", "1"])
def test_every_kind_of_png_becomes_rgb(saved: Saved, mode: str) -> None:
    source = corners() if mode != "I;16" else Pillow.fromarray(np.arange(800, dtype=np.uint16).reshape(20, 40) * 80)
    image = decode(saved(source.convert(mode) if mode != "I;16" else source, "PNG"))
    assert image.shape == (20, 40, 3)
    assert image.dtype == np.uint8
    assert image.std() > 3


def test_cmyk_keeps_its_colours(saved: Saved) -> None:
    red, green, _ = decode(saved(corners().convert("CMYK"), "JPEG", quality=95))[3, 3]
    assert red > 150 > green


def test_what_is_transparent_shows_white(saved: Saved) -> None:
    assert (decode(saved(Pillow.new("RGBA", (9, 9), (0, 0, 0, 0)), "PNG")) == 255).all()


@pytest.mark.parametrize("kind", ["GIF", "WEBP"])
def test_of_an_animation_the_first_frame_is_taken(saved: Saved, kind: str) -> None:
    data = saved(corners(), kind, save_all=True, append_images=[Pillow.new("RGB", (40, 20), "black")], duration=90)
    assert decode(data)[12, 30].mean() > 120


POISON = {
    "nothing": b"",
    "HTML": b"<!doctype html><title>not found</title>",
    "SVG": b'<svg xmlns="http://www.w3.org/2000/svg"><rect width="9" height="9"/></svg>',
    "PostScript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
    "a JPEG's first bytes": b"\xff\xd8\xff\xe0" + bytes(200),
    "noise": bytes(range(256)) * 8,
}


@pytest.mark.parametrize("what", POISON)
def test_what_is_no_picture_is_refused_with_a_reason(what: str) -> None:
    with pytest.raises(Unreadable, match=r"\w+ \w+"):
        decode(POISON[what])


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_file_that_was_cut_off_is_refused(saved: Saved, kind: str) -> None:
    noise = Pillow.fromarray(np.random.default_rng(1).integers(0, 256, (80, 80, 3), dtype=np.uint8))
    data = saved(noise, kind)
    with pytest.raises(Unreadable):
        decode(data[: len(data) // 2])


def test_a_bomb_is_refused_before_it_goes_off(saved: Saved) -> None:
    bomb = saved(Pillow.new("1", (9_000, 9_000)), "PNG")
    assert len(bomb) < 1 << 20
    with pytest.raises(Unreadable, match="9000 x 9000"):
        decode(bomb)


WIDTH_AS_FLOAT, UPRIGHT_IN_WORDS = (0x0100, 11, 1, b"\0\0\x48\x41"), (0x0112, 2, 4, b"six\0")
TURNED, NO_SUCH_TURN = (0x0112, 3, 1, b"\6\0\0\0"), (0x0112, 3, 1, b"\x63\0\0\0")


@pytest.mark.parametrize("entries", [[WIDTH_AS_FLOAT, TURNED], [NO_SUCH_TURN], [UPRIGHT_IN_WORDS]])
def test_nobodys_viewer_refuses_a_picture_for_its_exif(
    saved: Saved, entries: list[tuple[int, int, int, bytes]]
) -> None:
    tags = [struct.pack("<HHI", tag, kind, count) + value for tag, kind, count, value in entries]
    exif = b"Exif\0\0II*\0\x08\0\0\0" + struct.pack("<H", len(tags)) + b"".join(tags) + bytes(4)
    assert decode(saved(corners(), "JPEG", exif=exif)).shape == ((40, 20, 3) if TURNED in entries else (20, 40, 3))
    assert decode(saved(corners(), "PNG", exif=b"no exif at all")).shape == (20, 40, 3)
