"""Finding a Python of a certain version that really runs."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tools.setup.step import LOCAL, SetupFailed

RUNS_TOOLS = ("3.11", "3.12", "3.13", "3.14", "3.10", "3.9")
_NO_PIP = """To begin with, a Python from 3.9 on with venv and pip is needed, and none was found. Either of these helps:
    sudo apt-get install python3-venv                    (Debian, Ubuntu)
    pyenv install 3.11                                   (compiles it; no root)"""
_NO_311 = """Airflow needs Python 3.11, and none was found; fetching one failed too. Any of these helps:
    sudo apt-get install python3.11                      (Debian 12)
    pyenv install 3.11                                   (compiles it; no root)
    .local/tools/bin/uv python install 3.11              (from the internet; no root)
    FACEWARDEN_PYTHON311=/path/to/python3.11 make setup  (names one that is there)"""
_NO_313 = """The emulators need Python 3.13, and none was found; fetching one failed too. Any of these helps:
    .local/tools/bin/uv python install 3.13              (from the internet; no root)
    pyenv install 3.13                                   (compiles it; no root)
    FACEWARDEN_PYTHON313=/path/to/python3.13 make setup  (names one that is there)"""


def with_pip() -> Path:
    """A Python, whichever, that can make a virtual environment with pip in it."""
    anywhere = (path for version in RUNS_TOOLS for path in _candidates(version))
    for path in (Path(sys.executable), *anywhere):
        if _answers(path, "import sys, venv, ensurepip; print(sys.version_info >= (3, 9))") == "True":
            return path
    raise SetupFailed(_NO_PIP)


def python(version: str, uv: Path) -> Path:
    """A Python of this version: the named one, one that is installed, or as the last resort one that uv fetches."""
    named = os.environ.get(name_of(version))
    for path in [Path(named)] if named else _candidates(version):
        if runs_as(path, version):
            return path
    if named:
        raise SetupFailed(f"{name_of(version)} names {named}, which does not run as Python {version}.")
    usual, own = dict(os.environ), {**os.environ, "UV_PYTHON_INSTALL_DIR": str(LOCAL / "python")}
    find = ["find", "--system", "--no-python-downloads"]
    for words, environment in ((find, usual), (find, own), (["install"], own), (find, own)):
        said = _said([str(uv), "python", *words, version], environment, seconds=300)
        if said and runs_as(Path(said.splitlines()[-1]), version):
            return Path(said.splitlines()[-1])
    raise SetupFailed({"3.11": _NO_311, "3.13": _NO_313}[version])


def name_of(version: str) -> str:
    """The variable in which a user may name the Python of a version."""
    return f"FACEWARDEN_PYTHON{version.replace('.', '')}"


def runs_as(path: Path, version: str) -> bool:
    """Whether it is a Python of this version. A shim of pyenv exists for versions that are not switched on."""
    return _answers(path, "import sys; print('%d.%d' % sys.version_info[:2])") == version


def _candidates(version: str) -> Iterator[Path]:
    on_path = shutil.which(f"python{version}")
    if on_path:
        yield Path(on_path)
    yield Path(f"/usr/bin/python{version}")
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    yield from sorted(pyenv.glob(f"versions/{version}.*/bin/python{version}"), reverse=True)


def _answers(path: Path, question: str) -> str:
    return _said([str(path), "-c", question], dict(os.environ), seconds=20)


def _said(command: list[str], environment: dict[str, str], seconds: float) -> str:
    """What a program printed; nothing when it could not be run or failed."""
    try:
        done = subprocess.run(
            command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=seconds
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
