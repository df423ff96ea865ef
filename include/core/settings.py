"""The settings of one installation, read from the environment: project, bucket, engine, sites file, folders."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from include.core.labels import labels
from include.core.limits import Limits, limits_from_environment

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
    labels: Mapping[str, str] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)


def from_environment(project: str | None = None, location: str | None = None) -> Settings:
    """Settings of this process. A missing name is an error that says which one and where it comes from.

    A project and a location that are given stand in where the environment names none.
    """
    return Settings(
        project=os.environ.get("GOOGLE_CLOUD_PROJECT") or project or _required("GOOGLE_CLOUD_PROJECT"),
        bucket=_required("FACEWARDEN_BUCKET"),
        models=Path(_required("FACEWARDEN_MODELS")),
        engine=_required("FACEWARDEN_ENGINE"),
        sites=Path(_required("FACEWARDEN_SITES")),
        # Where datasets and bucket are made; Google's own default (US) without it.
        location=os.environ.get("FACEWARDEN_LOCATION") or location or None,
        # Google's VECTOR_SEARCH in the place of plain SQL: vector_search, or vector_index.
        search=os.environ.get("FACEWARDEN_SEARCH") or None,
        # A folder that whoever downloads can look into; without it downloads are zips in the bucket.
        downloads=Path(folder) if (folder := os.environ.get("FACEWARDEN_DOWNLOADS")) else None,
        # Of every BigQuery job: team=faces,cost=research.
        labels=labels_from_environment(),
        # And how long each may run, and how much it may read.
        limits=limits_from_environment(),
    )


def labels_from_environment() -> dict[str, str]:
    """Labels that all jobs of this installation carry."""
    return labels(os.environ.get("FACEWARDEN_LABELS", ""), "FACEWARDEN_LABELS")


def _required(name: str) -> str:
    value = os.environ.get(name, "")
    if not value:
        raise LookupError(f"{name} is not set: on a laptop source .local/env (make up), in Composer set it there")
    return value
