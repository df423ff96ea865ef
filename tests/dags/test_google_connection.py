"""What Airflow's Google connection says reaches the clients; what the environment says wins."""

import json
from collections.abc import Callable
from typing import Any

import google_connection
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from google.auth.credentials import AnonymousCredentials
from google.auth.impersonated_credentials import Credentials as Impersonated
from google.oauth2.service_account import Credentials as ServiceAccount

from include.core.errors import Mistake
from include.core.settings import from_environment
from include.core.warehouse_client import WarehouseClient
from tests.conftest import PROJECT

KEPT = "https://www.googleapis.com/auth/devstorage.read_write"
Connect = Callable[..., google_connection.GoogleConnection]


@pytest.fixture(scope="session")
def key() -> dict[str, str]:
    """The key of a service account that nobody has."""
    own = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = own.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return {
        "type": "service_account",
        "project_id": "of-the-key",
        "client_email": "worker@of-the-key.iam.gserviceaccount.com",
        "private_key": pem.decode(),
        "token_uri": "http://127.0.0.1:9/token",
    }


@pytest.fixture
def connect(monkeypatch: pytest.MonkeyPatch, key: dict[str, str]) -> Connect:
    """`connect(scope=…)` is what is read of a connection with a key and these extras."""

    def connect(name: str = "google_cloud_default", **extra: Any) -> google_connection.GoogleConnection:
        said = {"conn_type": "google_cloud_platform", "extra": {"keyfile_dict": key, **extra}}
        monkeypatch.setenv(f"AIRFLOW_CONN_{name.upper()}", json.dumps(said))
        return google_connection.connection()

    return connect


def test_the_usual_connection_is_asked_without_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FACEWARDEN_CONNECTION", "")
    said = google_connection.connection()
    assert isinstance(said.credentials, AnonymousCredentials)
    assert (said.project, said.location, said.labels) == (PROJECT, None, {})


def test_another_connection_is_asked_by_its_name(monkeypatch: pytest.MonkeyPatch, connect: Connect) -> None:
    monkeypatch.setenv("FACEWARDEN_CONNECTION", "faces_in_seoul")
    said = connect("faces_in_seoul")
    assert isinstance(said.credentials, ServiceAccount)
    assert said.credentials.service_account_email == "worker@of-the-key.iam.gserviceaccount.com"


def test_scopes_reach_the_credentials_and_no_client_asks_for_more(connect: Connect) -> None:
    said = connect(scope=KEPT)
    assert said.credentials.scopes == (KEPT,) or said.credentials.scopes == [KEPT]  # type: ignore[attr-defined]
    assert WarehouseClient(PROJECT, said.credentials)._credentials.scopes == said.credentials.scopes  # type: ignore[attr-defined]


def test_a_connection_names_whom_its_account_acts_as(connect: Connect) -> None:
    said = connect(impersonation_chain="middle@a.iam.gserviceaccount.com, last@b.iam.gserviceaccount.com", scope=KEPT)
    assert isinstance(said.credentials, Impersonated)
    assert said.credentials.service_account_email == "last@b.iam.gserviceaccount.com"
    assert said.credentials._delegates == ["middle@a.iam.gserviceaccount.com"]
    assert list(said.credentials._target_scopes) == [KEPT]
    assert said.project == "b"


def test_the_environment_names_another_whom_to_act_as(monkeypatch: pytest.MonkeyPatch, connect: Connect) -> None:
    monkeypatch.setenv("FACEWARDEN_IMPERSONATE", "faces@c.iam.gserviceaccount.com")
    said = connect(impersonation_chain="last@b.iam.gserviceaccount.com")
    assert isinstance(said.credentials, Impersonated)
    assert said.credentials.service_account_email == "faces@c.iam.gserviceaccount.com"


def test_a_download_asks_a_connection_of_its_own(monkeypatch: pytest.MonkeyPatch, connect: Connect) -> None:
    monkeypatch.setenv("FACEWARDEN_IMPERSONATE", "faces@c.iam.gserviceaccount.com")
    monkeypatch.setenv("FACEWARDEN_DOWNLOAD_CONNECTION", "of_who_reads")
    connect("of_who_reads")
    assert isinstance(google_connection.download_connection().credentials, ServiceAccount)
    monkeypatch.setenv("FACEWARDEN_DOWNLOAD_IMPERSONATE", "reader@c.iam.gserviceaccount.com")
    said = google_connection.download_connection().credentials
    assert isinstance(said, Impersonated) and said.service_account_email == "reader@c.iam.gserviceaccount.com"


def test_a_download_acts_as_another_by_the_connection_of_the_tasks(
    monkeypatch: pytest.MonkeyPatch, connect: Connect
) -> None:
    monkeypatch.setenv("FACEWARDEN_IMPERSONATE", "faces@c.iam.gserviceaccount.com")
    connect()
    accounts = [google_connection.download_connection().credentials.service_account_email]  # type: ignore[attr-defined]
    monkeypatch.setenv("FACEWARDEN_DOWNLOAD_IMPERSONATE", "reader@c.iam.gserviceaccount.com")
    accounts += [google_connection.download_connection().credentials.service_account_email]  # type: ignore[attr-defined]
    assert accounts == ["faces@c.iam.gserviceaccount.com", "reader@c.iam.gserviceaccount.com"]
    assert google_connection.connection().credentials.service_account_email == accounts[0]  # type: ignore[attr-defined]


def test_the_environments_project_wins_then_the_connections_then_the_keys(
    monkeypatch: pytest.MonkeyPatch, connect: Connect
) -> None:
    assert from_environment(connect(project="of-the-connection").project).project == PROJECT
    monkeypatch.delenv("GOOGLE_CLOUD_PROJECT")
    assert from_environment(connect(project="of-the-connection").project).project == "of-the-connection"
    assert from_environment(connect().project).project == "of-the-key"
    with pytest.raises(LookupError, match="GOOGLE_CLOUD_PROJECT"):
        from_environment(None)


def test_the_environments_location_wins_over_the_connections(monkeypatch: pytest.MonkeyPatch, connect: Connect) -> None:
    assert from_environment(location=connect(location="asia-northeast3").location).location == "asia-northeast3"
    monkeypatch.setenv("FACEWARDEN_LOCATION", "EU")
    assert from_environment(location=connect(location="asia-northeast3").location).location == "EU"


def test_labels_of_the_connection_are_pairs_or_text(connect: Connect) -> None:
    assert connect(labels={"team": "faces"}).labels == connect(labels="team=faces").labels == {"team": "faces"}
    with pytest.raises(Mistake, match="labels of the connection google_cloud_default: team=Faces"):
        connect(labels={"team": "Faces"})
