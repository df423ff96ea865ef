"""CenterFace on OpenVINO: every face of a picture in one pass, whatever their number."""

from pathlib import Path

import cv2
import numpy as np

from include.faces import runtime
from include.faces.detectors.boxes import strongest
from include.faces.face import Detection, Floats, Image
from include.faces.manifest import Model

MAX_SIDE, MIN_SIDE = 1280, 480  # larger pictures are scaled down, smaller ones up (never more than fourfold)
STRIDE = 4


class CenterFace:
    """A detector. Faces under ten pixels, or in the dark, are missed; landmarks are rough (see onet)."""

    def __init__(self, model: Model, folder: Path) -> None:
        self._net = runtime.load(folder / model.file, runtime.Scaling(), runtime.FAST, any_size=True)
        self._min_score = model.min_score

    def detect(self, image: Image) -> list[Detection]:
        """The faces, best first, in pixels of the picture. A face that fills the picture is found at a second look."""
        height, width = image.shape[:2]
        return self._look(image, scale_for(width, height)) or self._from_afar(image)

    def _look(self, image: Image, scale: float) -> list[Detection]:
        heat, size, offset, points = (plane[0] for plane in self._net(_input(image, scale)))
        boxes, landmarks, scores = decode(heat, size, offset, points, self._min_score)
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


def _input(image: Image, scale: float) -> Image:
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    sized = image if scale == 1.0 else cv2.resize(image, None, fx=scale, fy=scale, interpolation=way)
    height, width = sized.shape[:2]
    padded = np.zeros((1, -(-height // 32) * 32, -(-width // 32) * 32, 3), np.uint8)
    padded[0, :height, :width] = sized
    return padded


def decode(
    heat: Floats, size: Floats, offset: Floats, points: Floats, min_score: float
) -> tuple[Floats, Floats, Floats]:
    """Boxes (x, y, width, height), landmarks and scores wherever the heat map says face, in pixels of the input."""
    rows, columns = np.where(heat[0] > min_score)
    heights, widths = np.exp(size[:, rows, columns]) * STRIDE
    y = (rows + offset[0, rows, columns] + 0.5) * STRIDE - heights / 2
    x = (columns + offset[1, rows, columns] + 0.5) * STRIDE - widths / 2
    five = points[:, rows, columns].reshape(5, 2, -1)
    landmarks = np.stack([five[:, 1] * widths + x, five[:, 0] * heights + y], -1).transpose(1, 0, 2)
    return np.stack([x, y, widths, heights], 1), landmarks, heat[0, rows, columns]
