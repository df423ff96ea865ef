"""BigQuery: local-bigquery's application inside its front. Its gRPC server is not started."""

from __future__ import annotations

import os
from urllib.parse import urlsplit

from tools.local.environment import PROJECT
from tools.local.front.guard import Guard
from tools.local.front.server import listen, server
from tools.local.state import State


def serve(state: State, port: int) -> int:
    """Serve until told to end."""
    outside = listen(port)
    from local_bigquery.settings import settings

    settings.data_dir, settings.default_project_id = state.data("bigquery"), PROJECT
    settings.storage_emulator_host = os.environ["STORAGE_EMULATOR_HOST"]
    # Before the application is imported, which reads them.
    import local_bigquery

    _give_token_to_duckdb(settings.storage_emulator_host)
    server(Guard(local_bigquery.app, state.secrets()["bigquery"], port)).run(sockets=[outside])
    return 0


def _give_token_to_duckdb(bucket: str) -> None:
    """DuckDB reads gs:// by itself. local-bigquery would tell it the host alone, and keeps a secret that is there."""
    from local_bigquery.engine import database

    parts = urlsplit(bucket)
    where = (parts.netloc + parts.path).replace("'", "''")
    database.connection().execute(
        "CREATE SECRET IF NOT EXISTS gcs_emulator "
        f"(TYPE gcs, KEY_ID '', SECRET '', ENDPOINT '{where}', URL_STYLE 'path', USE_SSL false)"
    )
