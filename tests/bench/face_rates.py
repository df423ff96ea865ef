"""Shares of right answers from embeddings: plain NumPy, nothing about pictures or engines.

Rows of embeddings that are NaN are pictures without a face: no stranger ever matches them, and nobody recognises them.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[np.float32]
Flags = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.int64]
DRAWS, SEED = 50, 7


def distances(left: Rows, right: Rows) -> Rows:
    """Every row of one against every row of the other, from one matrix product. A missing face is infinitely far."""
    squared = np.clip(2 - 2 * (left @ right.T), 0, None)
    return np.asarray(np.nan_to_num(np.sqrt(squared), nan=np.inf), np.float32)


def centred(embeddings: Rows) -> Rows:
    """Without the mean of the set, and of length one again."""
    moved = embeddings - np.nanmean(embeddings, axis=0)
    return np.asarray(moved / np.linalg.norm(moved, axis=1, keepdims=True), np.float32)


def threshold(strangers: Rows, rate: float) -> float | None:
    """The distance below which at most that share of the strangers lies; None where they are too few to tell."""
    strangers = strangers[np.isfinite(strangers)]
    place = int(strangers.size * rate + 1e-9)
    return float(np.partition(strangers, place)[place]) if place else None


def accepted(same: Rows, strangers: Rows, rate: float) -> float | None:
    """Percent of the same-person distances that are accepted where `rate` of the strangers is."""
    at = threshold(strangers, rate)
    return None if at is None or not same.size else round(100 * float(np.mean(same < at)), 1)


def pairs(embeddings: Rows, people: Numbers) -> tuple[Rows, Rows]:
    """Distances of all pairs of pictures: of one person, and of strangers."""
    first, second = np.triu_indices(len(people), 1)
    found, same = distances(embeddings, embeddings)[first, second], people[first] == people[second]
    return found[same], found[~same]


def against_references(embeddings: Rows, people: Numbers, count: int) -> tuple[Rows, Rows]:
    """Distances from the mean of `count` drawn pictures of a person to all other pictures, over many draws."""
    random = np.random.default_rng(SEED)
    there = np.flatnonzero(np.isfinite(embeddings[:, 0]))
    same, strangers = [np.zeros(0, np.float32)], [np.zeros(0, np.float32)]
    for person in np.unique(people):
        own = there[people[there] == person]
        probes = np.flatnonzero(people == person)
        if len(own) <= count:
            continue
        for _ in range(DRAWS):
            drawn = random.choice(own, count, replace=False)
            mean = embeddings[drawn].mean(0, keepdims=True)
            away = distances(mean / np.linalg.norm(mean), embeddings)[0]
            same.append(away[np.setdiff1d(probes, drawn)])
            strangers.append(away[people != person])
    return np.concatenate(same), np.concatenate(strangers)


def fold_accuracy(found: Rows, same: Flags, folds: Sequence[Numbers]) -> float:
    """Percent of the pairs told rightly, each fold with the threshold that is best for the others."""
    shares = []
    for fold in folds:
        others = np.setdiff1d(np.arange(len(same)), fold) if len(folds) > 1 else fold
        shares.append(np.mean((found[fold] < _best(found[others], same[others])) == same[fold]))
    return round(100 * float(np.mean(shares)), 2)


def _best(found: Rows, same: Flags) -> float:
    """The threshold that tells most pairs rightly: halfway to the next distance."""
    order = np.argsort(found)
    sorted_ = np.minimum(found[order], 4.0)
    right = np.cumsum(same[order]) - np.cumsum(~same[order])
    at = int(np.argmax(right))
    return float((sorted_[at] + sorted_[min(at + 1, len(sorted_) - 1)]) / 2) + 1e-7
