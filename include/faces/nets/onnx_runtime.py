"""Nets on ONNX Runtime: what NVIDIA's GPUs take. Chosen by FACEWARDEN_DEVICE=onnxruntime:CUDA (see runtime.py).

CUDA wants the package onnxruntime-gpu in the place of onnxruntime. What is slow here is told at once: without the
provider that was asked for nothing is loaded, rather than everything on the CPU without a word.
"""

from typing import Any

import numpy as np

from include.faces.face import Floats
from include.faces.nets.net import Scaling, threads
from include.media.image import Image


class OnnxNet:
    """A net on ONNX Runtime; its sessions may be run by several threads at once."""

    def __init__(self, model: bytes, scaling: Scaling, provider: str, any_size: bool) -> None:
        import onnxruntime

        wanted = f"{provider or 'CPU'}ExecutionProvider"
        if wanted not in onnxruntime.get_available_providers():
            raise LookupError(
                f"FACEWARDEN_DEVICE asks for {wanted}, which this ONNX Runtime does not have; it has: "
                f"{', '.join(onnxruntime.get_available_providers())}. For CUDA install onnxruntime-gpu in its place"
            )
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads()
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # others want the processors too
        options.log_severity_level = 3
        self._scaling = scaling
        self._mean, self._deviation = (np.array(each, np.float32) for each in (scaling.mean, scaling.deviation))
        self._session = onnxruntime.InferenceSession(freed(model, any_size), options, providers=[wanted])
        self._input = self._session.get_inputs()[0].name

    def __call__(self, pixels: Image) -> list[Floats]:
        values = pixels[..., ::-1] if self._scaling.colours == "BGR" else pixels
        scaled = (values.astype(np.float32) - self._mean) / self._deviation
        if self._scaling.layout == "NCHW":
            scaled = scaled.transpose(0, 3, 1, 2)
        return list(self._session.run(None, {self._input: np.ascontiguousarray(scaled)}))


def freed(data: bytes, any_size: bool) -> bytes:
    """The model for any number of crops, or for one picture of any size, whatever size it was exported for."""
    import onnx

    model = onnx.load_from_string(data)
    free = ["n", None, "height", "width"] if any_size else ["n", None, None, None]
    stored = {each.name for each in model.graph.initializer}
    (wanted,) = [each for each in model.graph.input if each.name not in stored]
    for dimension, name in zip(wanted.type.tensor_type.shape.dim, free, strict=True):
        if name:
            dimension.dim_param = name
    for output in model.graph.output:
        output.type.tensor_type.ClearField("shape")
    del model.graph.value_info[:]
    freed_model: Any = model.SerializeToString()
    return bytes(freed_model)
