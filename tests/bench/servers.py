"""What benchmarks of the crawl run against: a replica of a given size in a process of its own, and emulators."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tools.local.state import REPO
from tools.runs.api import exports

FOLDER = REPO / ".local" / "bench"


@contextmanager
def replica(posts: int, images: int, latency_ms: float = 0.0) -> Iterator[str]:
    """The address of a replica with so many posts and pictures."""
    root = FOLDER / f"corpus-{posts}-{images}"
    numbers = ["--posts", str(posts), "--images", str(images)]
    subprocess.run([sys.executable, "-m", "replica.corpus", "--out", str(root), *numbers], check=True)
    command = [sys.executable, "-m", "replica.server", "--root", str(root), "--port", "0"]
    server = subprocess.Popen([*command, "--latency-ms", str(latency_ms)], stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        yield server.stdout.readline().split()[-1]
    finally:
        server.terminate()
        server.wait()


@contextmanager
def emulators(state: Path) -> Iterator[dict[str, str]]:
    """Emulators of its own; what a client needs to find them."""
    started = Emulators(state)
    started.up()
    try:
        yield started.endpoints
    finally:
        started.down()


@dataclass
class Emulators:
    """Both emulators, which may be ended and started again: what they hold stays, their addresses may not.

    While they are up their addresses stand in this process's environment too, where clients look.
    """

    state: Path
    endpoints: dict[str, str] = field(default_factory=dict)
    _restarting: threading.Lock = field(default_factory=threading.Lock)

    def up(self) -> None:
        self._say("up", "--only", "emulators")
        found = exports(self.state / "env")
        self.endpoints.update({name: found[name] for name in ("BIGQUERY_EMULATOR_HOST", "STORAGE_EMULATOR_HOST")})
        os.environ.update(self.endpoints)

    def down(self) -> None:
        self._say("down")

    def restart(self) -> None:
        """Returns when both answer again. Whoever asks meanwhile is refused."""
        with self._restarting:
            self.down()
            self.up()

    def _say(self, verb: str, *options: str) -> None:
        command = [sys.executable, str(REPO / "tools" / "local_system.py"), verb, "--state", str(self.state)]
        subprocess.run([*command, *options], check=True, stdout=sys.stderr)
