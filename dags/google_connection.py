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
    """Key, scopes, impersonation and quota project are the hook's affair. BigQuery's own hook adds only pandas-gbq."""
    from airflow.providers.google.common.hooks.base_google import GoogleBaseHook

    name = os.environ.get("FACEWARDEN_CONNECTION") or DEFAULT
    hook = GoogleBaseHook(gcp_conn_id=name, impersonation_chain=_impersonated())
    credentials, project = hook.get_credentials_and_project_id()
    extras = hook.extras
    return GoogleConnection(
        credentials,
        project or None,
        extras.get("location") or None,
        labels(extras.get("labels") or "", f"labels of the connection {name}"),
    )


def _impersonated() -> list[str] | None:
    """Service accounts, each of which may act as the next; the last is who acts."""
    chain = [account.strip() for account in os.environ.get("FACEWARDEN_IMPERSONATE", "").split(",")]
    return list(filter(None, chain)) or None
