"""What strangers look like to one another: measured on the faces that were crawled, cohort by cohort.

Nearly every face that was crawled is a stranger to every other, so the population itself says how alike strangers can
be. It need not be of one kind: faces that look alike form cohorts, each with its own middle and its own tail, for else
a minority would be taken for one another. Cohorts have numbers; nobody says what they are. SQL draws a sample, and what
is learned from it is counted in NumPy: some thousand faces fit into memory, and none of it is kept.
"""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, cast

import numpy as np

from include.core.run import Run
from include.core.sizes import GIB
from include.faces.models.manifest import load_manifest
from include.matching.cohorts import Cohort, find_cohorts, members_of
from include.matching.sample import Sample, sample_of
from include.matching.strangers import find_strangers
from include.matching.tail import tail_of
from include.warehouse.publish import publish
from include.warehouse.rows import POPULATION, PopulationRow
from include.warehouse.shards import write_shard
from include.warehouse.sql import rows
from include.warehouse.steps import Steps

Row = dict[str, Any]
# The work grows with the square of the sample: 4,000 faces are eight million pairs.
MAX_SAMPLE = 4000
MAX_GIB = 100.0
# Nearer than the engine's measured ceiling for 1 in 10,000 is the same person; this, where nobody has measured one.
LINK = 0.6
LINK_RATE = 1e-4


def measure_populations(run: Run, most_gib: float = MAX_GIB) -> int:
    """Measures each engine whose faces have changed since; how many cohorts there are new rows of.

    Refused (Mistake) before anything is read, where a statement would read more than `most_gib`.
    """
    found: list[Row] = []
    for number, due in enumerate(rows(run.bq, "queries/engines_to_measure", {})):
        cohorts = measure(Steps(run.bq, f"{run.key}_{number}"), due, most_gib)
        found += [{**cohort, "run_key": run.key, "engine": due["engine"]} for cohort in cohorts]
        run.log(f"{due['engine']}: {due['faces']} faces, {_told(cohorts)}")
    if not found:
        return 0
    now = datetime.now(UTC)
    write_shard(run, POPULATION, "0000", [cast(PopulationRow, {**cohort, "measured_at": now}) for cohort in found])
    return publish(run, "population")


def measure(steps: Steps, due: Row, most_gib: float = MAX_GIB) -> list[Row]:
    """Cohorts of one engine, and what is known of their strangers; one that knows nothing when faces are too few."""
    capped = steps.within(int(most_gib * GIB))
    (length,) = capped.rows("population_dimensions", {"engine": due["engine"]})
    due = {**due, **length}
    sample = _drawn(capped, due)
    known = _known(sample, find_cohorts(sample), link_of(due["engine"]))
    total = sum(row["sample"] for row in known)
    return [
        {**row, "cohort": number, "faces": round(due["faces"] * row["sample"] / total)}
        for number, row in enumerate(known)
    ] or [unknown(due)]


def unknown(due: Row) -> Row:
    """A population too small to tell anything: nothing is centred, and the engine's measured ceilings are the tail."""
    ceilings = ceilings_of(due["engine"])
    tail = [{"rate": rate, "spreads": 1 - ceilings[rate] ** 2 / 2, "pairs": 0.0} for rate in sorted(ceilings)[::-1]]
    return {"cohort": 0, "centre": [0.0] * due["dimensions"], "faces": due["faces"], "sample": 0, "people": 0.0,
            "pairs": 0, "mean": 0.0, "spread": 1.0, "tail": tail}  # fmt: skip


def ceilings_of(engine: str) -> dict[float, float]:
    """Distances of an engine by false-match rate, measured on people who look alike; none of an engine without."""
    known = load_manifest().engines.get(engine)
    return dict(known.ceilings) if known else {}


def link_of(engine: str) -> float:
    return ceilings_of(engine).get(LINK_RATE, LINK)


def _drawn(steps: Steps, due: Row) -> Sample:
    wanted = {
        "engine": due["engine"],
        "dimensions": due["dimensions"],
        "most": MAX_SAMPLE,
        "share": min(1.0, 2 * MAX_SAMPLE / max(due["faces"], 1)),
    }
    try:
        drawn = steps.read(steps.write("population_sample", "sample", wanted))
    finally:
        steps.clear()
    return sample_of(drawn, link_of(due["engine"]))


def _known(sample: Sample, cohorts: list[Cohort], link: float) -> list[Row]:
    """A row for each cohort of whose strangers something is known; none where too few pairs tell the tail."""
    members = members_of(sample, cohorts)
    strangers = [
        find_strangers(sample.embeddings[its], cohort.centre, link)
        for its, cohort in zip(members, cohorts, strict=True)
    ]
    spreads = np.concatenate([np.empty(0), *(it.spreads for it in strangers)])
    tail = [asdict(point) for point in tail_of(spreads)]
    pairs = (len(spreads) + 1) // 2  # each was counted from both sides
    return [
        {"centre": cohort.centre.tolist(), "sample": cohort.faces, "people": cohort.people, "pairs": pairs,
         "mean": its.mean, "spread": its.spread, "tail": tail, "sampled": [sample.face_ids[place] for place in places]}
        for cohort, places, its in zip(cohorts, members, strangers, strict=True)
        if tail and len(its.spreads)
    ]  # fmt: skip


def _told(cohorts: list[Row]) -> str:
    if not cohorts[0]["pairs"]:
        return "too few to tell how far strangers are apart: the engine's measured ceilings decide"
    each = ", ".join(f"{cohort['faces']} (about {cohort['people']:.0f} people)" for cohort in cohorts)
    return f"{len(cohorts)} cohorts of faces that look alike: {each}"
