"""What nets that search a picture in one pass share: how large they see it, and a second search from farther away."""

from collections.abc import Callable

import cv2
import numpy as np

from include.faces.detectors.suppression import strongest
from include.faces.face import Detection, Floats
from include.media.box import Box
from include.media.image import Image

# A face needs some twenty pixels to be found (docs/benchmarks.md): larger pictures than this are scaled down, smaller
# ones up (never more than fourfold), others searched as they are, but for a few pixels: see STEP.
MAX_SIDE, MIN_SIDE = 2560, 320
# Sides in pixels come in steps: a net has to get used to each new size of picture, which takes as long as two searches.
STEP = 64
FILLED = 3  # no face fills a picture that is so many times as long as it is wide

Search = Callable[[Image, float], list[Detection]]  # a picture, and how much larger the net shall see it
QuickSearch = Callable[[Image, float], tuple[list[Detection], bool]]  # the same, and whether there may be more


def multiscale(image: Image, search: Search, quick_search: QuickSearch | None = None) -> list[Detection]:
    """The faces that a search finds. One that fills the picture is found at a second search.

    A quick search at half the size costs a quarter, and the full one is made only where there may be more.
    """
    height, width = image.shape[:2]
    scale = scale_for(width, height)
    if quick_search is None:
        return search(image, scale) or _from_afar(image, search)
    found, more = quick_search(image, scale / 2)
    if more:
        found = merged(found, search(image, scale))
    return found or _from_afar(image, search)


def merged(some: list[Detection], others: list[Detection]) -> list[Detection]:
    """Both, best first, and each face once."""
    every = [*some, *others]
    if not some or not others:
        return every
    boxes, scores = np.stack([each.box for each in every]), np.array([each.score for each in every], np.float32)
    return [every[i] for i in strongest(boxes, scores)]


def _from_afar(image: Image, search: Search) -> list[Detection]:
    """A net wants to see something around a face; where the crop leaves nothing, a black border does."""
    side = max(image.shape[:2])
    if side > FILLED * min(image.shape[:2]):
        return []
    scale = min(MIN_SIDE / (1.5 * side), 4.0)
    small = sized(image, scale)
    border = max(small.shape[:2]) // 4
    found = search(np.pad(small, ((border, border), (border, border), (0, 0))), 1.0)
    shift = np.float32(border)
    moved = (Detection(each.box.moved(-border, -border), each.landmarks - shift, each.score) for each in found)
    return [each.scaled(image.shape[1] / small.shape[1]) for each in moved]


def scale_for(width: int, height: int) -> float:
    """How much larger a net sees the picture."""
    side = max(width, height)
    wanted = min(max(side, MIN_SIDE), MAX_SIDE)
    return min(max(round(wanted / STEP), 1) * STEP / side, 4.0)


def sized(image: Image, scale: float) -> Image:
    """The picture so many times larger, and at least a pixel each way."""
    if scale == 1.0:
        return image
    fy, fx = (max(scale, 1 / side) for side in image.shape[:2])
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(image, None, fx=fx, fy=fy, interpolation=way), np.uint8)


def padded(image: Image, scale: float) -> Image:
    """The picture as a batch of one, sized and filled up to sides that such nets can halve five times."""
    image = sized(image, scale)
    height, width = image.shape[:2]
    batch = np.zeros((1, -(-height // STEP) * STEP, -(-width // STEP) * STEP, 3), np.uint8)
    batch[0, :height, :width] = image
    return batch


def detections(boxes: Floats, landmarks: Floats, scores: Floats, scale: float) -> list[Detection]:
    """What a net has found, one of each face, best first, in pixels of the picture that was scaled for it."""
    return [
        Detection(Box.of(boxes[i] / np.float32(scale)), landmarks[i] / np.float32(scale), float(scores[i]))
        for i in strongest(boxes, scores)
    ]
