"""An engine: a detector, an aligner and an embedder under one name. Its name is on every row that it makes."""

from functools import cache
from pathlib import Path

from include.faces.alignment import aligned
from include.faces.backends import Aligner, Detector, Embedder, load_backend
from include.faces.face import Detection, Face, Image
from include.faces.files import checked
from include.faces.manifest import load_manifest
from include.faces.quality import sharpness, why_not


class Engine:
    """Pictures in, faces out. Deterministic up to the last digits; safe to keep for a process's life."""

    def __init__(self, name: str, detector: Detector, aligner: Aligner, embedder: Embedder) -> None:
        self.name = name
        self.dimensions = embedder.dimensions
        self._detector, self._aligner, self._embedder = detector, aligner, embedder

    def faces(self, image: Image) -> list[Face]:
        """The faces of one picture, best detection first."""
        return self.faces_many([image])[0]

    def faces_many(self, images: list[Image]) -> list[list[Face]]:
        """The faces of each picture; all faces share the embedder's batches."""
        found = [self._aligner.refine(image, self._detector.detect(image)) for image in images]
        looked = [[self._look(image, each) for each in faces] for image, faces in zip(images, found, strict=True)]
        crops = [crop for faces in looked for _, _, crop in faces if crop is not None]
        rows = iter(self._embedder.embed(crops))
        return [
            [_face(d, s, None if crop is None else next(rows).tolist()) for d, s, crop in faces] for faces in looked
        ]

    def _look(self, image: Image, found: Detection) -> tuple[Detection, float, Image | None]:
        sharp = sharpness(aligned(image, found.landmarks))
        return found, sharp, None if why_not(found, sharp) else self._embedder.crop(image, found)


def _face(found: Detection, sharp: float, embedding: list[float] | None) -> Face:
    x, y, width, height = (float(each) for each in found.box)
    landmarks = [(float(a), float(b)) for a, b in found.landmarks]
    return Face((x, y, width, height), landmarks, found.score, sharp, embedding, why_not(found, sharp))


@cache
def load_engine(name: str, models: Path) -> Engine:
    """The engine, loaded once a process from files whose hashes are checked."""
    manifest = load_manifest()
    for model in manifest.models_of(name):
        checked(model, models)
    detector, aligner, embedder = (load_backend(model, models) for model in manifest.models_of(name))
    return Engine(name, detector, aligner, embedder)
