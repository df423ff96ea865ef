"""Models travel to workers through the bucket, by their hash."""

from pathlib import Path

import pytest
from google.cloud import storage

from include.faces.engine import Engine
from include.faces.models.manifest import load_manifest
from include.faces.models.model_file import WrongFile
from include.faces.models.store import ensure_models, put_models


def test_what_is_put_into_the_bucket_once_is_had_by_every_worker(
    gcs: storage.Client, bucket: str, engine: Engine, models: Path, tmp_path: Path
) -> None:
    put_models(gcs, bucket, engine.name, models)
    assert put_models(gcs, bucket, engine.name, models) == []
    ensure_models(gcs, bucket, engine.name, tmp_path)
    for model in load_manifest().files_of(engine.name):
        assert gcs.bucket(bucket).blob(f"models/{model.sha256}").exists()
        assert (tmp_path / model.file).read_bytes() == (models / model.file).read_bytes()


def test_a_spoilt_file_on_a_worker_is_replaced(
    gcs: storage.Client, bucket: str, engine: Engine, models: Path, tmp_path: Path
) -> None:
    put_models(gcs, bucket, engine.name, models)
    file = load_manifest().files_of(engine.name)[0].file
    (tmp_path / file).write_bytes(b"spoilt")
    ensure_models(gcs, bucket, engine.name, tmp_path)
    assert (tmp_path / file).read_bytes() == (models / file).read_bytes()


def test_a_model_that_is_nowhere_is_said_with_what_to_do(gcs: storage.Client, tmp_path: Path) -> None:
    name = next(iter(load_manifest().engines))
    with pytest.raises(WrongFile, match="put_models"):
        ensure_models(gcs, "facewarden-test-empty", name, tmp_path)
