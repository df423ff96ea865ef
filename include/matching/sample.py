"""Faces that stand for a population, a few of each person: plain NumPy."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Flags = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
MAX_OF_A_PERSON = 20
ROWS_AT_ONCE = 500  # of a table of distances: for 4,000 faces it is 16 MB, and not 128


@dataclass(frozen=True)
class Sample:
    """Faces as drawn; `worth` is one divided by how many of those drawn are of the same person."""

    face_ids: tuple[str, ...]
    embeddings: Floats
    worth: Floats


def sample_of(drawn: Iterable[dict[str, Any]], link: float) -> Sample:
    """Of what steps/population_sample.sql drew at most MAX_OF_A_PERSON faces a person, the first ones.

    Half of a gallery may be one woman, and what all faces share must not be her face. Who lies within `link` of one
    another counts as one person.
    """
    rows = sorted(drawn, key=lambda row: int(row["place"]))
    embeddings = np.array([row["embedding"] for row in rows], np.float64)
    same = within(embeddings, link)
    kept = np.tril(same, -1).sum(1) < MAX_OF_A_PERSON
    return Sample(
        tuple(row["face_id"] for row, stays in zip(rows, kept, strict=True) if stays),
        embeddings[kept],
        1 / np.minimum(same.sum(1), MAX_OF_A_PERSON)[kept],
    )


def within(embeddings: Floats, link: float) -> Flags:
    """Which of them lie so near to which; each to itself."""
    if not len(embeddings):
        return np.empty((0, 0), np.bool_)
    squares = np.square(embeddings).sum(1)
    starts = range(0, len(embeddings), ROWS_AT_ONCE)
    parts = [slice(start, start + ROWS_AT_ONCE) for start in starts]
    return np.concatenate(
        [squares[some, None] + squares - 2 * (embeddings[some] @ embeddings.T) <= link**2 for some in parts]
    )
