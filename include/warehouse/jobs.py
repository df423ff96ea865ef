"""Jobs with names of their own, so that a task that runs again never runs beside its own earlier job."""

import contextlib
import itertools
from collections.abc import Callable
from typing import TypeVar

from google.api_core.exceptions import Conflict, GoogleAPICallError, NotFound
from google.cloud import bigquery

Job = bigquery.QueryJob | bigquery.LoadJob | bigquery.CopyJob | bigquery.ExtractJob
J = TypeVar("J", bigquery.QueryJob, bigquery.LoadJob, bigquery.CopyJob, bigquery.ExtractJob)


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
        job.result()
        return job
    raise AssertionError("unreachable")


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
    with contextlib.suppress(GoogleAPICallError):  # its failure was its own attempt's affair
        job.result()
    return True
