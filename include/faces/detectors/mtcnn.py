"""MTCNN on OpenVINO: the numbers, the thresholds and the order of steps of the mtcnn package, without TensorFlow.

Its first net looks at the picture in many sizes. Here all sizes lie side by side in one picture, so that it runs once.
"""

from pathlib import Path

import cv2
import numpy as np

from include.faces.detectors.mtcnn_suppression import apart, squared
from include.faces.face import Detection, Floats
from include.faces.models.manifest import Model
from include.faces.nets.mtcnn_nets import ONET, RNET
from include.faces.nets.net import Net
from include.media.box import Box
from include.media.image import Image

MIN_FACE, STEP = 20, 0.709  # the smallest face in pixels; how much smaller each next size is
CELL, STRIDE = 12, 2  # the first net judges squares of so many pixels, so far apart
PROPOSED, KEPT = 0.6, 0.7  # the scores that the first and the second net must give; the third's is the manifest's
AT_ONCE = 256  # boxes a pass
LARGEST = 1600  # pixels of the longer side of the largest size: what a pass holds in memory has to end somewhere


class Mtcnn:
    """A detector. Boxes are cut at the picture's edge, as the package does; landmarks may lie a little outside."""

    def __init__(self, model: Model, folder: Path, parts: list[Net]) -> None:
        self._proposes, self._refines, self._decides = parts
        self._min_score = model.min_score

    def detect(self, image: Image) -> list[Detection]:
        """The faces, best first, in pixels of the picture. Those under MIN_FACE are not looked for."""
        boxes = squared(self._proposed(image))
        boxes = squared(self._refined(image, boxes)) if len(boxes) else boxes
        return self._decided(image, boxes) if len(boxes) else []

    def _proposed(self, image: Image) -> Floats:
        scales = scales_for(*image.shape[:2])
        if not scales:
            return np.zeros((0, 5), np.float32)
        levels = pyramid(image, scales)
        mosaic, corners = packed(levels)
        offsets, faces = self._proposes(mosaic[None])
        found = []
        for scale, level, (x, y) in zip(scales, levels, corners, strict=True):
            height, width = level.shape[:2]
            rows, columns = _judged(y, height), _judged(x, width)
            boxes = cells(offsets[0][:, rows, columns], faces[0, 1, rows, columns])
            boxes[:, :4] /= np.float32(scale)
            found.append(apart(boxes, 0.5))
        return apart(np.concatenate(found), 0.7)

    def _refined(self, image: Image, boxes: Floats) -> Floats:
        offsets, faces = _in_parts(self._refines, image, boxes, RNET.side)
        return apart(moved(boxes, offsets, faces)[faces[:, 1] > KEPT], 0.7)

    def _decided(self, image: Image, boxes: Floats) -> list[Detection]:
        offsets, points, faces = _in_parts(self._decides, image, boxes, ONET.side)
        sides = boxes[:, 2:4] - boxes[:, :2] + 1
        landmarks = points.reshape(-1, 2, 5).transpose(0, 2, 1) * sides[:, None] + boxes[:, None, :2] - 1
        found = np.concatenate([moved(boxes, offsets, faces), landmarks.reshape(-1, 10)], 1)
        found = apart(found[faces[:, 1] > self._min_score], 0.7, of_smaller=True)
        height, width = image.shape[:2]
        found[:, :4] = np.clip(found[:, :4], 0, np.array([width, height, width, height]) - 1)
        return [Detection(Box.of((*a[:2], *(a[2:4] - a[:2]))), a[5:].reshape(5, 2), float(a[4])) for a in found]


def _judged(at: int, side: int) -> slice:
    """Where the first net's answers lie for a level that begins there: one for each cell that is wholly inside."""
    return slice(at // STRIDE, (at + side - CELL) // STRIDE + 1)


def scales_for(height: int, width: int) -> list[float]:
    """How much larger the picture is in each size; none where it is too small for any face.

    Where a side has more than 2,666 pixels, faces near MIN_FACE are not looked for (the package would).
    """
    levels = round(-np.log(min(height, width) / CELL) / np.log(STEP) - 1)
    scales = [CELL / MIN_FACE * STEP**level for level in range(levels)]
    return [scale for scale in scales if scale * max(height, width) <= LARGEST]


def pyramid(image: Image, scales: list[float]) -> list[Image]:
    """The picture in each size, its last row and column doubled where their number is odd.

    Each is made from the picture itself: from one another they would come an eighth sooner, and move boxes by pixels.
    """
    sides = [(int(image.shape[1] * scale), int(image.shape[0] * scale)) for scale in scales]
    levels = [np.asarray(cv2.resize(image, each, interpolation=cv2.INTER_AREA), np.uint8) for each in sides]
    return [np.pad(level, ((0, level.shape[0] % 2), (0, level.shape[1] % 2), (0, 0)), "edge") for level in levels]


def packed(levels: list[Image]) -> tuple[Image, list[tuple[int, int]]]:
    """All levels in one picture, the largest first, each on the first shelf that has room; and where each lies."""
    shelves: list[list[int]] = []  # where each begins, and how much of it is taken
    corners = []
    bottom, room = 0, levels[0].shape[1]
    for height, width in (level.shape[:2] for level in levels):
        shelf = next((each for each in shelves if each[1] + width <= room), None)
        if shelf is None:
            shelf = [bottom, 0]
            shelves.append(shelf)
            bottom += height
        corners.append((shelf[1], shelf[0]))
        shelf[1] += width
    mosaic = np.full((bottom, room, 3), 128, np.uint8)
    for level, (x, y) in zip(levels, corners, strict=True):
        mosaic[y : y + level.shape[0], x : x + level.shape[1]] = level
    return mosaic, corners


def cells(offsets: Floats, faces: Floats) -> Floats:
    """The boxes (left, top, right, bottom, score) that the first net proposes, in pixels of what it saw."""
    rows, columns = np.where(faces > PROPOSED)
    corner = np.stack([columns, rows], 1) * STRIDE
    boxes = np.concatenate([corner + 1, corner + CELL], 1) + offsets[:, rows, columns].T * (CELL - 1)
    return np.concatenate([boxes, faces[rows, columns, None]], 1).astype(np.float32)


def moved(boxes: Floats, offsets: Floats, faces: Floats) -> Floats:
    """The boxes as a net has corrected and scored them."""
    sides = boxes[:, 2:4] - boxes[:, :2] + 1
    return np.concatenate([boxes[:, :4] + offsets * np.tile(sides, 2), faces[:, 1:]], 1)


def _in_parts(net: Net, image: Image, boxes: Floats, side: int) -> list[Floats]:
    parts = [net(crops(image, boxes[i : i + AT_ONCE], side)) for i in range(0, len(boxes), AT_ONCE)]
    return [np.concatenate(each) for each in zip(*parts, strict=True)]


def crops(image: Image, boxes: Floats, side: int) -> Image:
    """The boxes, each sampled at side x side points from its first to its last pixel; outside it is grey."""
    height, width = image.shape[:2]
    corners = boxes[:, :4] * ((np.array([width, height, width, height]) - 1) / [width, height, width, height])
    steps = np.linspace(0, 1, side)
    x, y = (corners[:, i, None] + (corners[:, i + 2, None] - corners[:, i, None]) * steps for i in (0, 1))
    shape = (len(boxes), side, side)
    at_x, at_y = (np.broadcast_to(at, shape).reshape(-1, side).astype("f4") for at in (x[:, None], y[:, :, None]))
    cut = cv2.remap(image, at_x, at_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=(128, 128, 128))
    return np.asarray(cut, np.uint8).reshape(*shape, 3)
