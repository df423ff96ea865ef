"""Finding a Python of a certain version that really runs."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tools.setup.steps import LOCAL, Missing

_NO_311 = """Python 3.11 with venv and pip is needed, and none was found. Either of these installs it:
    sudo apt-get install python3.11 python3.11-venv      (Debian 12)
    pyenv install 3.11                                   (anywhere; no root)"""
_NO_313 = """The emulators need Python 3.13, and none was found; fetching one failed too. Any of these helps:
    .local/tools/bin/uv python install 3.13              (from the internet; no root)
    pyenv install 3.13                                   (compiles it; no root)
    FACEWARDEN_PYTHON313=/path/to/python3.13 make setup  (names one that is there)"""


def python311() -> Path:
    """A Python 3.11 that can make a virtual environment with pip in it."""
    for path in _candidates("3.11", Path(sys.executable)):
        if _answers(path, "import sys, venv, ensurepip; print('%d.%d' % sys.version_info[:2])") == "3.11":
            return path
    raise Missing(_NO_311)


def python313(uv: Path) -> Path:
    """A Python 3.13: the named one, one that is installed, or as the last resort one that uv fetches."""
    named = os.environ.get("FACEWARDEN_PYTHON313")
    for path in [Path(named)] if named else _candidates("3.13"):
        if runs_as(path, "3.13"):
            return path
    if named:
        raise Missing(f"FACEWARDEN_PYTHON313 names {named}, which does not run as Python 3.13.")
    environment = {**os.environ, "UV_PYTHON_INSTALL_DIR": str(LOCAL / "python")}
    for words in (["find", "--no-python-downloads"], ["install"], ["find", "--no-python-downloads"]):
        said = _said([str(uv), "python", words[0], "3.13", *words[1:]], environment, seconds=300)
        if said and runs_as(Path(said.splitlines()[-1]), "3.13"):
            return Path(said.splitlines()[-1])
    raise Missing(_NO_313)


def runs_as(path: Path, version: str) -> bool:
    """Whether it is a Python of this version. A shim of pyenv exists for versions that are not switched on."""
    return _answers(path, "import sys; print('%d.%d' % sys.version_info[:2])") == version


def _candidates(version: str, *first: Path) -> Iterator[Path]:
    yield from first
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
