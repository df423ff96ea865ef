"""Small picture tools: reading, cropping, pasting, warping, encoding. Arrays are RGB, uint8."""

import io
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

Pixels = NDArray[np.uint8]
Reals = NDArray[np.float64]
Points = NDArray[np.float64]


@dataclass(frozen=True)
class Head:
    """A head cut out of its background: colours, and how much of each pixel is head (0 to 1)."""

    name: str
    colours: Pixels
    alpha: Reals


def read(path: Path) -> Pixels:
    """A picture, upright."""
    with Image.open(path) as picture:
        return np.asarray(ImageOps.exif_transpose(picture).convert("RGB"))


def crop(image: Pixels, box: tuple[float, float, float, float]) -> Pixels:
    """A box (x, y, width, height) of a picture, clipped at its edges."""
    left, top = max(0, int(box[0])), max(0, int(box[1]))
    return image[top : max(top + 1, int(box[1] + box[3])), left : max(left + 1, int(box[0] + box[2]))]


def around(image: Pixels, face: tuple[int, int, int, int], margin: float, rng: Random) -> Pixels:
    """A crop around a face, `margin` face heights wide on each side, not quite in the middle."""
    x, y, width, height = face
    pad = margin * height
    dx, dy = rng.uniform(-0.3, 0.3) * pad, rng.uniform(-0.2, 0.3) * pad
    return crop(image, (x - pad + dx, y - pad + dy, width + 2 * pad, height + 2 * pad))


def fit(image: Pixels, width: int, height: int) -> Pixels:
    """The picture cropped to a shape and scaled to a size."""
    wanted = Image.fromarray(image)
    return np.asarray(ImageOps.fit(wanted, (width, height), Image.Resampling.LANCZOS))


def scaled(image: Pixels, longest: int) -> Pixels:
    """The picture with its longer side at most so long."""
    factor = longest / max(image.shape[:2])
    if factor >= 1:
        return image
    size = (max(1, round(image.shape[1] * factor)), max(1, round(image.shape[0] * factor)))
    return np.asarray(Image.fromarray(image).resize(size, Image.Resampling.LANCZOS))


def mirrored(image: Pixels) -> Pixels:
    """Left and right exchanged."""
    return np.ascontiguousarray(image[:, ::-1])


def relit(image: Pixels, brightness: float, contrast: float) -> Pixels:
    """Brighter or darker, flatter or harder."""
    return np.clip((image.astype(np.float64) - 128) * contrast + 128 + brightness, 0, 255).round().astype(np.uint8)


def oval(width: int, height: int, softness: float = 0.06) -> Reals:
    """An oval mask that fills its frame, with a soft edge."""
    ys, xs = np.mgrid[0:height, 0:width]
    radius = np.hypot((xs - width / 2 + 0.5) / (width / 2), (ys - height / 2 + 0.5) / (height / 2))
    return np.asarray(np.clip((1 - radius) / softness, 0, 1))


def paste(canvas: Pixels, head: Head, left: int, top: int, height: int) -> None:
    """Put a head onto a canvas, scaled to a height; what would lie outside is left out."""
    width = round(head.colours.shape[1] * height / head.colours.shape[0])
    colours = cv2.resize(head.colours, (width, height), interpolation=cv2.INTER_AREA)
    alpha = cv2.resize(head.alpha, (width, height), interpolation=cv2.INTER_AREA)
    bottom, right = min(canvas.shape[0], top + height), min(canvas.shape[1], left + width)
    first_row, first_column = max(0, top), max(0, left)
    part = (slice(first_row - top, bottom - top), slice(first_column - left, right - left))
    under = canvas[first_row:bottom, first_column:right].astype(np.float64)
    share = alpha[part][..., None]
    canvas[first_row:bottom, first_column:right] = (
        (colours[part] * share + under * (1 - share)).round().astype(np.uint8)
    )


def bent(image: Pixels, source: Points, target: Points, width: int, height: int) -> Pixels:
    """The picture bent by a thin-plate spline so that the source points come to lie on the target points."""
    step = 4
    ys, xs = np.mgrid[0 : height + step : step, 0 : width + step : step]
    grid = np.stack([xs.ravel(), ys.ravel()], axis=1).astype(np.float64)
    places = _spline(target, source)(grid).reshape(ys.shape[0], ys.shape[1], 2)
    size = (ys.shape[1] * step, ys.shape[0] * step)
    # Rounded, so that the last bits of a linear solver cannot change a picture.
    places = np.round(places * 8) / 8
    maps = [_enlarged(places[..., axis], size)[:height, :width] for axis in (0, 1)]
    return np.asarray(
        cv2.remap(image, maps[0], maps[1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), dtype=np.uint8
    )


def _enlarged(values: Reals, size: tuple[int, int]) -> NDArray[np.float32]:
    """Values known at every fourth pixel, at every pixel."""
    rows = np.arange(size[1]) / (size[1] / values.shape[0])
    columns = np.arange(size[0]) / (size[0] / values.shape[1])
    grid = np.meshgrid(columns.astype(np.float32), rows.astype(np.float32))
    smooth = cv2.remap(values.astype(np.float32), grid[0], grid[1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(smooth, dtype=np.float32)


def _spline(knots: Points, values: Points) -> Any:
    count = len(knots)
    system = np.zeros((count + 3, count + 3))
    system[:count, :count] = _kernel(knots, knots)
    system[:count, count:] = system[count:, :count].T
    edge = np.concatenate([np.ones((count, 1)), knots], axis=1)
    system[:count, count:], system[count:, :count] = edge, edge.T
    weights = np.linalg.solve(system, np.concatenate([values, np.zeros((3, 2))]))

    def at(places: Points) -> Points:
        straight = np.concatenate([np.ones((len(places), 1)), places], axis=1) @ weights[count:]
        return np.asarray(_kernel(places, knots) @ weights[:count] + straight)

    return at


def _kernel(places: Points, knots: Points) -> Reals:
    squared = ((places[:, None, :] - knots[None, :, :]) ** 2).sum(axis=2)
    return np.asarray(squared * np.log(np.maximum(squared, 1e-9)) / 2)


def jpeg(image: Pixels, quality: int) -> bytes:
    """The picture as a JPEG."""
    return _encoded(image, "JPEG", quality=quality)


def png(image: Pixels) -> bytes:
    """The picture as a PNG."""
    return _encoded(image, "PNG")


def webp(image: Pixels, quality: int) -> bytes:
    """The picture as a WebP."""
    return _encoded(image, "WEBP", quality=quality)


def gif(frames: list[Pixels]) -> bytes:
    """Pictures that move."""
    pictures = [Image.fromarray(frame).quantize(64) for frame in frames]
    out = io.BytesIO()
    pictures[0].save(out, "GIF", save_all=True, append_images=pictures[1:], duration=120, loop=0)
    return out.getvalue()


def _encoded(image: Pixels, form: str, **options: int) -> bytes:
    out = io.BytesIO()
    Image.fromarray(image).save(out, form, **options)
    return out.getvalue()
