"""The environment of everything that belongs to the local system, and the file from which a shell gets it."""

import json
import os
import shlex
from collections.abc import Mapping
from pathlib import Path

from tools.local import private
from tools.local.state import REPO, State, write

PROJECT = BUCKET = "facewarden-local"
USER = "admin"
STORES = {"bigquery": "BIGQUERY_EMULATOR_HOST", "gcs": "STORAGE_EMULATOR_HOST"}  # and what tells clients where
VENV = REPO / ".local" / "venv"
_NOT_INHERITED = (
    *("AIRFLOW", "GOOGLE_", "CLOUDSDK_", "BIGQUERY_", "STORAGE_", "VIRTUAL_ENV", "PYTHON"),
    *(
        "FACEWARDEN_ENGINE",
        "FACEWARDEN_REPLICA",
        "FACEWARDEN_CONNECTION",
        "FACEWARDEN_IMPERSONATE",
        "FACEWARDEN_LABELS",
    ),
)


def inherited() -> dict[str, str]:
    """The caller's environment without what could lead a client elsewhere: to Google, with real credentials."""
    return {name: value for name, value in os.environ.items() if not name.startswith(_NOT_INHERITED)}


def values(state: State, ports: Mapping[str, int]) -> dict[str, str]:
    """What a client of this system needs; with the api-server among `ports` also what Airflow's processes need."""
    found = {**_common(state), **_endpoints(state, ports)}
    return {**found, **_airflow(state, _address(ports, "airflow"))} if "airflow" in ports else found


def write_env(state: State, exports: Mapping[str, str]) -> None:
    """The file of export lines, for any POSIX shell. It holds the password and tokens: for this user's eyes only."""
    path = {"PATH": exports["PATH"]}
    lines = [f"export {name}={shlex.quote(value)}" for name, value in sorted(exports.items()) if name not in path]
    # The sourcing shell's own PATH stays, behind the environment's bin.
    lines.append(f'export PATH={shlex.quote(str(VENV / "bin"))}:"$PATH"')
    # What such a shell writes shows faces, as a rule.
    write(state.env, "\n".join([*lines, f"umask {private.UMASK:03o}", ""]))


def write_sites(state: State, ports: Mapping[str, int]) -> None:
    """The real sites, as in the repository, and the replica as one more."""
    source = REPO / "include" / "crawl" / "sites.toml"
    text = source.read_text() if source.exists() else ""
    if "replica" in ports:
        host = f"127.0.0.1:{ports['replica']}"
        text += f'\n[sites.replica]\nadapter = "dcinside"\nbase = "http://{host}"\nmedia_hosts = ["{host}"]\npace = 0\n'
    write(state.sites, text)


def _common(state: State) -> dict[str, str]:
    models = Path(os.environ.get("FACEWARDEN_MODELS") or REPO / ".local" / "models").absolute()
    no_proxy = ",".join(filter(None, [os.environ.get("no_proxy", ""), "127.0.0.1", "localhost"]))
    return {
        "PATH": f"{VENV / 'bin'}:{os.environ.get('PATH', os.defpath)}",
        "PYTHONPATH": f"{REPO}:{REPO / 'dags'}",
        # It says of every process that Python 3.11 will be old one day.
        "PYTHONWARNINGS": "ignore::FutureWarning:google.api_core._python_version_support",
        "NO_PROXY": no_proxy,
        "no_proxy": no_proxy,
        "GOOGLE_CLOUD_PROJECT": PROJECT,
        "FACEWARDEN_BUCKET": BUCKET,
        # A file of one's own, named before `make up`, or the real sites and the replica.
        "FACEWARDEN_SITES": os.environ.get("FACEWARDEN_SITES") or str(state.sites),
        "FACEWARDEN_MODELS": str(models),
        "FACEWARDEN_DOWNLOADS": os.environ.get("FACEWARDEN_DOWNLOADS") or str(state.root / "downloads"),
        **_engine(models),
        **_own_engines(),
        "AIRFLOW_CONN_GOOGLE_CLOUD_DEFAULT": json.dumps(
            {
                "conn_type": "google_cloud_platform",
                "extra": {"project": PROJECT, "is_anonymous": True, "token": _masked(state)},
            }
        ),
        # Else each process that opens gs:// waits a minute for a probe of Google.
        "GCSFS_EXPERIMENTAL_ZB_HNS_SUPPORT": "false",
        "TF_CPP_MIN_LOG_LEVEL": "2",
    }


def _masked(state: State) -> list[str]:
    """For the logs of tasks, where Airflow hides a connection's secrets: errors of clients name addresses."""
    return [state.secrets()[store] for store in STORES]


def _engine(models: Path) -> dict[str, str]:
    """The engine that set-up took. Without models there is none, and whoever needs one says so."""
    try:
        return {"FACEWARDEN_ENGINE": str(json.loads((models / "engine.json").read_text())["engine"])}
    except (OSError, ValueError, KeyError):
        return {}


def _own_engines() -> dict[str, str]:
    """A user's own models and engines, where they have any."""
    own = os.environ.get("FACEWARDEN_ENGINES")
    return {"FACEWARDEN_ENGINES": str(Path(own).absolute())} if own else {}


def endpoint(state: State, store: str, port: int) -> str:
    """Where a store is, with the token that its front wants. Clients take it as it is."""
    return f"http://127.0.0.1:{port}/{state.secrets()[store]}"


def _endpoints(state: State, ports: Mapping[str, int]) -> dict[str, str]:
    found = {name: endpoint(state, store, ports[store]) for store, name in STORES.items() if store in ports}
    return {**found, "FACEWARDEN_REPLICA": _address(ports, "replica")} if "replica" in ports else found


def _address(ports: Mapping[str, int], service: str) -> str:
    return f"http://127.0.0.1:{ports[service]}"


def _airflow(state: State, api: str) -> dict[str, str]:
    secret = state.secrets()
    return {
        "AIRFLOW_HOME": str(state.airflow),
        "AIRFLOW_API": api,
        "AIRFLOW_USER": USER,
        "AIRFLOW_PASSWORD": secret["password"],
        "AIRFLOW__CORE__AUTH_MANAGER": "airflow.api_fastapi.auth.managers.simple.simple_auth_manager.SimpleAuthManager",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": f"{USER}:admin",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(state.passwords),
        "AIRFLOW__CORE__FERNET_KEY": secret["fernet"],
        "AIRFLOW__API__SECRET_KEY": secret["api"],
        "AIRFLOW__API_AUTH__JWT_SECRET": secret["jwt"],
        "AIRFLOW__CORE__DAGS_FOLDER": os.environ.get("FACEWARDEN_DAGS") or str(REPO / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(REPO / "plugins"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__DATABASE__LOAD_DEFAULT_CONNECTIONS": "False",
        # The daily crawl would set off for the real site by itself. DAGs without a schedule of their own say otherwise.
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "True",
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__PARALLELISM": "4",
        "FACEWARDEN_SCANS_AT_ONCE": "2",
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{api}/execution/",
        # Names the machine in log addresses; the real one may be slow or impossible to look up.
        "AIRFLOW__CORE__HOSTNAME_CALLABLE": "socket.gethostname",
        # A task whose worker was killed is tried again after a minute, not after five.
        "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "60",
        "AIRFLOW__API__BASE_URL": api,
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": api.rpartition(":")[2],
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{state.airflow}/airflow.db",
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(state.root / "logs" / "airflow"),
        "AIRFLOW__LOGGING__DAG_PROCESSOR_CHILD_PROCESS_LOG_DIRECTORY": str(state.root / "logs" / "dag_processing"),
        "AIRFLOW__LOGGING__FILE_TASK_HANDLER_NEW_FOLDER_PERMISSIONS": "0o700",
        "AIRFLOW__LOGGING__FILE_TASK_HANDLER_NEW_FILE_PERMISSIONS": "0o600",
        "AIRFLOW__LOGGING__COLORED_CONSOLE_LOG": "False",
        "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "10",
        "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "20",
        "AIRFLOW__DAG_PROCESSOR__PARSING_PROCESSES": "1",
    }
