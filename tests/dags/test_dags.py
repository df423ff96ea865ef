"""What every DAG file promises the scheduler, and the person who opens it in the UI."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

REPO = Path(__file__).resolve().parents[2]
SHARED = ("wiring.py", "google_connection.py", "linked_task.py")
FILES = sorted(path for path in (REPO / "dags").glob("*.py") if path.name not in SHARED)
HEAVY = [
    "tensorflow",
    "keras",
    "cv2",
    "dlib",
    "openvino",
    "mtcnn",
    "pyarrow",
    "lxml",
    "matplotlib",
    "selenium",
    "google.cloud.bigquery",
]


@pytest.fixture(scope="module")
def dags() -> dict[str, Any]:
    from airflow.dag_processing.dagbag import DagBag

    bag = DagBag(REPO / "dags", include_examples=False)
    assert bag.import_errors == {}
    return dict(bag.dags)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_file_holds_the_dag_of_its_name(dags: dict[str, Any], file: Path) -> None:
    assert Path(dags[file.stem].fileloc) == file


@pytest.mark.parametrize("name", [file.stem for file in FILES])
def test_a_dag_says_what_it_is_and_whose(dags: dict[str, Any], name: str) -> None:
    dag = dags[name]
    assert dag.description and dag.doc_md and "facewarden" in dag.tags
    assert dag.catchup is False
    for task in dag.tasks:
        assert task.owner == "facewarden"
        assert 1 <= task.retries <= 5 and task.retry_delay.total_seconds() >= 10
        assert task.execution_timeout, f"{task.task_id} may hang for ever"
        assert task.python_callable.__doc__, f"{task.task_id} does not say what it does"


@pytest.mark.parametrize("name", [file.stem for file in FILES])
def test_every_task_has_room_for_the_link_to_its_job(dags: dict[str, Any], name: str) -> None:
    for task in dags[name].tasks:
        assert [link.name for link in task.operator_extra_links] == ["BigQuery Job Detail"], task.task_id


@pytest.mark.parametrize("name", [file.stem for file in FILES])
def test_every_param_is_a_form_field_that_explains_itself(dags: dict[str, Any], name: str) -> None:
    for key in dags[name].params:
        param = dags[name].params.get_param(key)
        assert param.description and param.schema.get("title") and param.schema.get("type"), f"{name}: {key}"


def test_writers_of_a_table_never_overlap(dags: dict[str, Any]) -> None:
    assert all(dag.max_active_runs == 1 for dag in dags.values())


def test_one_batch_that_fails_keeps_nothing_of_the_others_back_and_the_run_says_so(dags: dict[str, Any]) -> None:
    for name, batch in (("crawl_galleries", "crawl_batch"), ("find_faces", "scan_batch")):
        tasks = dags[name].task_dict
        assert tasks["publish"].trigger_rule == "all_done"
        assert tasks["finish"].trigger_rule == "none_failed"
        assert tasks["finish"].upstream_task_ids >= {batch}
    assert dags["crawl_galleries"].task_dict["crawl_batch"].max_active_tis_per_dag is None


def names(schedule: Any) -> set[str]:
    return {asset.name for asset in getattr(schedule, "objects", [schedule])}


def test_assets_chain_the_stages(dags: dict[str, Any]) -> None:
    produced = {asset.name: dag.dag_id for dag in dags.values() for task in dag.tasks for asset in task.outlets}
    assert produced == {
        "media": "crawl_galleries",
        "face": "find_faces",
        "unscanned": "find_faces",
        "reference": "enrol_subject",
        "match": "match_subjects",
        "verdict": "record_verdict",
    }
    consumed = {name: names(dags[name].schedule) for name in ("find_faces", "match_subjects")}
    assert consumed == {"find_faces": {"media", "unscanned"}, "match_subjects": {"face", "reference"}}


def test_parsing_imports_nothing_heavy() -> None:
    """In a process of its own: what one DAG file drags in, the dag-processor pays for every time it looks."""
    code = f"""
import airflow.sdk, sys, json, importlib
before = set(sys.modules)
sys.path[:0] = {[str(REPO), str(REPO / "dags")]!r}
for name in {[file.stem for file in FILES]!r}:
    importlib.import_module(name)
print(json.dumps(sorted(set(sys.modules) - before)))"""
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=True)
    imported = json.loads(done.stdout.splitlines()[-1])
    assert "wiring" in imported
    assert [name for name in HEAVY if name in imported] == []


def test_a_change_that_bigquery_refuses_is_not_tried_again() -> None:
    from include.core.errors import Mistake
    from include.warehouse.apply import RefusedChange

    assert issubclass(RefusedChange, Mistake), "tasks give up at once on a Mistake alone"
