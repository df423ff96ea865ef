"""An embedder that is one network file; all that differs between such nets stands in the manifest."""

from pathlib import Path

import numpy as np

from include.faces.alignment import aligned
from include.faces.face import Detection, Floats
from include.faces.models.manifest import Model
from include.faces.nets import runtime
from include.faces.nets.net import FAST, Scaling
from include.media.image import Image

BATCH = 32


class NetEmbedder:
    """Crops to embeddings, for any net that the runtime reads (.onnx, .tflite, .pb)."""

    def __init__(self, model: Model, folder: Path) -> None:
        self.model = model
        self.dimensions = model.dimensions
        self._load(folder / model.file)

    def crop(self, image: Image, found: Detection, upright: Image) -> Image:
        """The pixels this net wants to see of a face."""
        if (self.model.size, self.model.stretch, self.model.lift) == (len(upright), 1, 0):
            return upright
        return aligned(image, found.landmarks, self.model.size, self.model.stretch, self.model.lift)

    def embed(self, crops: list[Image]) -> Floats:
        """One embedding (row) a crop, in order."""
        if not crops:
            return np.zeros((0, self.dimensions), np.float32)
        return np.concatenate([self._batch(np.stack(crops[i : i + BATCH])) for i in range(0, len(crops), BATCH)])

    def _load(self, path: Path) -> None:
        model = self.model
        scaling = Scaling(model.layout, model.mean, model.deviation, model.colours)
        self._net = runtime.load(path, scaling, FAST, in_pieces=True)

    def _raw(self, crops: Image) -> Floats:
        return self._net(crops)[0]

    def _batch(self, crops: Image) -> Floats:
        embeddings = self._raw(crops)
        if self.model.mirrored:
            embeddings = embeddings + self._raw(crops[:, :, ::-1])
        return normalised(embeddings) if self.model.normalised else embeddings


def normalised(embeddings: Floats) -> Floats:
    """Each row scaled to length one."""
    lengths = np.linalg.norm(embeddings, axis=1, keepdims=True)
    return np.asarray(embeddings / np.maximum(lengths, 1e-12), np.float32)
