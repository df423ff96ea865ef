"""Models in the bucket, under their hash: workers fetch them from there and need no registry."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from include.core.run import Run
from include.faces.models.manifest import Model, load_manifest
from include.faces.models.model_file import WrongFile, checked, is_there, put
from include.lake import layout

if TYPE_CHECKING:  # set-up, which shares these names with workers, has no use for Google's clients
    from google.cloud import storage


def put_models(run: Run) -> list[str]:
    """Puts the engine's files into the bucket, each once. Returns the names of the objects that are new.

    What lies in the bucket already need not lie in the folder: a worker may run this too.
    """
    created = []
    for model in load_manifest().files_of(run.settings.engine):
        blob = _blob(run, model)
        if not blob.exists() and _create(blob, checked(model, run.settings.models).read_bytes()):
            created.append(str(blob.name))
    return created


def ensure_models(run: Run, engine: str) -> Path:
    """The folder of models, with an engine's files in it: what is missing or wrong is fetched by its hash."""
    folder = run.settings.models
    for model in load_manifest().files_of(engine):
        if not is_there(model, folder):
            put(_download(run, model), model, folder)
    return folder


def _blob(run: Run, model: Model) -> storage.Blob:
    blob: storage.Blob = run.gcs.bucket(run.bucket).blob(layout.model(model.sha256))
    return blob


def _create(blob: storage.Blob, data: bytes) -> bool:
    from google.api_core.exceptions import PreconditionFailed

    try:
        blob.upload_from_string(data, content_type="application/octet-stream", if_generation_match=0)
    except PreconditionFailed:
        return False
    return True


def _download(run: Run, model: Model) -> bytes:
    from google.api_core.exceptions import NotFound

    try:
        data: bytes = _blob(run, model).download_as_bytes()
    except NotFound:
        raise WrongFile(
            f"{model.name} is not in {run.address(layout.MODELS.name)}: put_models puts it there, from a folder"
        ) from None
    return data


def main() -> None:
    """`python -m include.faces.models.bucket`: the engine's files into the bucket, from a machine that has them."""
    from include.core.command_line import run_by_hand

    run = run_by_hand()
    for name in put_models(run):
        print(f"put {run.address(name)}")


if __name__ == "__main__":
    main()
