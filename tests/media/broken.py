"""Files of every kind, spoiled from a seed: cut off, mutated, mislabelled, huge by their own account."""

import io
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image as Pillow

from include.media.image import Image
from tests.media.films import CODECS, film, gif, moving, scene
from tests.media.heic import heic

STILLS: dict[str, dict[str, Any]] = {
    "JPEG": {"quality": 90}, "progressive JPEG": {"quality": 90, "progressive": True}, "PNG": {}, "WEBP": {}, "BMP": {},
    "GIF": {}, "AVIF": {}, "TIFF": {},
}  # fmt: skip
# Where a file says how large it is; what it says there is made enormous.
_SIZES = {"PNG": [(16, 8)], "GIF": [(6, 4)], "BMP": [(18, 8)], "WEBP": [(24, 6)]}


def whole(photo: Image, folder: Path) -> dict[str, bytes]:
    """A good file of every kind; the photograph shows a face."""
    picture = Pillow.fromarray(photo)
    files = {name: _saved(picture, name.split()[-1], **options) for name, options in STILLS.items()}
    files["16 bit PNG"] = _saved(Pillow.fromarray(photo[:, :, 1].astype(np.uint16) * 256), "PNG")
    files["CMYK JPEG"] = _saved(picture.convert("CMYK"), "JPEG")
    frames = {"save_all": True, "append_images": [Pillow.fromarray(scene(2, *photo.shape[:2]))], "duration": 300}
    files["animated WEBP"] = _saved(picture, "WEBP", **frames)
    files["animated PNG"] = _saved(picture, "PNG", **frames)
    files["animated GIF"] = gif([(300, photo), (300, scene(3, *photo.shape[:2]))])
    files["HEIC"] = heic(photo, folder)
    shown = [(40 * number, image) for number, image in enumerate(moving(photo, 30))]
    return files | {kind: film(folder / f"film.{kind}", shown, kind).read_bytes() for kind in CODECS}


def spoiled(good: dict[str, bytes], count: int, seed: int) -> Iterator[tuple[str, bytes]]:
    """So many broken files, with a name that says what was done to them."""
    rng = random.Random(seed)
    names = sorted(good)
    for number in range(count):
        name, way = names[number % len(names)], rng.choice(sorted(WAYS))
        yield f"{number} {name} {way}", WAYS[way](good[name], name, good, rng)


def _cut(data: bytes, name: str, good: dict[str, bytes], rng: random.Random) -> bytes:
    return data[: rng.randrange(len(data))]


def _bits(data: bytes, name: str, good: dict[str, bytes], rng: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(rng.choice([1, 3, 10, 100])):
        changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def _head(data: bytes, name: str, good: dict[str, bytes], rng: random.Random) -> bytes:
    """Where the numbers stand that decoders trust."""
    changed = bytearray(data)
    for _ in range(rng.choice([1, 2, 8])):
        changed[rng.randrange(min(len(changed), 600))] = rng.choice([0, 1, 127, 128, 255, rng.randrange(256)])
    return bytes(changed)


def _block(data: bytes, name: str, good: dict[str, bytes], rng: random.Random) -> bytes:
    at, length = rng.randrange(len(data)), rng.randrange(1, 2000)
    filling = rng.choice([bytes(length), b"\xff" * length, rng.randbytes(length), data[:length]])
    return data[:at] + filling + data[at + rng.choice([0, length]) :]


def _mislabelled(data: bytes, name: str, good: dict[str, bytes], rng: random.Random) -> bytes:
    """It begins as one kind of file and goes on as another."""
    other, length = good[rng.choice(sorted(good))], rng.choice([4, 12, 64, 500])
    return other[:length] + data[length:]


def _huge(data: bytes, name: str, good: dict[str, bytes], rng: random.Random) -> bytes:
    changed = bytearray(data)
    for at, length in _SIZES.get(name.rsplit(maxsplit=1)[-1], [(rng.randrange(len(data)), 4)]):
        changed[at : at + length] = rng.choice([b"\x7f", b"\xff", b"\x3f"]) * length
    return bytes(changed)


WAYS = {"cut": _cut, "bits": _bits, "head": _head, "block": _block, "mislabelled": _mislabelled, "huge": _huge}


def _saved(picture: Pillow.Image, kind: str, **options: Any) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, kind, **options)
    return stream.getvalue()
