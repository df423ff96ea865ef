"""What somebody typed reads nothing of a face: not by itself, not through a view, not as somebody who may."""

import dataclasses
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from google.cloud import bigquery
from google.oauth2.credentials import Credentials

from include.core.errors import Mistake
from include.core.warehouse_client import WarehouseClient
from include.download.answer import answer
from include.download.guard import judge
from include.download.question import Question, named_queries, question
from include.warehouse.sql import FOLDER
from tests.conftest import PROJECT, MakeRun
from tests.download.identities import Doors, identities
from tests.download.test_reads import HOSTILE

B = "facewarden_biometrics"
FORM: dict[str, Any] = {"sql": None, "query_params": {}, "label": None, "most_read_gib": 10, "most_fetched_gib": 50}
MakeView = Callable[[str], str]


@pytest.fixture
def view(warehouse: None, bq: bigquery.Client) -> Iterator[MakeView]:
    """A view of what was published, of whoever made it."""
    made = []

    def make(sql: str) -> str:
        made.append(f"view_{uuid.uuid4().hex}")
        bq.query(f"CREATE VIEW facewarden.{made[-1]} AS {sql}").result()
        return made[-1]

    yield make
    for name in reversed(made):
        bq.delete_table(f"facewarden.{name}")


@pytest.fixture
def doors(warehouse: None) -> Iterator[Doors]:
    """The tasks' account may read faces, and the reader's may not."""
    with identities({"tasks"}) as doors:
        yield doors


def client(token: str) -> WarehouseClient:
    return WarehouseClient(PROJECT, Credentials(token))


def test_whatever_is_typed_nothing_of_it_runs(warehouse: None, bq: bigquery.Client, make_run: MakeRun) -> None:
    before = datetime.now(UTC)
    for sql in HOSTILE:
        with pytest.raises(Mistake, match=r"(?i)nothing was run"):
            answer(make_run(), Question(sql))
    assert list(bq.list_jobs(min_creation_time=before)) == []


def test_a_view_is_taken_for_what_it_reads(view: MakeView, make_run: MakeRun) -> None:
    faces = view(f"SELECT label AS file_path FROM {B}.subject")
    behind = view(f"SELECT * FROM facewarden.{faces}")
    for sql in (
        f"SELECT * FROM {faces}",
        f"SELECT * FROM facewarden.{behind}",
        f"SELECT (SELECT 1 FROM (WITH {faces} AS (SELECT 1) SELECT 1)) AS x, file_path FROM {faces}",
    ):
        with pytest.raises(Mistake, match=rf"the view facewarden.{faces} is not taken: {B}.subject"):
            answer(make_run(), Question(sql))
    harmless = view("SELECT file_path FROM facewarden.image")
    assert answer(make_run(), Question(f"SELECT * FROM {harmless}")).column_names == ["file_path"]


def test_our_views_are_taken(warehouse: None, make_run: MakeRun) -> None:
    sql = "SELECT '' AS file_path, COUNT(*) AS n FROM rejects, crawl_stats, crawled_by_day, duplicates, image, video"
    assert answer(make_run(), Question(sql)).num_rows == 1


def test_what_is_typed_runs_as_an_account_of_its_own(doors: Doors, make_run: MakeRun) -> None:
    run = dataclasses.replace(make_run(), bq=client("tasks"), typed_bq=client("reader"))
    answer(run, Question("SELECT file_path FROM image -- typed"))
    assert {who for who, sql in doors.asked if "FROM image" in sql} == {"reader"}
    assert not any("typed" in sql for _, sql in doors.asked), "a comment has been sent"


def test_a_query_with_a_name_runs_as_the_tasks_do(doors: Doors, make_run: MakeRun) -> None:
    run = dataclasses.replace(make_run(), bq=client("tasks"), typed_bq=client("reader"))
    answer(run, question({**FORM, "query": "pictures_of_subject", "query_params": {"subject_id": "x"}}))
    assert {who for who, _ in doors.asked} == {"tasks"}


def test_an_account_that_could_read_faces_is_not_let_near(doors: Doors, make_run: MakeRun) -> None:
    run = dataclasses.replace(make_run(), bq=client("tasks"), typed_bq=client("tasks"))
    with pytest.raises(Mistake, match=r"can read facewarden_biometrics\.\w+: nothing was run.*FACEWARDEN_DOWNLOAD"):
        answer(run, Question("SELECT file_path FROM image"))
    assert not any("FROM image" in sql for _, sql in doors.asked)


def test_without_an_account_of_its_own_the_tasks_is_held_to_it(doors: Doors, make_run: MakeRun) -> None:
    with pytest.raises(Mistake, match="can read facewarden_biometrics"):
        answer(dataclasses.replace(make_run(), bq=client("tasks")), Question("SELECT file_path FROM image"))
    answer(dataclasses.replace(make_run(), bq=client("reader")), Question("SELECT file_path FROM image"))


@pytest.mark.parametrize("dataset", [B, "elsewhere"])
def test_what_bigquery_says_of_routines_counts(bq: bigquery.Client, dataset: str) -> None:
    """The emulator says nothing of them, so this is what Google's server would say."""
    called = [{"projectId": PROJECT, "datasetId": dataset, "routineId": "f"}]
    resource: dict[str, Any] = {
        "jobReference": {"projectId": PROJECT, "jobId": "j"},
        "configuration": {"query": {"query": "SELECT"}, "dryRun": True},
        "statistics": {"query": {"statementType": "SELECT", "referencedRoutines": called}},
    }
    job = bigquery.QueryJob.from_api_repr(resource, bq)
    with pytest.raises(Mistake, match=rf"reads {PROJECT}.{dataset}.f"):
        judge(job, Question("SELECT"))
    called[0]["datasetId"] = "facewarden"
    judge(bigquery.QueryJob.from_api_repr(resource, bq), Question("SELECT"))


@pytest.mark.parametrize("name", named_queries())
def test_a_query_that_reads_faces_says_so_and_joins_who_consents(name: str) -> None:
    text = (FOLDER / "queries" / f"{name}.sql").read_text("utf-8")
    statement = "\n".join(line for line in text.splitlines() if not line.startswith("--"))
    assert question({**FORM, "query": name}).restricted == (B in statement)
    assert B not in statement or f"JOIN {B}.live_subject" in statement


SECRETS = ("a-name", "a-giver", "a-contact")


@pytest.fixture
def found(clean_tables: None, bq: bigquery.Client) -> None:
    """A subject with a consent, and a match in one picture."""
    bq.query(f"""
        INSERT INTO {B}.subject (subject_id, label, created_at) VALUES ('s', 'a-name', CURRENT_TIMESTAMP());
        INSERT INTO {B}.consent (consent_id, subject_id, event, given_by, basis, valid_until, recorded_at) VALUES
          ('c', 's', 'given', 'a-giver', 'a-contact', TIMESTAMP '9999-01-01', TIMESTAMP '2024-01-01');
        INSERT INTO {B}.match
          (subject_id, face_id, sha256, engine, distance, band, threshold, false_match_rate, matched_at)
          VALUES ('s', 'f', 'h', 'e', 0.5, 'strong', 0.6, 0.001, CURRENT_TIMESTAMP());
        INSERT INTO facewarden.media
          (media_id, platform, gallery, post_no, kind, ordinal, file_name, post_url, file_path, sha256, fetched_at)
          VALUES ('m', 'p', 'g', 1, 'image', 1, 'n', 'u', 'gs://b/h', 'h', CURRENT_TIMESTAMP());
    """).result()


def test_the_restricted_queries_tell_nothing_once_a_consent_is_withdrawn(
    found: None, bq: bigquery.Client, make_run: MakeRun
) -> None:
    asked = [question({**FORM, "query": name, "query_params": {"subject_id": "s"}}) for name in named_queries()]
    restricted = [it for it in asked if it.restricted]
    tables = [answer(make_run(), it) for it in restricted]
    assert restricted and all(table.column("file_path").to_pylist() == ["gs://b/h"] for table in tables)
    assert not [secret for table in tables for secret in SECRETS if secret in str(table.to_pylist())]
    bq.query(f"""INSERT INTO {B}.consent (consent_id, subject_id, event, given_by, basis, valid_until, recorded_at)
        VALUES ('d', 's', 'withdrawn', 'a-giver', '', TIMESTAMP '9999-01-01', CURRENT_TIMESTAMP())""").result()
    assert [answer(make_run(), it).num_rows for it in restricted] == [0] * len(restricted)


def test_an_embedding_is_not_in_what_a_restricted_query_gives(warehouse: None, bq: bigquery.Client) -> None:
    for name in named_queries():
        values = [bigquery.ScalarQueryParameter(it, "STRING", "x") for it in ("platform", "gallery", "subject_id")]
        config = bigquery.QueryJobConfig(dry_run=True, query_parameters=values)
        schema = bq.query((FOLDER / "queries" / f"{name}.sql").read_text("utf-8"), config).schema
        assert schema and not [it.name for it in schema if it.mode == "REPEATED" or it.field_type in ("RECORD", "JSON")]
