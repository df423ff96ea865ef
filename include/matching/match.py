"""Subjects against faces, in one query; the numbers behind its thresholds come from here."""

from collections.abc import Callable
from statistics import NormalDist
from typing import Any

from google.cloud import bigquery

from include.faces.manifest import load_manifest
from include.mistakes import Mistake
from include.warehouse.jobs import run_job
from include.warehouse.sql import parameter, rows, sql_text

Log = Callable[[str], None]
# What a band promises: of so many strangers' faces, one is let through.
LIKELY_RATE = 1e-4
POSSIBLE_RATE = 1e-3
# With fewer faces than this the population says nothing; the engine's measured ceiling alone decides.
LEAST_POPULATION = 50


def match_faces(bq: bigquery.Client, run_key: str, subject_id: str | None, log: Log) -> dict[str, int]:
    """New matches of one subject, or of every live one. Run again, it finds the same and writes none twice."""
    if subject_id and not rows(bq, "queries/live_subjects", {"subject_id": subject_id}):
        raise Mistake(f"there is no subject {subject_id} with a live consent: nobody was searched for")
    sql = sql_text("merges/match")
    parameters = [parameter(name, value) for name, value in match_params(subject_id).items()]
    config = bigquery.QueryJobConfig(query_parameters=parameters)
    job = run_job(
        lambda job_id: bq.query(sql, job_config=config, job_id=job_id, job_retry=None), f"match_{run_key}", bq
    )
    new = int(job.num_dml_affected_rows or 0)
    log(f"{new} new matches")
    return {"new_matches": new}


def match_params(subject_id: str | None) -> dict[str, Any]:
    """The parameters of `merges/match.sql`: how far below the middle of the strangers each band begins."""
    measured = {LIKELY_RATE, POSSIBLE_RATE}
    engines = [engine for engine in load_manifest().engines.values() if measured <= engine.ceilings.keys()]
    return {
        "subject_id": subject_id,
        "least_population": LEAST_POPULATION,
        "likely_rate": LIKELY_RATE,
        "possible_rate": POSSIBLE_RATE,
        "likely_spreads": -NormalDist().inv_cdf(LIKELY_RATE),
        "possible_spreads": -NormalDist().inv_cdf(POSSIBLE_RATE),
        "engines": [engine.name for engine in engines],
        "likely_ceilings": [engine.ceilings[LIKELY_RATE] for engine in engines],
        "possible_ceilings": [engine.ceilings[POSSIBLE_RATE] for engine in engines],
    }
