"""The compiled requirements files: make them from the direct pins, or check that they are in step.

    .local/tools/bin/python tools/pins.py compile|check|offline [FILE.in …]

`compile` and `check` ask the package registry. Each file is resolved as of a fixed day, so that the same direct pins
give the same file whenever they are compiled; move the day to get newer indirect ones. What decodes strangers' bytes
has a later day of its own: its security updates do not wait for Airflow. `offline` only looks whether every direct pin
stands in the compiled file, with hashes.
"""

import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

REPO = Path(__file__).resolve().parents[1]
UV = REPO / ".local" / "tools" / "bin" / "uv"
_PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^\s;\\]+)")


# What reads bytes of strangers, and the day as of which it is resolved.
DECODERS = ("av", "lxml", "opencv-python-headless", "pi-heif", "pillow")
DECODERS_NEWEST = "2026-11-27T00:00:00Z"


@dataclass(frozen=True)
class Compiled:
    """One compiled file, and how it is made."""

    name: str
    python: str
    newest: str  # the day as of which it is resolved, but for the decoders
    override: str = ""
    decoders: bool = False  # whether it has any

    @property
    def source(self) -> Path:
        return REPO / f"{self.name}.in"

    @property
    def target(self) -> Path:
        return REPO / f"{self.name}.txt"


FILES = (
    # Airflow's constraint: newer fastapi and pydantic satisfy the resolver and break its API server.
    Compiled("requirements", "3.11", "2026-08-05", decoders=True),
    Compiled("requirements-dev", "3.11", "2026-08-05", decoders=True),
    Compiled("requirements-emulators", "3.13", "2026-11-20", "requirements-emulators-override.in"),
    Compiled("requirements-tools", "3.11", "2026-11-20"),
    Compiled("requirements-audit", "3.11", "2026-11-20"),
    Compiled("requirements-node", "3.11", "2026-11-20"),
)


def compile_to(file: Compiled, target: Path) -> None:
    """Resolve one file from nothing, so that the same direct pins and day always give the same file."""
    command = [*resolving(file), file.source.name, "-o", str(target)]
    subprocess.run(command, cwd=REPO, check=True, stdin=subprocess.DEVNULL)


def resolving(file: Compiled) -> list[str]:
    """The command, without what it reads and writes."""
    command = [str(UV), "pip", "compile", "--quiet", "--no-header", "--generate-hashes", "--no-emit-index-url"]
    command += ["--python-version", file.python, "--exclude-newer", file.newest, "--upgrade"]
    command += ["--override", file.override] if file.override else []
    for name in DECODERS if file.decoders else ():
        command += ["--exclude-newer-package", f"{name}={DECODERS_NEWEST}"]
    return command


def differences(file: Compiled) -> list[str]:
    """What compiling anew would change; asks the registry."""
    with tempfile.TemporaryDirectory() as folder:
        fresh = Path(folder) / file.target.name
        compile_to(file, fresh)
        old, new = pins(file.target.read_text()), pins(fresh.read_text())
    changed = [name for name in sorted(old.keys() | new.keys()) if old.get(name) != new.get(name)]
    return [
        f"{name}: {old.get(name, 'missing')} in {file.target.name}, compiled anew {new.get(name)}" for name in changed
    ]


def out_of_step(source: str, compiled: str) -> list[str]:
    """Direct pins that are not exact, or that the compiled text does not have with hashes."""
    have, hashed, wrong = pins(compiled), _hashed(compiled), []
    for line in (line.strip() for line in source.splitlines()):
        if not line or line.startswith(("#", "-")):
            continue
        match = _PIN.match(line)
        if not match:
            wrong.append(f"{line}: not pinned with ==")
        elif have.get(_name(match[1])) != match[2]:
            wrong.append(f"{line}: compiled as {have.get(_name(match[1]))}")
        elif _name(match[1]) not in hashed:
            wrong.append(f"{line}: compiled without hashes")
    return wrong


def pins(text: str) -> dict[str, str]:
    """Name and version of every pin."""
    return {_name(match[1]): match[2] for match in map(_PIN.match, text.splitlines()) if match}


def _hashed(text: str) -> set[str]:
    found, current = set(), ""
    for line in text.splitlines():
        match = _PIN.match(line)
        current = _name(match[1]) if match else current
        if "--hash=sha256:" in line:
            found.add(current)
    return found


def _name(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def main(verb: str, chosen: list[str]) -> int:
    wrong = []
    for file in FILES:
        if chosen and file.source.name not in chosen:
            continue
        if verb == "compile":
            compile_to(file, file.target)
        else:
            wrong += out_of_step(file.source.read_text(), file.target.read_text())
            wrong += differences(file) if verb == "check" else []
    for line in wrong:
        print(line, file=sys.stderr)
    if wrong:
        print("The compiled requirements are not in step. `make pins` compiles them.", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1] not in ("compile", "check", "offline"):
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1], sys.argv[2:]))
