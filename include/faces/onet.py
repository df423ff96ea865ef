"""MTCNN's O-Net, built from its bare weights: landmarks good enough to align by, for a box found by another net."""

from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np

from include.faces import runtime
from include.faces.alignment import warped
from include.faces.face import Detection, Floats, Image
from include.faces.manifest import Model

SIDE = 48
# Kernel, bias and slope of four convolutions and a dense layer, then kernel and bias of the three heads.
SHAPES: list[tuple[int, ...]] = [
    *[(3, 3, 3, 32), (32,), (32,)], *[(3, 3, 32, 64), (64,), (64,)], *[(3, 3, 64, 64), (64,), (64,)],
    *[(2, 2, 64, 128), (128,), (128,)], *[(1152, 256), (256,), (256,)],
    *[(256, 4), (4,)], *[(256, 10), (10,)], *[(256, 2), (2,)],
]  # fmt: skip
POOLS = [(3, "same_upper"), (3, "valid"), (2, "same_upper"), None]


class ONet:
    """An aligner: one pass over all boxes of a picture. A box without a face in it keeps its detector's landmarks."""

    def __init__(self, model: Model, folder: Path) -> None:
        self._net = runtime.compiled(build(read_weights(folder / model.file)))

    def refine(self, image: Image, found: list[Detection]) -> list[Detection]:
        """The same detections with better landmarks."""
        if not found:
            return []
        corners = [square(each.box) for each in found]
        crops = np.stack([_crop(image, *corner) for corner in corners])
        points, faces = (np.asarray(each) for each in self._net(crops).values())
        return [_refined(*each) for each in zip(found, corners, points, faces[:, 1], strict=True)]


def read_weights(path: Path) -> list[Floats]:
    """The file's floats in the net's shapes."""
    sizes = [int(np.prod(shape)) for shape in SHAPES]
    flat = np.frombuffer(path.read_bytes(), "<f4")
    parts = np.split(flat, list(accumulate(sizes))[:-1])
    return [part.reshape(shape) for part, shape in zip(parts, SHAPES, strict=True)]


def build(weights: list[Floats]) -> Any:
    """The net as an OpenVINO model: crops (n, 48, 48, 3), RGB 0 to 255, to landmarks (n, 10) and face or not (n, 2)."""
    import openvino
    from openvino import opset13 as ops

    crops = ops.parameter([-1, SIDE, SIDE, 3], np.float32, name="crops")
    x = ops.transpose(ops.divide(ops.subtract(crops, np.float32(127.5)), np.float32(128)), [0, 3, 1, 2])
    for i, pool in enumerate(POOLS):
        kernel, bias, slope = weights[3 * i : 3 * i + 3]
        x = ops.convolution(x, kernel.transpose(3, 2, 0, 1).copy(), [1, 1], [0, 0], [0, 0], [1, 1])
        x = ops.prelu(ops.add(x, bias.reshape(1, -1, 1, 1)), slope)
        if pool:
            x = ops.max_pool(x, [2, 2], [1, 1], [0, 0], [0, 0], [pool[0]] * 2, auto_pad=pool[1]).output(0)
    # The weights were trained on pictures stored column by column.
    x = ops.reshape(ops.transpose(x, [0, 3, 2, 1]), [-1, 1152], special_zero=False)
    x = ops.prelu(_dense(x, weights[12], weights[13]), weights[14])
    points = _dense(x, weights[17], weights[18])
    return openvino.Model([points, ops.softmax(_dense(x, weights[19], weights[20]), 1)], [crops], "onet")


def _dense(x: Any, kernel: Floats, bias: Floats) -> Any:
    from openvino import opset13 as ops

    return ops.add(ops.matmul(x, kernel, False, False), bias.reshape(1, -1))


def square(box: Floats) -> tuple[float, float, float]:
    """Corner and side of the square about the box's centre."""
    x, y, width, height = (float(each) for each in box)
    side = max(width, height, 1.0)
    return x + (width - side) / 2, y + (height - side) / 2, side


def _crop(image: Image, x: float, y: float, side: float) -> Floats:
    scale = SIDE / side
    matrix = np.array([[scale, 0, -x * scale], [0, scale, -y * scale]], np.float32)
    return warped(image, matrix, SIDE).astype(np.float32)


def _refined(found: Detection, corner: tuple[float, float, float], points: Floats, face: float) -> Detection:
    if face < 0.5:
        return found
    x, y, side = corner
    landmarks = np.stack([points[:5] * side + x, points[5:] * side + y], 1)
    return Detection(found.box, landmarks, found.score)
