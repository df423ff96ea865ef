"""Folders of face pictures, looked at by an engine: one embedding a picture, NaN where no usable face was found."""

import csv
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from include.calibration.embed_pictures import bits, under_two_names
from include.faces.engine import Engine, FoundFace
from include.faces.face import Floats
from include.faces.nets.net import threads
from include.media.caps import Unreadable
from include.media.image import Image
from include.media.pictures import decode

Which = Callable[[FoundFace, Image], float]  # the face of a picture is the one for which this is the least


def central(seen: FoundFace, image: Image) -> float:
    """How far the face is from the picture's centre."""
    middle = np.array([image.shape[1], image.shape[0]], np.float32) / 2
    return float(np.linalg.norm(np.subtract(seen.box.centre, middle)))


def largest(seen: FoundFace, image: Image) -> float:
    return -seen.box.area


def embeddings(engine: Engine, pictures: Sequence[Path], which: Which) -> Floats:
    """The embedding of each picture's face, as rows in order."""
    with ThreadPoolExecutor(threads()) as pool:
        looks = list(pool.map(lambda path: _face(engine, path, which), pictures))
    rows = np.full((len(looks), engine.dimensions), np.nan, np.float32)
    usable = [at for at, seen in enumerate(looks) if seen is not None and seen.crop is not None]
    faces = engine.embed([seen for at in usable if (seen := looks[at]) is not None])
    for at, face in zip(usable, faces, strict=True):
        rows[at] = _unit(np.array(face.embedding, np.float32))
    return rows


def _unit(embedding: Floats) -> Floats:
    return np.asarray(embedding / np.linalg.norm(embedding), np.float32)


def _face(engine: Engine, path: Path, which: Which) -> FoundFace | None:
    try:
        image = decode(path.read_bytes())
    except Unreadable:
        return None
    return min(engine.find(image), key=lambda seen: which(seen, image), default=None)


def people(folder: Path) -> dict[Path, str]:
    """Pictures of a folder with a folder for each person, at any depth, and who is in them.

    One picture under two names, be it cut or compressed anew, says nothing about either, and is left out; so is a file
    that is no picture.
    """
    paths = [path for path in sorted(folder.rglob("*.*")) if path.is_file()]
    with ThreadPoolExecutor(threads()) as pool:
        hashes = {path: bits for path, bits in zip(paths, pool.map(_bits, paths), strict=True) if bits is not None}
    twice = under_two_names(list(hashes.values()), np.array([path.parent.name for path in hashes]))
    print(f"{folder.name}: {len(paths) - len(hashes)} files are no pictures, {twice.sum()} pictures have two names")
    return {path: path.parent.name for path, out in zip(hashes, twice, strict=True) if not out}


def _bits(path: Path) -> Floats | None:
    try:
        return bits(decode(path.read_bytes()))
    except Unreadable:
        return None


def listed_pairs(folder: Path) -> tuple[list[tuple[Path, Path]], list[bool]]:
    """The pairs of pairs.csv, and which are of one person."""
    with (folder / "pairs.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    return [(folder / row["left"], folder / row["right"]) for row in rows], [row["same"] == "1" for row in rows]
