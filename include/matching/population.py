"""What strangers look like to one another: measured by SQL on the faces that were crawled, cohort by cohort.

Nearly every face that was crawled is a stranger to every other, so the population itself says how alike strangers can
be. It need not be of one kind: faces that look alike form cohorts, each with its own middle and its own tail, for else
a minority would be taken for one another. Cohorts have numbers; nobody says what they are.
"""

from datetime import UTC, datetime
from statistics import NormalDist
from typing import Any, cast

from google.cloud import bigquery

from include.core.run import Run
from include.core.sizes import GIB
from include.faces.models.manifest import load_manifest
from include.warehouse.publish import publish
from include.warehouse.rows import POPULATION, PopulationRow
from include.warehouse.shards import write_shard
from include.warehouse.sql import rows
from include.warehouse.steps import Steps

Row = dict[str, Any]
# The work grows with the square of the sample: 4,000 faces are eight million pairs.
MAX_SAMPLE = 4000
MAX_OF_A_PERSON = 20
MAX_GIB = 100.0
# Nearer than the engine's measured ceiling for 1 in 10,000 is the same person; this, where nobody has measured one.
LINK = 0.6
LINK_RATE = 1e-4
SAME_SPREADS = 3.7
# Nearer than this some pairs of strangers are taken for one person's too, and what is left no longer tells the tail.
TOLD_SPREADS = SAME_SPREADS - 0.4
MAX_COHORTS, FACES_A_COHORT = 8, 200
MIN_FACES, MIN_PEOPLE = 60, 20
MIN_PAIRS = 20
STARTS, FIRST_ROUNDS, ROUNDS = 5, 3, 8
RATES = [0.5, 0.3, 0.2, 0.1, 0.05, 0.03, 0.02, 0.01, 5e-3, 3e-3, 2e-3, 1e-3, 5e-4, 3e-4, 2e-4, 1e-4, 3e-5, 1e-5, 1e-6]


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
    # Only these two read the faces; everything after them reads the sample, which is small.
    capped = steps.within(int(most_gib * GIB))
    try:
        (length,) = capped.rows("population_dimensions", {"engine": due["engine"]})
        due = {**due, **length}
        sample = capped.write("population_sample", "sample", _sampling(due))
        centres = _cohorts(steps, sample)
        measured = _tails(steps, sample, centres, link_of(due["engine"])) if centres else {}
    finally:
        steps.clear()
    known = [cohort for cohort in centres if cohort["cohort"] in measured]
    total = sum(cohort["faces"] for cohort in known)
    return [
        {**measured[cohort["cohort"]], "cohort": place, "centre": cohort["centre"], "sample": cohort["faces"],
         "people": cohort["people"], "faces": round(due["faces"] * cohort["faces"] / total)}
        for place, cohort in enumerate(known)
    ] or [unknown(due)]  # fmt: skip


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


def _sampling(due: Row) -> Row:
    return {
        "engine": due["engine"],
        "dimensions": due["dimensions"],
        "most": MAX_SAMPLE,
        "share": min(1.0, 2 * MAX_SAMPLE / max(due["faces"], 1)),
        "link": link_of(due["engine"]),
        "most_a_person": MAX_OF_A_PERSON,
    }


def _cohorts(steps: Steps, sample: str) -> list[Row]:
    """Groups of faces that look alike, by k-means from several starts; too small a group is given to the others."""
    first = steps.rows(
        "population_start", {"starts": STARTS, "most": MAX_COHORTS, "faces": FACES_A_COHORT}, sample=sample
    )
    if not first or first[0]["people"] < MIN_PEOPLE or first[0]["sampled"] < MIN_FACES:
        return []
    attempts = _moved(steps, sample, first, FIRST_ROUNDS)
    losses: dict[int, float] = {}
    for cohort in attempts:
        losses[cohort["start"]] = losses.get(cohort["start"], 0.0) + cohort["loss"]
    best = min(losses, key=lambda start: (losses[start], start))
    cohorts = _moved(steps, sample, [cohort for cohort in attempts if cohort["start"] == best], ROUNDS)
    while small := [it for it in cohorts if it["faces"] < MIN_FACES or it["people"] < MIN_PEOPLE]:
        smallest = min(small, key=lambda it: (it["people"], it["cohort"]))
        cohorts = _moved(steps, sample, [it for it in cohorts if it is not smallest], 1)
    return cohorts


def _moved(steps: Steps, sample: str, cohorts: list[Row], rounds: int) -> list[Row]:
    for _ in range(rounds):
        cohorts = steps.rows("population_centres", {"centres": _centres(cohorts)}, sample=sample)
    return cohorts


def _tails(steps: Steps, sample: str, cohorts: list[Row], link: float) -> dict[int, Row]:
    """What is known of each cohort's strangers, by its number."""
    members = steps.write("population_members", "members", {"centres": _centres(cohorts)}, sample=sample)
    pairs = steps.write("population_pairs", "pairs", {"link": link}, members=members)
    same = steps.write("population_linked", "linked", {}, pairs=pairs)
    for number in range(2):  # who is the same person shows better the second time
        faces = steps.write("population_faces", f"faces_{number}", {}, pairs=pairs, same=same)
        params = {"same_spreads": SAME_SPREADS}
        same = steps.write("population_same", f"same_{number}", params, pairs=pairs, faces=faces)
    faces = steps.write("population_faces", "faces", {}, pairs=pairs, same=same)
    wanted: Row = {
        "rates": RATES,
        "deviates": [-NormalDist().inv_cdf(rate) for rate in RATES],
        "least_pairs": MIN_PAIRS,
        "most_spreads": TOLD_SPREADS,
    }
    found = steps.rows("population_tail", wanted, pairs=pairs, same=same, faces=faces, members=members)
    return {row.pop("cohort"): row for row in found}


def _centres(cohorts: list[Row]) -> bigquery.ArrayQueryParameter:
    """`ARRAY<STRUCT<start, cohort, centre>>`: where a round begins."""
    given = [
        bigquery.StructQueryParameter(
            None,
            bigquery.ScalarQueryParameter("start", "INT64", cohort["start"]),
            bigquery.ScalarQueryParameter("cohort", "INT64", cohort["cohort"]),
            bigquery.ArrayQueryParameter("centre", "FLOAT64", list(cohort["centre"])),
        )
        for cohort in cohorts
    ]
    return bigquery.ArrayQueryParameter("centres", "STRUCT", given)


def _told(cohorts: list[Row]) -> str:
    if not cohorts[0]["pairs"]:
        return "too few to tell how far strangers are apart: the engine's measured ceilings decide"
    each = ", ".join(f"{cohort['faces']} (about {cohort['people']:.0f} people)" for cohort in cohorts)
    return f"{len(cohorts)} cohorts of faces that look alike: {each}"
