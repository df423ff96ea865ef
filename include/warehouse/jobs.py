"""Jobs with names of their own, so that a task that runs again never runs beside its own earlier job."""

import contextlib
import itertools
import time
from collections.abc import Callable
from concurrent.futures import TimeoutError as Waited
from typing import Any, TypeVar

from google.api_core.exceptions import Conflict, GoogleAPICallError, NotFound
from google.cloud import bigquery

from include.core.warehouse_client import GRACE

Job = bigquery.QueryJob | bigquery.LoadJob | bigquery.CopyJob | bigquery.ExtractJob | bigquery.UnknownJob
J = TypeVar("J", bigquery.QueryJob, bigquery.LoadJob, bigquery.CopyJob, bigquery.ExtractJob)
LONGEST = 6 * 3600  # of a job that has no limit of its own


class TookTooLong(Exception):
    """A job that ran for longer than it may, and was stopped. What it would have written is not there."""


def finish(job: Job, grace: float = GRACE) -> Any:
    """Waits until it is done, and gives its result: an error is raised.

    BigQuery stops a job at its own limit (job_timeout_ms). Where a server does not, the job is cancelled from here.
    """
    limit = int(job.configuration.job_timeout_ms or LONGEST * 1000) / 1000
    try:
        return job.result(timeout=limit + grace)
    except Waited:
        cancel(job)
    except GoogleAPICallError as error:
        if not _stopped(error):
            raise
    raise TookTooLong(
        f"job {job.job_id} was stopped: after {limit:,.0f} seconds, its limit, or by somebody before that"
    )


def run_job(submit: Callable[[str], J], base_id: str, bq: bigquery.Client) -> J:
    """Runs `submit(job_id)` under the first of `{base_id}-1`, `-2`, ... that is free, and waits until it is done.

    An id that is taken is an earlier attempt of the same task: it is waited for, whatever comes of it, before the
    next id is tried. So what is submitted must be right to run again. An error of this job itself is raised.
    """
    for number in itertools.count(1):
        job_id = f"{base_id}-{number}"
        try:
            job = submit(job_id)
        except Conflict:
            if not wait_for(bq, job_id):
                raise RuntimeError(
                    f"job {job_id} exists, but not where this client looks ({bq.location or 'the default location'}): "
                    "set FACEWARDEN_LOCATION to the location of the datasets"
                ) from None
            continue
        finish(job)
        return job
    raise AssertionError("unreachable")


def cancel(job: Job, tries: int = 10) -> None:
    """Ends it. Asked for again until it is over: a server may miss it while the job only begins."""
    for _ in range(tries):
        with contextlib.suppress(GoogleAPICallError):
            if job.cancel() and job.done():
                return
        time.sleep(1)


def settle(bq: bigquery.Client, base_id: str) -> None:
    """Waits until no job that `run_job` started under this id is still running."""
    for number in itertools.count(1):
        if not wait_for(bq, f"{base_id}-{number}"):
            return


def wait_for(bq: bigquery.Client, job_id: str) -> bool:
    """Waits until that job ended, well or not. False when there is none of that id."""
    try:
        job = bq.get_job(job_id)
    except NotFound:
        return False
    with contextlib.suppress(GoogleAPICallError, TookTooLong):  # its failure was its own attempt's affair
        finish(job)
    return True


def _stopped(error: GoogleAPICallError) -> bool:
    """Whether BigQuery ended it because its time was over, or because somebody cancelled it."""
    return any(isinstance(it, dict) and it.get("reason") in ("stopped", "timeout") for it in error.errors)
