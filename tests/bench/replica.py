"""What benchmarks of the crawl run against: a replica of a given size in a process of its own, and emulators."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
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
    system = [sys.executable, str(REPO / "tools" / "local_system.py")]
    options = ["--state", str(state), "--only", "emulators"]
    subprocess.run([*system, "up", *options], check=True, stdout=sys.stderr)
    try:
        found = exports(state / "env")
        yield {name: found[name] for name in ("BIGQUERY_EMULATOR_HOST", "STORAGE_EMULATOR_HOST")}
    finally:
        subprocess.run([*system, "down", "--state", str(state)], check=True, stdout=sys.stderr)
