"""The DAG that hands out files: to a folder, or to the bucket where there is none."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from google.cloud import bigquery, storage

from include.lake.objects import put_once, read
from include.media.file_types import FileType
from tests.conftest import MakeRun

pytestmark = pytest.mark.slow

Run = Callable[..., Any]


@pytest.fixture
def gifs(bq: bigquery.Client, clean_tables: None, make_run: MakeRun) -> list[str]:
    """Two stored pictures, in posts of one gallery."""
    paths = [put_once(make_run(), data, FileType("image/gif", "gif")).file_path for data in (b"GIF89a 1", b"GIF89a 2")]
    bq.query(f"""INSERT INTO facewarden.media
        (media_id, platform, gallery, post_no, kind, ordinal, file_name, post_url, file_path, fetched_at)
        SELECT path, 'x', 'cats', place, 'image', 1, CONCAT('image_', place, '_1.gif'), 'https://example.org', path,
            CURRENT_TIMESTAMP()
        FROM UNNEST({paths}) AS path WITH OFFSET AS place""").result()  # fmt: skip
    return paths


def came_to(ended: Any) -> Any:
    (task,) = ended.get_task_instances()
    return task.xcom_pull(task_ids="download")


def test_the_old_query_typed_into_the_form_makes_a_folder_and_again_only_looks(
    run: Run, gifs: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FACEWARDEN_DOWNLOADS", str(tmp_path))
    sql = "SELECT file_path, '{{ 7 * 6 }}' AS title, @more AS more FROM image WHERE file_path LIKE '%.gif'"
    form = {"sql": sql, "query_params": {"more": "{{ dag }}'; DROP TABLE facewarden.post; --"}, "folder": "cats"}
    assert came_to(run("download_media", form))["fetched"] == 2
    before = {it.name: it.read_bytes() for it in (tmp_path / "cats").iterdir()}
    assert came_to(run("download_media", form))["fetched"] == 0
    assert {it.name: it.read_bytes() for it in (tmp_path / "cats").iterdir()} == before and len(before) == 4
    rows = pq.read_table(tmp_path / "cats" / "manifest.parquet").to_pylist()
    assert {row["file_path"] for row in rows} == set(gifs)
    assert {(row["title"], row["more"]) for row in rows} == {("{{ 7 * 6 }}", form["query_params"]["more"])}, "untouched"


def test_a_query_by_its_name_makes_a_zip_in_the_bucket(
    run: Run, gifs: list[str], gcs: storage.Client, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FACEWARDEN_DOWNLOADS", raising=False)
    values = {"platform": "x", "gallery": "cats"}
    to = came_to(run("download_media", {"query": "pictures_of_gallery", "query_params": values}))["to"]
    assert to.startswith(f"gs://{bucket}/download/") and read(gcs, to).startswith(b"PK")
    table = pq.read_table(io.BytesIO(read(gcs, to.replace("media.zip", "manifest.parquet"))))
    assert table.column("local_path").to_pylist() == ["image_0_1.gif", "image_1_1.gif"]


MISTAKES: list[dict[str, Any]] = [
    {"sql": "SELECT file_path FROM image; DROP TABLE facewarden.post"},
    {"sql": "SELECT file_path FROM facewarden_biometrics.match_in_media"},
    {"sql": "SELECT file_path FROM image", "query": "gifs"},
    {"sql": "SELECT file_path FROM image", "most_fetched_gib": 1e-9},
    {"sql": "SELECT file_path FROM image", "folder": "../elsewhere"},
    {"SQL": "SELECT file_path FROM image"},
    {"sql": "SELECT file_path FROM image", "restricted": True},
]


def test_a_mistake_fails_at_once_and_downloads_nothing(
    run: Run, gifs: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FACEWARDEN_DOWNLOADS", str(tmp_path / "downloads"))
    for form in MISTAKES:
        ended = run("download_media", form, state="failed")
        assert [task.try_number for task in ended.get_task_instances()] == [1], form
    assert [it for it in tmp_path.rglob("*") if it.is_file() and it.name != "sites.toml"] == []
