"""MTCNN's three nets, built as ONNX from their bare weights: no foreign file is unpickled, and any runtime reads them.

Scaled pixels (SCALING) go in, n x 3 x height x width of RGB; each output is one of the heads, in the order named below.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np

from include.faces.face import Floats
from include.faces.models.manifest import Model
from include.faces.nets import runtime
from include.faces.nets.net import FULL, Net, Scaling

SCALING = Scaling("NCHW", (127.5, 127.5, 127.5), (128.0, 128.0, 128.0))


@dataclass(frozen=True)
class Shape:
    """One net: its convolutions (kernel shape as stored, then the pool behind it), a dense layer, and its heads.

    In the file every layer is kernel, bias, and where a PReLU follows its slopes; heads have none.
    """

    name: str
    side: int
    layers: Sequence[tuple[tuple[int, ...], tuple[int, str] | None]]
    heads: Sequence[tuple[int, ...]]

    def shapes(self) -> list[tuple[int, ...]]:
        """The shapes of the file's arrays, in their order."""
        layers = [shape for kernel, _ in self.layers for shape in (kernel, kernel[-1:], kernel[-1:])]
        return layers + [shape for kernel in self.heads for shape in (kernel, kernel[-1:])]


_SAME, _VALID = "SAME_UPPER", "VALID"
PNET = Shape(
    "pnet", 12,
    [((3, 3, 3, 10), (2, _SAME)), ((3, 3, 10, 16), None), ((3, 3, 16, 32), None)],
    [(1, 1, 32, 4), (1, 1, 32, 2)],
)  # fmt: skip
RNET = Shape(
    "rnet", 24,
    [((3, 3, 3, 28), (3, _SAME)), ((3, 3, 28, 48), (3, _VALID)), ((2, 2, 48, 64), None), ((576, 128), None)],
    [(128, 4), (128, 2)],
)  # fmt: skip
ONET = Shape(
    "onet", 48,
    [((3, 3, 3, 32), (3, _SAME)), ((3, 3, 32, 64), (3, _VALID)), ((3, 3, 64, 64), (2, _SAME)),
     ((2, 2, 64, 128), None), ((1152, 256), None)],
    [(256, 4), (256, 10), (256, 2)],
)  # fmt: skip


def load(model: Model, folder: Path) -> Net:
    """The net whose weights the file holds, ready to run: its length tells which of the three it is."""
    path = folder / model.file
    for shape in (PNET, RNET, ONET):
        if path.stat().st_size == 4 * sum(int(np.prod(each)) for each in shape.shapes()):
            built = build(shape, read_weights(path, shape))
            return runtime.load(built, SCALING, FULL, any_size=shape is PNET)
    raise ValueError(f"{path} is as long as the weights of none of MTCNN's nets")


def read_weights(path: Path, shape: Shape) -> list[Floats]:
    """The file's floats in the net's shapes."""
    shapes = shape.shapes()
    ends = list(accumulate(int(np.prod(each)) for each in shapes))
    parts = np.split(np.frombuffer(path.read_bytes(), "<f4"), ends[:-1])
    return [part.reshape(each) for part, each in zip(parts, shapes, strict=True)]


def build(shape: Shape, weights: list[Floats]) -> bytes:
    """The net as the bytes of an ONNX model. Its last head, face or not, is a probability."""
    graph = _Graph(shape.name)
    arrays = iter(weights)
    x = "pixels"
    for kernel, pool in shape.layers:
        x = graph.flat(x) if len(kernel) == 2 else x
        x = graph.layer(x, kernel, next(arrays), next(arrays))
        x = graph.prelu(x, next(arrays), len(kernel))
        x = graph.pool(x, *pool) if pool else x
    heads = [graph.layer(x, kernel, next(arrays), next(arrays)) for kernel in shape.heads]
    heads[-1] = graph.add("Softmax", [heads[-1]], axis=1)
    return graph.finished(heads)


class _Graph:
    """An ONNX graph that grows node by node."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._nodes: list[Any] = []
        self._arrays: list[Any] = []

    def add(self, kind: str, inputs: list[str], **attributes: Any) -> str:
        from onnx import helper

        output = f"{kind.lower()}{len(self._nodes)}"
        self._nodes.append(helper.make_node(kind, inputs, [output], **attributes))
        return output

    def array(self, values: Any) -> str:
        from onnx import numpy_helper

        name = f"array{len(self._arrays)}"
        self._arrays.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def layer(self, x: str, kernel: tuple[int, ...], weights: Floats, bias: Floats) -> str:
        """A convolution, or a dense layer over a row."""
        if len(kernel) == 4:
            return self.add("Conv", [x, self.array(weights.transpose(3, 2, 0, 1)), self.array(bias)])
        return self.add("Gemm", [x, self.array(weights), self.array(bias)])

    def flat(self, x: str) -> str:
        """A picture as a row: the weights were trained on pictures stored column by column."""
        return self.add("Flatten", [self.add("Transpose", [x], perm=[0, 3, 2, 1])], axis=1)

    def prelu(self, x: str, slopes: Floats, axes: int) -> str:
        return self.add("PRelu", [x, self.array(slopes.reshape(-1, 1, 1) if axes == 4 else slopes)])

    def pool(self, x: str, side: int, pad: str) -> str:
        return self.add("MaxPool", [x], kernel_shape=[side, side], strides=[2, 2], auto_pad=pad)

    def finished(self, heads: list[str]) -> bytes:
        from onnx import TensorProto, helper

        inputs = [helper.make_tensor_value_info("pixels", TensorProto.FLOAT, ["n", 3, "height", "width"])]
        outputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in heads]
        graph = helper.make_graph(self._nodes, self._name, inputs, outputs, self._arrays)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
        data: bytes = model.SerializeToString()
        return data
