"""An embedder that is one network file; all that differs between such nets stands in the manifest."""

from pathlib import Path
from typing import Any

import numpy as np

from include.faces import runtime
from include.faces.alignment import aligned
from include.faces.face import Detection, Floats, Image
from include.faces.manifest import Model

BATCH = 32


class Net:
    """Crops to embeddings, for any net that OpenVINO reads (.onnx, .tflite, .pb)."""

    def __init__(self, model: Model, folder: Path) -> None:
        self.model = model
        self.dimensions = model.dimensions
        network = runtime.free_batch(runtime.core().read_model(folder / model.file))
        self._net = runtime.compiled(_with_preprocessing(network, model))

    def crop(self, image: Image, found: Detection) -> Image:
        """The pixels this net wants to see of a face."""
        return aligned(image, found.landmarks, self.model.size, self.model.stretch, self.model.lift)

    def embed(self, crops: list[Image]) -> Floats:
        """One embedding (row) a crop, in order."""
        if not crops:
            return np.zeros((0, self.dimensions), np.float32)
        return np.concatenate([self._batch(np.stack(crops[i : i + BATCH])) for i in range(0, len(crops), BATCH)])

    def _batch(self, crops: Image) -> Floats:
        embeddings = self._run(crops)
        if self.model.mirrored:
            embeddings = embeddings + self._run(crops[:, :, ::-1])
        return normalised(embeddings) if self.model.normalised else embeddings

    def _run(self, crops: Image) -> Floats:
        return np.array(self._net(np.ascontiguousarray(crops))[0])


def normalised(embeddings: Floats) -> Floats:
    """Each row scaled to length one."""
    lengths = np.linalg.norm(embeddings, axis=1, keepdims=True)
    return np.asarray(embeddings / np.maximum(lengths, 1e-12), np.float32)


def _with_preprocessing(network: Any, model: Model) -> Any:
    """The net with the manifest's scaling and layout in front, so that it takes 8-bit RGB crops as they are."""
    from openvino import Layout, Type
    from openvino.preprocess import PrePostProcessor

    steps = PrePostProcessor(network)
    steps.input().tensor().set_element_type(Type.u8).set_layout(Layout("NHWC"))
    steps.input().preprocess().convert_element_type(Type.f32).mean(model.mean).scale(model.deviation)
    steps.input().model().set_layout(Layout(model.layout))
    return steps.build()
