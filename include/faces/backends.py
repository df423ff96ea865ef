"""What a backend is. A new one is a file of its own, a line in BACKENDS and an entry in models.toml.

A backend is made from its entry of the manifest, the folder with the files, and the backends that the entry `needs`.
It is imported only when an engine of it is loaded: TensorFlow costs ten seconds and half a gigabyte.
"""

from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

from include.faces.face import Detection, Floats
from include.faces.models.manifest import Manifest
from include.media.image import Image

Crop = Any  # whatever the embedder that made it wants to see of a face


class Detector(Protocol):
    """Finds faces. May be called by several threads at once."""

    def detect(self, image: Image) -> list[Detection]: ...


class Aligner(Protocol):
    """Gives detections better landmarks; drops none and adds none. May be called by several threads at once."""

    def refine(self, image: Image, found: list[Detection]) -> list[Detection]: ...


class Embedder(Protocol):
    """Turns faces into rows of numbers."""

    dimensions: int

    def crop(self, image: Image, found: Detection, upright: Image) -> Crop:
        """The pixels this net wants to see of a face; `upright` are those of the standard alignment, at 112 x 112.

        May be called by several threads at once.
        """
        ...

    def embed(self, crops: list[Crop]) -> Floats:
        """One row a crop, in order."""
        ...


_DETECTORS, _ALIGNERS, _EMBEDDERS = (f"include.faces.{kind}" for kind in ("detectors", "aligners", "embedders"))
BACKENDS = {
    "centerface": f"{_DETECTORS}.centerface:CenterFace",
    "dlib-hog": f"{_DETECTORS}.dlib_hog:DlibHog",
    "mtcnn": f"{_DETECTORS}.mtcnn:Mtcnn",
    "mtcnn-net": "include.faces.nets.mtcnn_nets:load",
    "mtcnn-tensorflow": f"{_DETECTORS}.mtcnn_tensorflow:MtcnnTensorflow",
    "scrfd": f"{_DETECTORS}.scrfd:Scrfd",
    "yunet": f"{_DETECTORS}.yunet:YuNet",
    "onet": f"{_ALIGNERS}.onet:ONet",
    "dlib-points": f"{_EMBEDDERS}.dlib_resnet:load_points",
    "dlib-resnet": f"{_EMBEDDERS}.dlib_resnet:DlibResnet",
    "facenet-keras": f"{_EMBEDDERS}.facenet_keras:FacenetKeras",
    "net": f"{_EMBEDDERS}.one_file:NetEmbedder",
}


def load_backend(name: str, manifest: Manifest, folder: Path) -> Any:
    """The model of that name, loaded and ready, with those that it needs."""
    model = manifest.models[name]
    module, kind = BACKENDS[model.backend].split(":")
    make = partial(getattr(import_module(module), kind), model, folder)
    parts = [load_backend(each, manifest, folder) for each in model.needs]
    return make(parts) if parts else make()
