"""Every picture of the replica, by what it is good for."""

from dataclasses import dataclass
from pathlib import Path
from random import Random

import cv2
import numpy as np

from replica import picture_tools
from replica.chance import chance, noise
from replica.library import Library, Picture
from replica.photos import Photo, photos
from replica.picture_tools import Head, Pixels
from replica.strangers import strangers

SUBJECT = "subject"
STRANGERS = 36


@dataclass(frozen=True)
class Shelf:
    """All pictures, by what they show."""

    scenery: list[Picture]
    strangers: list[Picture]
    groups: list[Picture]
    subject: list[Picture]
    subject_groups: list[Picture]
    moving: list[Picture]
    heads: list[Head]
    subject_heads: list[Head]


@dataclass(frozen=True)
class Studio:
    """What pictures are made from."""

    seed: int
    library: Library
    backgrounds: list[Pixels]

    def keep(self, image: Pixels, who: tuple[str, ...], rng: Random) -> Picture:
        """Encode as people do: mostly JPEG of some quality, sometimes WebP or PNG."""
        form = rng.choices(["jpg", "webp", "png"], [16, 2, 1])[0]
        quality = rng.randint(70, 92)
        data = {"jpg": picture_tools.jpeg, "webp": picture_tools.webp}.get(
            form, lambda picture, _: picture_tools.png(picture)
        )(image, quality)
        return Picture(self.library.add(data, form), who)


def make_shelf(studio: Studio, folder: Path) -> Shelf:
    """Make every picture, from the photographs in a folder."""
    real = {photo.name: photo for photo in photos()}
    heads = strangers(studio.seed, folder, STRANGERS)
    subject_photos = [photo for photo in real.values() if photo.role == SUBJECT]
    subject_heads = [_cut(folder, photo) for photo in subject_photos]
    alone = [_portrait(studio, head, number) for number, head in enumerate(heads)]
    alone += [_around(studio, folder, real[name], number) for number, name in enumerate(("biden.jpg", "astronaut.png"))]
    return Shelf(
        scenery=[_scenery(studio, number) for number in range(60)],
        strangers=alone,
        groups=[_group(studio, heads, [], number) for number in range(14)],
        subject=[_around(studio, folder, subject_photos[number % 3], 10 + number) for number in range(10)],
        subject_groups=[_group(studio, heads, [subject_heads[number % 3]], 50 + number) for number in range(4)],
        moving=[_moving(studio, number) for number in range(4)],
        heads=heads,
        subject_heads=subject_heads,
    )


def _cut(folder: Path, photo: Photo) -> Head:
    assert photo.face is not None
    x, y, width, height = photo.face
    box = (x - 0.14 * width, y - 0.2 * height, 1.28 * width, 1.24 * height)
    image = picture_tools.crop(picture_tools.read(folder / photo.name), box)
    return Head(SUBJECT, image, picture_tools.oval(image.shape[1], image.shape[0]))


def scene(studio: Studio, rng: Random, width: int, height: int) -> Pixels:
    """Something without a face: a photograph's part, or a landscape of gradients and grain."""
    if rng.random() < 0.4:
        whole = studio.backgrounds[rng.randrange(len(studio.backgrounds))]
        share = rng.uniform(0.45, 1.0)
        size = (whole.shape[1] * share, whole.shape[0] * share)
        corner = (rng.uniform(0, whole.shape[1] - size[0]), rng.uniform(0, whole.shape[0] - size[1]))
        part = picture_tools.fit(picture_tools.crop(whole, (*corner, *size)), width, height)
        return picture_tools.relit(
            picture_tools.mirrored(part) if rng.random() < 0.5 else part, rng.uniform(-20, 20), rng.uniform(0.8, 1.1)
        )
    return _landscape(studio, rng, width, height)


def _landscape(studio: Studio, rng: Random, width: int, height: int) -> Pixels:
    sky, ground = (np.array(_muted(rng, 90, 235)) for _ in range(2))
    down = np.linspace(0, 1, height)[:, None, None]
    image = np.repeat(sky * (1 - down) + ground * down, width, axis=1)
    columns = np.arange(width)
    for layer in range(rng.randint(1, 4)):
        waves = [(rng.uniform(0.5, 3), rng.uniform(0, 6.3), rng.uniform(0.02, 0.08)) for _ in range(3)]
        ridge = np.sum([depth * np.sin(columns / width * 6.3 * turns + phase) for turns, phase, depth in waves], axis=0)
        edge = (0.4 + 0.15 * layer + ridge) * height
        below = np.arange(height)[:, None] > edge[None, :]
        image[below] = np.array(_muted(rng, 25, 160))
    grain = noise(studio.seed, "grain", rng.random()).normal(0, rng.uniform(2, 9), (height, width, 1))
    return np.clip(image + grain, 0, 255).round().astype(np.uint8)


def _muted(rng: Random, low: int, high: int) -> list[int]:
    """A colour between two lightnesses, as things have them: not far from grey."""
    grey = rng.randint(low, high)
    return [max(0, min(255, grey + rng.randint(-38, 38))) for _ in range(3)]


def _scenery(studio: Studio, number: int) -> Picture:
    rng = chance(studio.seed, "scenery", number)
    width, height = rng.choice([(640, 480), (480, 640), (720, 405), (560, 560), (400, 300)])
    return studio.keep(scene(studio, rng, width, height), (), rng)


def _dress(canvas: Pixels, head: Head, rng: Random, middle: int, top: int, height: int) -> None:
    """Neck, shoulders and head, so that a face has something below it."""
    skin = head.colours[int(head.colours.shape[0] * 0.55), head.colours.shape[1] // 3]
    cloth = _muted(rng, 15, 200)
    chin = top + int(height * 0.86)
    neck = ((middle, chin), (height // 6, height // 3))
    cv2.ellipse(canvas, *neck, 0, 0, 360, [int(value) for value in skin], -1, cv2.LINE_AA)
    shoulders = ((middle, chin + int(height * 0.82)), (int(height * 0.85), int(height * 0.74)))
    cv2.ellipse(canvas, *shoulders, 0, 0, 360, cloth, -1, cv2.LINE_AA)
    width = round(head.colours.shape[1] * height / head.colours.shape[0])
    picture_tools.paste(canvas, head, middle - width // 2, top, height)


def _portrait(studio: Studio, head: Head, number: int) -> Picture:
    rng = chance(studio.seed, "portrait", number)
    canvas = scene(studio, rng, 480, 600).copy()
    height = rng.randint(260, 400)
    _dress(canvas, head, rng, 240 + rng.randint(-50, 50), rng.randint(40, 110), height)
    return studio.keep(picture_tools.relit(canvas, rng.uniform(-12, 12), rng.uniform(0.9, 1.1)), (head.name,), rng)


def _around(studio: Studio, folder: Path, photo: Photo, number: int) -> Picture:
    """A photograph as it is passed around: cropped, mirrored, relit, made smaller, compressed again."""
    rng = chance(studio.seed, "around", number)
    assert photo.face is not None
    image = picture_tools.around(picture_tools.read(folder / photo.name), photo.face, rng.uniform(0.25, 0.8), rng)
    image = picture_tools.mirrored(image) if number % 2 else image
    image = picture_tools.relit(image, rng.uniform(-15, 15), rng.uniform(0.9, 1.1))
    name = SUBJECT if photo.role == SUBJECT else photo.name.partition(".")[0]
    return studio.keep(picture_tools.scaled(image, rng.randint(380, 700)), (name,), rng)


def _group(studio: Studio, heads: list[Head], among: list[Head], number: int) -> Picture:
    rng = chance(studio.seed, "group", number)
    people = rng.sample(heads, rng.randint(3, 5) - len(among)) + among
    rng.shuffle(people)
    canvas = scene(studio, rng, 220 * len(people), 520).copy()
    for place, head in enumerate(people):
        height = rng.randint(170, 215)
        _dress(canvas, head, rng, 220 * place + 110 + rng.randint(-12, 12), rng.randint(70, 150), height)
    return studio.keep(canvas, tuple(head.name for head in people), rng)


def _moving(studio: Studio, number: int) -> Picture:
    rng = chance(studio.seed, "moving", number)
    still = scene(studio, rng, 240, 180)
    frames = [np.roll(still, 12 * step, axis=1) for step in range(6)]
    return Picture(studio.library.add(picture_tools.gif(frames), "gif"))
