"""Pictures for the tests of the lake, made from a seed with whole numbers: the same ones everywhere."""

import io
from collections.abc import Callable, Iterator

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image as Pillow

from include.media.file_types import sniff
from include.media.inspection import Fingerprint, inspect
from include.media.inspector import Inspector

Pixels = NDArray[np.uint8]
Save = Callable[..., bytes]
Painting = Callable[[int, int, int], Pixels]
Facts = Callable[[bytes], Fingerprint]
FORMATS = {
    "JPEG": {},
    "progressive JPEG": {"progressive": True},
    "PNG": {},
    "GIF": {},
    "WEBP": {},
    "lossless WEBP": {"lossless": True},
    "AVIF": {},
    "BMP": {},
}
ANIMATED = ("GIF", "WEBP", "PNG", "AVIF")


def _painting(seed: int, height: int, width: int) -> Pixels:
    """Overlapping hills and dells of light, in colour."""
    y, x = np.indices((height, width))
    number = 7 * seed + 1
    picture = np.zeros((height, width, 3), int)
    for stroke in range(60):
        row, column, size = number % height, number // 7 % width, number // 11 % 90
        number = number * 48_271 % 2_147_483_647
        hill = (40 + size) * max(height, width) // 400 - abs(y - row) - abs(x - column)
        picture[..., stroke % 3] += np.maximum(hill, 0) * (1 if stroke % 2 else -1)
    low, high = picture.min(), picture.max()
    return ((picture - low) * 255 // (high - low)).astype(np.uint8)  # type: ignore[no-any-return]


@pytest.fixture(scope="session")
def painting() -> Callable[[int, int, int], Pixels]:
    """A picture by seed, height and width."""
    return _painting


@pytest.fixture(scope="session")
def saved() -> Callable[..., bytes]:
    """Pixels, or a Pillow picture, as the bytes of a file of some format."""

    def save(picture: Pixels | Pillow.Image, kind: str, **options: object) -> bytes:
        stream = io.BytesIO()
        whole = picture if isinstance(picture, Pillow.Image) else Pillow.fromarray(picture)
        whole.save(stream, kind, **options)
        return stream.getvalue()

    return save


@pytest.fixture(scope="session")
def edged() -> Callable[[Pixels], Pixels]:
    """Gives a picture edges, as real ones have: of what is soft alone, a few colours less make another picture."""
    return lambda picture: picture // 64 * 85


@pytest.fixture(scope="session")
def video(painting: Callable[..., Pixels], tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """An MP4 of half a second."""
    path = tmp_path_factory.mktemp("video") / "video.mp4"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 10.0, (160, 120))
    for seed in range(5):
        writer.write(painting(seed, 120, 160))
    writer.release()
    return path.read_bytes()


@pytest.fixture(scope="session")
def good(
    painting: Callable[..., Pixels], edged: Callable[[Pixels], Pixels], saved: Save, video: bytes
) -> dict[str, bytes]:
    """A good file of every kind that is looked into."""
    picture = edged(painting(1, 120, 160))
    frames = [Pillow.fromarray(edged(painting(seed, 60, 80))) for seed in range(4)]
    animation = {"save_all": True, "append_images": frames[1:], "duration": 50}
    exif = Pillow.Exif()
    exif[0x0112] = 6
    files = {name: saved(picture, name.split()[-1], **options) for name, options in FORMATS.items()}
    files |= {f"animated {kind}": saved(frames[0], kind, **animation) for kind in ANIMATED}
    files["turned JPEG"] = saved(picture, "JPEG", exif=exif)
    files["CMYK JPEG"] = saved(Pillow.fromarray(picture).convert("CMYK"), "JPEG")
    files["PNG with a palette"] = saved(Pillow.fromarray(picture).convert("P"), "PNG", transparency=0)
    return {**files, "MP4": video}


@pytest.fixture(scope="session")
def inspector() -> Iterator[Inspector]:
    """Looks at files in the cage."""
    with Inspector() as one:
        yield one


@pytest.fixture(scope="session")
def facts(inspector: Inspector) -> Facts:
    """What is found out about these bytes, as when they have been fetched."""

    def look(data: bytes) -> Fingerprint:
        file_type = sniff(data[:64])
        assert file_type is not None
        return inspector.inspect(io.BytesIO(data), len(data), file_type)

    return look


@pytest.fixture(scope="session")
def facts_here() -> Facts:
    """The same in this process, whose parts a test may change."""

    def look(data: bytes) -> Fingerprint:
        file_type = sniff(data[:64])
        assert file_type is not None
        return inspect(io.BytesIO(data), len(data), file_type)

    return look
