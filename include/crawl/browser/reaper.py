"""Runs a program so that nothing of it outlives the process that wanted it: no child, grandchild or folder.

`python -I -S reaper.py PARENT FOLDER USER PROGRAM ARGUMENT…`, PARENT being the process that started this one. When that
is gone (however it went: `kill -9` too), or the program ends, or somebody asks with SIGTERM, then every descendant is
killed, also those that made themselves daemons, and the folder is removed.
Where this runs as root the program does not: it is the user of that number.
Linux only. Nothing but the standard library: a new interpreter must be there at once.
"""

import ctypes
import os
import select
import shutil
import signal
import subprocess
import sys
from pathlib import Path

_SET_PDEATHSIG, _SET_CHILD_SUBREAPER = 1, 36
_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def main(parent: int, folder: Path, user: int, command: list[str]) -> None:
    """Run the command until one of the reasons to stop."""
    _prctl(_SET_CHILD_SUBREAPER, 1)  # orphans among the descendants become our children, not init's
    asked, wakes = os.pipe()
    os.set_blocking(wakes, False)
    signal.set_wakeup_fd(wakes)
    for number in _SIGNALS:
        signal.signal(number, lambda *_: None)
    try:
        _watch(parent, asked, user, command)
    finally:
        _kill_all()
        shutil.rmtree(folder, ignore_errors=True)


def _watch(parent: int, asked: int, user: int, command: list[str]) -> None:
    try:
        wanted = os.pidfd_open(parent)
    except ProcessLookupError:
        return
    if os.getppid() != parent:  # it went before we looked, and its number is somebody else's by now
        return
    program = _started(user, command)
    ends = select.poll()
    for event in (wanted, asked, os.pidfd_open(program.pid)):
        ends.register(event, select.POLLIN)
    ends.poll()


def _started(user: int, command: list[str]) -> subprocess.Popen[bytes]:
    own = {"user": user, "group": user, "extra_groups": []} if os.geteuid() == 0 else {}
    try:
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, preexec_fn=_die_with_us, **own)  # type: ignore[call-overload,no-any-return] # noqa: PLW1509 # no threads
    except FileNotFoundError:
        raise
    except (OSError, subprocess.SubprocessError):
        sys.exit(f"cannot become user {user}")


def _die_with_us() -> None:
    """Should this process itself be killed: the program goes too, and what it runs sees its pipes closed."""
    _prctl(_SET_PDEATHSIG, signal.SIGKILL)


def _kill_all() -> None:
    """Kill our children until there are none: those of a killed one become ours."""
    while children := _children():
        for pid in children:
            os.kill(pid, signal.SIGKILL)
        for pid in children:
            os.waitpid(pid, 0)


def _children() -> list[int]:
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = stat.read_text().rpartition(")")[2].split()[1]
        except OSError:  # ended meanwhile
            continue
        if int(parent) == os.getpid():
            found.append(int(stat.parent.name))
    return found


def _prctl(option: int, value: int) -> None:
    if ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl")


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), sys.argv[4:])
