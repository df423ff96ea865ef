"""What the engine that set-up has taken does on hard pictures. What every engine promises: test_backends.py."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from include.faces.aligners.onet import BATCH
from include.faces.detectors.multiscale import multiscale, scale_for
from include.faces.embedders.one_file import NetEmbedder
from include.faces.engine import Engine
from include.faces.face import Detection, Face
from include.faces.models.manifest import load_manifest
from include.media.image import Image

Portrait = Callable[[str], Image]
ONE_PERSON, OTHERS = ("obama.jpg", "obama2.jpg", "obama3.jpg"), ("biden.jpg", "astronaut.png")
OnlyFace = Callable[[Engine, str], Face]


def scaled(image: Image, factor: float) -> Image:
    return np.asarray(cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA), np.uint8)


def distance(a: Face, b: Face) -> float:
    assert a.embedding is not None and b.embedding is not None
    return float(np.linalg.norm(np.subtract(a.embedding, b.embedding)))


@pytest.mark.parametrize("quarters", [1, 3])
def test_a_face_on_its_side_is_the_same_face(
    engine: Engine, portrait: Portrait, only_face: OnlyFace, quarters: int
) -> None:
    turned = engine.faces(np.rot90(portrait("obama.jpg"), quarters).copy())[0]
    assert distance(turned, only_face(engine, "obama.jpg")) < 0.5
    assert abs((turned.pose.roll + 90 * quarters + 180) % 360 - 180) < 20


def test_a_face_is_found_in_a_thumbnail_and_in_a_poster(engine: Engine, portrait: Portrait) -> None:
    image = portrait("astronaut.png")
    for factor in (0.08, 0.25, 1.0, 6.0):
        assert len(engine.faces(scaled(image, factor))) == 1


def test_a_face_that_fills_the_picture_is_found(engine: Engine, portrait: Portrait, only_face: OnlyFace) -> None:
    x, y, width, height = only_face(engine, "astronaut.png").box
    left, right, top, bottom = x + 0.15 * width, x + 0.85 * width, y + 0.15 * height, y + 0.92 * height
    close = portrait("astronaut.png")[round(top) : round(bottom), round(left) : round(right)].copy()
    assert len(engine.faces(close)) == 1


@pytest.mark.parametrize(("size", "factor"), [((5120, 900), 0.5), ((1280, 900), 1), ((160, 100), 2), ((48, 20), 4)])
def test_large_pictures_are_searched_smaller_and_small_ones_larger(size: tuple[int, int], factor: float) -> None:
    assert scale_for(*size) == factor


def test_an_embedding_averaged_with_its_mirror_image_cannot_tell_left_from_right(engine: Engine, models: Path) -> None:
    known = load_manifest()
    nets = [model for model in known.models_of(engine.name) if model.backend == "net"]
    assert nets
    for model in nets:
        assert model.mirrored
        crop = np.random.default_rng(3).integers(0, 256, (model.size, model.size, 3), dtype=np.uint8)
        plain, mirrored = NetEmbedder(model, models).embed([crop, crop[:, ::-1]])
        assert np.allclose(plain, mirrored, atol=1e-4)


def test_a_face_too_small_or_too_blurred_says_why_it_has_no_embedding(engine: Engine, portrait: Portrait) -> None:
    image = portrait("obama.jpg")
    blurred = engine.faces(np.asarray(cv2.GaussianBlur(image, (0, 0), 12), np.uint8))[0]
    assert blurred.embedding is None
    assert "blurred" in str(blurred.reason)
    small = np.full((400, 400, 3), 128, np.uint8)
    tiny = scaled(image, 56 / image.shape[1])
    small[40 : 40 + tiny.shape[0], 40 : 40 + tiny.shape[1]] = tiny
    assert [(face.embedding, str(face.reason)[:9]) for face in engine.faces(small)] == [(None, "too small")]


def test_a_crowd_is_aligned_as_its_faces_are_alone(engine: Engine, portrait: Portrait) -> None:
    row = [scaled(portrait(name), 320 / portrait(name).shape[0]) for name in (*ONE_PERSON, *OTHERS)]
    crowd = np.concatenate([np.concatenate(row, 1)] * 4, 0)
    faces = engine.faces(crowd)
    assert len(faces) == 4 * len(row) > BATCH
    for face in faces:
        alike = [distance(face, other) for other in faces if abs(other.box[0] - face.box[0]) < 40]
        assert len(alike) == 4
        assert max(alike) < 0.3


@pytest.mark.parametrize("size", [(26_000, 1000), (1, 60_000), (8000, 8000)])
def test_a_second_look_takes_no_more_memory_than_the_first(size: tuple[int, int]) -> None:
    looked: list[int] = []

    def look(image: Image, scale: float) -> list[Detection]:
        looked.append(int(image.shape[0] * scale) * int(image.shape[1] * scale))
        return []

    assert multiscale(np.zeros((*size, 3), np.uint8), look) == []
    assert max(looked) <= 2560 * 2560
