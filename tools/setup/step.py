"""A step of the set-up: done once for the same inputs, and repaired when it was interrupted."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.local import private

REPO = Path(__file__).resolve().parents[2]
LOCAL = REPO / ".local"
_HEARTBEAT = 20  # seconds between two signs of life of a long step


class SetupFailed(Exception):
    """Something that set-up cannot install by itself; the text says what, and which command does."""


@dataclass(frozen=True)
class Step:
    """One named step. It is done when its stamp holds the same inputs and `result` is there.

    `action` is told whether it may build on what is there: not after an interruption, and not when the checkout or
    the interpreter is another one.
    """

    name: str
    what: str
    inputs: Mapping[str, str]
    result: Path
    action: Callable[[bool], None]
    # What else it depends on and may itself change, such as the files that a user has put there.
    found: Callable[[], str] = str

    @property
    def stamp(self) -> Path:
        return LOCAL / "stamps" / f"{self.name}.json"

    def is_done(self) -> bool:
        return self.result.exists() and self._stamped() == self._now()

    def do(self) -> bool:
        """Do it unless it is done. The stamp goes first and comes back last: in between it counts as interrupted."""
        if self.is_done():
            return False
        before = self._stamped()
        builds_on = all(before.get(name) == self.inputs.get(name) for name in ("checkout", "python"))
        write_stamp(self.stamp, {})
        with _Progress(self.name, self.what):
            self.action(builds_on and self.result.exists())
            private.only_mine(LOCAL)  # what installs for us has modes of its own
        write_stamp(self.stamp, self._now())
        return True

    def _now(self) -> dict[str, str]:
        return {**self.inputs, "found": self.found()}

    def _stamped(self) -> dict[str, str]:
        try:
            return dict(json.loads(self.stamp.read_text()))
        except (OSError, ValueError):
            return {}


def write_stamp(path: Path, inputs: Mapping[str, str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_suffix(".half")
    half.write_text(json.dumps(dict(inputs), indent=1))
    half.replace(path)


def content(files: Iterable[Path]) -> str:
    """One hash over the contents of files."""
    digest = hashlib.sha256()
    for file in sorted(files):
        digest.update(f"{file.name}\0".encode() + hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def call(command: Sequence[str | Path], env: Mapping[str, str] | None = None, seconds: float = 1800) -> str:
    """Run a program quietly. When it fails, what it said is the error."""
    words = [str(word) for word in command]
    try:
        done = subprocess.run(
            words, cwd=REPO, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=seconds
        )
    except subprocess.TimeoutExpired:
        raise SetupFailed(f"`{' '.join(words)}` did not end within {seconds:.0f} s.") from None
    if done.returncode:
        raise SetupFailed(f"`{' '.join(words)}` failed:\n{(done.stdout + done.stderr).strip()[-3000:]}")
    return done.stdout


def show(command: Sequence[str | Path], env: Mapping[str, str] | None = None) -> None:
    """Run a program whose output is for the user."""
    words = [str(word) for word in command]
    sys.stdout.flush()
    if subprocess.run(words, cwd=REPO, env=env, stdin=subprocess.DEVNULL).returncode:
        raise SetupFailed(f"`{' '.join(words)}` failed; what it said stands above.")


class _Progress:
    """A line when a step begins, one now and then while it goes on, one when it ends."""

    def __init__(self, name: str, what: str) -> None:
        self._name, self._what, self._over = name, what, threading.Event()

    def __enter__(self) -> None:
        self._since = time.monotonic()
        self._say(self._what)
        threading.Thread(target=self._beat, daemon=True).start()

    def __exit__(self, error: object, *_: object) -> None:
        self._over.set()
        self._say("failed" if error else "done", timed=True)

    def _beat(self) -> None:
        while not self._over.wait(_HEARTBEAT):
            self._say("still at it", timed=True)

    def _say(self, text: str, timed: bool = False) -> None:
        print(f"  {self._name:10} {text}" + (f"  {time.monotonic() - self._since:.1f} s" if timed else ""), flush=True)
