"""MTCNN's O-Net: landmarks good enough to align by, for a box found by another net."""

from pathlib import Path

import numpy as np
import numpy.typing as npt

from include.faces.alignment import warped
from include.faces.face import Detection, Floats
from include.faces.models.manifest import Model
from include.faces.nets import mtcnn_nets
from include.faces.nets.net import Net
from include.media.box import Box
from include.media.image import Image

SIDE = mtcnn_nets.ONET.side

# One pass is off by a pixel or two, and that costs matches (docs/benchmarks.md); the mean of several is not.
# None is larger than the box: CenterFace's boxes are taller than those that O-Net was trained on.
SCALES = (0.8, 0.9, 1.0)
BATCH = 16  # faces; the net passes over each six times, and a crowd must not take all memory

# A face that lies on its side, or stands on its head, is found like any other, but O-Net is in doubt about it; turned
# upright it is not. The face is taken for turned where doubt falls to a tenth (docs/benchmarks.md).
SURE, TURNED, LESS_DOUBT = 0.98, 0.9, 10

_MIRRORED = [1, 0, 2, 4, 3]  # which landmark is which in the mirror
_FACE = 0.5

Square = tuple[float, float, float]  # left, top, side
Flags = npt.NDArray[np.bool_]


class ONet:
    """An aligner: squares of three sizes about each box, each also mirrored, and the mean of what is seen there.

    Passes that show no face to O-Net do not count; a box where none does keeps its detector's landmarks. Of a face that
    lies or stands on its head, the left eye is the one that is on the left when it is turned upright.
    """

    def __init__(self, model: Model, folder: Path, parts: list[Net]) -> None:
        (self._net,) = parts

    def refine(self, image: Image, found: list[Detection]) -> list[Detection]:
        """The same detections with better landmarks."""
        batches = (found[at : at + BATCH] for at in range(0, len(found), BATCH))
        return [each for batch in batches for each in self._refined(image, batch)]

    def _refined(self, image: Image, found: list[Detection]) -> list[Detection]:
        squares = np.array([[square(each.box, scale) for scale in SCALES] for each in found], np.float32)
        crops = np.stack([[crop(image, *each) for each in three] for three in squares.tolist()])
        points, faces = self._run(crops, squares)
        doubtful = np.flatnonzero(faces.mean(1) < SURE)
        for turn in (1, 2, 3) if doubtful.size else ():
            others, likely = self._run(crops[doubtful], squares[doubtful], turn)
            better = _is_turned(faces[doubtful].mean(1), likely.mean(1))
            points[doubtful[better]], faces[doubtful[better]] = others[better], likely[better]
        return [_with_mean(*each) for each in zip(found, points, faces >= _FACE, strict=True)]

    def _run(self, crops: Image, squares: Floats, turn: int = 0) -> tuple[Floats, Floats]:
        """Each face's six passes, turned by so many quarters clockwise: landmarks in the picture, how likely a face."""
        turned = np.rot90(crops, -turn, (2, 3))
        both = np.concatenate([turned, turned[:, :, :, ::-1]], 1)
        _, seen, faces = self._net(both.reshape(-1, SIDE, SIDE, 3))
        points = seen.reshape(*both.shape[:2], 2, 5).swapaxes(2, 3)
        plain, mirrored = np.split(points - 0.5, 2, 1)
        points = np.concatenate([plain, mirrored[:, :, _MIRRORED] * np.array([-1, 1], np.float32)], 1)
        for _ in range(turn):
            points = np.stack([points[..., 1], -points[..., 0]], -1)
        corners, sides = (np.tile(part, (1, 2, 1))[:, :, None] for part in (squares[..., :2], squares[..., 2:]))
        return (points + 0.5) * sides + corners, faces[:, 1].reshape(both.shape[:2])


def _is_turned(before: Floats, after: Floats) -> Flags:
    return np.asarray((after >= TURNED) & (LESS_DOUBT * (1 - after) < 1 - before))


def _with_mean(found: Detection, points: Floats, counts: Flags) -> Detection:
    return Detection(found.box, points[counts].mean(0), found.score) if counts.any() else found


def square(box: Box, scale: float) -> Square:
    """The square about the box's centre, so many times as large as the box's longer side."""
    side = max(box.width, box.height, 1.0) * scale
    x, y = box.centre
    return x - side / 2, y - side / 2, side


def crop(image: Image, x: float, y: float, side: float) -> Image:
    """The square as O-Net sees it."""
    scale = SIDE / side
    return warped(image, np.array([[scale, 0, -x * scale], [0, scale, -y * scale]], np.float32), SIDE)
