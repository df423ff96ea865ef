"""Who acts: the run that every stage is given first, with its clients, its settings, its key and its log."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from include.core.settings import Settings

if TYPE_CHECKING:  # light to import: who makes a run has the clients already
    from google.cloud import bigquery, storage

Log = Callable[[str], None]


@dataclass(frozen=True)
class Run:
    """What a stage needs to act. It opens no connection by itself; the same run, tried again, has the same key."""

    bq: bigquery.Client
    gcs: storage.Client
    settings: Settings
    key: str
    log: Log
    typed_bq: bigquery.Client | None = None  # whom statements run as that somebody typed; without it, as all else does

    @property
    def bucket(self) -> str:
        """The bucket that all objects of this installation lie in."""
        return self.settings.bucket

    def address(self, name: str) -> str:
        """The gs:// address of an object in it."""
        return f"gs://{self.bucket}/{name}"


def run_key(dag_id: str, run_id: str) -> str:
    """Safe in names of objects, tables and jobs: the same run has the same key, and no two runs share one."""
    readable = re.sub(r"[^a-z0-9]+", "_", run_id.lower()).strip("_")[:40]
    return f"{readable}_{hashlib.sha256(f'{dag_id}/{run_id}'.encode()).hexdigest()[:10]}"
