"""A quick search at half the size spares the full one, and never a face."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from include.faces.detectors.centerface import HINT, CenterFace, without
from include.faces.detectors.multiscale import merged, multiscale
from include.faces.engine import Engine
from include.faces.face import Detection
from include.media.box import Box
from include.media.image import Image


def detection(x: float, score: float, side: float = 40) -> Detection:
    return Detection(Box(x, 10, side, side), np.zeros((5, 2), np.float32), score)


def wall(height: int = 960, width: int = 1280) -> Image:
    coarse = np.random.default_rng(3).integers(90, 160, (6, 8, 3), dtype=np.uint8)
    return np.asarray(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC), np.uint8)


def put(image: Image, face: Image, x: int, y: int) -> None:
    image[y : y + face.shape[0], x : x + face.shape[1]] = face


@pytest.mark.parametrize("beside_a_large_one", [False, True])
@pytest.mark.parametrize("pixels", [24, 32, 60])
def test_a_small_face_is_found_alone_and_beside_a_large_one(
    engine: Engine, portrait: Callable[[str], Image], pixels: int, beside_a_large_one: bool
) -> None:
    whole = portrait("astronaut.png")[20:220, 120:330]
    factor = pixels / engine.find(portrait("astronaut.png"))[0].box.side
    image = wall()
    put(image, np.asarray(cv2.resize(whole, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)), 1000, 500)
    if beside_a_large_one:
        put(image, portrait("obama.jpg")[:640, :640], 100, 100)
    found = engine.find(image)
    assert len(found) == 1 + beside_a_large_one
    assert any(1000 <= seen.box.x <= 1100 for seen in found)


def test_the_full_search_is_spared_where_the_quick_one_shows_everything(
    engine: Engine, portrait: Callable[[str], Image], monkeypatch: pytest.MonkeyPatch
) -> None:
    searches: list[float] = []
    search = CenterFace._search
    noted = lambda self, image, scale: searches.append(scale) or search(self, image, scale)  # noqa: E731
    monkeypatch.setattr(CenterFace, "_search", noted)
    assert len(engine.find(portrait("biden.jpg"))) == 1
    assert searches == []


def test_what_is_around_a_found_face_is_no_hint_and_the_rest_is() -> None:
    heat = np.zeros((40, 40), np.float32)
    heat[3:12, 3:12], heat[30, 30] = 1, 2 * HINT
    rest = without(heat, [detection(10, 0.9)], 1 / 4)
    assert rest[30, 30] == 2 * HINT
    assert rest[:16, :16].max() == 0
    assert heat[5, 5] == 1


def test_a_face_of_both_searches_is_one_face_and_the_surer_one_stays() -> None:
    both = merged([detection(10, 0.7)], [detection(12, 0.9), detection(300, 0.6)])
    assert [each.score for each in both] == [0.9, 0.6]
    assert [each.score for each in merged([], [detection(12, 0.9)])] == [0.9]


def test_what_only_the_quick_search_sees_is_kept() -> None:
    image = np.zeros((600, 600, 3), np.uint8)
    found = multiscale(image, lambda image, scale: [], lambda image, scale: ([detection(10, 0.8, 500)], True))
    assert len(found) == 1
