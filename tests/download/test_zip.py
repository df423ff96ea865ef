"""A zip is there whole or not at all, in the bucket as on a disk, and the same answer is the same zip."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from google.cloud import storage
from google.cloud.storage import Blob

from include.core.errors import Mistake
from include.download import sinks
from include.download.download import target
from include.download.question import Question
from include.lake.layout import original
from include.lake.objects import put_once, read
from tests.conftest import MakeRun
from tests.download.conftest import GIF

Ask = Callable[..., Question]
Get = Callable[..., Any]
Stored = Callable[[int], list[str]]


@pytest.fixture
def place(gcs: storage.Client, bucket: str) -> str:
    """Where a zip in the bucket goes; there is none yet."""
    for blob in list(gcs.list_blobs(bucket, prefix="download/")):
        blob.delete()
    return f"gs://{bucket}/download/run_1/media.zip"


def test_a_zip_on_the_disk_and_one_in_the_bucket_are_the_same_to_the_byte_and_every_time(
    get: Get, asking: Ask, stored: Stored, gcs: storage.Client, place: str, tmp_path: Path
) -> None:
    paths = stored(70)  # more than are fetched ahead
    question = asking([*paths, paths[0]], label=["고양이", *["b"] * 69, "c"])
    done = get(question, tmp_path / "it.zip")
    assert (done["rows"], done["files"], done["fetched"]) == (71, {"ok": 70}, 70)
    data = (tmp_path / "it.zip").read_bytes()
    for _ in range(2):
        get(question, place)
        assert read(gcs, place) == data
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        assert packed.testzip() is None
        names = packed.namelist()
        assert len(names) == 73 and names[:-3] == sorted(names[:-3]), "the 71st is a copy, beside its content"
        assert names[-2:] == ["manifest.csv", "manifest.parquet"]
        facts = {(it.compress_type, it.date_time) for it in packed.infolist()}
        assert facts == {(zipfile.ZIP_STORED, (1980, 1, 1, 0, 0, 0))}, "nothing of the hour it was made in"
        rows = pq.read_table(io.BytesIO(packed.read("manifest.parquet"))).to_pylist()
        assert all(read(gcs, row["file_path"]) == packed.read(row["local_path"]) for row in rows)
        beside = read(gcs, place.replace("media.zip", "manifest.parquet"))
        assert beside == packed.read("manifest.parquet")
    assert [it.name for it in tmp_path.iterdir()] == ["it.zip"]


def test_a_vanished_and_a_broken_object_are_rows_and_no_entries(
    get: Get, asking: Ask, stored: Stored, gcs: storage.Client, bucket: str, tmp_path: Path
) -> None:
    broken = gcs.bucket(bucket).blob(original("e" * 64, "gif"))
    broken.upload_from_string(b"GIF89a something else")
    gone = f"gs://{bucket}/{original('0' * 64, 'gif')}"
    done = get(asking([gone, *stored(1), f"gs://{bucket}/{broken.name}"]), tmp_path / "it.zip")
    assert done["files"] == {"ok": 1, "missing": 1, "broken": 1}
    with zipfile.ZipFile(tmp_path / "it.zip") as packed:
        assert len(packed.namelist()) == 3 and packed.testzip() is None


@pytest.mark.parametrize("where", ["bucket", "disk"])
def test_a_zip_that_does_not_get_done_leaves_nothing(
    where: str,
    get: Get,
    asking: Ask,
    gcs: storage.Client,
    bucket: str,
    place: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    make_run: MakeRun,
) -> None:
    """Also where some of it was sent already: of an upload that did not end there is no object."""
    large = [put_once(make_run(), b"GIF89a" + bytes([it]) * 2**20, GIF).file_path for it in range(4)]
    last = max(large)
    real = Blob.download_to_file

    def failing(self: Blob, *arguments: Any, **options: Any) -> None:
        if last.endswith(self.name):
            raise ConnectionResetError
        real(self, *arguments, **options)

    monkeypatch.setattr(sinks, "_SENT", 2**20)
    to = place if where == "bucket" else tmp_path / "it.zip"
    with monkeypatch.context() as patch:
        patch.setattr(Blob, "download_to_file", failing)
        with pytest.raises(ConnectionResetError):
            get(asking(large), to)
    assert list(gcs.list_blobs(bucket, prefix="download/")) == [] == list(tmp_path.iterdir())
    assert get(asking(large), to)["files"] == {"ok": 4}


def test_an_empty_answer_is_a_zip_with_a_manifest(get: Get, tmp_path: Path) -> None:
    get(Question("SELECT file_path FROM image WHERE FALSE"), tmp_path / "it.zip")
    with zipfile.ZipFile(tmp_path / "it.zip") as packed:
        assert packed.namelist() == ["manifest.csv", "manifest.parquet"]


def test_without_a_folder_for_downloads_it_is_a_zip_in_the_bucket(make_run: MakeRun) -> None:
    run = make_run(bucket="ours", downloads=None)
    assert target(run, None, False) == "gs://ours/download/run_1/media.zip"
    with pytest.raises(Mistake, match="no FACEWARDEN_DOWNLOADS"):
        target(run, "cats", False)


def test_with_one_it_is_a_folder_below_it_or_a_zip(tmp_path: Path, make_run: MakeRun) -> None:
    run = make_run(downloads=tmp_path)
    assert target(run, None, False) == tmp_path / "run_1"
    assert target(run, "cats/2024", True) == tmp_path / "cats" / "2024.zip"
    (tmp_path / "out").symlink_to("/")
    for outside in ("..", "../x", "/etc", ".", "a/../..", "out/etc"):
        with pytest.raises(Mistake, match="below FACEWARDEN_DOWNLOADS"):
            target(run, outside, False)
