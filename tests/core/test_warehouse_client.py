"""Every job that we begin carries our labels and has limits, whichever way it is begun, and can be found again."""

import datetime
import uuid
from collections.abc import Callable

import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery, storage

from include.core.command_line import run_by_hand
from include.core.errors import Mistake
from include.core.labels import labels
from include.core.limits import Limits, limits_from_environment
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


def test_a_query_has_limits_and_its_own_win(bq: bigquery.Client, emulators: None) -> None:
    own = WarehouseClient(PROJECT, AnonymousCredentials(), limits=Limits(seconds=60, most_bytes=2**30))
    waited = own.query_and_wait("SELECT 1")
    for job in (bq.get_job(own.query("SELECT 1").job_id), bq.get_job(waited.job_id or "")):
        assert (job.configuration.job_timeout_ms, job.maximum_bytes_billed) == ("60000", 2**30)
    config = bigquery.QueryJobConfig(maximum_bytes_billed=7)
    config.job_timeout_ms = 5000
    job = bq.get_job(own.query("SELECT 1", config).job_id)
    assert (job.configuration.job_timeout_ms, job.maximum_bytes_billed) == ("5000", 7)


def test_a_query_that_is_waited_for_ends_at_its_limit(emulators: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("include.core.warehouse_client.GRACE", 0)
    own = WarehouseClient(PROJECT, AnonymousCredentials(), limits=Limits(seconds=1))
    numbers = "UNNEST(GENERATE_ARRAY(1, 400000))"
    with pytest.raises(TimeoutError):
        own.query_and_wait(f"SELECT COUNT(*) FROM {numbers} AS a JOIN {numbers} AS b ON MOD(a * b, 7) > 3")
    assert own.get_job(next(iter(own.list_jobs(max_results=1))).job_id).state == "DONE"


def test_limits_are_what_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    assert limits_from_environment() == Limits(seconds=1800, most_bytes=2**40)
    monkeypatch.setenv("FACEWARDEN_JOB_MINUTES", "0.5")
    monkeypatch.setenv("FACEWARDEN_JOB_GIB", "2")
    assert limits_from_environment() == Limits(seconds=30, most_bytes=2**31)
    for odd in ("0", "-1", "many", "nan", "inf"):
        monkeypatch.setenv("FACEWARDEN_JOB_GIB", odd)
        with pytest.raises(Mistake, match=f"FACEWARDEN_JOB_GIB is {odd}"):
            limits_from_environment()


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
