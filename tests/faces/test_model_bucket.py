"""Models travel to workers through the bucket, by their hash."""

from pathlib import Path

import pytest
from google.cloud import storage

from include.faces.engine import Engine
from include.faces.models.manifest import load_manifest
from include.faces.models.model_file import WrongFile
from include.faces.models.store import ensure_models, put_models
from tests.conftest import MakeRun


def test_what_is_put_into_the_bucket_once_is_had_by_every_worker(
    gcs: storage.Client, bucket: str, engine: Engine, models: Path, tmp_path: Path, make_run: MakeRun
) -> None:
    put_models(make_run(engine=engine.name, models=models))
    assert put_models(make_run(engine=engine.name, models=models)) == []
    ensure_models(make_run(models=tmp_path), engine.name)
    for model in load_manifest().files_of(engine.name):
        assert gcs.bucket(bucket).blob(f"models/{model.sha256}").exists()
        assert (tmp_path / model.file).read_bytes() == (models / model.file).read_bytes()


def test_a_spoilt_file_on_a_worker_is_replaced(engine: Engine, models: Path, tmp_path: Path, make_run: MakeRun) -> None:
    put_models(make_run(engine=engine.name, models=models))
    file = load_manifest().files_of(engine.name)[0].file
    (tmp_path / file).write_bytes(b"spoilt")
    ensure_models(make_run(models=tmp_path), engine.name)
    assert (tmp_path / file).read_bytes() == (models / file).read_bytes()


def test_a_model_that_is_nowhere_is_said_with_what_to_do(tmp_path: Path, make_run: MakeRun) -> None:
    name = next(iter(load_manifest().engines))
    with pytest.raises(WrongFile, match="put_models"):
        ensure_models(make_run(bucket="facewarden-test-empty", models=tmp_path), name)
