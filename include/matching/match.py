"""Subjects against faces, in SQL; what is asked of a search is said here."""

from dataclasses import dataclass
from typing import Any

from include.core.errors import Mistake
from include.core.run import Log, Run
from include.core.sizes import GIB
from include.matching.population import MAX_GIB
from include.matching.strangers import SAME_SPREADS
from include.matching.tail import MIN_PAIRS
from include.matching.warning_texts import text_of
from include.warehouse.cost import told
from include.warehouse.sql import rows
from include.warehouse.steps import Steps

Row = dict[str, Any]


@dataclass(frozen=True)
class Search:
    """Whom to search for (everybody with a live consent when None), and how sure a match has to be."""

    subject_id: str | None = None
    false_match_rate: float = 1e-4
    # In a large gallery even a small rate brings many strangers: no more than so many are to be expected a subject.
    most_false_matches: float = 100.0
    # A match is likely where so few strangers as near are expected among all faces searched.
    likely_false_matches: float = 0.1
    most_gib: float = MAX_GIB

    def check(self) -> None:
        if not 0 < self.false_match_rate <= 0.5:
            raise Mistake(
                f"false_match_rate is {self.false_match_rate}: say a share of strangers, above 0 and up to 0.5"
            )


def match_faces(run: Run, search: Search) -> Row:
    """New matches of one subject, or of every live one; what was searched is recorded also when nothing was found.

    One batched query for all subjects. Run again, it finds the same and writes none twice.
    """
    search.check()
    if search.subject_id and not rows(run.bq, "queries/live_subjects", {"subject_ids": [search.subject_id]}):
        raise Mistake(f"there is no subject {search.subject_id} with a live consent: nobody was searched for")
    steps = Steps(run.bq, run.key, most_bytes=int(search.most_gib * GIB))
    try:
        return _searched(steps, search, run.log)
    finally:
        steps.clear()


def _searched(steps: Steps, search: Search, log: Log) -> Row:
    probes, candidates = candidates_of(steps, search)
    likely = {"likely_false_matches": float(search.likely_false_matches), "run_key": steps.run_key}
    new = steps.change("merges/match", likely, candidates=candidates)
    rate = {"false_match_rate": float(search.false_match_rate), "run_key": steps.run_key}
    subject = {"subject_id": search.subject_id or None}
    steps.change("merges/search", {**subject, **rate}, probes=probes, candidates=candidates)
    log(f"the search was to read {told(steps.bytes_read)}")
    for row in rows(steps.bq, "queries/searches_of_run", {"run_key": steps.run_key}):
        log(_line(row))
    return {"new_matches": new}


def candidates_of(steps: Steps, search: Search) -> tuple[str, str]:
    """The tables of what is searched with, and of what is near enough to it."""
    templates = steps.write("search_templates", "templates", {"subject_id": search.subject_id or None})
    strangers = steps.write("search_strangers", "strangers", {}, templates=templates)
    asked = {
        "false_match_rate": float(search.false_match_rate),
        "most_false_matches": float(search.most_false_matches),
        "same_spreads": SAME_SPREADS,
        "least_pairs": MIN_PAIRS,
    }
    probes = steps.write("search_probes", "probes", asked, templates=templates, strangers=strangers)
    return probes, steps.write("search_candidates", "candidates", {}, probes=probes)


def _line(row: Row) -> str:
    warning = f"; WARNING, {text_of(row['warning']).english}" if row["warning"] else ""
    return (
        f"subject {row['subject_id']}: {row['accepted']} sightings among {row['faces']} faces of {row['engine']}, "
        f"{row['expected_false_matches']:.2g} strangers expected{warning}"
    )
