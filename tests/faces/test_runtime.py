"""Where nets run is configuration: the same faces on each runtime, and a device that is not there says so."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from include.faces.detectors.centerface import CenterFace
from include.faces.models.manifest import load_manifest
from include.faces.nets.mtcnn_nets import ONET, SCALING, build, read_weights
from include.faces.nets.net import FULL, _quota
from include.faces.nets.runtime import load
from include.media.image import Image


def test_onnx_runtime_and_openvino_agree(
    models: Path, portrait: Callable[[str], Image], monkeypatch: pytest.MonkeyPatch
) -> None:
    built = build(ONET, read_weights(models / load_manifest().models["mtcnn-onet"].file, ONET))
    crops = np.random.default_rng(5).integers(0, 256, (3, 48, 48, 3), dtype=np.uint8)
    image = portrait("obama.jpg")
    monkeypatch.setenv("FACEWARDEN_PRECISION", "f32")
    outputs, faces = [], []
    for device in ("CPU", "onnxruntime:CPU"):
        monkeypatch.setenv("FACEWARDEN_DEVICE", device)
        outputs.append(load(built, SCALING, FULL)(crops))
        faces.append(CenterFace(load_manifest().models["centerface"], models).detect(image))
    assert all(np.allclose(a, b, atol=1e-3) for a, b in zip(*outputs, strict=True))
    assert [len(found) for found in faces] == [1, 1]
    assert np.allclose(faces[0][0].box, faces[1][0].box, atol=0.5)


def test_a_device_that_is_not_there_is_named(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FACEWARDEN_DEVICE", "onnxruntime:CUDA")
    with pytest.raises(LookupError, match=r"CUDAExecutionProvider.*onnxruntime-gpu"):
        CenterFace(load_manifest().models["centerface"], models)


@pytest.mark.parametrize(
    ("said", "processors"), [("200000 100000", 2), ("150000 100000", 2), ("50000 100000", 1), ("max 100000", 1 << 16)]
)
def test_a_containers_share_of_the_processors_is_kept_to(tmp_path: Path, said: str, processors: int) -> None:
    (tmp_path / "cpu.max").write_text(said + "\n")
    assert _quota(tmp_path / "cpu.max") == processors
    assert _quota(tmp_path / "no such file") == 1 << 16
