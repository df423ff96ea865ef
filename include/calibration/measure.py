"""Everything that is measured of one engine on one set of labelled faces, as rows of table `calibration`.

`rate`:   the threshold of a stated false-match rate, and how many pairs of one person it finds; within a group as if
          there were no other people (with a centre of its own, too)
`within`: what the threshold of everybody does to the pairs of a group; `across`: to strangers of whom one is in it
`sweep`:  hits and false hits at fixed distances
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from include.calibration.intervals import Estimate, SortedPairs
from include.calibration.labelled_faces import EVERYBODY, Labelled
from include.calibration.pairs import Floats, Integers, Pairs, against_references, centred, pairs

Row = dict[str, Any]
RATES = (1e-1, 1e-2, 1e-3, 1e-4)
DISTANCES = tuple(round(0.4 + step / 10, 1) for step in range(11))
REFERENCES = (1, 3, 5)
WAYS: dict[str, Callable[[Floats], Floats]] = {"plain": lambda embeddings: embeddings, "centred": centred}
CURVE = np.logspace(-5, 0, 101)[:-1]
BINS = np.arange(0, 2.001, 0.04)


@dataclass
class Measured:
    """Rows, and what the plots show: hit rates over CURVE by group, way and references; distances in BINS by way."""

    engine: str
    rows: list[Row] = field(default_factory=list)
    curves: dict[tuple[str, str, int], Floats] = field(default_factory=dict)
    distance_counts: dict[str, tuple[Integers, Integers]] = field(default_factory=dict)


def measured(labelled: Labelled, rates: Sequence[float]) -> Measured:
    """All of it for one engine. It is the same for the same faces, to the last digit."""
    result = Measured(labelled.engine)
    for group in (EVERYBODY, *labelled.group_names):
        part = labelled.of(group)
        common = {"engine": labelled.engine, "group_name": group, **part.counts()}
        for way in WAYS:
            for references in REFERENCES:
                result.rows += _rates(result, {**common, "way": way, "reference_count": references}, part, rates)
    for way in WAYS:
        result.rows += _groups(labelled, way, [row for row in result.rows if _is_everybodys(row, way)])
    result.rows += _sweep(labelled)
    _spread(result, labelled)
    return result


def _pairs(part: Labelled, way: str, references: int = 1) -> Pairs:
    embeddings, people = part.used()
    moved = WAYS[way](embeddings)
    return pairs(moved, people) if references == 1 else against_references(moved, people, references)


def _rates(result: Measured, common: Row, part: Labelled, rates: Sequence[float]) -> Iterator[Row]:
    found = _pairs(part, common["way"], common["reference_count"])
    sample = SortedPairs(found, _known(part))
    if len(found.same):
        result.curves[common["group_name"], common["way"], common["reference_count"]] = sample.curve(CURVE)
    for step, (rate, estimate) in enumerate(zip(rates, sample.at_rates(rates), strict=True), 1):
        reason = _why_not(found, sample, rate, common["reference_count"])
        asked = {"measure": "rate", "step": step, "false_match_rate": rate, "reason": reason}
        yield {**common, **asked, **_columns(sample, estimate)}


def _known(part: Labelled) -> int:
    """How many pairs of strangers' pictures there are, both with a face."""
    embeddings, people = part.used()
    _, counts = np.unique(people[np.isfinite(embeddings[:, 0])], return_counts=True)
    return int(counts.sum() ** 2 - (counts**2).sum()) // 2


def _why_not(found: Pairs, sample: SortedPairs, rate: float, references: int) -> str | None:
    if references > 1 and not len(found.same):
        return f"nobody has more than {references} usable pictures"
    if not sample.tells(rate):
        return f"too few pairs of strangers to tell one in {1 / rate:.0f}"
    return None if len(found.same) else "nobody has two pictures"


def _is_everybodys(row: Row, way: str) -> bool:
    return (row["group_name"], row["way"], row["reference_count"]) == (EVERYBODY, way, 1)


def _groups(labelled: Labelled, way: str, everybody: list[Row]) -> Iterator[Row]:
    """What the thresholds of everybody do to each group: that is where a minority pays for the average."""
    told = [row for row in everybody if row["threshold"] is not None]
    found = _pairs(labelled, way) if labelled.group_names else None
    people = labelled.used()[1]
    for group in labelled.group_names:
        part = labelled.of(group)
        own = np.unique(part.used()[1])
        for measure, other in (("within", None), ("across", np.setdiff1d(people, own))):
            assert found is not None
            sample = SortedPairs(found.among(own, other))
            estimates = sample.at_distances([row["threshold"] for row in told])
            for row, estimate in zip(told, estimates, strict=True):
                common = {"engine": labelled.engine, "group_name": group, **part.counts(), "way": way}
                asked = {key: row[key] for key in ("step", "reference_count", "false_match_rate")}
                reason = None if len(sample.strangers) else "there are no such pairs of strangers"
                yield {**common, **asked, "measure": measure, "reason": reason, **_columns(sample, estimate)}


def _sweep(labelled: Labelled) -> Iterator[Row]:
    """The old report's table: fixed distances against hits and false hits."""
    sample = SortedPairs(_pairs(labelled, "plain"))
    common = {"engine": labelled.engine, "group_name": EVERYBODY, **labelled.counts()}
    for step, estimate in enumerate(sample.at_distances(DISTANCES), 1):
        asked = {"measure": "sweep", "way": "plain", "reference_count": 1, "step": step}
        yield {**common, **asked, **_columns(sample, estimate)}


def _columns(sample: SortedPairs, estimate: Estimate) -> Row:
    return {
        "same_pairs": len(sample.same),
        "stranger_pairs": len(sample.strangers),
        "threshold": estimate.threshold,
        "hits": estimate.hits,
        "hit_rate": estimate.hit_rate,
        "hit_rate_low": estimate.hit_interval[0],
        "hit_rate_high": estimate.hit_interval[1],
        "false_hits": estimate.false_hits,
        "false_hit_rate": estimate.false_hit_rate,
        "false_hit_rate_low": estimate.false_hit_interval[0],
        "false_hit_rate_high": estimate.false_hit_interval[1],
    }


def _spread(result: Measured, labelled: Labelled) -> None:
    for way in WAYS:
        found = _pairs(labelled, way)
        same, strangers = (np.histogram(each[np.isfinite(each)], BINS)[0] for each in (found.same, found.strangers))
        result.distance_counts[way] = (same, strangers)
