"""Our nets on the fast runtime are those of the old way on TensorFlow, which is the judge."""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import h5py
import numpy as np
import pytest

from include.faces.backends import load_backend
from include.faces.engine import Engine, load_engine
from include.faces.models.manifest import load_manifest
from include.faces.models.store import ensure
from include.media.image import Image
from tests.needs import lacks

LOCAL = Path(__file__).resolve().parents[2] / ".local"
NETS = [("pnet", "PNet", (40, 52)), ("rnet", "RNet", (24, 24)), ("onet", "ONet", (48, 48))]


@pytest.fixture(scope="session")
def folder() -> Path:
    """A folder with the files of what is compared here."""
    known = load_manifest()
    where = LOCAL / "models-for-tests"
    for name in (*(f"mtcnn-{net}" for net, _, _ in NETS), "facenet-512"):
        if reasons := ensure(known.models[name], where, print):
            pytest.skip(lacks("engine", reasons[0]))
    return where


def _old_way(folder: Path) -> Engine:
    """Loaded once a session: it takes as long as all else here."""
    return load_engine("mtcnn-tensorflow/facenet-512-tensorflow", folder)


@pytest.mark.parametrize(("net", "stage", "size"), NETS)
def test_our_mtcnn_nets_answer_as_the_packages_do(net: str, stage: str, size: tuple[int, int], folder: Path) -> None:
    judge = getattr(import_module(f"mtcnn.stages.stage_{net}"), f"Stage{stage}")()
    crops = np.random.default_rng(7).integers(0, 256, (3, *size, 3), dtype=np.uint8)[: 1 if net == "pnet" else 3]
    theirs = [each.numpy() for each in judge.model((crops.astype(np.float32) - 127.5) / 128)]
    ours = load_backend(f"mtcnn-{net}", load_manifest(), folder)(crops)
    for mine, other in zip(ours, theirs, strict=True):
        assert np.allclose(mine.transpose(0, 2, 3, 1) if mine.ndim == 4 else mine, other, atol=1e-4)


def test_our_mtcnn_finds_what_the_package_finds(folder: Path, portrait: Callable[[str], Image]) -> None:
    known = load_manifest()
    ours, theirs = load_backend("mtcnn", known, folder), _old_way(folder)._detector
    for name in ("obama2.jpg", "obama3.jpg", "biden.jpg", "astronaut.png", "coffee.png"):
        found, judged = ours.detect(portrait(name)), theirs.detect(portrait(name))
        assert len(found) == len(judged)
        for mine, other in zip(found, judged, strict=True):
            assert np.abs(np.subtract(mine.box, other.box)).max() < 0.04 * other.box.side
            assert np.abs(mine.landmarks - other.landmarks).max() < 0.02 * other.box.side
            assert mine.score == pytest.approx(other.score, abs=0.02)


def test_facenet_gives_the_same_numbers_on_both(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FACEWARDEN_PRECISION", "f32")
    known = load_manifest()
    ours, theirs = load_backend("facenet-512", known, folder), _old_way(folder)._embedder
    crops = list(np.random.default_rng(3).integers(0, 256, (3, 160, 160, 3), dtype=np.uint8))
    assert np.allclose(ours.embed(crops), theirs.embed(crops), atol=1e-4)


def test_weights_as_keras_published_them_are_read_by_layer(tmp_path: Path) -> None:
    from include.faces.embedders.facenet_keras import from_keras

    kernel = np.arange(6, dtype=np.float32).reshape(2, 3)
    with h5py.File(tmp_path / "weights.h5", "w") as file:
        group = file.create_group("Bottleneck")
        group.attrs["weight_names"] = [b"Bottleneck/kernel:0"]
        group["Bottleneck/kernel:0"] = kernel
    (read,) = from_keras(tmp_path / "weights.h5")["Bottleneck"]
    assert np.array_equal(read, kernel)
