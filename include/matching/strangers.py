"""How alike strangers are within a cohort, without what the cohort shares. Plain NumPy; nobody is given a name."""

from dataclasses import dataclass

import numpy as np

from include.matching.sample import Flags, Floats, within

# So much more alike than strangers, seen from both sides, is the same person: hardly any stranger is.
SAME_SPREADS = 3.7
# A bell curve that is cut off at two spreads has its mean so many spreads lower.
CUT_OFF, LOWERED = 2, 0.055
LEAST_SPREAD = 1e-6


@dataclass(frozen=True)
class Strangers:
    """Mean and spread of a face's likeness to strangers, on average over the faces of a cohort that have any.

    `spreads` are all pairs of strangers, each from both sides: how many spreads more alike than the mean stranger.
    """

    mean: float
    spread: float
    spreads: Floats


def find_strangers(embeddings: Floats, centre: Floats, link: float) -> Strangers:
    """Who is nearer than `link` is the same person for certain; who else is, shows better the second time."""
    likeness, linked = _likeness(embeddings - centre), within(embeddings, link)
    same = linked
    for _ in range(2):
        same = _same(_spreads(likeness, *middle(likeness, ~same)), linked)
    mean, spread = middle(likeness, ~same)
    known = ~np.isnan(spread[:, 0])
    spreads = _spreads(likeness, mean, spread)[~same & known[:, None]]
    return Strangers(_average(mean[known]), _average(spread[known]), spreads)


def middle(likeness: Floats, strangers: Flags) -> tuple[Floats, Floats]:
    """Mean and spread of each row's strangers, as columns; NaN where a row has none.

    The spread is that of the far half: on the near side stand the same person's other faces that nothing gave away, who
    are also cut off for the mean.
    """
    mean = _mean(likeness, strangers, axis=None)  # of all rows together, for a beginning
    spread = _far_spread(likeness, strangers, mean, axis=None)
    for _ in range(2):
        mean = _mean(likeness, strangers & (likeness <= mean + CUT_OFF * spread)) + LOWERED * spread
        spread = _far_spread(likeness, strangers, mean)
    return mean, np.maximum(spread, LEAST_SPREAD)


def _far_spread(likeness: Floats, strangers: Flags, mean: Floats, axis: int | None = 1) -> Floats:
    return np.sqrt(_mean(np.square(likeness - mean), strangers & (likeness < mean), axis))


def _mean(values: Floats, counted: Flags, axis: int | None = 1) -> Floats:
    with np.errstate(invalid="ignore"):  # NaN where none is counted
        total = np.sum(values, axis, where=counted, keepdims=True)
        return np.asarray(total / np.sum(counted, axis, keepdims=True))


def _average(values: Floats) -> float:
    return float(values.mean()) if values.size else 0.0


def _spreads(likeness: Floats, mean: Floats, spread: Floats) -> Floats:
    return np.asarray((likeness - mean) / spread)


def _same(spreads: Floats, linked: Flags) -> Flags:
    """Those linked, those too much alike, and whoever shares such a face. Each face is the same as itself."""
    link = (linked | ((spreads + spreads.T) / 2 >= SAME_SPREADS)).astype(np.float32)
    return np.asarray(link @ link > 0)


def _likeness(moved: Floats) -> Floats:
    unit = moved / np.maximum(np.linalg.norm(moved, axis=1, keepdims=True), np.finfo(float).tiny)
    return np.asarray(unit @ unit.T)
