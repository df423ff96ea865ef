"""Pairs of pictures: their distances, who is in them, the threshold of a false-match rate. Plain NumPy.

Rows of embeddings that are NaN are pictures without a usable face: no stranger ever matches them, and nobody
recognises them.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.floating[Any]]
Integers = npt.NDArray[np.integer[Any]]
DRAWS, SEED = 50, 7
# Draws of references are fewer where there are so many faces that this many pairs of strangers would not do.
MAX_PAIRS = 4_000_000


@dataclass(frozen=True)
class Pairs:
    """Distances of pairs of one person and of pairs of strangers, and of each pair who is in it (by number).

    A pair is of two pictures, or of several references together and a picture.
    """

    same: Floats
    same_of: Integers
    strangers: Floats
    strangers_of: Integers  # two columns

    def among(self, within: Integers, other: Integers | None = None) -> "Pairs":
        """Those of these people alone; with `other`, strangers with one person of each side and no same pairs."""
        same = np.isin(self.same_of, within) if other is None else np.zeros(len(self.same), bool)
        left, right = (np.isin(self.strangers_of, within if side is None else side) for side in (None, other))
        both = left.all(1) if other is None else (left[:, 0] & right[:, 1]) | (left[:, 1] & right[:, 0])
        return Pairs(self.same[same], self.same_of[same], self.strangers[both], self.strangers_of[both])


def distances(left: Floats, right: Floats) -> Floats:
    """Every row of one against every row of the other, from one matrix product. A missing face is infinitely far."""
    squared = np.clip(2 - 2 * (left @ right.T), 0, None)
    return np.asarray(np.nan_to_num(np.sqrt(squared), nan=np.inf), left.dtype)


def centred(embeddings: Floats) -> Floats:
    """Without the mean of the set, and of length one again."""
    there = embeddings[np.isfinite(embeddings[:, 0])]
    if not len(there):
        return embeddings
    moved = embeddings - there.mean(0)
    lengths = np.linalg.norm(moved, axis=1, keepdims=True)
    return np.asarray(moved / np.where(lengths > 0, lengths, np.nan), embeddings.dtype)


def threshold(strangers: Floats, rate: float) -> float | None:
    """The distance below which at most that share of the strangers lies; None where that is not one of them."""
    strangers = strangers[np.isfinite(strangers)]
    place = int(strangers.size * rate + 1e-9)
    return float(np.partition(strangers, place)[place]) if 0 < place < strangers.size else None


def pairs(embeddings: Floats, people: Integers) -> Pairs:
    """All pairs of pictures, each once."""
    first, second = np.triu_indices(len(people), 1)
    found, same = distances(embeddings, embeddings)[first, second], people[first] == people[second]
    others = np.column_stack([people[first[~same]], people[second[~same]]])
    return Pairs(found[same], people[first[same]], found[~same], others)


def against_references(embeddings: Floats, people: Integers, count: int) -> Pairs:
    """The mean of `count` drawn pictures of a person against all other pictures, over many draws.

    Only who has more than `count` usable pictures is drawn; all people are probes. Empty where nobody has.
    """
    random = np.random.default_rng(SEED)
    there = np.flatnonzero(np.isfinite(embeddings[:, 0])) if len(people) else np.zeros(0, np.int64)
    own = {person: there[people[there] == person] for person in np.unique(people)}
    enough = [person for person in own if len(own[person]) > count]
    draws = max(2, min(DRAWS, MAX_PAIRS // max(1, len(enough) * len(people))))
    found = [_draw(embeddings, people, person, own[person], count, random) for person in enough for _ in range(draws)]
    return _joined(found) if found else _joined([pairs(embeddings[:0], people[:0])])


def _draw(
    embeddings: Floats, people: Integers, person: int, own: Integers, count: int, random: np.random.Generator
) -> Pairs:
    drawn = random.choice(own, count, replace=False)
    mean = embeddings[drawn].mean(0, keepdims=True)
    away = distances(mean / np.linalg.norm(mean), embeddings)[0]
    probes = np.setdiff1d(np.flatnonzero(people == person), drawn)
    strangers = people != person
    others = people[strangers]
    return Pairs(away[probes], people[probes], away[strangers], np.column_stack([np.full(len(others), person), others]))


def _joined(found: list[Pairs]) -> Pairs:
    return Pairs(
        np.concatenate([each.same for each in found]),
        np.concatenate([each.same_of for each in found]),
        np.concatenate([each.strangers for each in found]),
        np.concatenate([each.strangers_of for each in found]),
    )
