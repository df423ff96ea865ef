"""Nets, loaded once and run by several threads at once. Where they run is a matter of configuration alone:

FACEWARDEN_DEVICE     CPU where it is not set; another device of OpenVINO's (GPU for Intel's, AUTO); onnxruntime:CUDA
                      for NVIDIA's (nets that are no ONNX stay with OpenVINO on the CPU then); onnxruntime:CPU
FACEWARDEN_THREADS    processors to use, all that this process may use where it is not set
FACEWARDEN_PRECISION  f32 or bf16, for all nets; without it detectors and embedders take bf16 where the processor has
                      it: twice as quick, the same faces, and embeddings that move by 0.01 to 0.03 (docs/benchmarks.md).
                      f32 where digits must agree from machine to machine
"""

import os
import threading
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from include.faces.face import Floats
from include.faces.nets.net import Net, Scaling, threads
from include.media.image import Image


class OpenVinoNet:
    """A net on OpenVINO. Each thread has a request of its own, so that none waits for another's result."""

    def __init__(self, model: Any, precision: str, device: str) -> None:
        # Elsewhere than on a CPU OpenVINO decides by itself how many run at once.
        streams = {"INFERENCE_NUM_THREADS": threads(), "NUM_STREAMS": threads()} if device == "CPU" else {}
        options = {**streams, "INFERENCE_PRECISION_HINT": os.environ.get("FACEWARDEN_PRECISION") or precision}
        self._compiled = core().compile_model(model, device, options)
        self._own = threading.local()

    def __call__(self, pixels: Image) -> list[Floats]:
        if not hasattr(self._own, "request"):
            self._own.request = self._compiled.create_infer_request()
        outputs = self._own.request.infer([np.ascontiguousarray(pixels)])
        return [np.array(outputs[port]) for port in self._compiled.outputs]


class InPieces:
    """A net compiled for crops by the eight and for single ones, which is up to twice as quick as for any number."""

    SIZES = (8, 1)

    def __init__(self, model: Any, precision: str, device: str) -> None:
        self._nets = [(size, OpenVinoNet(_for_batch(model, size), precision, device)) for size in self.SIZES]

    def __call__(self, pixels: Image) -> list[Floats]:
        found, at = [], 0
        for size, net in self._nets:
            while len(pixels) - at >= size:
                found.append(net(pixels[at : at + size]))
                at += size
        return [np.concatenate(each) for each in zip(*found, strict=True)]


@cache
def core() -> Any:
    """The process's one OpenVINO core. The import takes a moment and is paid only where faces are looked for."""
    import openvino

    return openvino.Core()


def load(
    source: Path | bytes, scaling: Scaling, precision: str, *, any_size: bool = False, in_pieces: bool = False
) -> Net:
    """A net from a file or from the bytes of an ONNX model, for any number of crops, at least one.

    `any_size`: for one picture of any size. `in_pieces`: for nets that take long over each crop (see InPieces).
    """
    runtime, _, provider = device().partition(":")
    is_onnx = isinstance(source, bytes) or source.suffix == ".onnx"
    if runtime == "onnxruntime" and is_onnx:
        from include.faces.nets.onnx_runtime import OnnxNet

        return OnnxNet(source if isinstance(source, bytes) else source.read_bytes(), scaling, provider, any_size)
    model = core().read_model(source) if isinstance(source, Path) else core().read_model(source, b"")
    if any_size:
        model.reshape([1, 3, -1, -1] if scaling.layout == "NCHW" else [1, -1, -1, 3])
    else:
        model = free_batch(model)
    kind = InPieces if in_pieces else OpenVinoNet
    return kind(_with_scaling(model, scaling), precision, "CPU" if runtime == "onnxruntime" else runtime)


def device() -> str:
    """Where nets run: FACEWARDEN_DEVICE, else the CPU."""
    return os.environ.get("FACEWARDEN_DEVICE") or "CPU"


def _with_scaling(model: Any, scaling: Scaling) -> Any:
    """The model with scaling and layout in front, so that it takes 8-bit RGB pixels as they are."""
    from openvino import Layout, Type
    from openvino.preprocess import ColorFormat, PrePostProcessor

    steps = PrePostProcessor(model)
    steps.input().tensor().set_element_type(Type.u8).set_layout(Layout("NHWC")).set_color_format(ColorFormat.RGB)
    before = steps.input().preprocess().convert_element_type(Type.f32)
    if scaling.colours == "BGR":
        before = before.convert_color(ColorFormat.BGR)
    if (*scaling.mean, *scaling.deviation) != (0, 0, 0, 1, 1, 1):
        before.mean(list(scaling.mean)).scale(list(scaling.deviation))
    steps.input().model().set_layout(Layout(scaling.layout))
    return steps.build()


def _for_batch(model: Any, size: int) -> Any:
    copy = model.clone()
    shape = copy.input(0).partial_shape
    shape[0] = size
    copy.reshape(shape)
    return copy


def free_batch(model: Any) -> Any:
    """Lets a model that was exported for one batch size take any: its reshapes name that size, and must not."""
    from openvino import opset13 as ops

    if model.input(0).partial_shape[0].is_dynamic:
        return model
    batch = model.input(0).partial_shape[0].get_length()
    for op in model.get_ops():
        if op.get_type_name() == "Reshape" and _carries_batch(op, batch):
            pattern = [-1, *list(op.output(0).shape)[1:]]
            op.input(1).replace_source_output(ops.constant(pattern, dtype="int64").output(0))
    shape = model.input(0).partial_shape
    shape[0] = -1
    model.reshape(shape)
    return model


def _carries_batch(op: Any, batch: int) -> bool:
    source = op.input(0).get_source_output()
    if source.get_node().get_type_name() == "Constant" or source.partial_shape.is_dynamic:
        return False
    return bool(source.shape[0] == batch and op.output(0).shape[0] == batch)
