"""Pictures small enough for a page, as data: addresses: one face, or the whole picture with a frame around it."""

import base64

import cv2
import numpy as np

from include.media.box import Box
from include.media.image import Image

_MARK = (222, 60, 60)
_FACE_SIDE = 160
_CONTEXT_SIDE = 480


def face_picture(image: Image, face: Box, margin: float = 0.3) -> str:
    """The face with a little around it, as a data: address."""
    inside = face.grown(margin).clipped(image.shape)
    return _data_address(_scaled(image[inside], _FACE_SIDE, enlarge=True))


def context_picture(image: Image, face: Box, caption: str = "") -> str:
    """The whole picture with the face framed, and a few words (ASCII) above it, as a data: address."""
    small = _scaled(image, _CONTEXT_SIDE)
    factor = small.shape[1] / image.shape[1]
    return _data_address(framed(small, face.scaled(factor), caption))


def framed(image: Image, face: Box, caption: str = "", colour: tuple[int, int, int] = _MARK) -> Image:
    """A copy with a frame around a face."""
    copy = image.copy()
    corner, opposite = (round(face.x), round(face.y)), (round(face.x + face.width), round(face.y + face.height))
    side = max(image.shape[:2])
    cv2.rectangle(copy, corner, opposite, colour, max(2, side // 200))
    if caption:
        at = (max(corner[0], 0), max(corner[1] - 5, 14))
        cv2.putText(copy, caption, at, cv2.FONT_HERSHEY_SIMPLEX, 0.5, colour, 1, cv2.LINE_AA)
    return copy


def _scaled(image: Image, side: int, enlarge: bool = False) -> Image:
    factor = side / max(image.shape[:2])
    if factor >= 1 and not enlarge:
        return image
    size = (max(1, round(image.shape[1] * factor)), max(1, round(image.shape[0] * factor)))
    way = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(image, size, interpolation=way), np.uint8)


def _data_address(image: Image) -> str:
    _, encoded = cv2.imencode(".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 82])
    return "data:image/jpeg;base64," + base64.b64encode(encoded.tobytes()).decode()
