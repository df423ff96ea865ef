"""run_job: a task that runs again waits for its own earlier job, and never runs beside it."""

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from google.api_core.exceptions import BadRequest
from google.cloud import bigquery

from include.warehouse.jobs import TookTooLong, cancel, finish, run_job, settle, wait_for

# Runs for far longer than a test: who submits it, cancels it.
NUMBERS = "UNNEST(GENERATE_ARRAY(1, 400000))"
ENDLESS = f"SELECT COUNT(*) FROM {NUMBERS} AS a JOIN {NUMBERS} AS b ON MOD(a * b, 7) > 3"


@pytest.fixture
def base() -> Any:
    return f"test_{uuid.uuid4().hex}"


def test_the_first_attempt_has_the_number_one(bq: bigquery.Client, base: str) -> None:
    job = run_job(lambda it: bq.query("SELECT 1", job_id=it, job_retry=None), base, bq)
    assert (job.job_id, job.state) == (f"{base}-1", "DONE")


def test_an_earlier_job_is_waited_for_before_the_next_is_submitted(bq: bigquery.Client, base: str) -> None:
    bq.query(ENDLESS, job_id=f"{base}-1", job_retry=None)
    states, tried = [], threading.Event()

    def submit(job_id: str) -> Any:
        states.append((job_id, bq.get_job(f"{base}-1").state))
        tried.set()
        return bq.query("SELECT 1", job_id=job_id, job_retry=None)

    with ThreadPoolExecutor(1) as pool:
        second = pool.submit(run_job, submit, base, bq)
        assert tried.wait(60)
        cancel(bq.get_job(f"{base}-1"))
        assert second.result(60).job_id == f"{base}-2"
    assert states == [(f"{base}-1", "RUNNING"), (f"{base}-2", "DONE")]


def test_an_earlier_failure_does_not_stop_the_next_attempt(bq: bigquery.Client, base: str) -> None:
    with pytest.raises(BadRequest):
        run_job(lambda it: bq.query("SELECT CAST('no number' AS INT64)", job_id=it, job_retry=None), base, bq)
    assert run_job(lambda it: bq.query("SELECT 1", job_id=it, job_retry=None), base, bq).job_id == f"{base}-2"


def test_settle_waits_for_every_attempt(bq: bigquery.Client, base: str) -> None:
    settle(bq, base)
    bq.query("SELECT 1", job_id=f"{base}-1", job_retry=None).result()
    bq.query(ENDLESS, job_id=f"{base}-2", job_retry=None)
    with ThreadPoolExecutor(1) as pool:
        settled = pool.submit(settle, bq, base)
        assert not settled.done()
        cancel(bq.get_job(f"{base}-2"))
        settled.result(60)
    assert bq.get_job(f"{base}-2").state == "DONE"


def test_a_join_of_small_tables_that_would_run_for_ever_is_stopped(bq: bigquery.Client, base: str) -> None:
    """The emulator knows no limits of jobs, so it is the client that ends this one."""
    config = bigquery.QueryJobConfig()
    config.job_timeout_ms = 1000
    job = bq.query(ENDLESS, config, job_id=base, job_retry=None)
    with pytest.raises(TookTooLong, match=f"job {base} was stopped: after 1 seconds, its limit"):
        finish(job, grace=0.1)
    assert wait_for(bq, base)
    assert bq.get_job(base).state == "DONE"
