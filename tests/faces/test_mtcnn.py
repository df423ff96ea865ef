"""What MTCNN does between its nets."""

from pathlib import Path

import numpy as np
import pytest

from include.faces.backends import load_backend
from include.faces.detectors import mtcnn_suppression
from include.faces.detectors.mtcnn import CELL, LARGEST, STRIDE, crops, packed, pyramid, scales_for
from include.faces.detectors.mtcnn_suppression import apart, squared
from include.faces.face import Floats
from include.faces.models.manifest import load_manifest
from include.faces.models.store import ensure
from include.media.image import Image
from tests.needs import lacks


def noise(height: int, width: int) -> Image:
    return np.random.default_rng(5).integers(0, 256, (height, width, 3), dtype=np.uint8)


def boxes(count: int) -> Floats:
    chance = np.random.default_rng(9)
    corner, side = chance.uniform(0, 300, (count, 2)), chance.uniform(5, 60, (count, 2))
    return np.concatenate([corner, corner + side, chance.uniform(0, 1, (count, 1))], 1).astype(np.float32)


@pytest.mark.parametrize("size", [(300, 200), (201, 377), (90, 800)])
def test_all_sizes_lie_in_one_picture_and_none_on_another(size: tuple[int, int]) -> None:
    levels = pyramid(noise(*size), scales_for(*size))
    mosaic, corners = packed(levels)
    for level, (x, y) in zip(levels, corners, strict=True):
        assert (x % STRIDE, y % STRIDE) == (0, 0)
        assert np.array_equal(mosaic[y : y + level.shape[0], x : x + level.shape[1]], level)
    assert mosaic.size < 1.5 * sum(level.size for level in levels) + 3 * CELL * CELL


def test_a_size_is_judged_in_the_mosaic_as_it_is_alone() -> None:
    known, where = load_manifest(), Path(__file__).resolve().parents[2] / ".local" / "models-for-tests"
    if reasons := ensure(known.models["mtcnn-pnet"], where, print):
        pytest.skip(lacks("engine", reasons[0]))
    net = load_backend("mtcnn-pnet", known, where)
    levels = pyramid(noise(201, 160), scales_for(201, 160))
    mosaic, corners = packed(levels)
    together = net(mosaic[None])[1]
    for level, (x, y) in zip(levels, corners, strict=True):
        alone = net(level[None])[1]
        part = together[:, :, y // STRIDE :, x // STRIDE :][:, :, : alone.shape[2], : alone.shape[3]]
        assert np.allclose(alone, part, atol=1e-5)


def test_the_sizes_of_a_very_large_picture_end_somewhere() -> None:
    assert max(scales_for(9000, 4000)) * 9000 <= LARGEST
    assert max(scales_for(2600, 100)) == pytest.approx(0.6)
    assert scales_for(1, 1) == scales_for(3, 5000) == []


@pytest.mark.parametrize("of_smaller", [False, True])
def test_boxes_that_overlap_are_told_apart_the_same_in_parts(monkeypatch: pytest.MonkeyPatch, of_smaller: bool) -> None:
    whole = apart(boxes(700), 0.3, of_smaller=of_smaller)
    monkeypatch.setattr(mtcnn_suppression, "AT_ONCE", 64)
    assert np.array_equal(apart(boxes(700), 0.3, of_smaller=of_smaller), whole)
    assert 0 < len(whole) < 700


def test_a_box_is_dropped_for_a_better_one_that_is_dropped_itself() -> None:
    row = np.array([[0, 0, 10, 10, 0.9], [4, 0, 14, 10, 0.8], [8, 0, 18, 10, 0.7]], np.float32)
    assert [round(float(each), 1) for each in apart(row, 0.4)[:, 4]] == [0.9]
    assert len(apart(row[[0, 2]], 0.4)) == 2


def test_a_square_keeps_the_centre_and_the_longer_side() -> None:
    assert np.allclose(squared(np.array([[10, 10, 30, 20, 0.5]], np.float32)), [[10, 5, 30, 25, 0.5]])


def test_what_lies_outside_of_the_picture_is_grey() -> None:
    (crop,) = crops(np.full((40, 40, 3), 255, np.uint8), np.array([[-40, 0, 40, 40, 1]], np.float32), 24)
    assert (crop[:, :11] == 128).all()
    assert (crop[:, 13:] == 255).all()
