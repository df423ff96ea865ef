"""What `.ci/run` does before the tests: Chromium is there, or somebody is told."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

BROWSER = Path(__file__).resolve().parents[2] / ".ci" / "browser"
Machine = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """Calls the script on a machine with these programs, as this user; apt-get notes what it was asked."""

    def call(*there: str, user: int = 0) -> subprocess.CompletedProcess[str]:
        scripts = {"apt-get": f'echo "$@" >>{tmp_path}/asked', "id": f"echo {user}", **dict.fromkeys(there, "")}
        for name, script in scripts.items():
            (tmp_path / name).write_text(f"#!/bin/sh\n{script}\n")
            (tmp_path / name).chmod(0o755)
        return subprocess.run(
            ["/bin/sh", BROWSER], env={**os.environ, "PATH": str(tmp_path)}, capture_output=True, text=True
        )

    return call


def asked(folder: Path) -> str:
    return (folder / "asked").read_text() if (folder / "asked").exists() else ""


def test_root_installs_what_is_missing_and_only_that(machine: Machine, tmp_path: Path) -> None:
    assert machine("chromium").returncode == 0
    update, install = asked(tmp_path).splitlines()
    assert update.startswith("update ")
    assert install.endswith(" --no-install-recommends chromium-driver")


def test_where_both_are_nothing_is_done(machine: Machine, tmp_path: Path) -> None:
    assert machine("chromium", "chromedriver", user=1000).returncode == 0
    assert asked(tmp_path) == ""


def test_a_user_is_told_the_command(machine: Machine, tmp_path: Path) -> None:
    done = machine(user=1000)
    assert done.returncode
    assert "sudo apt-get install chromium chromium-driver" in done.stderr and asked(tmp_path) == ""
