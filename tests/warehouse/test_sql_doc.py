"""docs/sql.md: every question has one query that runs as it stands, and answers what it is asked."""

import datetime
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from google.cloud import bigquery

from include.warehouse.definitions import load_definitions
from include.warehouse.schemas import load_specs
from tests.warehouse.conftest import Insert, Make, Select
from tests.warehouse.small_world import answers, world
from tests.warehouse.test_sql import RESERVED

REPO = Path(__file__).resolve().parents[2]
TEXT = (REPO / "docs" / "sql.md").read_text("utf-8")


@dataclass(frozen=True)
class Question:
    """A section of the page."""

    number: int
    title: str
    korean: str
    queries: list[str]


def _question(section: str) -> Any:
    heading, korean, *_ = section.splitlines()
    number, title = heading.split(". ", 1)
    return Question(int(number), title, korean, re.findall(r"^```sql\n(.*?)^```", section, re.DOTALL | re.MULTILINE))


QUESTIONS = [_question(section) for section in re.split(r"^### |^## .*\n", TEXT, flags=re.MULTILINE)
             if re.match(r"\d+\. ", section)]  # fmt: skip


@pytest.fixture
def now(clean_tables: None, insert: Insert, make: Make) -> Any:
    """A small world, in the tables; at this moment."""
    moment = datetime.datetime.now(datetime.UTC)
    for table, found in world(moment).items():
        insert(table, [make(table, **row) for row in found])
    return moment


def _seen(row: Any, columns: Any) -> Any:
    return tuple(_rounded(row[name]) for name in columns.split())


def _rounded(value: Any) -> Any:
    if isinstance(value, list):
        return [_rounded(one) for one in value]
    return round(value, 3) if isinstance(value, float) else value


def test_every_question_is_answered_as_it_stands(now: Any, select: Select) -> None:
    wanted = answers(now)
    told = {}
    for question in QUESTIONS:
        found = select(question.queries[0])
        assert found, f"{question.number}. {question.title}: no row"
        columns = wanted.get(question.number, ("", []))[0]
        told[question.number] = (columns, [_seen(row, columns) for row in found])
    sizes = told.pop(11)[1]  # of tables: what the emulator says of them is its own affair
    assert len(sizes) > 5
    assert told == wanted


def test_nothing_of_anybody_is_shown_without_their_consent(now: Any, bq: bigquery.Client, select: Select) -> None:
    bq.query("DELETE FROM facewarden_biometrics.consent WHERE subject_id = 'SUBJECT_ID'").result()
    for number in (*range(14, 24), 27):
        assert select(QUESTIONS[number - 1].queries[0]) == [], QUESTIONS[number - 1].title


def test_the_small_world_has_rows_in_every_table() -> None:
    assert world(datetime.datetime.now(datetime.UTC)).keys() == load_specs().keys()


def test_there_are_twenty_questions_or_more_in_two_languages() -> None:
    assert [question.number for question in QUESTIONS] == list(range(1, len(QUESTIONS) + 1))
    assert len(QUESTIONS) >= 20
    for question in QUESTIONS:
        assert question.title.endswith("?") and re.fullmatch(r"\*.*[가-힣].*\?\*", question.korean), question.title
        assert len(question.queries) == 1, question.title


def test_no_query_stands_outside_of_a_question() -> None:
    assert TEXT.count("```sql") == len(QUESTIONS)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.title)
def test_a_query_can_be_pasted_between_quotes_of_a_shell(question: Any) -> None:
    """And holds no second statement, and no parameter that a console would ask for."""
    assert not re.search(r'[$`"\\;@]|!(?!=)', question.queries[0])


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.title)
def test_no_alias_is_a_word_that_bigquery_keeps_for_itself(question: Any) -> None:
    aliases = re.findall(r"\bAS\s+(\w+)\s*(?![(<\w])", question.queries[0])
    assert not {alias.upper() for alias in aliases} & set(RESERVED.split())


def test_a_query_runs_from_the_command_line(clean_tables: None) -> None:
    """This one has an answer in an empty warehouse: a row a stage."""
    command = [sys.executable, "-m", "include.warehouse.sql", QUESTIONS[9].queries[0]]
    done = subprocess.run(command, cwd=REPO, env=dict(os.environ), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 3


def test_every_table_view_and_function_is_on_the_page() -> None:
    introduction = TEXT.split("### 1. ")[0]
    for address in (*(spec.address for spec in load_specs().values()), *(it.address for it in load_definitions())):
        assert re.search(rf"`(\w+\.)?{address.split('.')[1]}[`(]", introduction), address


def test_what_was_published_can_be_looked_at_without_access_to_faces() -> None:
    for it in load_definitions():
        code = re.sub(r"--.*", "", it.statement)
        assert it.address.startswith("facewarden_biometrics.") or "facewarden_biometrics" not in code, it.address
