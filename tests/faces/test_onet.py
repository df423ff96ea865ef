"""Our O-Net is MTCNN's: the mtcnn package's own network on TensorFlow is the judge."""

from pathlib import Path

import numpy as np

from include.faces import mtcnn_nets, runtime
from include.faces.engine import Engine
from include.faces.manifest import load_manifest


def test_our_landmarks_are_those_of_the_mtcnn_package(engine: Engine, models: Path) -> None:
    from mtcnn.stages.stage_onet import StageONet

    crops = np.random.default_rng(7).integers(0, 256, (3, 48, 48, 3), dtype=np.uint8)
    boxes, points, faces = (each.numpy() for each in StageONet()._model((crops.astype(np.float32) - 127.5) / 128))
    weights = mtcnn_nets.read_weights(models / load_manifest().models["onet"].file, mtcnn_nets.ONET)
    ours = runtime.load(mtcnn_nets.build(mtcnn_nets.ONET, weights), mtcnn_nets.SCALING, runtime.FULL)(crops)
    for mine, theirs in zip(ours, (boxes, points, faces), strict=True):
        assert np.allclose(mine, theirs, atol=1e-5)
