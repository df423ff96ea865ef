"""Bytes of a picture to upright RGB pixels, whoever sent them and whatever they claim to be. In the cage only."""

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import BinaryIO

import numpy as np
from PIL import ExifTags, UnidentifiedImageError
from PIL import Image as Pillow

from include.media.caps import MAX_BYTES, MAX_PIXELS, Unreadable, check_size
from include.media.image import Image

# Only these decoders are ever tried: some others start programs or follow what is written in the file.
FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF", "AVIF")
_HEIF = "HEIF"

# What makes a picture upright, by its EXIF orientation.
TURNS: dict[object, Pillow.Transpose] = {
    2: Pillow.Transpose.FLIP_LEFT_RIGHT,
    3: Pillow.Transpose.ROTATE_180,
    4: Pillow.Transpose.FLIP_TOP_BOTTOM,
    5: Pillow.Transpose.TRANSPOSE,
    6: Pillow.Transpose.ROTATE_270,
    7: Pillow.Transpose.TRANSVERSE,
    8: Pillow.Transpose.ROTATE_90,
}


def decode(data: bytes) -> Image:
    """The picture upright, as height x width x 3 of 8 bits; of an animation the first frame.

    Raises Unreadable for whatever cannot be shown: cut off, too large, another kind of file.
    """
    with reasons():
        return upright_pixels(opened(io.BytesIO(data), len(data)))


def opened(file: BinaryIO, size: int) -> Pillow.Image:
    """A picture whose header has been read, and nothing decoded. For callers within `reasons`."""
    if not size:
        raise Unreadable("empty file")
    if size > MAX_BYTES:
        raise Unreadable(f"too many bytes: {size}, at most {MAX_BYTES} are read")
    prepare_heif()
    picture = Pillow.open(file, formats=(*FORMATS, _HEIF))
    check_size(*picture.size)
    return picture


def upright_pixels(picture: Pillow.Image) -> Image:
    """Decoded, and turned as its EXIF says."""
    picture.draft("RGB", None)
    picture.load()
    turn = TURNS.get(orientation(picture))
    return pixels(picture.transpose(turn) if turn is not None else picture)


def prepare_pictures() -> None:
    """Load Pillow's readers: in the cage nothing can be loaded any more."""
    from PIL import (  # noqa: F401
        AvifImagePlugin,
        BmpImagePlugin,
        GifImagePlugin,
        ImagePalette,
        JpegImagePlugin,
        MpoImagePlugin,
        PngImagePlugin,
        TiffImagePlugin,
        WebPImagePlugin,
    )


@cache
def prepare_heif() -> None:
    """HEIC, by libheif: Pillow has no decoder of its own for what iPhones make."""
    from pi_heif import register_heif_opener

    register_heif_opener(thumbnails=False)


@contextmanager
def reasons(what: str = "picture") -> Iterator[None]:
    """Whatever a decoder throws at a broken file becomes one kind of error with one line of reason."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except (Unreadable, MemoryError):  # whoever has none left had better end
        raise
    except Pillow.DecompressionBombError:
        raise Unreadable(f"too many pixels: at most {MAX_PIXELS} are opened") from None
    except UnidentifiedImageError:
        raise Unreadable(f"not a {what} of a known kind") from None
    except Exception as error:
        # Not the whole of an OSError: it may name a path.
        words = getattr(error, "strerror", None) or str(error)
        raise Unreadable(f"broken {what}: {type(error).__name__}: {words[:200]}") from error


def orientation(picture: Pillow.Image) -> object:
    """As its EXIF says, where that can be read: nobody's viewer refuses a picture for its EXIF."""
    try:
        return picture.getexif().get(ExifTags.Base.Orientation)
    except MemoryError:
        raise
    except Exception:
        return None


def pixels(picture: Pillow.Image) -> Image:
    if picture.mode.startswith("I") or picture.mode == "F":
        return _grey_of_many_bits(picture)
    if picture.has_transparency_data:
        over = picture.convert("RGBA")
        white = Pillow.new("RGBA", over.size, "white")
        picture = Pillow.alpha_composite(white, over)
    return np.asarray(picture.convert("RGB"))


def _grey_of_many_bits(picture: Pillow.Image) -> Image:
    """16 and 32 bit grey, from its darkest to its lightest: scanners rarely use the whole range."""
    values = np.nan_to_num(np.asarray(picture, np.float32))
    low, high = float(values.min()), float(values.max())
    grey = (values - low) * (255 / max(high - low, 1e-9))
    return np.repeat(grey.astype(np.uint8)[:, :, None], 3, axis=2)
