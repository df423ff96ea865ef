"""What the DAG files share: assets, defaults, params, and the run that a task acts for."""

from __future__ import annotations

import functools
import inspect
import logging
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, ParamSpec, TypeVar, cast

from airflow.sdk import Asset, Param, get_current_context
from airflow.sdk.exceptions import AirflowFailException
from google_connection import GoogleConnection, connection, download_connection
from linked_task import LinkedTask

from include.core.errors import Mistake
from include.core.run import Run, run_key
from include.core.settings import BIOMETRICS, DATASET, from_environment

P = ParamSpec("P")
R = TypeVar("R")
START = datetime(2026, 1, 1, tzinfo=UTC)
# Workers of their own for what crawls and what looks for faces, where there are any; Composer has one queue.
CRAWL_QUEUE = os.environ.get("FACEWARDEN_CRAWL_QUEUE", "default")
FACES_QUEUE = os.environ.get("FACEWARDEN_FACES_QUEUE", "default")
# Batches of a scan at once, where all workers share one machine; elsewhere as many as there are workers.
SCANS_AT_ONCE = int(os.environ.get("FACEWARDEN_SCANS_AT_ONCE") or 0) or None
DEFAULT_ARGS: dict[str, Any] = {
    "owner": "facewarden",
    "retries": 2,
    "retry_delay": timedelta(seconds=30),
    "retry_exponential_backoff": True,
    "max_retry_delay": timedelta(minutes=10),
    "execution_timeout": timedelta(hours=6),
}


def _table_asset(name: str, dataset: str) -> Asset:
    project = os.environ.get("GOOGLE_CLOUD_PROJECT", "facewarden")
    return Asset(name=name, uri=f"bigquery://{project}/{dataset}/{name}")


MEDIA = _table_asset("media", DATASET)
FACE = _table_asset("face", BIOMETRICS)
REFERENCE = _table_asset("reference", BIOMETRICS)
MATCH = _table_asset("match", BIOMETRICS)
VERDICT = _table_asset("verdict", BIOMETRICS)
# No table: told by a scan that has left files to the next one.
UNSCANNED = Asset(name="unscanned", uri="facewarden://unscanned")

SUBJECT_ID = Param(
    None,
    type=["null", "string"],
    title="Subject",
    description="Only this subject_id; empty for every subject with a live consent.",
)


def run(typed: bool = False) -> Run:
    """The run that a task acts for: the same for every try of every task, with Airflow's connection and log.

    `typed`: with a client of its own for statements that somebody typed.
    """
    from google.cloud import storage

    from include.core.warehouse_client import WarehouseClient

    context, said = get_current_context(), connection()
    dag_run, operator = context["dag_run"], cast("LinkedTask", context["task"])
    settings, key = from_environment(said.project, said.location), run_key(dag_run.dag_id, str(dag_run.run_id))
    # The first two are those of Google's operators.
    own = {"airflow-dag": dag_run.dag_id, "airflow-task": operator.task_id, "facewarden-run": key}
    labels = {**said.labels, **settings.labels, **own}

    def client(said: GoogleConnection) -> WarehouseClient:
        # The official clients find an emulator by themselves.
        made = WarehouseClient(settings.project, said.credentials, settings.location, labels, settings.limits)
        operator.clients += (made,)
        return made

    return Run(
        bq=client(said),
        gcs=storage.Client(project=settings.project, credentials=said.credentials),
        settings=settings,
        key=key,
        log=logging.getLogger("facewarden").info,
        typed_bq=client(download_connection()) if typed else None,
    )


def final_mistakes(function: Callable[P, R]) -> Callable[P, R]:
    """What trying again does not mend fails at once, and its message is the last line of the log."""

    if inspect.isgeneratorfunction(function):
        # Airflow tells a task that yields metadata by the function itself.
        @functools.wraps(function)
        def generator(*args: P.args, **kwargs: P.kwargs) -> Any:
            try:
                return (yield from function(*args, **kwargs))
            except Mistake as mistake:
                raise AirflowFailException(str(mistake)) from None

        return generator

    @functools.wraps(function)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except Mistake as mistake:
            raise AirflowFailException(str(mistake)) from None

    return guarded


def params() -> dict[str, Any]:
    """The run's params. A name that the DAG does not know fails the run: a misspelt one must not mean "all"."""
    context = get_current_context()
    known = context["dag"].params
    if unknown := set(context["dag_run"].conf or {}) - set(known):
        raise AirflowFailException(
            f"no such param: {', '.join(sorted(unknown))}. There are: {', '.join(sorted(known))}"
        )
    return dict(context["params"])
