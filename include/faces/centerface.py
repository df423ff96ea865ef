"""CenterFace on OpenVINO: every face of a picture in one pass, whatever their number."""

from pathlib import Path

import cv2
import numpy as np

from include.faces import runtime
from include.faces.face import Detection, Floats, Image
from include.faces.manifest import Model

MIN_SCORE = 0.5
MAX_SIDE, MIN_SIDE = 1280, 480  # larger pictures are scaled down, smaller ones up (never more than fourfold)
MAX_OVERLAP = 0.3
STRIDE = 4


class CenterFace:
    """A detector. Faces under ten pixels, or in the dark, are missed; landmarks are rough (see onet)."""

    def __init__(self, model: Model, folder: Path) -> None:
        network = runtime.core().read_model(folder / model.file)
        network.reshape([1, 3, -1, -1])
        self._net = runtime.compiled(network)

    def detect(self, image: Image) -> list[Detection]:
        """The faces, best first, in pixels of the picture. A face that fills the picture is found at a second look."""
        height, width = image.shape[:2]
        return self._look(image, scale_for(width, height)) or self._from_afar(image)

    def _look(self, image: Image, scale: float) -> list[Detection]:
        maps = [np.asarray(plane)[0] for plane in self._net(_input(image, scale)).values()]
        boxes, landmarks, scores = decode(*maps)
        keep = strongest(boxes, scores)
        return [Detection(boxes[i] / scale, landmarks[i] / scale, float(scores[i])) for i in keep]

    def _from_afar(self, image: Image) -> list[Detection]:
        """The net wants to see something around a face; where the crop leaves nothing, a black border does."""
        border = max(image.shape[:2]) // 4
        framed = np.pad(image, ((border, border), (border, border), (0, 0)))
        scale = MIN_SIDE / max(framed.shape[:2])
        shift = np.array([border, border, 0, 0], np.float32)
        found = self._look(framed, min(scale, 4.0))
        return [Detection(each.box - shift, each.landmarks - shift[:2], each.score) for each in found]


def scale_for(width: int, height: int) -> float:
    """How much larger the net sees the picture."""
    side = max(width, height)
    return MAX_SIDE / side if side > MAX_SIDE else min(max(1.0, MIN_SIDE / side), 4.0)


def _input(image: Image, scale: float) -> Floats:
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    sized = image if scale == 1.0 else cv2.resize(image, None, fx=scale, fy=scale, interpolation=way)
    height, width = sized.shape[:2]
    padded = np.zeros((1, 3, -(-height // 32) * 32, -(-width // 32) * 32), np.float32)
    padded[0, :, :height, :width] = sized.transpose(2, 0, 1)
    return padded


def decode(heat: Floats, size: Floats, offset: Floats, points: Floats) -> tuple[Floats, Floats, Floats]:
    """Boxes (x, y, width, height), landmarks and scores wherever the heat map says face, in pixels of the input."""
    rows, columns = np.where(heat[0] > MIN_SCORE)
    heights, widths = np.exp(size[:, rows, columns]) * STRIDE
    y = (rows + offset[0, rows, columns] + 0.5) * STRIDE - heights / 2
    x = (columns + offset[1, rows, columns] + 0.5) * STRIDE - widths / 2
    five = points[:, rows, columns].reshape(5, 2, -1)
    landmarks = np.stack([five[:, 1] * widths + x, five[:, 0] * heights + y], -1).transpose(1, 0, 2)
    return np.stack([x, y, widths, heights], 1), landmarks, heat[0, rows, columns]


def strongest(boxes: Floats, scores: Floats) -> list[int]:
    """Indices of the boxes that no stronger box overlaps, strongest first."""
    keep: list[int] = []
    for i in np.argsort(-scores, kind="stable"):
        if all(overlap(boxes[i], boxes[j]) < MAX_OVERLAP for j in keep):
            keep.append(int(i))
    return keep


def overlap(a: Floats, b: Floats) -> float:
    """Intersection over union of two boxes."""
    width = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    height = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    shared = max(0.0, float(width)) * max(0.0, float(height))
    return shared / max(float(a[2] * a[3] + b[2] * b[3]) - shared, 1e-9)
