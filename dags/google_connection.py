"""Airflow's Google connection: who a task acts as, where, and what its BigQuery jobs are labelled with.

Environment variables of ours win over what the connection says, as an operator's own arguments do.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from include.core.labels import labels

if TYPE_CHECKING:
    from google.auth.credentials import Credentials

DEFAULT = "google_cloud_default"


@dataclass(frozen=True)
class GoogleConnection:
    """What it says. Whatever it leaves open is None, or no labels."""

    credentials: Credentials
    project: str | None
    location: str | None
    labels: dict[str, str]


def connection() -> GoogleConnection:
    """Whom tasks act as."""
    return _asked(os.environ.get("FACEWARDEN_CONNECTION") or DEFAULT, _chain("FACEWARDEN_IMPERSONATE"))


def download_connection() -> GoogleConnection:
    """Whom a SELECT runs as that somebody typed: an account that reads what was published, and nothing of a face.

    Without variables of its own it is whom tasks act as. FACEWARDEN_IMPERSONATE is nothing to a connection of its own.
    """
    own, chain = os.environ.get("FACEWARDEN_DOWNLOAD_CONNECTION"), _chain("FACEWARDEN_DOWNLOAD_IMPERSONATE")
    if own:
        return _asked(own, chain)
    return _asked(os.environ.get("FACEWARDEN_CONNECTION") or DEFAULT, chain or _chain("FACEWARDEN_IMPERSONATE"))


def _asked(name: str, chain: list[str] | None) -> GoogleConnection:
    """Key, scopes, impersonation and quota project are the hook's affair. BigQuery's own hook adds only pandas-gbq."""
    from airflow.providers.google.common.hooks.base_google import GoogleBaseHook

    hook = GoogleBaseHook(gcp_conn_id=name, impersonation_chain=chain)
    credentials, project = hook.get_credentials_and_project_id()
    extras = hook.extras
    return GoogleConnection(
        credentials,
        project or None,
        extras.get("location") or None,
        labels(extras.get("labels") or "", f"labels of the connection {name}"),
    )


def _chain(variable: str) -> list[str] | None:
    """Service accounts, each of which may act as the next; the last is who acts."""
    chain = [account.strip() for account in os.environ.get(variable, "").split(",")]
    return list(filter(None, chain)) or None
