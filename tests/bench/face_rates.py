"""What the accuracy bench asks beyond include/calibration: percents, and LFW's own protocol of folds."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from include.calibration.pairs import Floats, Integers, threshold

Flags = npt.NDArray[np.bool_]


def accepted(same: Floats, strangers: Floats, rate: float) -> float | None:
    """Percent of the same-person distances that are accepted where `rate` of the strangers is."""
    at = threshold(strangers, rate)
    return None if at is None or not same.size else round(100 * float(np.mean(same < at)), 1)


def fold_accuracy(found: Floats, same: Flags, folds: Sequence[Integers]) -> float:
    """Percent of the pairs told rightly, each fold with the threshold that is best for the others."""
    shares = []
    for fold in folds:
        others = np.setdiff1d(np.arange(len(same)), fold) if len(folds) > 1 else fold
        shares.append(np.mean((found[fold] < _best(found[others], same[others])) == same[fold]))
    return round(100 * float(np.mean(shares)), 2)


def _best(found: Floats, same: Flags) -> float:
    """The threshold that tells most pairs rightly: halfway to the next distance."""
    order = np.argsort(found)
    sorted_ = np.minimum(found[order], 4.0)
    right = np.cumsum(same[order]) - np.cumsum(~same[order])
    at = int(np.argmax(right))
    return float((sorted_[at] + sorted_[min(at + 1, len(sorted_) - 1)]) / 2) + 1e-7
