"""Subjects against faces, in SQL; what is asked of a search is said here.

Only faces that came since the last search are compared, as long as it had the same basis: the same references, consent,
population, rate and statements. What comes of it is what comparing all of them again would.
"""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from include.core.errors import Mistake
from include.core.run import Log, Run
from include.core.sizes import GIB
from include.matching.population import MAX_GIB
from include.matching.strangers import SAME_SPREADS
from include.matching.tail import MIN_PAIRS
from include.matching.warning_texts import text_of
from include.warehouse.cost import told
from include.warehouse.sql import FOLDER, rows
from include.warehouse.steps import Steps

Row = dict[str, Any]
# Before and behind all faces.
EVER, NEVER = datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)
# The statements by which it is decided what is near enough: where one has changed, everybody is searched for anew.
_DECIDING = (
    *("steps/search_templates", "steps/search_strangers", "steps/search_probes", "steps/search_candidates"),
    *("views/face_in_cohort", "functions/centred_likeness", "functions/face_distance"),
    *("functions/stranger_rate", "functions/stranger_spreads"),
)


@dataclass(frozen=True)
class Search:
    """Whom to search for (everybody with a live consent when None), and how sure a match has to be."""

    subject_id: str | None = None
    false_match_rate: float = 1e-4
    # In a large gallery even a small rate brings many strangers: no more than so many are to be expected a subject.
    most_false_matches: float = 100.0
    most_gib: float = MAX_GIB
    # Compare all faces, also those that an earlier search compared.
    whole: bool = False

    def check(self) -> None:
        if not 0 < self.false_match_rate <= 0.5:
            raise Mistake(
                f"false_match_rate is {self.false_match_rate}: say a share of strangers, above 0 and up to 0.5"
            )

    @property
    def asked(self) -> str:
        """What decides besides references, consent and population: a part of the search's basis."""
        return f"{self.false_match_rate!r}/{self.most_false_matches!r}/{_method()}"


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
    templates, probes, candidates = candidates_of(steps, search)
    new = steps.change("merges/match", {"run_key": steps.run_key}, candidates=candidates)
    asked = {"false_match_rate": float(search.false_match_rate), "run_key": steps.run_key}
    subject = {"subject_id": search.subject_id or None}
    # Only now: what is not merged must count as not compared.
    steps.change("merges/search", {**subject, **asked}, templates=templates, probes=probes)
    log(f"the search was to read {told(steps.bytes_read)}")
    for row in rows(steps.bq, "queries/searches_of_run", {"run_key": steps.run_key}):
        log(_line(row))
    return {"new_matches": new}


def candidates_of(steps: Steps, search: Search) -> tuple[str, str, str]:
    """The tables of who is searched for, of what is searched with, and of what is near enough to it."""
    wanted = {"subject_id": search.subject_id or None, "asked": search.asked, "whole": search.whole}
    templates = steps.write("search_templates", "templates", wanted)
    (reach,) = steps.rows("search_reach", {}, templates=templates)
    # Read by nobody who needs all faces, a table has no partition to read.
    all_of_them = {"since": EVER if reach["whole"] else NEVER}
    strangers = steps.write("search_strangers", "strangers", all_of_them, templates=templates)
    asked = {
        "false_match_rate": float(search.false_match_rate),
        "most_false_matches": float(search.most_false_matches),
        "same_spreads": SAME_SPREADS,
        "least_pairs": MIN_PAIRS,
    }
    probes = steps.write("search_probes", "probes", asked, templates=templates, strangers=strangers)
    new = {"since": EVER if reach["whole"] else reach["since"] or NEVER}
    return templates, probes, steps.write("search_candidates", "candidates", new, probes=probes)


def _method() -> str:
    statements = "".join((FOLDER / f"{name}.sql").read_text("utf-8") for name in _DECIDING)
    return hashlib.sha256(statements.encode()).hexdigest()[:12]


def _line(row: Row) -> str:
    warning = f"; WARNING, {text_of(row['warning']).english}" if row["warning"] else ""
    return (
        f"subject {row['subject_id']}: {row['accepted']} sightings among {row['faces']} faces of {row['engine']}, "
        f"{row['compared']} of them compared now; {row['expected_false_matches']:.2g} strangers expected{warning}"
    )
