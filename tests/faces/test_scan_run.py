"""A scan run in the warehouse: each content once an engine, whatever is killed and run again."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from google.cloud import bigquery, storage

from include.core.run import Run
from include.faces import scan_run
from include.faces.engine import Engine
from include.faces.models.bucket import put_models
from include.faces.scan_mark import BEGINNING, MARGIN, read_mark
from include.faces.scan_run import batches_by_size, left_to_scan, plan_scans, scan_batch, summary
from include.lake.objects import put_once, read_json
from include.media.file_types import sniff
from include.warehouse.publish import publish_all
from include.warehouse.rows import Table
from include.warehouse.shards import write_shard
from include.warehouse.sql import rows
from tests.conftest import MakeRun
from tests.media.films import file_bytes, scene, steady

Row = dict[str, Any]
REPO = Path(__file__).resolve().parents[2]
NOW = datetime.now(UTC)
SCANNED = """SELECT scan.sha256, scan.engine, scan.outcome, scan.faces, COUNT(face.face_id) AS face_rows
FROM facewarden_biometrics.scan AS scan
LEFT JOIN facewarden_biometrics.face AS face ON face.sha256 = scan.sha256 AND face.engine = scan.engine
GROUP BY scan.sha256, scan.engine, scan.outcome, scan.faces ORDER BY scan.engine, scan.sha256"""


@pytest.fixture
def lake(clean_tables: None, photo: Callable[[str], bytes], tmp_path: Path, make_run: MakeRun) -> list[str]:
    """Five files in seven posts: two pictures of people, one of them posted three times, a film, a wall, a ruin."""
    whole = photo("obama.jpg")
    film = file_bytes(steady([(2000, scene(1, 240, 320))], 5), tmp_path)
    files = [photo("astronaut.png"), whole, whole, whole, film, photo("brick.png"), whole[:4000]]
    media = []
    for number, data in enumerate(files):
        kind = sniff(data)
        assert kind
        stored = put_once(make_run(), data, kind)
        post = {"platform": "p", "gallery": "g", "post_no": number, "post_url": f"p/{number}", "fetched_at": NOW}
        where = {"file_path": stored.file_path, "sha256": stored.sha256, "type": kind.mime, "size": stored.size}
        name = {"media_id": f"p/g/{number}/{kind.kind}/1", "kind": kind.kind, "ordinal": 1, "file_name": f"{number}"}
        media.append({**post, **where, **name})
    write_shard(make_run("crawl"), Table[Any]("media"), "0", media)
    publish_all(make_run("crawl"), ("media",))
    return sorted({row["sha256"] for row in media})  # type: ignore[misc]


@pytest.fixture
def scan(bq: bigquery.Client, engine: Engine, models: Path, make_run: MakeRun) -> Callable[[str], list[Row]]:
    """Plans and scans a run, and publishes it; what is in the tables then."""
    put_models(make_run(engine=engine.name, models=models))

    def run(run_key: str) -> list[Row]:
        for batch in plan_scans(make_run(run_key, engine=engine.name)):
            scan_batch(make_run(run_key, models=models), batch)
        publish_all(make_run(run_key), ("face", "scan"))
        return [dict(row) for row in bq.query(SCANNED).result()]

    return run


def test_each_content_is_scanned_once_and_again_changes_nothing(
    lake: list[str], scan: Callable[[str], list[Row]], make_run: MakeRun
) -> None:
    found = scan("first")
    assert [row["sha256"] for row in found] == lake
    assert sorted(row["outcome"] for row in found) == ["faces", "faces", "no_face", "no_face", "rejected"]
    assert all(row["faces"] == row["face_rows"] for row in found)
    assert scan("second") == found
    lines: list[str] = []
    assert summary(make_run("first", lines.append))["files"] == 5
    assert "5 files (1 that move), 2 with faces, 1 rejected, 0 errors; 2 faces kept" in lines[0]
    assert summary(make_run("second", lines.append)) == {"files": 0, "faces": 0}


def test_a_new_engine_scans_anew_and_touches_no_row_of_the_old_one(
    lake: list[str], scan: Callable[[str], list[Row]], bq: bigquery.Client
) -> None:
    found = scan("first")
    for table in ("scan", "face"):
        bq.query(f"UPDATE facewarden_biometrics.{table} SET engine = 'an older one' WHERE TRUE").result()
    bq.query("UPDATE facewarden_biometrics.face SET face_id = CONCAT('old', face_id) WHERE TRUE").result()
    both = scan("second")
    assert [{**row, "engine": ""} for row in both] == [{**row, "engine": ""} for row in [*found, *found]]


def test_what_failed_on_our_side_is_scanned_again_and_what_is_broken_is_not(
    lake: list[str], scan: Callable[[str], list[Row]], bq: bigquery.Client
) -> None:
    scan("first")
    bq.query("UPDATE facewarden_biometrics.scan SET outcome = 'error' WHERE outcome = 'no_face'").result()
    engine = scan("second")[0]["engine"]
    assert rows(bq, "queries/unscanned", {"engine": engine, "since": BEGINNING, "most": 9}) == []
    counts = rows(bq, "queries/scan_summary", {"run_key": "second"})
    assert [(row["files"], row["without_faces"]) for row in counts] == [(2, 2)]


def planned(run: Run) -> list[str]:
    """The files of a run's batches, by sha256."""
    return [item["sha256"] for batch in plan_scans(run) for item in read_json(run.gcs, batch)["items"]]


def scanned(run: Run, files: list[str], outcome: str = "no_face", tries: int = 1) -> None:
    """As if the run had scanned them."""
    told = {"engine": run.settings.engine, "outcome": outcome, "faces": 0, "tries": tries, "run_key": run.key}
    write_shard(run, Table[Any]("scan"), "0", [{"sha256": one, "scanned_at": NOW, **told} for one in files])
    publish_all(run, ("scan",))


def test_a_run_takes_so_many_files_and_another_follows_as_long_as_they_come_further(
    lake: list[str], make_run: MakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scan_run, "MAX_FILES", 2)
    runs = [make_run(f"part_{number}", engine="in-parts") for number in range(4)]
    assert planned(runs[0]) == lake[:2]
    scanned(runs[0], lake[:2])
    assert left_to_scan(runs[0], 2) == 3
    assert left_to_scan(runs[0], 0) == 0, "a run that could do nothing is not followed by one that cannot either"
    assert planned(runs[1]) == lake[2:4]
    scanned(runs[1], lake[2:4], outcome="error")
    assert planned(runs[2]) == [lake[4], lake[2]], "what was never tried comes first"
    scanned(runs[2], [lake[4]])
    scanned(runs[2], [lake[2]], outcome="error", tries=2)
    assert left_to_scan(runs[2], 2) == 0, "what failed waits for the next event"
    assert planned(runs[3]) == [lake[3], lake[2]]


def test_of_media_only_what_may_be_unscanned_is_looked_through(
    lake: list[str], make_run: MakeRun, gcs: storage.Client, bq: bigquery.Client
) -> None:
    run = make_run("mark", engine="marked")
    blob = gcs.bucket(run.bucket).blob("scanned/marked.json")
    if blob.exists():
        blob.delete()
    assert planned(run) == lake
    mark = read_mark(run, "marked")
    assert mark and abs(mark - (NOW - MARGIN)) < timedelta(seconds=1)
    bq.query("UPDATE facewarden.media SET fetched_at = TIMESTAMP_SUB(fetched_at, INTERVAL 99 DAY) WHERE TRUE").result()
    assert planned(run) == []
    blob.delete()  # as the bucket's rule does
    assert planned(run) == lake, "once in a month all is looked through"
    blob.delete()


def test_a_worker_whose_clock_runs_ahead_keeps_no_file_from_being_scanned(
    lake: list[str], make_run: MakeRun, bq: bigquery.Client
) -> None:
    ahead = make_run("ahead", engine="clocks")
    told = {"engine": "clocks", "outcome": "error", "faces": 0, "tries": 1, "sha256": lake[0]}
    write_shard(ahead, Table[Any]("scan"), "0", [{**told, "scanned_at": NOW + timedelta(days=365)}])
    publish_all(ahead, ("scan",))
    scanned(make_run("later", engine="clocks"), lake[:1])
    (row,) = bq.query("SELECT outcome, scanned_at FROM facewarden_biometrics.scan").result()
    assert row.outcome == "no_face" and row.scanned_at <= datetime.now(UTC)


@pytest.mark.slow
def test_a_worker_killed_in_the_middle_loses_its_time_and_nothing_else(
    lake: list[str],
    bq: bigquery.Client,
    gcs: storage.Client,
    bucket: str,
    engine: Engine,
    models: Path,
    make_run: MakeRun,
) -> None:
    put_models(make_run(engine=engine.name, models=models))
    (batch,) = plan_scans(make_run("killed", engine=engine.name))
    code = f"""
from dataclasses import replace
from include.core.command_line import run_by_hand
from include.faces import file_scanner, scan_run
stop = lambda *found: (print("in the middle", flush=True), __import__("time").sleep(99))
file_scanner.FileScanner._embed_pictures = stop
scan_run.scan_batch(replace(run_by_hand(), key="killed"), {batch!r})
"""
    with subprocess.Popen([sys.executable, "-c", code], cwd=REPO, stdout=subprocess.PIPE, text=True) as worker:
        assert worker.stdout
        assert worker.stdout.readline() == "in the middle\n"
        decoders = _children(worker.pid)
        worker.kill()
    assert decoders
    deadline = time.monotonic() + 10
    while any(_lives(pid) for pid in decoders):
        assert time.monotonic() < deadline, "a decoder outlived its worker"
    assert list(gcs.list_blobs(bucket, prefix="staging/face/")) == []
    scan_batch(make_run("killed", models=models), batch)
    scan_batch(make_run("killed", models=models), batch)  # a duplicate delivery
    for _ in range(2):
        publish_all(make_run("killed"), ("face", "scan"))
    found = [dict(row) for row in bq.query(SCANNED).result()]
    assert [row["sha256"] for row in found] == lake
    assert all(row["faces"] == row["face_rows"] for row in found)


def _children(pid: int) -> list[int]:
    path = Path(f"/proc/{pid}/task")
    return [int(each) for task in path.iterdir() for each in (task / "children").read_text().split()]


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        return b"include.media" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except (ProcessLookupError, FileNotFoundError):
        return False


def test_batches_are_bounded_by_bytes_and_by_number() -> None:
    sizes = [1] * 900 + [100 << 20, 100 << 20, 900 << 20, 5]
    items: list[Any] = [{"sha256": str(number), "size": size} for number, size in enumerate(sizes)]
    batches = list(batches_by_size(items))
    assert [len(batch) for batch in batches] == [400, 400, 101, 1, 1, 1]
    assert json.dumps([item for batch in batches for item in batch]) == json.dumps(items)
