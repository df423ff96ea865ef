"""Our O-Net is MTCNN's: the mtcnn package's own network on TensorFlow is the judge."""

from pathlib import Path

import numpy as np

from include.faces import runtime
from include.faces.engine import Engine
from include.faces.manifest import load_manifest
from include.faces.onet import build, read_weights


def test_our_landmarks_are_those_of_the_mtcnn_package(engine: Engine, models: Path) -> None:
    from mtcnn.stages.stage_onet import StageONet

    crops = np.random.default_rng(7).integers(0, 256, (3, 48, 48, 3)).astype(np.float32)
    _, points, faces = StageONet()._model((crops - 127.5) / 128)
    ours = runtime.compiled(build(read_weights(models / load_manifest().models["onet"].file)))(crops)
    assert np.allclose(ours[0], points.numpy(), atol=1e-5)
    assert np.allclose(ours[1], faces.numpy(), atol=1e-5)
