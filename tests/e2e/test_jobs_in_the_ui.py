"""A task's BigQuery jobs say whose they are, and the task links to the last one, however it ended."""

import os
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
import wiring
from airflow.providers.google.cloud.links.bigquery import BigQueryJobDetailLink
from airflow.sdk import dag
from google.cloud import bigquery
from linked_task import task

from include.core.run import run_key

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("clean_tables")]
NAME = "BigQuery Job Detail"


@dag(schedule=None, start_date=wiring.START)
def jobs_of_all_kinds() -> None:
    @task
    def nothing() -> None:
        wiring.run()

    @task
    def numbers() -> list[int]:
        return [1, 2]

    @task
    def mapped(number: int) -> None:
        wiring.run().bq.query_and_wait(f"SELECT {number}")

    @task(trigger_rule="all_done")  # type: ignore[untyped-decorator]
    def fails() -> None:
        bq = wiring.run().bq
        bq.query("SELECT 1").result()
        bq.query("SELECT ERROR('on purpose')", job_retry=None).result()

    nothing() >> mapped.expand(number=numbers()) >> fails()


@pytest.fixture
def known_dag(one_api: None) -> Any:
    """The DAG above, told to Airflow, which runs none that it does not know."""
    from airflow.dag_processing.bundles.manager import DagBundlesManager
    from airflow.dag_processing.dagbag import DagBag, sync_bag_to_db

    DagBundlesManager().sync_bundles_to_db()
    bag, own = DagBag(os.devnull, include_examples=False), jobs_of_all_kinds()
    bag.bag_dag(own)
    sync_bag_to_db(bag, "dags-folder", None)
    return own


def links(dag: Any, run: Any) -> dict[tuple[str, int], str]:
    """What Airflow's API server answers for each task, by the DAG as it was handed to it."""
    from airflow.serialization.serialized_objects import DagSerialization

    handed = DagSerialization.from_dict(DagSerialization.to_dict(dag))
    tasks = {it.task_id: handed.get_task(it.task_id) for it in run.get_task_instances()}
    return {
        (it.task_id, it.map_index): tasks[it.task_id].get_extra_links(it, NAME) or "" for it in run.get_task_instances()
    }


def linked(link: str, bq: bigquery.Client) -> str:
    """The query of the job that a link leads to."""
    (job_id,) = [part[2:] for part in link.split("!") if part.startswith("2s")]
    assert link.startswith(f"https://console.cloud.google.com/bigquery?project={bq.project}&ws=")
    return str(bq.get_job(job_id).query)


def test_each_task_links_to_the_job_that_it_began_last(known_dag: Any, bq: bigquery.Client) -> None:
    run = known_dag.test()
    assert run.state == "failed"
    found = {key: linked(link, bq) if link else "" for key, link in links(known_dag, run).items()}
    assert found == {
        ("nothing", -1): "",
        ("numbers", -1): "",
        ("mapped", 0): "SELECT 1",
        ("mapped", 1): "SELECT 2",
        ("fails", -1): "SELECT ERROR('on purpose')",
    }


def test_a_link_that_cannot_be_kept_changes_nothing_of_how_a_task_ends(
    known_dag: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(BigQueryJobDetailLink, "persist", lambda *_, **__: 1 / 0)
    run = known_dag.test()
    states = {(it.task_id, it.map_index): it.state for it in run.get_task_instances()}
    assert states.pop(("fails", -1)) == "failed"
    assert set(states.values()) == {"success"}


def test_every_job_of_a_run_says_of_which_task_it_is(
    run: Callable[..., Any], bq: bigquery.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FACEWARDEN_LABELS", "team=faces,airflow-dag=nobody")
    since = datetime.now(UTC)
    ended = run("find_faces")
    jobs = list(bq.list_jobs(min_creation_time=since))
    own = {"team": "faces", "airflow-dag": "find_faces", "facewarden-run": run_key("find_faces", ended.run_id)}
    assert jobs and all(own.items() <= job.labels.items() for job in jobs)
    assert {"plan", "summarise"} <= {job.labels["airflow-task"] for job in jobs} <= {"plan", "publish", "summarise"}
