"""How likeness ends among strangers: how many spreads above the mean the most alike 10 %, 1 %, 0.1 % … of them are.

Mean and spread differ from cohort to cohort; how it ends, counted in spreads, does not, as far as can be measured, so
all cohorts tell it together. A cohort alone could not: where few people have many faces, too many pairs of one person
stand among its strangers, and would make the limit for everybody in it too strict.
"""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from include.matching.sample import Floats
from include.matching.strangers import SAME_SPREADS

RATES = [0.5, 0.3, 0.2, 0.1, 0.05, 0.03, 0.02, 0.01, 5e-3, 3e-3, 2e-3, 1e-3, 5e-4, 3e-4, 2e-4, 1e-4, 3e-5, 1e-5, 1e-6]
MIN_PAIRS = 20
# Nearer than this some pairs of strangers are taken for one person's too, and what is left no longer tells the tail.
TOLD_SPREADS = SAME_SPREADS - 0.4
NOTCHES = 200  # in a spread: what lies in one is not told apart
# The slope beyond what was seen is that between this rate and the smallest seen; this much, where nothing tells it.
COMMON_RATE = 0.1
USUAL_SLOPE, LEAST_SLOPE = 1.2, 1.0


@dataclass(frozen=True)
class TailPoint:
    """`pairs` is how many were seen there; 0 where it was extrapolated."""

    rate: float
    spreads: float
    pairs: float


def tail_of(spreads: Floats) -> list[TailPoint]:
    """A point for each of RATES, of pairs of strangers that are each counted from both sides; none where too few.

    What too few pairs have shown, or lies where pairs of strangers were taken for one person's, goes on as a bell curve
    would from there, with the slope that was seen before.
    """
    known = [it for it in _seen(spreads) if it.pairs >= MIN_PAIRS and it.spreads <= TOLD_SPREADS]
    if not known:
        return []
    last, slope = known[-1], _slope(known)
    return known + [
        TailPoint(rate, last.spreads + slope * (_deviate(rate) - _deviate(last.rate)), 0.0)
        for rate in RATES[len(known) :]
    ]


def _seen(spreads: Floats) -> list[TailPoint]:
    """Those that pairs have shown: the largest rates, as the most alike pair stands for no smaller one."""
    notches, pairs = np.unique(np.floor(spreads * NOTCHES), return_counts=True)
    above = np.cumsum(pairs[::-1])
    reached = [int(np.searchsorted(above, rate * len(spreads), side="right")) for rate in RATES]
    return [
        TailPoint(rate, float(notches[-at]) / NOTCHES, rate * len(spreads) / 2)
        for rate, at in zip(RATES, reached, strict=True)
        if at
    ]


def _slope(known: list[TailPoint]) -> float:
    common, last = [it for it in known if it.rate >= COMMON_RATE], known[-1]
    if not common or common[-1] is last:
        return USUAL_SLOPE
    rise = last.spreads - common[-1].spreads
    return max(rise / (_deviate(last.rate) - _deviate(common[-1].rate)), LEAST_SLOPE)


def _deviate(rate: float) -> float:
    """Where a bell curve has that rate."""
    return -NormalDist().inv_cdf(rate)
