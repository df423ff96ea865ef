"""What a local system keeps in its folder: where each file is, and writing them so that no reader sees half of one."""

import base64
import fcntl
import json
import os
import secrets
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

REPO = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class State:
    """The folder of one local system. Two systems with two folders do not see each other."""

    root: Path

    def is_ours(self) -> bool:
        """Whether a local system was here. Any other folder that somebody names may hold their own files."""
        return self._secrets.exists()

    @property
    def _secrets(self) -> Path:
        return self.root / "secrets.json"

    @property
    def env(self) -> Path:
        """The file to source; there only while the system is up and healthy."""
        return self.root / "env"

    @property
    def sites(self) -> Path:
        return self.root / "sites.toml"

    @property
    def airflow(self) -> Path:
        return self.root / "airflow"

    @property
    def passwords(self) -> Path:
        return self.airflow / "passwords.json"

    def log(self, name: str) -> Path:
        """Where a service's own output goes; not the logs of tasks."""
        return self.root / "logs" / f"{name}.log"

    def data(self, name: str) -> Path:
        """The folder in which a service keeps its data; made when it is not there."""
        folder = self.root / "data" / name
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def report(self) -> dict[str, Any]:
        """What the supervisor last wrote: phase, services, ports. Empty when there never was one."""
        try:
            return dict(json.loads(self._report.read_text()))
        except (OSError, ValueError):
            return {}

    def write_report(self, report: dict[str, Any]) -> None:
        write(self._report, json.dumps(report, indent=1))

    def last_ports(self) -> dict[str, int]:
        """The ports of the last system that was healthy here: addresses that were stored go on to lead somewhere."""
        try:
            return {str(name): int(port) for name, port in json.loads(self._ports.read_text()).items()}
        except (OSError, ValueError, AttributeError):
            return {}

    def remember_ports(self, ports: Mapping[str, int]) -> None:
        write(self._ports, json.dumps({**self.last_ports(), **ports}))

    def forget(self) -> None:
        """Nothing runs any more: remove what says otherwise."""
        self.env.unlink(missing_ok=True)
        self._report.unlink(missing_ok=True)

    @property
    def _ports(self) -> Path:
        return self.root / "run" / "ports.json"

    @property
    def _report(self) -> Path:
        return self.root / "run" / "report.json"

    @contextmanager
    def lock(self) -> Iterator[None]:
        """One `up` or `down` at a time; the lock goes with the process that holds it."""
        path = self.root / "run" / "lock"
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                print(f"waiting for another `up` or `down` of {self.root} to end", file=sys.stderr, flush=True)
                fcntl.flock(handle, fcntl.LOCK_EX)
            yield

    def secrets(self) -> dict[str, str]:
        """This system's own password, keys and tokens: made once, readable by this user only."""
        known = dict(json.loads(self._secrets.read_text())) if self.is_ours() else {}
        wanted = {**_new_secrets(), **known}
        if wanted != known:  # new, or of an older version, which had fewer
            write(self._secrets, json.dumps(wanted, indent=1))
        return wanted


def _new_secrets() -> dict[str, str]:
    return {
        "password": secrets.token_urlsafe(12),
        "jwt": secrets.token_hex(32),
        "api": secrets.token_hex(32),
        # Tokens of the two stores; and what seals a link to one object.
        **{name: secrets.token_hex(24) for name in ("gcs", "bigquery", "links")},
        "fernet": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
    }


def write(path: Path, text: str) -> None:
    """Replace a file in one step, readable by this user only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f".{path.name}.{os.getpid()}")
    half.unlink(missing_ok=True)
    with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as handle:
        handle.write(text)
    half.replace(path)
