"""Starting, finding and ending processes so that nothing is left behind, whatever happened.

Every process of the local system carries a mark in its environment, and so do its children. That is how
`down` finds them after the supervisor is gone; nothing is ever ended by its name.
"""

import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

MARK = "FACEWARDEN_SUPERVISED"
_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


def start(
    command: Sequence[str], environment: Mapping[str, str], state: Path, log: Path, *, outlive: bool = False
) -> "subprocess.Popen[bytes]":
    """Start a marked process in a session of its own; unless `outlive`, it gets a TERM when its parent dies.

    The parent must start it from its main thread: the kernel ties that TERM to the thread, not to the process.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    # SPT_NOENV: Airflow renames its processes, which would overwrite the mark in /proc.
    marked = {**environment, MARK: str(state), "SPT_NOENV": "1"}
    parent = os.getpid()
    with log.open("ab") as sink:
        return subprocess.Popen(
            command,
            env=marked,
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            # Safe here: the supervisor has one thread.
            preexec_fn=None if outlive else lambda: _die_with(parent),  # noqa: PLW1509
        )


def _die_with(parent: int) -> None:
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:  # it died before the line above
        os._exit(1)


def marked(state: Path) -> set[int]:
    """The living processes of this user with the mark of `state`, without the caller and those above it."""
    mark = f"{MARK}={state}".encode()
    return {pid for pid in _pids() if mark in _environment(pid)} - _lineage()


def end(pids: Iterable[int], patience: float) -> None:
    """TERM to each, and KILL to those that are still there after `patience` seconds."""
    waiting = set(pids)
    _signal(waiting, signal.SIGTERM)
    if not gone(waiting, patience):
        _signal(waiting, signal.SIGKILL)
        gone(waiting, 5)


def sweep(state: Path, patience: float = 8) -> set[int]:
    """End every marked process, also those that appear while sweeping; returns the ones that resisted."""
    for _ in range(5):
        left = marked(state)
        if not left:
            break
        end(left, patience)
    return marked(state)


def gone(pids: Iterable[int], seconds: float) -> bool:
    """Wait until none of them lives; False when the time is over first."""
    until = time.monotonic() + seconds
    while any(alive(pid) for pid in pids):
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


def alive(pid: int) -> bool:
    """Whether the process runs; one that has ended and only waits to be noticed does not."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return False
    return fields[0] not in "ZX"


def _signal(pids: Iterable[int], number: signal.Signals) -> None:
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            continue


def _pids() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def _environment(pid: int) -> list[bytes]:
    try:
        folder = Path(f"/proc/{pid}")
        return (folder / "environ").read_bytes().split(b"\0") if folder.stat().st_uid == os.getuid() else []
    except OSError:
        return []


def _lineage() -> set[int]:
    """The caller and every process above it: never to be ended, whatever their environment says."""
    lineage, pid = {0}, os.getpid()
    while pid not in lineage:
        lineage.add(pid)
        try:
            pid = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            break
    return lineage
