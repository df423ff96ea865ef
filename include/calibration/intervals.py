"""Shares of pairs at a distance, and how sure they are: people are drawn again and again, and not pairs.

Pairs of one person are not independent: who takes a bad photograph spoils all of their pairs. So an interval is what
the share comes to in 95 of 100 sets made by drawing as many people from the same people, some twice, some never. With
fewer than ten people it is too narrow still, since nobody can be drawn who is not there; and where all draws agree (no
pair was accepted, or each) there is none.
"""

import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from include.calibration.pairs import Floats, Pairs

DRAWS, SEED = 400, 7
MIN_PEOPLE = 4  # of fewer nothing is said
# A false-match rate is told where so many stranger pairs are nearer than its threshold.
MIN_FALSE = 5

Interval = tuple[float | None, float | None]


@dataclass(frozen=True)
class Estimate:
    """What a threshold does: how many of the pairs it accepts. None: there is nothing to tell it from."""

    threshold: float | None = None
    hits: int | None = None
    hit_rate: float | None = None
    hit_interval: Interval = (None, None)
    false_hits: int | None = None
    false_hit_rate: float | None = None
    false_hit_interval: Interval = (None, None)


@dataclass(frozen=True)
class _Weighted:
    """Sorted distances, and how much weight lies before each of them."""

    same: Floats
    strangers: Floats
    same_before: Floats
    strangers_before: Floats

    def thresholds(self, rates: Floats) -> Floats:
        """The distance below which at most that share of the strangers lies; NaN where there are none."""
        if not self.strangers_before[-1]:
            return np.full(len(rates), np.nan)
        places = np.searchsorted(self.strangers_before[1:], rates * self.strangers_before[-1] + 1e-9, side="right")
        return np.asarray(self.strangers[np.minimum(places, len(self.strangers) - 1)], np.float64)

    def hit_rates(self, thresholds: Floats) -> Floats:
        return _shares(self.same, self.same_before, thresholds)

    def false_hit_rates(self, thresholds: Floats) -> Floats:
        return _shares(self.strangers, self.strangers_before, thresholds)


class SortedPairs:
    """Pairs in order of their distance, so that a weight for each person gives all shares at once.

    `known` is how many pairs of strangers' pictures stand behind them, where they are more: drawing references from
    the same pictures again and again makes pairs, and no knowledge.
    """

    def __init__(self, pairs: Pairs, known: int | None = None) -> None:
        self._people, places = np.unique(
            np.concatenate([pairs.same_of, pairs.strangers_of.ravel()]), return_inverse=True
        )
        same_of, strangers_of = places[: len(pairs.same_of)], places[len(pairs.same_of) :].reshape(-1, 2)
        order = np.argsort(pairs.same)
        self.same, self._same_of = pairs.same[order], same_of[order]
        # A picture without a face matches no stranger, so it is in none of their pairs.
        there = np.flatnonzero(np.isfinite(pairs.strangers))
        order = there[np.argsort(pairs.strangers[there])]
        self.strangers, self._strangers_of = pairs.strangers[order], strangers_of[order]
        self._known = len(order) if known is None else min(known, len(order))

    def tells(self, rate: float) -> bool:
        """Whether there are enough strangers for a false-match rate."""
        return self._known * rate + 1e-9 >= MIN_FALSE

    def at_rates(self, rates: Sequence[float]) -> list[Estimate]:
        """At the threshold of each false-match rate; without one where the strangers are too few for it.

        The interval of the hit rate holds for the rate, whose threshold is found anew in each draw; that of the false
        hits for the threshold as it stands.
        """
        wanted = np.array(rates, np.float64)
        told = np.array([self.tells(rate) for rate in rates], bool)
        return self._estimates(lambda sample: np.where(told, sample.thresholds(wanted), np.nan))

    def at_distances(self, distances: Sequence[float]) -> list[Estimate]:
        """At given distances."""
        thresholds = np.array(distances, np.float64)
        return self._estimates(lambda sample: thresholds)

    def curve(self, rates: Floats) -> Floats:
        """The hit rate at each false-match rate, NaN where not one stranger would be accepted."""
        whole = self._weighted(np.ones(len(self._people)))
        return np.where(rates * self._known >= 1, whole.hit_rates(whole.thresholds(rates)), np.nan)

    def _estimates(self, thresholds_of: Callable[[_Weighted], Floats]) -> list[Estimate]:
        whole = self._weighted(np.ones(len(self._people)))
        thresholds = thresholds_of(whole)
        hits, false_hits = [], []
        for weights in self._draws():
            drawn = self._weighted(weights)
            hits.append(drawn.hit_rates(thresholds_of(drawn)))
            false_hits.append(drawn.false_hit_rates(thresholds))
        rates = zip(whole.hit_rates(thresholds), whole.false_hit_rates(thresholds), strict=True)
        counts = [(int(np.sum(self.same < at)), int(np.sum(self.strangers < at))) for at in thresholds]
        intervals = zip(_intervals(hits, len(counts)), _intervals(false_hits, len(counts)), strict=True)
        return [
            Estimate() if np.isnan(at)
            else Estimate(float(at), count[0], _number(rate[0]), interval[0], count[1], _number(rate[1]), interval[1])
            for at, count, rate, interval in zip(thresholds, counts, rates, intervals, strict=True)
        ]  # fmt: skip

    def _draws(self) -> Iterator[Floats]:
        """How often each person is drawn; the same draws every time."""
        random, count = np.random.default_rng(SEED), len(self._people)
        for _ in range(DRAWS if count >= MIN_PEOPLE else 0):
            yield np.bincount(random.integers(0, count, count), minlength=count).astype(np.float64)

    def _weighted(self, weights: Floats) -> _Weighted:
        strangers = weights[self._strangers_of[:, 0]] * weights[self._strangers_of[:, 1]]
        return _Weighted(self.same, self.strangers, _before(weights[self._same_of]), _before(strangers))


def _before(weights: Floats) -> Floats:
    return np.concatenate([[0.0], np.cumsum(weights)])


def _shares(found: Floats, before: Floats, thresholds: Floats) -> Floats:
    """The share of the weight that is nearer; NaN where there is no weight, or no threshold."""
    nearer = before[np.searchsorted(found, thresholds)]
    whole = before[-1] if before[-1] else np.nan
    return np.where(np.isnan(thresholds), np.nan, nearer / whole)


def _intervals(draws: list[Floats], count: int) -> list[Interval]:
    if not draws:
        return [(None, None)] * count
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of a column without a number; it stays NaN
        low, high = np.nanpercentile(draws, [2.5, 97.5], axis=0)
    # Where all draws agree, as when nothing was accepted, they do not know how sure that is.
    return [(_number(a), _number(b)) if a < b else (None, None) for a, b in zip(low, high, strict=True)]


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
