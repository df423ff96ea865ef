"""Models in the bucket, under their hash: workers fetch them from there and need no registry."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from include.faces.models.manifest import Model, load_manifest
from include.faces.models.model_file import WrongFile, checked, is_there, put

if TYPE_CHECKING:  # set-up, which shares these names with workers, has no use for Google's clients
    from google.cloud import storage


def put_models(gcs: storage.Client, bucket: str, engine: str, folder: Path) -> list[str]:
    """Puts an engine's files into the bucket, each once. Returns the names of the objects that are new.

    What lies in the bucket already need not lie in the folder: a worker may run this too.
    """
    created = []
    for model in load_manifest().files_of(engine):
        blob = gcs.bucket(bucket).blob(object_name(model))
        if not blob.exists() and _create(blob, checked(model, folder).read_bytes()):
            created.append(str(blob.name))
    return created


def ensure_models(gcs: storage.Client, bucket: str, engine: str, folder: Path) -> Path:
    """The folder, with an engine's files in it: what is missing or wrong is fetched from the bucket by its hash."""
    for model in load_manifest().files_of(engine):
        if not is_there(model, folder):
            put(_download(gcs, bucket, model), model, folder)
    return folder


def object_name(model: Model) -> str:
    return f"models/{model.sha256}"


def _create(blob: storage.Blob, data: bytes) -> bool:
    from google.api_core.exceptions import PreconditionFailed

    try:
        blob.upload_from_string(data, content_type="application/octet-stream", if_generation_match=0)
    except PreconditionFailed:
        return False
    return True


def _download(gcs: storage.Client, bucket: str, model: Model) -> bytes:
    from google.api_core.exceptions import NotFound

    try:
        data: bytes = gcs.bucket(bucket).blob(object_name(model)).download_as_bytes()
    except NotFound:
        raise WrongFile(
            f"{model.name} is not in gs://{bucket}/models: put_models puts it there, from a folder"
        ) from None
    return data


def main() -> None:
    """`python -m include.faces.models.bucket`: the engine's files into the bucket, from a machine that has them."""
    from include.core.clients import storage_client
    from include.core.settings import from_environment

    own = from_environment()
    for name in put_models(storage_client(own), own.bucket, own.engine, own.models):
        print(f"put gs://{own.bucket}/{name}")


if __name__ == "__main__":
    main()
