"""Crops for the evidence page: one face shown, everybody else's covered."""

import base64
from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np

from include.faces.detectors.boxes import overlap

_GREY = (128, 128, 128)
_MARK = (222, 60, 60)
_FACE_SIDE = 160
_CONTEXT_SIDE = 480


@dataclass(frozen=True)
class Box:
    """A face in pixels of the upright picture."""

    x: float
    y: float
    width: float
    height: float

    def grown(self, share: float) -> "Box":
        """The box with a margin on every side, as a share of its own size."""
        dx, dy = self.width * share, self.height * share
        return Box(self.x - dx, self.y - dy, self.width + 2 * dx, self.height + 2 * dy)

    def overlap(self, other: "Box") -> float:
        """Shared area over joint area: 1 for the same box, 0 for boxes apart."""
        a, b = ((box.x, box.y, box.width, box.height) for box in (self, other))
        return overlap(a, b)


def cover(image: np.ndarray, faces: Iterable[Box], shown: Box) -> np.ndarray:
    """A copy in which every face but the shown one is painted over: nothing of it can be brought back.

    Where a covered face reaches into the shown one, the shown one wins: it is what has to be looked at.
    """
    covered = image.copy()
    for face in faces:
        if face.overlap(shown) < 0.5:
            grown = face.grown(0.25)
            centre = (round(grown.x + grown.width / 2), round(grown.y + grown.height / 2))
            cv2.ellipse(covered, centre, (round(grown.width / 2), round(grown.height / 2)), 0, 0, 360, _GREY, -1)
    rows, columns = _slices(shown, image.shape)
    covered[rows, columns] = image[rows, columns]
    return covered


def face_picture(image: np.ndarray, face: Box, margin: float = 0.3) -> str:
    """The face with a little around it, as a data: address."""
    rows, columns = _slices(face.grown(margin), image.shape)
    return _data_address(_scaled(image[rows, columns], _FACE_SIDE, enlarge=True))


def context_picture(image: np.ndarray, face: Box, caption: str = "") -> str:
    """The whole picture with the face framed, and a few words (ASCII) above it, as a data: address."""
    small = _scaled(image, _CONTEXT_SIDE)
    factor = small.shape[1] / image.shape[1]
    box = Box(*(side * factor for side in (face.x, face.y, face.width, face.height)))
    return _data_address(framed(small, box, caption))


def framed(image: np.ndarray, face: Box, caption: str = "", colour: tuple[int, int, int] = _MARK) -> np.ndarray:
    """A copy with a frame around a face."""
    copy = image.copy()
    corner, opposite = (round(face.x), round(face.y)), (round(face.x + face.width), round(face.y + face.height))
    side = max(image.shape[:2])
    cv2.rectangle(copy, corner, opposite, colour, max(2, side // 200))
    if caption:
        at = (max(corner[0], 0), max(corner[1] - 5, 14))
        cv2.putText(copy, caption, at, cv2.FONT_HERSHEY_SIMPLEX, 0.5, colour, 1, cv2.LINE_AA)
    return copy


def _slices(box: Box, shape: tuple[int, ...]) -> tuple[slice, slice]:
    top, left = max(0, round(box.y)), max(0, round(box.x))
    bottom, right = min(shape[0], round(box.y + box.height)), min(shape[1], round(box.x + box.width))
    return slice(top, max(bottom, top + 1)), slice(left, max(right, left + 1))


def _scaled(image: np.ndarray, side: int, enlarge: bool = False) -> np.ndarray:
    factor = side / max(image.shape[:2])
    if factor >= 1 and not enlarge:
        return image
    size = (max(1, round(image.shape[1] * factor)), max(1, round(image.shape[0] * factor)))
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC)


def _data_address(image: np.ndarray) -> str:
    _, encoded = cv2.imencode(".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 82])
    return "data:image/jpeg;base64," + base64.b64encode(encoded.tobytes()).decode()
