"""dlib's detector of frontal faces (histograms of gradients). It has no file: its weights are inside the library."""

import math
import threading
from pathlib import Path
from typing import Any

import dlib
import numpy as np

from include.faces.alignment import TEMPLATE
from include.faces.detectors.multiscale import multiscale, sized
from include.faces.face import Detection
from include.faces.models.manifest import Model
from include.media.box import Box
from include.media.image import Image

UPSAMPLED = 1  # finds faces from 40 pixels; without, from 80
# Where the standard places of eyes, nose and mouth lie in its boxes, in shares of a side: the mean of 52 portraits.
NOMINAL = TEMPLATE * 0.01212 - [0.163, 0.333]


class DlibHog:
    """A detector. Landmarks are only where an upright face would have them: it needs an aligner behind it.

    A score is 0.5 where dlib would just take the face, and 0.73 and 0.88 at dlib's 1 and 2.
    """

    def __init__(self, model: Model, folder: Path) -> None:
        self._threshold = math.log(model.min_score / (1 - model.min_score))
        self._own = threading.local()

    def detect(self, image: Image) -> list[Detection]:
        """The faces, best first, in pixels of the picture."""
        return multiscale(image, self._search)

    def _search(self, image: Image, scale: float) -> list[Detection]:
        boxes, scores, _ = self._detector().run(sized(image, scale), UPSAMPLED, self._threshold)
        return [_detection(*each, scale) for each in zip(boxes, scores, strict=True)]

    def _detector(self) -> Any:
        """One for each thread: it keeps the picture that it searches."""
        if not hasattr(self._own, "detector"):
            self._own.detector = dlib.get_frontal_face_detector()
        return self._own.detector


def _detection(box: Any, score: float, scale: float) -> Detection:
    corner, sides = np.array([box.left(), box.top()]), np.array([box.width(), box.height()])
    landmarks = (corner + NOMINAL * sides) / scale
    whole = Box.of((*corner, *sides)).scaled(1 / scale)
    return Detection(whole, landmarks.astype(np.float32), 1 / (1 + math.exp(-score)))
