"""Where this Facewarden lives: read once from the environment, the same names everywhere."""

import os
from dataclasses import dataclass
from pathlib import Path

DATASET = "facewarden"
BIOMETRICS = "facewarden_biometrics"


@dataclass(frozen=True)
class Settings:
    """Names that differ between one installation and another; endpoints are the clients' own affair."""

    project: str
    bucket: str
    models: Path
    engine: str
    sites: Path
    location: str | None = None
    search: str | None = None
    downloads: Path | None = None


def from_environment() -> Settings:
    """Settings of this process. A missing name is an error that says which one and where it comes from."""
    return Settings(
        project=_required("GOOGLE_CLOUD_PROJECT"),
        bucket=_required("FACEWARDEN_BUCKET"),
        models=Path(_required("FACEWARDEN_MODELS")),
        engine=_required("FACEWARDEN_ENGINE"),
        sites=Path(_required("FACEWARDEN_SITES")),
        # Where datasets and bucket are made; Google's own default (US) without it.
        location=os.environ.get("FACEWARDEN_LOCATION") or None,
        # Google's VECTOR_SEARCH in the place of plain SQL: vector_search, or vector_index.
        search=os.environ.get("FACEWARDEN_SEARCH") or None,
        # A folder that whoever downloads can look into; without it downloads are zips in the bucket.
        downloads=Path(folder) if (folder := os.environ.get("FACEWARDEN_DOWNLOADS")) else None,
    )


def _required(name: str) -> str:
    value = os.environ.get(name, "")
    if not value:
        raise LookupError(f"{name} is not set: on a laptop source .local/env (make up), in Composer set it there")
    return value
