"""What a process in the cage takes from itself, for good: when all is loaded, and before it reads a byte."""

import contextlib
import ctypes
import os
import resource
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

from include.media.cage import landlock, seccomp

_SET_PDEATHSIG, _SET_DUMPABLE, _SET_NO_NEW_PRIVS = 1, 4, 38
_NOBODY = 65_534
_FILES = 64


def shut(parent: int, memory: int) -> list[str]:
    """All of it that the kernel grants; what it refuses, in words for the log. It ends here if the parent has ended."""
    lacking = list(_shut(memory))
    _prctl(_SET_PDEATHSIG, signal.SIGKILL)  # after the change of user, which undoes it
    if os.getppid() != parent:
        sys.exit("the parent is gone already")
    for part, restrict in (("Landlock", landlock.restrict), ("seccomp", seccomp.restrict)):
        try:
            restrict()
        except (landlock.NoLandlock, seccomp.NoFilter) as reason:
            lacking.append(f"{part} ({reason})")
    return lacking


def _shut(memory: int) -> Iterator[str]:
    with contextlib.suppress(OSError):  # should memory run out, this process goes and not the one that wanted it
        Path("/proc/self/oom_score_adj").write_text("1000")
    if len(os.listdir("/proc/self/task")) > 1:
        yield "Landlock in all threads (a library has started some of its own)"
    _limit(memory)
    if os.geteuid() == 0:
        try:
            _become_nobody()
        except OSError as error:
            yield f"a user of its own ({error.strerror})"
    _prctl(_SET_DUMPABLE, 0)
    if _prctl(_SET_NO_NEW_PRIVS, 1):
        yield "no_new_privs"


def _limit(memory: int) -> None:
    """Hard ones: a soft limit is raised back by whoever it limits. Of processes none: threads would count, too."""
    for what, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, _FILES),
    ):
        hard = resource.getrlimit(what)[1]
        limit = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (limit, limit))


def _become_nobody() -> None:
    """Root gives up all it may do, and being the user whose processes it could look into."""
    os.setgroups([])
    os.setresgid(_NOBODY, _NOBODY, _NOBODY)
    os.setresuid(_NOBODY, _NOBODY, _NOBODY)


def _prctl(option: int, value: int) -> int:
    failed: int = ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)
    return failed
