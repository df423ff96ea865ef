"""YuNet, by OpenCV's own reader of its outputs. The file is the user's: see engines.example.toml."""

import threading
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from include.faces.detectors.multiscale import detections, multiscale, sized
from include.faces.face import Detection
from include.faces.models.manifest import Model
from include.media.image import Image

MAX_FACES = 5000  # candidates of a picture


class YuNet:
    """A detector. OpenCV decides how many threads one picture takes."""

    def __init__(self, model: Model, folder: Path) -> None:
        self._file, self._min_score = str(folder / model.file), model.min_score
        self._own = threading.local()
        self._detector()  # a file that is none is an error now, not in the middle of a run

    def detect(self, image: Image) -> list[Detection]:
        """The faces, best first, in pixels of the picture."""
        return multiscale(image, self._search)

    def _search(self, image: Image, scale: float) -> list[Detection]:
        image = np.ascontiguousarray(sized(image, scale)[:, :, ::-1])
        detector = self._detector()
        detector.setInputSize((image.shape[1], image.shape[0]))
        rows = np.asarray(detector.detect(image)[1], np.float32).reshape(-1, 15)
        return detections(rows[:, :4], rows[:, 4:14].reshape(-1, 5, 2), rows[:, 14], scale)

    def _detector(self) -> Any:
        """One for each thread: it remembers the size of its picture."""
        if not hasattr(self._own, "detector"):
            self._own.detector = cv2.FaceDetectorYN.create(self._file, "", (320, 320), self._min_score, 0.3, MAX_FACES)
        return self._own.detector
