"""The steps of the set-up, in their order."""

import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

from tools.setup.interpreters import name_of, python, with_pip
from tools.setup.step import LOCAL, REPO, SetupFailed, Step, call, content, show

TOOLS, VENV, EMULATORS = LOCAL / "tools", LOCAL / "venv", LOCAL / "venv-emulators"
UV = TOOLS / "bin" / "uv"
EMULATOR_HOME = LOCAL / "emulators" / "home"
REPLICA = LOCAL / "replica"
_EXTENSIONS = ("icu", "ducklake", "httpfs", "spatial")
# Shared libraries that wheels do not bring, and Debian's packages that have them.
_PACKAGES = {"libgcc_s.so.1": "libgcc-s1", "libstdc++.so.6": "libstdc++6", "libz.so.1": "zlib1g"}


def plan() -> list[Step]:
    """All steps. Making the list costs nothing: what is done is seen from stamps."""
    checkout = str(REPO)
    models = Path(os.environ.get("FACEWARDEN_MODELS") or LOCAL / "models").absolute()
    return [
        Step("tools", "uv, which installs the rest", _pins(checkout, "requirements-tools"), UV, _tools),
        Step(
            "venv",
            "Airflow and the pipeline, for Python 3.11; a few minutes the first time",
            _pins(checkout, "requirements", "requirements-dev", version="3.11"),
            VENV / "bin" / "python",
            _venv,
        ),
        Step(
            "emulators",
            "the emulators of BigQuery and Cloud Storage, for Python 3.13",
            _pins(checkout, "requirements-emulators", version="3.13"),
            EMULATORS / "bin" / "local-bigquery",
            _emulators,
        ),
        Step(
            "models",
            "detector and embedder",
            {**_sources(models, REPO / "include" / "faces" / "models"), "own": _own_engines()},
            models / "engine.json",
            _models(models),
            found=lambda: _files(models),
        ),
        Step(
            "replica",
            "a gallery to run everything against",
            _sources(REPLICA, REPO / "replica"),
            REPLICA / "truth.json",
            _replica,
        ),
    ]


def _pins(checkout: str, *names: str, version: str = "") -> dict[str, str]:
    wanted = os.environ.get(name_of(version), "") if version else ""
    return {"checkout": checkout, "python": wanted, "pins": content(REPO / f"{name}.txt" for name in names)}


def _sources(result: Path, folder: Path) -> dict[str, str]:
    """What a step of our own code depends on: that code, and where it writes."""
    return {"folder": str(result), "code": content([*folder.glob("*.py"), *folder.glob("*.toml")])}


def _own_engines() -> str:
    """A user's own models and engines, by what the file says."""
    own = os.environ.get("FACEWARDEN_ENGINES")
    return content([Path(own)]) if own else ""


def _files(folder: Path) -> str:
    """Names and sizes: a model that a user has put there is a reason to look again which engine is the best."""
    return " ".join(f"{file.name}:{file.stat().st_size}" for file in sorted(folder.glob("*")) if file.is_file())


def _tools(builds_on: bool) -> None:
    if not builds_on:
        shutil.rmtree(TOOLS, ignore_errors=True)
        call([with_pip(), "-m", "venv", TOOLS])
    pins = REPO / "requirements-tools.txt"
    call([TOOLS / "bin" / "python", "-m", "pip", "install", "--quiet", "--require-hashes", "--no-deps", "-r", pins])


def _venv(builds_on: bool) -> None:
    _environment(VENV, builds_on, "3.11", "requirements.txt", "requirements-dev.txt")
    _check_libraries()


def _emulators(builds_on: bool) -> None:
    _environment(EMULATORS, builds_on, "3.13", "requirements-emulators.txt")
    # The extensions come out of wheels into HOME; left to itself DuckDB would fetch them from the internet.
    shutil.rmtree(EMULATOR_HOME, ignore_errors=True)
    EMULATOR_HOME.mkdir(parents=True)
    script = f"from duckdb_extensions import import_extension as i; [i(name) for name in {_EXTENSIONS!r}]"
    call([EMULATORS / "bin" / "python", "-c", script], env={**os.environ, "HOME": str(EMULATOR_HOME)})


def _environment(folder: Path, builds_on: bool, version: str, *files: str) -> None:
    """Exactly what the files pin, and nothing else. Half an environment is thrown away: uv would believe in it.

    Files are copies, because they shall have other modes than those in uv's cache.
    """
    if not builds_on:
        shutil.rmtree(folder, ignore_errors=True)
        call([UV, "venv", "--quiet", "--python", python(version, UV), folder])
    copies = ["--link-mode", "copy"]
    call([UV, "pip", "sync", "--quiet", *copies, "--require-hashes", "--python", folder / "bin" / "python", *files])


def _check_libraries() -> None:
    """Wheels that need libraries of the system are imported once, so that a missing one is named now."""
    try:
        call([VENV / "bin" / "python", "-c", "import av, cv2, dlib, onnx, openvino, pi_heif"])
    except SetupFailed as error:
        library = re.search(r"(lib[\w.+-]+\.so[.\d]*): cannot open shared object", str(error))
        if not library:
            raise
        package = _PACKAGES.get(library[1], f"the package that has {library[1]}")
        raise SetupFailed(
            f"The system lacks {library[1]}. This installs it:\n    sudo apt-get install {package}"
        ) from error


def _models(folder: Path) -> Callable[[bool], None]:
    command: list[str | Path] = [VENV / "bin" / "python", "-m", "include.faces.models.store", "--folder", folder]
    return lambda builds_on: show(command, env=_with_repo())


def _replica(builds_on: bool) -> None:
    show([VENV / "bin" / "python", "-m", "replica.build", "--out", REPLICA], env=_with_repo())


def _with_repo() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(REPO)}
