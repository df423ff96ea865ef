"""The files of include/sql: each is one statement that the warehouse accepts, and every function keeps its promises."""

import datetime
import itertools
import re
from pathlib import Path
from typing import Any

import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery

from include.core.errors import Mistake
from include.warehouse.definitions import load_definitions
from include.warehouse.publish import merge_text
from include.warehouse.schemas import load_specs
from include.warehouse.sql import FOLDER, array_type, parameter, rows, sql_text
from tests.warehouse.conftest import Insert, Make

FILES = sorted(FOLDER.rglob("*.sql"))
FUNCTIONS = [path for path in FILES if path.parent.name == "functions" and not path.name.endswith(".assert.sql")]
STATEMENTS = [path.relative_to(FOLDER).with_suffix("").as_posix() for path in FILES]


@pytest.mark.parametrize("path", FILES, ids=STATEMENTS)
def test_a_file_says_what_it_is_for_and_how_it_is_used(path: Path) -> None:
    comment = list(itertools.takewhile(lambda line: line.startswith("--"), path.read_text().splitlines()))
    assert len(comment) >= 2, "a file starts with a comment: what it answers, and a line that uses it"
    assert any(re.match(r"-- Use(d by)?\b", line) for line in comment)


@pytest.mark.parametrize("path", FILES, ids=STATEMENTS)
def test_a_file_holds_one_statement(path: Path) -> None:
    code = re.sub(r"--.*|'[^']*'", "", path.read_text()).strip()
    assert ";" not in code.removesuffix(";")


@pytest.mark.parametrize("path", FUNCTIONS, ids=lambda path: path.stem)
def test_every_function_has_assertions(path: Path) -> None:
    assert path.with_name(f"{path.stem}.assert.sql").exists()


@pytest.mark.parametrize("path", FUNCTIONS, ids=lambda path: path.stem)
def test_every_function_keeps_its_promises(
    path: Path, bq: bigquery.Client, clean_tables: None, insert: Insert, make: Make
) -> None:
    insert("match", [make("match", subject_id="s1", face_id="f1")])  # something that a wrong function would find
    promises = rows(bq, f"functions/{path.stem}.assert", {})
    assert len(promises) > 0
    assert [row["name"] for row in promises if row["ok"] is not True] == []


def test_definitions_come_after_what_they_use() -> None:
    order = [it.address.split(".")[1] for it in load_definitions()]
    assert order.index("face_distance") < order.index("is_match")
    assert order.index("match_in_media") < order.index("matches_of")
    assert order.index("live_subject") < order.index("subject_template")


def _dry_run(bq: bigquery.Client, statement: str) -> Any:
    names = sorted(set(re.findall(r"@(\w+)", re.sub(r"--.*", "", statement))))
    parameters = [parameter(name, _value(name, statement), array_type(statement, name)) for name in names]
    return bq.query(statement, job_config=bigquery.QueryJobConfig(dry_run=True, query_parameters=parameters))


NUMBERS = ("rate", "spreads", "population", "threshold")
VALUES = {
    **dict.fromkeys(("most", "most_sightings", "most_copies", "tries"), 9),
    "since": datetime.datetime(2024, 5, 1, tzinfo=datetime.UTC),
}


def _value(name: str, statement: str) -> Any:
    """A value of a type that the parameter could have, seen from its use and its name."""
    if array_type(statement, name):
        return []
    if name == "probes":
        embedding = bigquery.ArrayQueryParameter("embedding", "FLOAT64", [1.0])
        probe = bigquery.StructQueryParameter(None, bigquery.ScalarQueryParameter("probe", "STRING", "x"), embedding)
        return bigquery.ArrayQueryParameter(name, "STRUCT", [probe])
    if f"UNNEST(@{name})" in statement:
        return ["x"]
    if f"@{name}[" in statement:
        return [1.0]
    return 1.0 if name.endswith(NUMBERS) else VALUES.get(name)


# What reads tables that a run makes for itself is run in tests/matching.
OF_A_RUN = ("merges/match", "merges/search")


@pytest.mark.parametrize("name", [it for it in STATEMENTS if not it.startswith(("merges/", "steps/", "google/"))])
def test_the_warehouse_accepts_the_statement(name: str, bq: bigquery.Client, warehouse: None) -> None:
    assert _dry_run(bq, sql_text(name, digest="0")).dry_run


# The emulator runs these too (test_crawl_merges.py), but its dry run refuses a MERGE that changes rows in two ways.
IN_TWO_WAYS = ("merges/media", "merges/post")


@pytest.mark.parametrize(
    "name", [it for it in STATEMENTS if it.startswith("merges/") and it not in IN_TWO_WAYS + OF_A_RUN]
)
def test_the_warehouse_accepts_the_merge(name: str, bq: bigquery.Client, warehouse: None) -> None:
    spec = load_specs()[name.removeprefix("merges/")]
    assert _dry_run(bq, merge_text(spec, spec.address)).dry_run


def test_the_dry_run_would_notice_a_wrong_column(bq: bigquery.Client, warehouse: None) -> None:
    with pytest.raises(Exception, match="nothing_of_this_name"):
        _dry_run(bq, "SELECT nothing_of_this_name FROM facewarden.post")


def test_a_name_that_was_not_given_is_named() -> None:
    with pytest.raises(LookupError, match=r"needs \$"):
        sql_text("merges/post", staging="x")


def test_parameters_take_the_type_of_their_value(bq: bigquery.Client, warehouse: None) -> None:
    assert parameter("a", True).type_ == "BOOL"
    assert parameter("a", 1).type_ == "INT64"
    assert parameter("a", [1.5]).array_type == "FLOAT64"
    assert parameter("a", None).type_ == "STRING"
    with pytest.raises(ValueError, match="has no type"):
        parameter("a", [])
    with pytest.raises(TypeError, match="no BigQuery type"):
        parameter("a", object())


def test_an_empty_list_has_the_type_that_the_statement_says(bq: bigquery.Client, warehouse: None) -> None:
    text = "-- @numbers is ARRAY<INT64>\nSELECT 1 IN UNNEST(@numbers)"
    assert array_type(text, "numbers") == "INT64"
    assert parameter("numbers", [], "INT64").array_type == "INT64"
    assert array_type(text, "number") is None
    assert array_type("SELECT 1 -- @numbers is ARRAY<INT64>", "numbers") is None


ARRAYS = re.findall(r"UNNEST\(@(\w+)\)", "".join(path.read_text() for path in FILES if path.parent.name == "queries"))


@pytest.mark.parametrize("name", sorted({it for it in ARRAYS if it.endswith("_nos")}))
def test_numbers_are_never_compared_with_text(name: str) -> None:
    """The emulator takes an array of text for one of numbers; Google's does not, and an empty list says nothing."""
    for path in FILES:
        text = path.read_text()
        assert f"UNNEST(@{name})" not in text or array_type(text, name) == "INT64", path.name


RESERVED = """
ALL AND ANY ARRAY AS ASC ASSERT_ROWS_MODIFIED AT BETWEEN BY CASE CAST COLLATE CONTAINS CREATE CROSS CUBE
CURRENT DEFAULT DEFINE DESC DISTINCT ELSE END ENUM ESCAPE EXCEPT EXCLUDE EXISTS EXTRACT FALSE FETCH FOLLOWING
FOR FROM FULL GROUP GROUPING GROUPS HASH HAVING IF IGNORE IN INNER INTERSECT INTERVAL INTO IS JOIN LATERAL
LEFT LIKE LIMIT LOOKUP MERGE NATURAL NEW NO NOT NULL NULLS OF ON OR ORDER OUTER OVER PARTITION PRECEDING PROTO
QUALIFY RANGE RECURSIVE RESPECT RIGHT ROLLUP ROWS SET SOME STRUCT TABLESAMPLE THEN TO TREAT TRUE UNBOUNDED
UNION UNNEST USING WHEN WHERE WINDOW WITH WITHIN
"""


@pytest.mark.parametrize("path", FILES, ids=STATEMENTS)
def test_no_alias_is_a_word_that_bigquery_keeps_for_itself(path: Path) -> None:
    """The emulator takes `AS new`; Google's parser does not."""
    code = re.sub(r"--.*|'[^']*'", "", path.read_text("utf-8"))
    aliases = re.findall(r"\bAS\s+(?!WITH\b|SELECT\b|STRUCT\b)(\w+)(?!\s*[(<])", code) + re.findall(
        r"\b(\w+)\s+AS\s*\(", code
    )
    assert [alias for alias in aliases if alias.upper() in RESERVED.split()] == []


def test_a_warehouse_that_is_not_prepared_says_what_to_do(bq: bigquery.Client) -> None:
    elsewhere = bigquery.Client(project="nothing-here", credentials=AnonymousCredentials(), client_options=None)
    with pytest.raises(Mistake, match="prepare_warehouse"):
        rows(elsewhere, "queries/totals", {})
