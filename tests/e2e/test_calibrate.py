"""The DAG that measures: labelled photographs to rows and a report."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from google.cloud import bigquery, storage

from include.warehouse.sql import rows
from replica import photos

pytestmark = pytest.mark.slow

PHOTOS = Path(__file__).resolve().parents[2] / ".local" / "replica" / "photos"
WHO = {"one": ("obama.jpg", "obama2.jpg", "obama3.jpg"), "two": ("biden.jpg",), "three": ("astronaut.png",)}


@pytest.fixture
def labelled(tmp_path: Path) -> Path:
    photos.fetch(PHOTOS)
    for person, names in WHO.items():
        (tmp_path / "labelled" / person).mkdir(parents=True)
        for name in names:
            (tmp_path / "labelled" / person / name).symlink_to(PHOTOS / name)
    return tmp_path / "labelled"


def test_labelled_photographs_become_rows_and_a_report(
    run: Callable[..., Any], clean_tables: None, labelled: Path, bq: bigquery.Client, gcs: storage.Client, bucket: str
) -> None:
    ended = run("calibrate_threshold", {"faces": str(labelled), "rates": [0.1, 0.5]})
    found = rows(bq, "queries/calibrated", {})
    sweep = {row["threshold"]: (row["hits"], row["false_hits"]) for row in found if row["measure"] == "sweep"}
    assert sweep[0.4] == (0, 0) and sweep[1.0] == (3, 0) and sweep[1.4][0] == 3
    told = [row for row in found if row["measure"] == "rate" and row["reference_count"] == 1]
    assert [(row["false_match_rate"], row["threshold"]) for row in told if row["step"] == 2] == [(0.1, None)] * 2
    page = gcs.bucket(bucket).blob(f"calibration/{found[0]['run_key']}/report.html")
    assert "data:image/png;base64," in page.download_as_text()
    assert {task.task_id for task in ended.get_task_instances()} == {"measure", "publish"}


@pytest.mark.parametrize("conf", [{"faces": "{folder}/one"}, {}, {"faces": "{folder}", "engines": ["none"]}])
def test_a_mistake_fails_at_once_and_writes_nothing(
    run: Callable[..., Any], clean_tables: None, labelled: Path, bq: bigquery.Client, conf: dict[str, Any]
) -> None:
    filled = {key: value.format(folder=labelled) if key == "faces" else value for key, value in conf.items()}
    ended = run("calibrate_threshold", filled, state="failed")
    assert [task.try_number for task in ended.get_task_instances() if task.task_id == "measure"] == [1]
    assert rows(bq, "queries/calibrated", {}) == []
