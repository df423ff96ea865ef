"""The run that a benchmark acts as, against emulators of its own."""

import os
from pathlib import Path
from typing import Any

from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery, storage

from include.core.run import Run
from include.core.settings import Settings

PROJECT = "bench"


def bench_run(key: str = "bench", project: str = PROJECT, bucket: str = "bench", **settings: Any) -> Run:
    """Tells nobody of its progress; a benchmark prints what it measured."""
    here = {"models": Path(os.environ.get("FACEWARDEN_MODELS", ".local/models")), "engine": "", "sites": Path("none")}
    credentials = AnonymousCredentials()
    return Run(
        bigquery.Client(project, credentials),
        storage.Client(project, credentials),
        Settings(project=project, bucket=bucket, **{**here, **settings}),
        key,
        lambda line: None,
    )
