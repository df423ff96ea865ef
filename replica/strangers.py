"""Strangers who do not exist: two photographed people, bent and blended feature by feature, from a seed.

Promised: the same faces for the same seed; nobody of them is made from the subject. Not promised: that they are as
unlike one another as people are. They are a crowd to search in, not a data set to measure an embedder on.
"""

from pathlib import Path
from random import Random

import cv2
import numpy as np

from replica.chance import chance, noise
from replica.picture_tools import Head, Pixels, Points, Reals, bent, read

WIDTH, HEIGHT = 360, 430
EYES = np.array([[132.0, 205.0], [228.0, 205.0]])
FEATURES = {
    "eyes": slice(0, 6), "brows": slice(6, 12), "nose": slice(12, 17), "mouth": slice(17, 21),
    "jaw": slice(21, 26), "temples": slice(26, 28), "hairline": slice(28, 31), "outline": slice(31, 38),
}  # fmt: skip
# Noted by hand, in pixels of the photographs: eyes (outer, inner, centre; then centre, inner, outer), brows, nose
# (bridge, tip, nostrils, base), mouth (left, top, right, bottom), jaw (left, lower left, chin, lower right, right),
# temples, hairline (left, middle, right), outline of the head from the left ear over the top to the right one.
NOTED = {
    "biden.jpg": [
        (505, 320), (562, 330), (532, 322), (650, 347), (622, 343), (682, 358),
        (480, 292), (530, 282), (570, 290), (620, 305), (655, 315), (690, 330),
        (590, 340), (608, 400), (545, 405), (622, 415), (590, 425),
        (517, 457), (570, 460), (628, 475), (575, 485),
        (440, 480), (480, 540), (570, 575), (640, 550), (672, 520),
        (425, 330), (715, 350), (470, 160), (570, 130), (680, 170),
        (395, 390), (385, 290), (425, 150), (560, 92), (695, 125), (748, 220), (715, 420),
    ],
    "astronaut.png": [
        (191, 101), (211, 103), (202, 101), (247, 103), (236, 104), (260, 104),
        (188, 90), (200, 88), (214, 92), (236, 94), (250, 92), (264, 97),
        (224, 104), (223, 122), (211, 128), (234, 128), (223, 132),
        (201, 139), (223, 142), (246, 140), (222, 154),
        (183, 145), (200, 165), (222, 178), (248, 163), (265, 140),
        (180, 100), (268, 105), (190, 62), (225, 55), (262, 68),
        (172, 122), (154, 85), (180, 34), (230, 16), (275, 33), (299, 80), (277, 125),
    ],
}  # fmt: skip


def strangers(seed: int, folder: Path, count: int) -> list[Head]:
    """So many strangers."""
    parents = [_parent(folder, name, points) for name, points in NOTED.items()]
    return [_child(seed, number, parents) for number in range(count)]


def _parent(folder: Path, name: str, noted: list[tuple[int, int]]) -> tuple[Pixels, Points, Points]:
    """A photograph, its noted points, and where these lie once the eyes are where every face has them."""
    points = np.array(noted, dtype=np.float64)
    left, right = points[2], points[3]
    turn = complex(*(EYES[1] - EYES[0])) / complex(*(right - left))
    moved = (points - left) @ np.array([[turn.real, turn.imag], [-turn.imag, turn.real]]) + EYES[0]
    return read(folder / name), points, moved


def _child(seed: int, number: int, parents: list[tuple[Pixels, Points, Points]]) -> Head:
    rng = chance(seed, "stranger", number)
    shape = _shape(rng, parents[0][2], parents[1][2])
    first, second = (bent(image, points, shape, WIDTH, HEIGHT) for image, points, _ in parents)
    share = _shares(rng, shape)[..., None]
    colours = first * share + second * (1 - share)
    head = _outline(shape)
    colours = _tinted(rng, colours, _face_mask(shape))
    if number % 4 == 1:
        colours = _bearded(seed, number, colours, shape)
    pixels = np.clip(colours, 0, 255).round().astype(np.uint8)
    if rng.random() < 0.5:
        pixels, head = np.ascontiguousarray(pixels[:, ::-1]), np.ascontiguousarray(head[:, ::-1])
    return Head(f"stranger_{number:02d}", pixels, head)


def _shape(rng: Random, first: Points, second: Points) -> Points:
    """Where this stranger's features are."""
    share = rng.uniform(0.15, 0.85)
    shape = first * share + second * (1 - share)
    middle = WIDTH / 2
    wide, long = rng.uniform(0.9, 1.12), rng.uniform(-14, 14)
    for name in ("jaw", "temples"):
        shape[FEATURES[name], 0] = middle + (shape[FEATURES[name], 0] - middle) * wide
    shape[FEATURES["jaw"], 1] += long
    shape[FEATURES["mouth"], 1] += long * 0.5 + rng.uniform(-6, 6)
    shape[FEATURES["mouth"], 0] = middle + (shape[FEATURES["mouth"], 0] - middle) * rng.uniform(0.85, 1.15)
    shape[FEATURES["nose"], 0] = middle + (shape[FEATURES["nose"], 0] - middle) * rng.uniform(0.85, 1.25)
    shape[FEATURES["nose"], 1] += rng.uniform(-8, 8)
    shape[FEATURES["brows"], 1] += rng.uniform(-6, 6)
    shape[FEATURES["hairline"], 1] += rng.uniform(-12, 8)
    _set_eyes(shape, rng.uniform(-7, 7), rng.uniform(0.88, 1.15))
    return shape


def _set_eyes(shape: Points, apart: float, size: float) -> None:
    for eye, brow, side in ((slice(0, 3), slice(6, 9), -1), (slice(3, 6), slice(9, 12), 1)):
        centre = shape[eye].mean(axis=0)
        shape[eye] = centre + (shape[eye] - centre) * size
        shape[eye, 0] += side * apart
        shape[brow, 0] += side * apart


def _shares(rng: Random, shape: Points) -> Reals:
    """How much of the first parent shows at each pixel: another share for each feature."""
    ys, xs = np.mgrid[0:HEIGHT, 0:WIDTH]
    total = np.full((HEIGHT, WIDTH), rng.uniform(0.15, 0.85))
    for name, spread in (("eyes", 26.0), ("nose", 24.0), ("mouth", 30.0), ("jaw", 45.0), ("hairline", 60.0)):
        wanted = rng.uniform(0.0, 1.0)
        for x, y in shape[FEATURES[name]]:
            near = np.exp(-((xs - x) ** 2 + (ys - y) ** 2) / (2 * spread**2))
            total += (wanted - total) * near * 0.6
    return np.asarray(np.clip(total, 0, 1))


def _outline(shape: Points) -> Reals:
    around = np.concatenate([shape[FEATURES["outline"]], shape[FEATURES["jaw"]][::-1]])
    return _filled(around, 5.0)


def _face_mask(shape: Points) -> Reals:
    around = np.concatenate([shape[FEATURES["hairline"]], shape[[27]], shape[FEATURES["jaw"]][::-1], shape[[26]]])
    return _filled(around, 9.0)


def _filled(around: Points, soft: float) -> Reals:
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    cv2.fillPoly(mask, [np.round(around).astype(np.int32)], 255)
    return np.asarray(cv2.GaussianBlur(mask, (0, 0), soft), dtype=np.float64) / 255


def _tinted(rng: Random, colours: Reals, face: Reals) -> Reals:
    """Another skin and another hair: lightness, redness and yellowness moved, inside the face and outside of it."""
    lab = cv2.cvtColor((np.clip(colours, 0, 255) / 255).astype(np.float32), cv2.COLOR_RGB2LAB).astype(np.float64)
    skin = np.array([rng.uniform(-14, 14), rng.uniform(-6, 6), rng.uniform(-8, 8)])
    hair = np.array([rng.uniform(-45, 5), rng.uniform(-4, 8), rng.uniform(-12, 10)])
    lab += skin * face[..., None] + hair * (1 - face[..., None])
    back = cv2.cvtColor(np.clip(lab, [0, -127, -127], [100, 127, 127]).astype(np.float32), cv2.COLOR_LAB2RGB)
    return np.asarray(back, dtype=np.float64) * 255


def _bearded(seed: int, number: int, colours: Reals, shape: Points) -> Reals:
    jaw, mouth = shape[FEATURES["jaw"]], shape[FEATURES["mouth"]]
    beard = _filled(np.concatenate([jaw, mouth[[2, 1, 0]]]), 6.0) - _filled(mouth, 3.0)
    grain = cv2.GaussianBlur(noise(seed, "beard", number).normal(0.0, 0.25, (HEIGHT, WIDTH)), (0, 0), 0.8)
    return np.asarray(colours * (1 - np.clip(beard * (0.45 + grain), 0, 0.85)[..., None]))
