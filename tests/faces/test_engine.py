"""What every engine promises, whatever nets it is made of."""

from collections.abc import Callable
from itertools import chain, combinations
from pathlib import Path

import cv2
import numpy as np
import pytest

from include.faces.aligners.onet import BATCH
from include.faces.detectors.centerface import scale_for
from include.faces.embedders.net import Net
from include.faces.engine import Engine
from include.faces.face import Face, Floats, Image
from include.faces.manifest import load_manifest

Portrait = Callable[[str], Image]
OnlyFace = Callable[[Engine, str], Face]
ONE_PERSON = ("obama.jpg", "obama2.jpg", "obama3.jpg")
OTHERS = ("biden.jpg", "astronaut.png")


def embedding(face: Face) -> Floats:
    assert face.embedding is not None, face.reason
    return np.array(face.embedding, np.float32)


def distance(a: Face, b: Face) -> float:
    return float(np.linalg.norm(embedding(a) - embedding(b)))


def scaled(image: Image, factor: float) -> Image:
    return np.asarray(cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA), np.uint8)


def test_one_person_is_nearer_to_himself_than_any_stranger(each_engine: Engine, only_face: OnlyFace) -> None:
    himself = [only_face(each_engine, name) for name in ONE_PERSON]
    strangers = [only_face(each_engine, name) for name in OTHERS]
    farthest = max(distance(a, b) for a, b in combinations(himself, 2))
    assert farthest + 0.1 < min(distance(a, b) for a in himself for b in strangers)


def test_an_embedding_has_length_one_and_the_dimensions_it_says(each_engine: Engine, only_face: OnlyFace) -> None:
    numbers = embedding(only_face(each_engine, "astronaut.png"))
    assert len(numbers) == each_engine.dimensions
    assert abs(np.linalg.norm(numbers) - 1) < 1e-5


def test_a_mirrored_face_is_the_same_face(each_engine: Engine, portrait: Portrait, only_face: OnlyFace) -> None:
    mirrored = each_engine.faces(portrait("obama.jpg")[:, ::-1].copy())[0]
    assert distance(mirrored, only_face(each_engine, "obama.jpg")) < 0.3


@pytest.mark.parametrize("quarters", [1, 3])
def test_a_face_on_its_side_is_the_same_face(
    engine: Engine, portrait: Portrait, only_face: OnlyFace, quarters: int
) -> None:
    turned = engine.faces(np.rot90(portrait("obama.jpg"), quarters).copy())[0]
    assert distance(turned, only_face(engine, "obama.jpg")) < 0.5
    assert abs((turned.pose.roll + 90 * quarters + 180) % 360 - 180) < 20


def test_a_rescaled_face_is_the_same_face(each_engine: Engine, portrait: Portrait, only_face: OnlyFace) -> None:
    half = each_engine.faces(scaled(portrait("obama.jpg"), 0.5))[0]
    assert distance(half, only_face(each_engine, "obama.jpg")) < 0.35


def test_many_at_once_are_what_they_are_one_by_one(each_engine: Engine, portrait: Portrait) -> None:
    images = [portrait(name) for name in (*ONE_PERSON, *OTHERS, "brick.png")]
    together, alone = each_engine.faces_many(images), [each_engine.faces(image) for image in images]
    assert [len(faces) for faces in together] == [len(faces) for faces in alone]
    for a, b in zip(chain(*together), chain(*alone), strict=True):
        assert np.allclose(embedding(a), embedding(b), atol=1e-4)


def test_a_picture_without_a_face_has_none(engine: Engine, portrait: Portrait) -> None:
    assert engine.faces(portrait("brick.png")) == []


def test_a_face_is_found_in_a_thumbnail_and_in_a_poster(engine: Engine, portrait: Portrait) -> None:
    image = portrait("astronaut.png")
    for factor in (0.08, 0.25, 1.0, 6.0):
        assert len(engine.faces(scaled(image, factor))) == 1


def test_a_face_that_fills_the_picture_is_found(engine: Engine, portrait: Portrait, only_face: OnlyFace) -> None:
    x, y, width, height = only_face(engine, "astronaut.png").box
    left, right, top, bottom = x + 0.15 * width, x + 0.85 * width, y + 0.15 * height, y + 0.92 * height
    close = portrait("astronaut.png")[round(top) : round(bottom), round(left) : round(right)].copy()
    assert len(engine.faces(close)) == 1


@pytest.mark.parametrize(("size", "factor"), [((2560, 900), 0.5), ((800, 600), 1), ((240, 200), 2), ((48, 20), 4)])
def test_large_pictures_are_searched_smaller_and_small_ones_larger(size: tuple[int, int], factor: float) -> None:
    assert scale_for(*size) == factor


def test_an_embedding_averaged_with_its_mirror_image_cannot_tell_left_from_right(engine: Engine, models: Path) -> None:
    known = load_manifest()
    nets = [model for model in known.models_of(engine.name) if model.backend == "net"]
    assert nets
    for model in nets:
        assert model.mirrored
        crop = np.random.default_rng(3).integers(0, 256, (model.size, model.size, 3), dtype=np.uint8)
        plain, mirrored = Net(model, models).embed([crop, crop[:, ::-1]])
        assert np.allclose(plain, mirrored, atol=1e-4)


def test_even_a_picture_of_one_pixel_is_looked_at(engine: Engine) -> None:
    assert engine.faces(np.zeros((1, 1, 3), np.uint8)) == []
    assert engine.faces(np.zeros((3, 5000, 3), np.uint8)) == []


def test_a_face_too_small_or_too_blurred_says_why_it_has_no_embedding(engine: Engine, portrait: Portrait) -> None:
    image = portrait("obama.jpg")
    blurred = engine.faces(np.asarray(cv2.GaussianBlur(image, (0, 0), 12), np.uint8))[0]
    assert blurred.embedding is None
    assert "blurred" in str(blurred.reason)
    small = np.full((400, 400, 3), 128, np.uint8)
    tiny = scaled(image, 56 / image.shape[1])
    small[40 : 40 + tiny.shape[0], 40 : 40 + tiny.shape[1]] = tiny
    assert [(face.embedding, str(face.reason)[:9]) for face in engine.faces(small)] == [(None, "too small")]


def test_landmarks_stand_where_eyes_nose_and_mouth_are(engine: Engine, only_face: OnlyFace) -> None:
    face = only_face(engine, "astronaut.png")
    left_eye, right_eye, nose, left_mouth, right_mouth = face.landmarks
    x, y, width, height = face.box
    assert left_eye[0] < nose[0] < right_eye[0]
    assert left_mouth[0] < right_mouth[0]
    assert max(left_eye[1], right_eye[1]) < nose[1] < min(left_mouth[1], right_mouth[1])
    assert all(x <= a <= x + width and y <= b <= y + height for a, b in face.landmarks)


def test_a_crowd_is_aligned_as_its_faces_are_alone(engine: Engine, portrait: Portrait) -> None:
    row = [scaled(portrait(name), 320 / portrait(name).shape[0]) for name in (*ONE_PERSON, *OTHERS)]
    crowd = np.concatenate([np.concatenate(row, 1)] * 4, 0)
    faces = engine.faces(crowd)
    assert len(faces) == 4 * len(row) > BATCH
    for face in faces:
        alike = [distance(face, other) for other in faces if abs(other.box[0] - face.box[0]) < 40]
        assert len(alike) == 4
        assert max(alike) < 0.3
