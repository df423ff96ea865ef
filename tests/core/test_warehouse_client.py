"""Every job that we begin carries our labels, whichever way it is begun, and can be found again."""

import datetime
import uuid
from collections.abc import Callable

import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery, storage

from include.core.command_line import run_by_hand
from include.core.errors import Mistake
from include.core.labels import labels
from include.core.warehouse_client import JobReference, WarehouseClient
from tests.conftest import PROJECT

Client = Callable[..., WarehouseClient]


@pytest.fixture
def client(emulators: None) -> Client:
    return lambda **own: WarehouseClient(PROJECT, AnonymousCredentials(), labels=own)


def test_a_query_has_our_labels_beside_its_own_and_its_own_win(bq: bigquery.Client, client: Client) -> None:
    config = bigquery.QueryJobConfig(labels={"step": "probe", "team": "its_own"})
    job = client(team="faces", cost="research").query("SELECT 1", config)
    assert bq.get_job(job.job_id).labels == {"team": "its_own", "cost": "research", "step": "probe"}
    assert config.labels == {"step": "probe", "team": "its_own"}, "what was given has changed"


def test_a_query_without_a_config_has_our_labels(bq: bigquery.Client, client: Client) -> None:
    job = client(team="faces").query("SELECT 1")
    assert bq.get_job(job.job_id).labels == {"team": "faces"}


def test_a_query_that_is_waited_for_has_our_labels(bq: bigquery.Client, client: Client) -> None:
    own = client(team="faces")
    for config in (None, bigquery.QueryJobConfig(labels={})):
        assert [row.n for row in own.query_and_wait("SELECT 1 AS n", job_config=config)] == [1]
        assert bq.get_job(own.last_job.job_id).labels == {"team": "faces"}


def test_a_load_has_our_labels(
    bq: bigquery.Client, gcs: storage.Client, bucket: str, warehouse: None, client: Client
) -> None:
    name = f"labels_{uuid.uuid4().hex}"
    gcs.bucket(bucket).blob(f"{name}.json").upload_from_string('{"n": 1}')
    config = bigquery.LoadJobConfig(source_format="NEWLINE_DELIMITED_JSON", autodetect=True, labels={"table": "n"})
    own = client(team="faces")
    own.load_table_from_uri(f"gs://{bucket}/{name}.json", f"facewarden.{name}", job_config=config).result()
    bq.delete_table(f"facewarden.{name}")
    assert bq.get_job(own.last_job.job_id).labels == {"team": "faces", "table": "n"}


def test_the_last_job_is_known_also_when_it_failed(client: Client) -> None:
    own = client()
    assert own.last_job is None
    own.query("SELECT 1").result()
    failing = own.query("SELECT ERROR('on purpose')", job_retry=None)
    assert own.last_job == JobReference(PROJECT, failing.job_id, failing.location or "")


def test_a_dry_run_is_no_job(client: Client) -> None:
    own = client()
    own.query("SELECT 1", bigquery.QueryJobConfig(dry_run=True))
    assert own.last_job is None


def test_whoever_types_a_command_has_the_labels_too(
    emulators: None, bq: bigquery.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FACEWARDEN_LABELS", "team=faces, cost=research")
    since = datetime.datetime.now(datetime.UTC)
    run_by_hand().bq.query_and_wait("SELECT 1")
    assert [job.labels for job in bq.list_jobs(min_creation_time=since)] == [{"team": "faces", "cost": "research"}]


@pytest.mark.parametrize("text", ["team=Faces", "1team=faces", "=faces", "team=a b", f"{'k' * 64}=v"])
def test_what_is_no_label_is_named(text: str) -> None:
    with pytest.raises(Mistake, match=f"FACEWARDEN_LABELS: {text} is no label"):
        labels(text, "FACEWARDEN_LABELS")


def test_labels_are_read_from_text_and_from_pairs() -> None:
    assert labels("team=faces, cost-center=r_1,empty=", "here") == {"team": "faces", "cost-center": "r_1", "empty": ""}
    assert labels({"부서": "얼굴"}, "here") == {"부서": "얼굴"}
    assert labels("", "here") == {}
