"""The mtcnn package as it is, on TensorFlow: what our own MTCNN is held against. Loading it takes ten seconds."""

import threading
from pathlib import Path

import numpy as np
from mtcnn import MTCNN

from include.faces.detectors.mtcnn import scales_for
from include.faces.face import Detection
from include.faces.models.manifest import Model
from include.media.box import Box
from include.media.image import Image


class MtcnnTensorflow:
    """A detector. One picture at a time: threads wait for one another."""

    def __init__(self, model: Model, folder: Path) -> None:
        self._mtcnn = MTCNN()
        self._min_score = model.min_score
        self._lock = threading.Lock()

    def detect(self, image: Image) -> list[Detection]:
        """The faces, best first, in pixels of the picture."""
        if not scales_for(*image.shape[:2]):
            return []  # the package falls over pictures too small for any face
        with self._lock:
            rows = self._mtcnn.detect_faces(image, output_type="numpy", threshold_onet=self._min_score)
        rows = np.asarray(rows, np.float32).reshape(-1, 16)
        return [Detection(Box.of(row[1:5]), row[6:].reshape(2, 5).T, float(row[5])) for row in rows]
