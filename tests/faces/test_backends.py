"""What every engine promises, whatever it is made of. A new entry of models.toml is tested by being there."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import combinations

import cv2
import numpy as np

from include.faces.engine import Engine, FoundFace
from include.faces.face import Face, Floats
from include.faces.models.manifest import load_manifest
from include.media.box import Box
from include.media.image import Image
from replica import photos

Portrait = Callable[[str], Image]
Looks = Callable[[Engine, str], list[FoundFace]]
OnlyFace = Callable[[Engine, str], Face]
ONE_PERSON = ("obama.jpg", "obama2.jpg", "obama3.jpg")
OTHERS = ("biden.jpg", "astronaut.png")


def embedding(face: Face) -> Floats:
    assert face.embedding is not None, face.reason
    return np.array(face.embedding, np.float32)


def distance(a: Face, b: Face) -> float:
    """Of the directions alone, so that engines which do not normalise can be held to the same."""
    one, other = (embedding(each) / np.linalg.norm(embedding(each)) for each in (a, b))
    return float(np.linalg.norm(one - other))


def half(image: Image) -> Image:
    return np.asarray(cv2.resize(image, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), np.uint8)


def test_the_face_of_a_portrait_is_found_where_it_is(each_engine: Engine, looks: Looks, portrait: Portrait) -> None:
    for photo in photos.photos():
        if photo.name in (*ONE_PERSON, *OTHERS) and photo.face:
            found = looks(each_engine, photo.name)
            whole = cv2.imread(str(photos.REPOSITORY / ".local" / "replica" / "photos" / photo.name)).shape[0]
            there = Box.of(photo.face).scaled(portrait(photo.name).shape[0] / whole)
            assert found[0].box.overlap(there) > 0.35, photo.name
            assert all(each.found.score <= found[0].found.score for each in found)


def test_landmarks_stand_in_order_and_inside(each_engine: Engine, only_face: OnlyFace) -> None:
    for name in (*ONE_PERSON, *OTHERS):
        face = only_face(each_engine, name)
        left_eye, right_eye, nose, left_mouth, right_mouth = face.landmarks
        x, y, width, height = face.box
        assert left_eye[0] < nose[0] < right_eye[0]
        assert left_mouth[0] < right_mouth[0]
        assert max(left_eye[1], right_eye[1]) < nose[1] < min(left_mouth[1], right_mouth[1])
        assert all(x <= a <= x + width and y <= b <= y + height for a, b in face.landmarks)


def test_in_a_picture_of_half_the_size_the_box_has_half_the_size(
    each_engine: Engine, looks: Looks, portrait: Portrait
) -> None:
    whole = looks(each_engine, "astronaut.png")[0].found
    small = each_engine.find(half(portrait("astronaut.png")))[0].found
    assert small.box.scaled(2).overlap(whole.box) > 0.7
    assert np.abs(small.landmarks * 2 - whole.landmarks).max() < 0.08 * whole.box.side


def test_a_picture_without_a_face_has_none(each_engine: Engine, looks: Looks) -> None:
    assert looks(each_engine, "brick.png") == []


def test_even_a_picture_of_one_pixel_is_looked_at(each_engine: Engine) -> None:
    assert each_engine.faces(np.zeros((1, 1, 3), np.uint8)) == []
    assert each_engine.faces(np.zeros((3, 700, 3), np.uint8)) == []


def test_several_threads_see_what_one_sees(each_engine: Engine, looks: Looks, portrait: Portrait) -> None:
    names = ["astronaut.png", "obama2.jpg"] * 2
    with ThreadPoolExecutor(4) as threads:
        together = list(threads.map(lambda name: each_engine.find(portrait(name)), names))
    for name, found in zip(names, together, strict=True):
        alone = looks(each_engine, name)[0]
        assert len(found) == len(looks(each_engine, name))
        assert np.allclose(found[0].found.box, alone.found.box, atol=0.01)
        assert np.allclose(found[0].found.landmarks, alone.found.landmarks, atol=0.01)
        assert np.array_equal(np.asarray(found[0].crop), np.asarray(alone.crop))


def test_several_threads_embed_what_one_embeds(each_engine: Engine, looks: Looks, only_face: OnlyFace) -> None:
    names = ["astronaut.png", "obama2.jpg"] * 2
    with ThreadPoolExecutor(4) as threads:
        together = list(threads.map(lambda name: each_engine.embed(looks(each_engine, name)[:1])[0], names))
    for name, face in zip(names, together, strict=True):
        assert np.allclose(embedding(face), embedding(only_face(each_engine, name)), atol=1e-4)


def test_many_at_once_are_what_they_are_one_by_one(each_engine: Engine, looks: Looks, only_face: OnlyFace) -> None:
    names = (*ONE_PERSON, *OTHERS)
    together = each_engine.embed([looks(each_engine, name)[0] for name in names])
    for name, face in zip(names, together, strict=True):
        assert np.allclose(embedding(face), embedding(only_face(each_engine, name)), atol=1e-4)


def test_an_embedding_has_the_dimensions_and_the_length_that_the_manifest_says(
    each_engine: Engine, only_face: OnlyFace
) -> None:
    known = load_manifest()
    model = known.models[known.engine(each_engine.name).embedder]
    numbers = embedding(only_face(each_engine, "astronaut.png"))
    assert len(numbers) == each_engine.dimensions == model.dimensions
    assert (abs(np.linalg.norm(numbers) - 1) < 1e-5) == model.normalised


def test_one_person_is_nearer_to_himself_than_any_stranger(each_engine: Engine, only_face: OnlyFace) -> None:
    himself = [only_face(each_engine, name) for name in ONE_PERSON]
    strangers = [only_face(each_engine, name) for name in OTHERS]
    farthest = max(distance(a, b) for a, b in combinations(himself, 2))
    assert farthest + 0.1 < min(distance(a, b) for a in himself for b in strangers)


def test_a_mirrored_face_is_the_same_face(each_engine: Engine, portrait: Portrait, only_face: OnlyFace) -> None:
    mirrored = each_engine.faces(portrait("obama2.jpg")[:, ::-1].copy())[0]
    assert distance(mirrored, only_face(each_engine, "obama2.jpg")) < 0.35
