"""What the emulator takes, Google's BigQuery takes too: every statement goes through Google's own analyzer."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from string import Template
from typing import Any

import pytest

from include.warehouse.definitions import load_definitions
from include.warehouse.publish import merge_text
from include.warehouse.schemas import load_specs
from include.warehouse.sql import FOLDER, sql_text
from tests.warehouse.googlesql import GoogleSQL
from tests.warehouse.test_sql_doc import QUESTIONS

# The analyzer is compiled once a process, which takes half a minute.
pytestmark = pytest.mark.slow

STAGING = "facewarden_biometrics.staging_"
# In the order of a run, each with the tables that it reads; one that writes a table writes the one of its own name.
STEPS = {
    "population_dimensions": {},
    "population_sample": {},
    "search_templates": {},
    "search_reach": {"templates": "templates"},
    "search_strangers": {"templates": "templates"},
    "search_probes": {"templates": "templates", "strangers": "strangers"},
    "search_candidates": {"probes": "probes"},
}
# A parameter takes the type that fits where it stands. These fit more than one.
PARAMETERS = {
    "subject_id": "STRING",
    "probes": "ARRAY<STRUCT<probe STRING, embedding ARRAY<FLOAT64>>>",
    "false_match_rate": "FLOAT64",
    "most_false_matches": "FLOAT64",
    "same_spreads": "FLOAT64",
    "least_pairs": "INT64",
    "since": "TIMESTAMP",
    "asked": "STRING",
    "whole": "BOOL",
    "kinds": "ARRAY<STRING>",
    "post_nos": "ARRAY<INT64>",
    "subject_ids": "ARRAY<STRING>",
}
QUERIES = sorted(path.stem for path in FOLDER.glob("queries/*.sql"))
ASSERTIONS = sorted(path.name.removesuffix(".assert.sql") for path in FOLDER.glob("functions/*.assert.sql"))
# What search_probes and search_candidates wrote is what these merge; the others merge shards.
OF_A_SEARCH = {"match": ("candidates",), "search": ("templates", "probes")}


@dataclass
class Warehouse:
    """All that is defined, and what of it was refused."""

    google: GoogleSQL
    refused: dict[str, str] = field(default_factory=dict)

    def hold(self, name: str, check: Callable[..., object], *given: object) -> None:
        try:
            check(*given)
        except Exception as error:
            self.refused[name] = str(error)


@pytest.fixture(scope="module")
def defined() -> Warehouse:
    """Views and routines, and the tables that a run's steps write."""
    warehouse = Warehouse(GoogleSQL(load_specs().values()))
    google = warehouse.google
    for it in load_definitions():
        warehouse.hold(it.address, google.define, it)
    for name in STEPS:
        target = STAGING + name.split("_", 1)[1]
        text = step_text(name, target)
        if "CREATE OR REPLACE TABLE" in text:
            warehouse.hold(name, google.written, target, text, used(text))
        else:
            warehouse.hold(name, google.check, text, used(text))
    return warehouse


@pytest.fixture(scope="module")
def google(defined: Warehouse) -> GoogleSQL:
    return defined.google


def step_text(name: str, target: str) -> str:
    read = {given: STAGING + table for given, table in STEPS[name].items()}
    return Template((FOLDER / "steps" / f"{name}.sql").read_text("utf-8")).substitute({**read, "target": target})


def used(text: str) -> dict[str, str]:
    return {name: kind for name, kind in PARAMETERS.items() if f"@{name}" in text}


@pytest.mark.parametrize("address", [it.address for it in load_definitions()])
def test_a_view_or_routine(defined: Warehouse, address: str) -> None:
    assert defined.refused.get(address) is None


@pytest.mark.parametrize("name", sorted(path.stem for path in FOLDER.glob("steps/*.sql")))
def test_a_step(defined: Warehouse, name: str) -> None:
    assert name in STEPS and defined.refused.get(name) is None


@pytest.mark.parametrize("name", QUERIES)
def test_a_query(google: GoogleSQL, name: str) -> None:
    text = sql_text(f"queries/{name}")
    assert google.check(text, used(text))


@pytest.mark.parametrize("name", ASSERTIONS)
def test_assertions(google: GoogleSQL, name: str) -> None:
    assert google.check(sql_text(f"functions/{name}.assert"))


@pytest.mark.parametrize("table", sorted(path.stem for path in FOLDER.glob("merges/*.sql")))
def test_a_merge(google: GoogleSQL, table: str) -> None:
    if table in OF_A_SEARCH:
        text = sql_text(f"merges/{table}", **{name: STAGING + name for name in OF_A_SEARCH[table]})
    else:
        text = merge_text(load_specs()[table], load_specs()[table].address)  # as if the table were its own shards
    assert google.check(text, used(text))


# __TABLES__ is BigQuery's, and not the language's.
@pytest.mark.parametrize(
    "asked", [it for it in QUESTIONS if "__TABLES__" not in it.queries[0]], ids=lambda it: it.number
)
def test_a_question_of_the_page(google: GoogleSQL, asked: Any) -> None:
    assert google.check(asked.queries[0])


def test_the_layer_of_google_alone(google: GoogleSQL) -> None:
    """But for VECTOR_SEARCH itself, of which only the columns are known: a table in its place has them too."""
    text = sql_text("google/similar_faces", digest="x", search_options="{}")
    stand_in = f"(SELECT (SELECT AS STRUCT face.*) AS base FROM {STAGING.removesuffix('staging_')}face AS face)"
    replaced, times = re.subn(r"VECTOR_SEARCH\(.*?\n  \)\n", stand_in + "\n", text, flags=re.DOTALL)
    assert times == 1 and google.check(replaced)
    assert google.check(sql_text("google/face_embedding"))


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT face_id FROM facewarden_biometrics.face WHERE embedding = embedding",
        "WITH step AS (SELECT 1 AS step) SELECT step, SUM(step) OVER (ORDER BY step) FROM step",
        "SELECT facewarden_biometrics.face_distance('a', 'b')",
        "SELECT nothing FROM facewarden.media",
    ],
    ids=["arrays compared", "a table hides its column", "of another type", "no such column"],
)
def test_what_google_refuses_is_seen(google: GoogleSQL, statement: str) -> None:
    with pytest.raises(Exception, match="INVALID_ARGUMENT"):
        google.check(statement)
