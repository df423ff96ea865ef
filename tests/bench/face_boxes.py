"""Are the annotated faces found, and how much beside them? As the pictures are, and spoilt in the ways of the web."""

import io
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
from PIL import Image as Pillow

from include.faces.engine import Engine
from include.faces.face import Floats
from include.faces.nets.net import threads
from include.media.image import Image
from include.media.pictures import decode

# Annotated boxes are of many makes (square or tall, with or without the forehead): 0.3 of overlap is the same face.
OVERLAP = 0.3


def _blurred(image: Image) -> Image:
    return np.asarray(cv2.GaussianBlur(image, (0, 0), 3), np.uint8)


def _smaller(factor: float) -> Callable[[Image], Image]:
    return lambda image: np.asarray(
        cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA), np.uint8
    )


def _recompressed(image: Image) -> Image:
    stream = io.BytesIO()
    Pillow.fromarray(image).save(stream, "JPEG", quality=20)
    return decode(stream.getvalue())


WAYS: dict[str, Callable[[Image], Image]] = {
    "as is": lambda image: image,
    "blurred by sigma 3": _blurred,
    "at half size": _smaller(0.5),
    "at 0.3 of the size": _smaller(0.3),
    "JPEG of quality 20": _recompressed,
}


def found(engine: Engine, folder: Path, way: str) -> tuple[int, int, int, int]:
    """Pictures, annotated faces, how many of those were found, and how many boxes were found beside them."""
    entries = json.loads((folder / "boxes.json").read_text())

    def one(entry: dict[str, object]) -> tuple[int, int, int]:
        image = decode((folder / str(entry["file"])).read_bytes())
        spoilt = WAYS[way](image)
        factor = np.float32(image.shape[1] / spoilt.shape[1])
        boxes = np.array([seen.found.box for seen in engine.find(spoilt)], np.float32).reshape(-1, 4) * factor
        wanted = np.array(entry["boxes"], np.float32).reshape(-1, 4)
        right = matched(wanted, boxes)
        return len(wanted), right, len(boxes) - right

    with ThreadPoolExecutor(threads()) as pool:
        counts = np.array(list(pool.map(one, entries)))
    faces, right, beside = (int(total) for total in counts.sum(0))
    return len(entries), faces, right, beside


def matched(wanted: Floats, boxes: Floats) -> int:
    """How many of the wanted boxes have a box of their own: the best overlap first, each box used once."""
    overlap = np.array([[_overlap(a, b) for b in boxes] for a in wanted]).reshape(len(wanted), len(boxes))
    count = 0
    while overlap.size and overlap.max() >= OVERLAP:
        row, column = np.unravel_index(int(overlap.argmax()), overlap.shape)
        overlap[row], overlap[:, column] = 0, 0
        count += 1
    return count


def _overlap(a: Floats, b: Floats) -> float:
    """Intersection over union of two boxes (x, y, width, height)."""
    sides = np.minimum(a[:2] + a[2:], b[:2] + b[2:]) - np.maximum(a[:2], b[:2])
    shared = float(np.prod(np.maximum(sides, 0)))
    return shared / max(float(a[2] * a[3] + b[2] * b[3]) - shared, 1e-9)
