"""Clients for a command line: of the emulators where the environment names them, and of Google otherwise."""

import os

from google.auth.credentials import AnonymousCredentials, Credentials
from google.cloud import bigquery, storage

from include.core.settings import Settings


def bigquery_client(own: Settings) -> bigquery.Client:
    return bigquery.Client(own.project, _credentials("BIGQUERY_EMULATOR_HOST"), location=own.location)


def storage_client(own: Settings) -> storage.Client:
    return storage.Client(own.project, _credentials("STORAGE_EMULATOR_HOST"))


def _credentials(emulator: str) -> Credentials | None:
    return AnonymousCredentials() if os.environ.get(emulator) else None
