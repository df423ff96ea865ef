"""Any Python from 3.9 on sets up and runs the local system: tried with every one that is on this machine."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tools.local import environment, processes
from tools.setup import interpreters

REPO = Path(__file__).resolve().parents[2]
MODULES = sorted(
    ".".join(file.relative_to(REPO).with_suffix("").parts)
    for file in REPO.glob("tools/**/*.py")
    if file.name not in ("__init__.py", "demo.py", "row_types.py")  # these two run in .local/venv
    and file.parent.name != "front"  # it runs among the emulators' packages
)
LOOK = f"""
import importlib, sys
sys.path.insert(0, {str(REPO)!r})
for name in {MODULES!r}:
    importlib.import_module(name)
from tools.runs.table import table_of
print(table_of([{{"post": 1}}]))
"""
HEART = f"""
import http.server, json, sys, threading
from datetime import datetime, timezone
sys.path.insert(0, {str(REPO)!r})
from tools.local.services import _beats

class Health(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        told = {{"status": "healthy", "latest_scheduler_heartbeat": "2026-11-27T12:00:00.123456Z"}}
        self.wfile.write(json.dumps({{"scheduler": told}}).encode())

server = http.server.HTTPServer(("127.0.0.1", 0), Health)
threading.Thread(target=server.serve_forever, daemon=True).start()
beats = _beats(f"http://127.0.0.1:{{server.server_port}}/", "scheduler")
print([beats(datetime(2026, 11, 27, hour, tzinfo=timezone.utc)) for hour in (11, 13)])
"""


@pytest.fixture(scope="module")
def pythons() -> dict[str, Path]:
    """Those that run, by version; this one is always there."""
    found = {
        version: path
        for version in interpreters.RUNS_TOOLS
        for path in interpreters._candidates(version)
        if interpreters.runs_as(path, version)
    }
    return found | {f"3.{sys.version_info.minor}": Path(sys.executable)}


def call(python: Path, *words: str, code: int = 0) -> str:
    command = [str(python), *words]
    own = environment.inherited()
    done = subprocess.run(command, cwd=REPO, env=own, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    assert done.returncode == code, f"{python}: {done.stdout}{done.stderr}"
    return done.stdout + done.stderr


def test_each_reads_all_of_it(pythons: dict[str, Path]) -> None:
    assert len(MODULES) > 15
    for python in pythons.values():
        assert call(python, "-W", "error", "-c", LOOK).split() == ["post", "----", "1"]


def test_each_answers_to_the_verbs(pythons: dict[str, Path], tmp_path: Path) -> None:
    for python in pythons.values():
        assert "not up" in call(python, "tools/local_system.py", "status", "--state", str(tmp_path), code=1)
        assert call(python, "tools/pins.py", "offline") == ""
        assert "no such step: x" in call(python, "tools/setup_env.py", "x", code=2)
        assert "Start the local system" in call(python, "tools/run_dag.py", "x", "--env", str(tmp_path / "no"), code=1)


def test_each_hears_the_heart_of_airflow(pythons: dict[str, Path]) -> None:
    for python in pythons.values():
        assert "[True, False]" in call(python, "-c", HEART)


def test_the_oldest_starts_a_system_and_the_newest_ends_it(pythons: dict[str, Path], tmp_path: Path) -> None:
    ordered = sorted(pythons, key=lambda version: int(version.partition(".")[2]))
    oldest, newest = ordered[0], ordered[-1]
    words = ("tools/local_system.py", "--state", str(tmp_path))
    try:
        call(pythons[oldest], *words, "up", "--only", "emulators")
        assert "up: " in call(pythons[newest], *words, "status")
    finally:
        assert "no process and no port is left" in call(pythons[newest], *words, "down")
    assert processes.marked(tmp_path) == set()


def make(first: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Calls make with a folder first on PATH."""
    env = {**os.environ, "PATH": f"{first}:{os.environ['PATH']}"}
    return subprocess.run(["make", *words], cwd=REPO, env=env, capture_output=True, text=True)


def test_make_passes_over_a_shim_that_fails(tmp_path: Path) -> None:
    for name, code in (("python3.11", 127), ("python3", 0)):
        (tmp_path / name).write_text(f"#!/bin/sh\nexit {code}\n")
        (tmp_path / name).chmod(0o755)
    assert make(tmp_path, "--eval", "which: ; @echo $(PYTHON)", "which").stdout == "python3\n"


def test_make_without_any_python_says_how_to_get_one(tmp_path: Path) -> None:
    done = make(tmp_path, "status", "PYTHON=")
    assert done.returncode
    assert "Python 3.9 or newer" in done.stdout and "apt-get install python3 python3-venv" in done.stdout
