"""A run for a command line: with clients of the emulators where the environment names them, and of Google otherwise."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from include.core.limits import limits_from_environment
from include.core.run import Log, Run
from include.core.settings import from_environment, labels_from_environment

if TYPE_CHECKING:
    from google.auth.credentials import Credentials
    from google.cloud import bigquery

KEY = "by_hand"


def run_by_hand(log: Log = print) -> Run:
    """The run of somebody who types a command. Raises LookupError where the environment lacks a name."""
    from google.cloud import storage

    settings = from_environment()
    return Run(
        bigquery_client(settings.project, settings.location),
        storage.Client(settings.project, _credentials("STORAGE_EMULATOR_HOST")),
        settings,
        KEY,
        log,
    )


def bigquery_client(project: str | None = None, location: str | None = None) -> bigquery.Client:
    """For whoever only asks the warehouse; without a project Google's own default."""
    from include.core.warehouse_client import WarehouseClient

    credentials = _credentials("BIGQUERY_EMULATOR_HOST")
    return WarehouseClient(project, credentials, location, labels_from_environment(), limits_from_environment())


def _credentials(emulator: str) -> Credentials | None:
    """None lets the client look for Google's own."""
    from google.auth.credentials import AnonymousCredentials

    return AnonymousCredentials() if os.environ.get(emulator) else None
