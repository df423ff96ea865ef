"""MTCNN's O-Net: landmarks good enough to align by, for a box found by another net."""

from pathlib import Path

import numpy as np

from include.faces import mtcnn_nets, runtime
from include.faces.alignment import warped
from include.faces.face import Detection, Floats, Image
from include.faces.manifest import Model

SIDE = mtcnn_nets.ONET.side

# One look is off by a pixel or two, and that costs matches (docs/benchmarks.md); the mean of several looks is not.
# None is larger than the box: CenterFace's boxes are taller than those that O-Net was trained on.
SCALES = (0.8, 0.9, 1.0)
BATCH = 16  # faces; each is looked at six times, and a crowd must not take all memory

_MIRRORED = [1, 0, 2, 4, 3]  # which landmark is which in the mirror
_FACE = 0.5

Square = tuple[float, float, float]  # left, top, side


class ONet:
    """An aligner: squares of three sizes about each box, each also mirrored, and the mean of what is seen there.

    Looks that show no face to O-Net do not count; a box where none does keeps its detector's landmarks.
    """

    def __init__(self, model: Model, folder: Path) -> None:
        built = mtcnn_nets.build(mtcnn_nets.ONET, mtcnn_nets.read_weights(folder / model.file, mtcnn_nets.ONET))
        self._net = runtime.load(built, mtcnn_nets.SCALING, runtime.FULL)

    def refine(self, image: Image, found: list[Detection]) -> list[Detection]:
        """The same detections with better landmarks."""
        batches = (found[at : at + BATCH] for at in range(0, len(found), BATCH))
        return [each for batch in batches for each in self._refined(image, batch)]

    def _refined(self, image: Image, found: list[Detection]) -> list[Detection]:
        squares = [square(each.box, scale) for each in found for scale in SCALES]
        points, faces = self._look(np.stack([crop(image, *each) for each in squares]), np.array(squares, np.float32))
        looks = (len(found), 2 * len(SCALES))
        means = zip(found, points.reshape(*looks, 5, 2), faces.reshape(looks) >= _FACE, strict=True)
        return [
            Detection(each.box, seen[face].mean(0), each.score) if face.any() else each for each, seen, face in means
        ]

    def _look(self, crops: Image, squares: Floats) -> tuple[Floats, Floats]:
        """For each crop as it is and mirrored, in turn: the landmarks in the picture, and how likely it is a face."""
        both = np.stack([crops, crops[:, :, ::-1]], 1).reshape(-1, SIDE, SIDE, 3)
        _, points, faces = self._net(both)
        x, y = points[:, :5], points[:, 5:]
        x[1::2], y[1::2] = 1 - x[1::2, _MIRRORED], y[1::2, _MIRRORED]
        left, top, side = np.repeat(squares, 2, 0).T[:, :, None]
        return np.stack([x * side + left, y * side + top], 2), faces[:, 1]


def square(box: Floats, scale: float) -> Square:
    """The square about the box's centre, so many times as large as the box's longer side."""
    x, y, width, height = (float(each) for each in box)
    side = max(width, height, 1.0) * scale
    return x + (width - side) / 2, y + (height - side) / 2, side


def crop(image: Image, x: float, y: float, side: float) -> Image:
    """The square as O-Net sees it."""
    scale = SIDE / side
    return warped(image, np.array([[scale, 0, -x * scale], [0, scale, -y * scale]], np.float32), SIDE)
