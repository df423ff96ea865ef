"""dlib's ResNet: 128 numbers a face, from dlib's own crop by dlib's own five points."""

import threading
from pathlib import Path
from typing import Any

import dlib
import numpy as np

from include.faces.embedders.one_file import BATCH, normalised
from include.faces.face import Detection, Floats
from include.faces.models.manifest import Model
from include.media.image import Image

MARGIN = 0.25  # as dlib's net was trained


def load_points(model: Model, folder: Path) -> Any:
    """dlib's own finder of five points: the corners of the eyes and the base of the nose."""
    return dlib.shape_predictor(str(folder / model.file))


class DlibResnet:
    """An embedder. One batch at a time: the net keeps what it computes, so threads wait for one another."""

    def __init__(self, model: Model, folder: Path, parts: list[Any]) -> None:
        self.model = model
        self.dimensions = model.dimensions
        (self._points,) = parts
        self._net = dlib.face_recognition_model_v1(str(folder / model.file))
        self._lock = threading.Lock()

    def crop(self, image: Image, found: Detection, upright: Image) -> Image:
        """The face upright, as dlib cuts it out."""
        x, y, width, height = map(round, found.box)
        points = self._points(image, dlib.rectangle(x, y, x + width, y + height))
        return np.asarray(dlib.get_face_chip(image, points, self.model.size, MARGIN), np.uint8)

    def embed(self, crops: list[Image]) -> Floats:
        """One embedding (row) a crop, in order."""
        if not crops:
            return np.zeros((0, self.dimensions), np.float32)
        return np.concatenate([self._batch(crops[i : i + BATCH]) for i in range(0, len(crops), BATCH)])

    def _batch(self, crops: list[Image]) -> Floats:
        embeddings = self._run(crops)
        if self.model.mirrored:
            embeddings = embeddings + self._run([np.ascontiguousarray(crop[:, ::-1]) for crop in crops])
        return normalised(embeddings) if self.model.normalised else embeddings

    def _run(self, crops: list[Image]) -> Floats:
        with self._lock:
            return np.array(self._net.compute_face_descriptor(crops, 0), np.float32)
