"""SCRFD (of InsightFace's packs, det_10g.onnx and its like). The file is the user's: see engines.example.toml."""

from pathlib import Path

import numpy as np

from include.faces.detectors.multiscale import detections, multiscale, padded
from include.faces.face import Detection, Floats
from include.faces.models.manifest import Model
from include.faces.nets import runtime
from include.faces.nets.net import FAST, Scaling
from include.media.image import Image

SCALING = Scaling("NCHW", (127.5, 127.5, 127.5), (128.0, 128.0, 128.0))
STRIDES, ANCHORS = (8, 16, 32), 2


class Scrfd:
    """A detector, for nets with nine outputs: scores, boxes and landmarks, each in three strides."""

    def __init__(self, model: Model, folder: Path) -> None:
        self._net = runtime.load(folder / model.file, SCALING, FAST, any_size=True)
        self._min_score = model.min_score

    def detect(self, image: Image) -> list[Detection]:
        """The faces, best first, in pixels of the picture."""
        return multiscale(image, self._search)

    def _search(self, image: Image, scale: float) -> list[Detection]:
        batch = padded(image, scale)
        outputs = self._net(batch)
        if len(outputs) != 3 * len(STRIDES):
            raise ValueError(f"an SCRFD net with landmarks has nine outputs, this one has {len(outputs)}")
        found = []
        for i, stride in enumerate(STRIDES):
            scores, distances, points = outputs[i::3]
            found.append(decode(scores, distances, points, stride, batch.shape[2] // stride, self._min_score))
        boxes, landmarks, scores = (np.concatenate(each) for each in zip(*found, strict=True))
        return detections(boxes, landmarks, scores, scale)


def decode(
    scores: Floats, distances: Floats, points: Floats, stride: int, columns: int, min_score: float
) -> tuple[Floats, Floats, Floats]:
    """Boxes (x, y, width, height), landmarks and scores of one stride, in pixels of the input.

    Of each place there are two rows, one after the other: distances to the four sides, and the five landmarks from it.
    """
    scores = scores.reshape(-1)
    (which,) = np.where(scores >= min_score)
    places = np.stack(np.divmod(which // ANCHORS, columns)[::-1], 1).astype(np.float32) * stride
    left_top, right_bottom = np.split(distances.reshape(-1, 4)[which] * stride, 2, 1)
    landmarks = places[:, None] + points.reshape(-1, 5, 2)[which] * stride
    return np.concatenate([places - left_top, left_top + right_bottom], 1), landmarks, scores[which]
