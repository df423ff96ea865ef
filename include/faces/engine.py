"""An engine: a detector, an aligner and an embedder under one name. Its name is on every row that it makes."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from include.core.run import Run
from include.faces.alignment import aligned
from include.faces.backends import Aligner, Crop, Detector, Embedder, load_backend
from include.faces.face import Detection, Face, Pose
from include.faces.models.bucket import ensure_models
from include.faces.models.manifest import load_manifest
from include.faces.models.model_file import checked
from include.faces.quality import pose, sharpness, why_not
from include.media.box import Box
from include.media.image import Image


@dataclass(frozen=True)
class FoundFace:
    """A face that was found and measured, and the pixels to embed it from: none where `reason` says why."""

    found: Detection
    sharpness: float
    pose: Pose
    crop: Crop | None
    reason: str | None

    @property
    def box(self) -> Box:
        return self.found.box

    def face(self, embedding: list[float] | None) -> Face:
        """This face with its embedding."""
        landmarks = [(float(a), float(b)) for a, b in self.found.landmarks]
        return Face(self.found.box, landmarks, self.found.score, self.sharpness, self.pose, embedding, self.reason)


class Engine:
    """Pictures in, faces out. Deterministic up to the last digits; safe to keep for a process's life."""

    def __init__(
        self, name: str, detector: Detector, aligner: Aligner | None, embedder: Embedder, alike: float | None = None
    ) -> None:
        self.name = name
        # Nearer than this two faces are one person's, unless they look alike; None where it was not measured.
        self.alike = alike
        self.dimensions = embedder.dimensions
        self._detector, self._aligner, self._embedder = detector, aligner, embedder

    def faces(self, image: Image) -> list[Face]:
        """The faces of one picture, best detection first."""
        return self.faces_many([image])[0]

    def faces_many(self, images: list[Image]) -> list[list[Face]]:
        """The faces of each picture; all faces share the embedder's batches."""
        found = [self.find(image) for image in images]
        faces = iter(self.embed([face for of_image in found for face in of_image]))
        return [[next(faces) for _ in of_image] for of_image in found]

    def find(self, image: Image, searched: Image | None = None) -> list[FoundFace]:
        """The faces of one picture, found and measured and not embedded yet. Several threads may search at once.

        They are searched for in `searched`, a smaller copy of the picture, where there is one; everything else, the
        box too, is of the picture itself.
        """
        found = self._detector.detect(image if searched is None else searched)
        if searched is not None:
            found = [each.scaled(image.shape[1] / searched.shape[1]) for each in found]
        if self._aligner:
            found = self._aligner.refine(image, found)
        return [self._measured(image, each) for each in found]

    def embed(self, found: list[FoundFace]) -> list[Face]:
        """Each face with its embedding, in batches."""
        rows = iter(self._embedder.embed([each.crop for each in found if each.crop is not None]))
        return [each.face(None if each.crop is None else next(rows).tolist()) for each in found]

    def _measured(self, image: Image, found: Detection) -> FoundFace:
        upright = aligned(image, found.landmarks)
        sharp = sharpness(upright)
        reason = why_not(found, sharp)
        crop = None if reason else self._embedder.crop(image, found, upright)
        return FoundFace(found, sharp, pose(found.landmarks), crop, reason)


def engine_for(run: Run, name: str = "") -> Engine:
    """The engine of that name, or the one that this installation scans with; its files come out of the bucket."""
    wanted = name or run.settings.engine
    return load_engine(wanted, ensure_models(run, wanted))


@cache
def load_engine(name: str, models: Path) -> Engine:
    """The engine, loaded once a process from files whose hashes are checked."""
    manifest = load_manifest()
    for model in manifest.files_of(name):
        checked(model, models)
    spec = manifest.engine(name)
    detector, embedder = (load_backend(each, manifest, models) for each in (spec.detector, spec.embedder))
    aligner = load_backend(spec.aligner, manifest, models) if spec.aligner else None
    return Engine(name, detector, aligner, embedder, spec.ceilings.get(1e-3))
