"""What nets that search a picture in one pass share: how large they see it, and a second look from farther away."""

from collections.abc import Callable

import cv2
import numpy as np

from include.faces.detectors.boxes import strongest
from include.faces.face import Detection, Floats, Image

MAX_SIDE, MIN_SIDE = 1280, 480  # larger pictures are scaled down, smaller ones up (never more than fourfold)
FILLED = 3  # no face fills a picture that is so many times as long as it is wide

Look = Callable[[Image, float], list[Detection]]  # a picture, and how much larger the net shall see it


def searched(image: Image, look: Look) -> list[Detection]:
    """The faces that a look finds. One that fills the picture is found at a second look."""
    height, width = image.shape[:2]
    return look(image, scale_for(width, height)) or _from_afar(image, look)


def _from_afar(image: Image, look: Look) -> list[Detection]:
    """A net wants to see something around a face; where the crop leaves nothing, a black border does."""
    side = max(image.shape[:2])
    if side > FILLED * min(image.shape[:2]):
        return []
    scale = min(MIN_SIDE / (1.5 * side), 4.0)
    small = sized(image, scale)
    border = max(small.shape[:2]) // 4
    found = look(np.pad(small, ((border, border), (border, border), (0, 0))), 1.0)
    shift = np.array([border, border, 0, 0], np.float32)
    moved = (Detection(each.box - shift, each.landmarks - shift[:2], each.score) for each in found)
    return [each.scaled(image.shape[1] / small.shape[1]) for each in moved]


def scale_for(width: int, height: int) -> float:
    """How much larger a net sees the picture."""
    side = max(width, height)
    return MAX_SIDE / side if side > MAX_SIDE else min(max(1.0, MIN_SIDE / side), 4.0)


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
    batch = np.zeros((1, -(-height // 32) * 32, -(-width // 32) * 32, 3), np.uint8)
    batch[0, :height, :width] = image
    return batch


def detections(boxes: Floats, landmarks: Floats, scores: Floats, scale: float) -> list[Detection]:
    """What a net has found, one of each face, best first, in pixels of the picture that was scaled for it."""
    return [
        Detection(boxes[i] / np.float32(scale), landmarks[i] / np.float32(scale), float(scores[i]))
        for i in strongest(boxes, scores)
    ]
