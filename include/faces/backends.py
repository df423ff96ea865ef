"""What a backend is. A new one is a class here or a file of its own, a line in BACKENDS and an entry in models.toml."""

from pathlib import Path
from typing import Any, Protocol

from include.faces.centerface import CenterFace
from include.faces.face import Detection, Floats, Image
from include.faces.manifest import Model
from include.faces.net import Net
from include.faces.onet import ONet


class Detector(Protocol):
    """Finds faces."""

    def detect(self, image: Image) -> list[Detection]: ...


class Aligner(Protocol):
    """Gives detections better landmarks; drops none and adds none."""

    def refine(self, image: Image, found: list[Detection]) -> list[Detection]: ...


class Embedder(Protocol):
    """Turns faces into rows of numbers."""

    dimensions: int

    def crop(self, image: Image, found: Detection) -> Image: ...

    def embed(self, crops: list[Image]) -> Floats: ...


BACKENDS: dict[str, type] = {"centerface": CenterFace, "onet": ONet, "net": Net}


def load_backend(model: Model, folder: Path) -> Any:
    """The model, loaded and ready, through the backend that its manifest entry names."""
    return BACKENDS[model.backend](model, folder)
