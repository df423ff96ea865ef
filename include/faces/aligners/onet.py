"""MTCNN's O-Net: landmarks good enough to align by, for a box found by another net."""

from pathlib import Path

import numpy as np

from include.faces import mtcnn_nets
from include.faces.alignment import warped
from include.faces.face import Detection, Floats, Image
from include.faces.manifest import Model
from include.faces.runtime import Net

SIDE = mtcnn_nets.ONET.side


class ONet:
    """An aligner: one pass over all boxes of a picture. A box without a face in it keeps its detector's landmarks."""

    def __init__(self, model: Model, folder: Path, parts: list[Net]) -> None:
        (self._net,) = parts

    def refine(self, image: Image, found: list[Detection]) -> list[Detection]:
        """The same detections with better landmarks."""
        if not found:
            return []
        corners = [square(each.box) for each in found]
        _, points, faces = self._net(np.stack([crop(image, *corner) for corner in corners]))
        return [_refined(*each) for each in zip(found, corners, points, faces[:, 1], strict=True)]


def square(box: Floats) -> tuple[float, float, float]:
    """Corner and side of the square about the box's centre."""
    x, y, width, height = (float(each) for each in box)
    side = max(width, height, 1.0)
    return x + (width - side) / 2, y + (height - side) / 2, side


def crop(image: Image, x: float, y: float, side: float) -> Image:
    """The square as O-Net sees it."""
    scale = SIDE / side
    return warped(image, np.array([[scale, 0, -x * scale], [0, scale, -y * scale]], np.float32), SIDE)


def _refined(found: Detection, corner: tuple[float, float, float], points: Floats, face: float) -> Detection:
    if face < 0.5:
        return found
    x, y, side = corner
    landmarks = np.stack([points[:5] * side + x, points[5:] * side + y], 1)
    return Detection(found.box, landmarks, found.score)
