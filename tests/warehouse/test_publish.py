"""From shards to rows: one load, one MERGE; whatever is killed, delivered twice or doubled, a row is there once."""

import datetime
import math
import uuid
from typing import Any

import pytest
from google.cloud import bigquery, storage

from include.warehouse import publish as module
from include.warehouse.publish import publish, publish_all
from include.warehouse.rows import Table
from include.warehouse.schemas import load_specs
from include.warehouse.shards import write_shard
from tests.conftest import MakeRun
from tests.warehouse.conftest import Count, Make, Publish, Select

pytestmark = pytest.mark.usefixtures("clean_tables")
EARLY = datetime.datetime(2024, 5, 1, tzinfo=datetime.UTC)
LATE = datetime.datetime(2024, 6, 1, tzinfo=datetime.UTC)
LATER = datetime.datetime(2024, 7, 1, tzinfo=datetime.UTC)


def test_without_a_shard_there_is_no_job(bq: bigquery.Client, make_run: MakeRun) -> None:
    since = datetime.datetime.now(datetime.UTC)
    assert publish(make_run("no_such_run"), "post") == 0
    assert list(bq.list_jobs(min_creation_time=since)) == []


def test_many_shards_make_one_load_and_one_merge(bq: bigquery.Client, run: Publish, make: Make, count: Count) -> None:
    since = datetime.datetime.now(datetime.UTC)
    shards = [[make("post", post_no=10 * shard + row) for row in range(3)] for shard in range(5)]
    assert run("post", "many", *shards) == 15
    assert count("facewarden.post") == 15
    jobs = [job.job_id.rsplit("-", 1)[0] for job in bq.list_jobs(min_creation_time=since)]
    assert sorted(job for job in jobs if "post_many" in job) == ["publish_post_many_load", "publish_post_many_merge"]


def test_the_load_asks_for_lists_as_arrays(bq: bigquery.Client, run: Publish, make: Make) -> None:
    """The emulator does it unasked; BigQuery makes records of records of them unless it is told."""
    since = datetime.datetime.now(datetime.UTC)
    run("face", "lists", [make("face", embedding=[1.0])])
    [load] = [job for job in bq.list_jobs(min_creation_time=since) if "face_lists_load" in job.job_id]
    assert load.configuration.parquet_options.enable_list_inference is True
    assert load.write_disposition == "WRITE_TRUNCATE"


def test_nothing_of_a_run_is_left_over(
    bq: bigquery.Client, gcs: storage.Client, bucket: str, run: Publish, make: Make
) -> None:
    run("face", "tidy", [make("face")])
    assert [table.table_id for table in bq.list_tables("facewarden_biometrics") if "staging" in table.table_id] == []
    assert list(gcs.list_blobs(bucket, prefix="staging/face/")) == []


def test_a_staging_table_expires_by_itself(bq: bigquery.Client, warehouse: None) -> None:
    spec = load_specs()["face"]
    address = module._make_staging(bq, spec, "killed")
    left = bq.get_table(address).expires - datetime.datetime.now(datetime.UTC)
    bq.delete_table(address)
    assert datetime.timedelta(hours=23) < left <= datetime.timedelta(days=1)


def test_empty_shards_are_no_rows(run: Publish, count: Count) -> None:
    assert run("face", "empty", [], []) == 0
    assert count("facewarden_biometrics.face") == 0


@pytest.mark.parametrize("table", [name for name in load_specs() if name not in ("match", "search")])
def test_rows_delivered_twice_are_there_once(table: str, run: Publish, make: Make, select: Select) -> None:
    assert run(table, "one", [make(table)], [make(table)]) == 1
    before = select(f"SELECT * FROM {load_specs()[table].address}")
    assert run(table, "two", [make(table), make(table)]) == 0
    assert len(before) == 1
    assert select(f"SELECT * FROM {load_specs()[table].address}") == before


def test_a_run_that_runs_again_adds_nothing(run: Publish, make: Make, count: Count) -> None:
    assert run("post", "again", [make("post")]) == 1
    assert run("post", "again", [make("post")]) == 0
    assert count("facewarden.post") == 1


def test_a_task_killed_after_its_load_was_submitted_is_run_again(
    bq: bigquery.Client, make: Make, count: Count, make_run: MakeRun
) -> None:
    run_key = f"killed_{uuid.uuid4().hex}"
    write_shard(make_run(run_key), Table[Any]("post"), 0, [make("post")])
    bq.query("SELECT 1", job_id=f"publish_post_{run_key}_load-1", job_retry=None)
    assert publish(make_run(run_key), "post") == 1
    assert bq.get_job(f"publish_post_{run_key}_load-2").state == "DONE"
    assert count("facewarden.post") == 1


def test_a_task_killed_between_load_and_merge_is_run_again(
    make: Make, count: Count, monkeypatch: pytest.MonkeyPatch, make_run: MakeRun
) -> None:
    write_shard(make_run("half"), Table[Any]("post"), 0, [make("post")])
    with monkeypatch.context() as killed:
        killed.setattr(module, "merge_text", _killed)
        with pytest.raises(KeyboardInterrupt):
            publish(make_run("half"), "post")
    assert (count("facewarden.post"), count("facewarden.staging_post_half")) == (0, 1)
    assert publish(make_run("half"), "post") == 1
    assert count("facewarden.post") == 1


def test_a_task_killed_after_its_merge_is_run_again(
    bq: bigquery.Client, make: Make, count: Count, monkeypatch: pytest.MonkeyPatch, make_run: MakeRun
) -> None:
    write_shard(make_run("late"), Table[Any]("post"), 0, [make("post")])
    with monkeypatch.context() as killed:
        killed.setattr(type(bq), "delete_table", _killed)
        with pytest.raises(KeyboardInterrupt):
            publish(make_run("late"), "post")
    assert count("facewarden.post") == 1
    assert publish(make_run("late"), "post") == 0
    assert count("facewarden.post") == 1
    assert "staging_post_late" not in [table.table_id for table in bq.list_tables("facewarden")]


def _killed(*_: Any, **__: Any) -> None:
    raise KeyboardInterrupt


def test_arrays_and_records_come_back_as_they_were(run: Publish, make: Make, select: Select) -> None:
    box = {"x": -1.5, "y": 2.0, "width": 30.25, "height": 40.0}
    marks = [{"x": float(point), "y": 0.5} for point in range(5)]
    vector = [math.sin(place) for place in range(512)]
    run("face", "round", [make("face", box=box, landmarks=marks, embedding=vector), make("face", face_id="bare")])
    [bare, full] = select("SELECT * FROM facewarden_biometrics.face ORDER BY face_id")
    assert (full["box"], full["landmarks"], full["embedding"]) == (box, marks, vector)
    assert (bare["box"], bare["landmarks"], bare["embedding"]) == (None, [], [])


def test_numbers_at_the_edge_come_back_as_they_were(run: Publish, make: Make, select: Select) -> None:
    edge = [math.inf, -math.inf, 5e-324, 1.7976931348623157e308, -0.0, 0.1 + 0.2]
    run("face", "edge", [make("face", score=math.nan, embedding=edge)])
    [row] = select("SELECT score, embedding FROM facewarden_biometrics.face")
    assert math.isnan(row["score"])
    assert row["embedding"] == edge


def test_a_scan_that_failed_is_replaced_by_a_later_one_only(run: Publish, make: Make, select: Select) -> None:
    failed = make("scan", outcome="error", scanned_at=EARLY)
    assert run("scan", "one", [failed]) == 1
    assert run("scan", "again", [failed]) == 0
    assert run("scan", "two", [make("scan", outcome="faces", scanned_at=LATE), failed]) == 1
    assert run("scan", "three", [make("scan", outcome="error", scanned_at=LATER)]) == 0
    assert select("SELECT outcome FROM facewarden_biometrics.scan") == [{"outcome": "faces"}]


def test_several_tables_are_published_in_the_order_given(make: Make, make_run: MakeRun) -> None:
    write_shard(make_run("both"), Table[Any]("face"), 0, [make("face"), make("face", face_id="other")])
    write_shard(make_run("both"), Table[Any]("scan"), 0, [make("scan")])
    counts = publish_all(make_run("both"), ("face", "scan", "post"))
    assert list(counts.items()) == [("face", 2), ("scan", 1), ("post", 0)]
