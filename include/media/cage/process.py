"""The process in the cage as the operating system sees it: how it is started, what it costs, why it ended."""

import contextlib
import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from include.media.caps import Unreadable

ROOT = Path(__file__).resolve().parents[3]
PIPE_BYTES = 1 << 20
_F_SETPIPE_SZ = 1031
# All of our environment that it gets: where libraries lie, and nothing that anybody could want.
_KEPT = ("LANG", "LC_ALL", "LD_LIBRARY_PATH", "OPENBLAS_CORETYPE")
_OWN = {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
# Signals by which a process ends through what it reads; others come from outside.
_OWN_FAULT = (signal.SIGSEGV, signal.SIGBUS, signal.SIGFPE, signal.SIGILL, signal.SIGABRT, signal.SIGSYS)


class DecoderCrashed(Unreadable):
    """The decoder crashed over this file, hung, or lied: worth one more try, and then the file's own fault."""


class TooMuch(DecoderCrashed):
    """The file took more memory or time than one may: it would do so again."""


class DecoderLost(Exception):
    """The decoder was killed from outside, or could not read the disk: nothing is known about the file."""


class Process:
    """One process, the socket on which it is asked, and the pipe on which it answers."""

    def __init__(self, purpose: str, memory: int) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.asked = ours
        command = [sys.executable, "-m", "include.media.cage.inside", str(os.getpid()), purpose, str(memory)]
        own = {name: os.environ[name] for name in _KEPT if name in os.environ} | _OWN
        try:
            with theirs:
                self._popen = subprocess.Popen(
                    command,
                    stdin=theirs.fileno(),
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    env=own,
                    cwd="/",
                    bufsize=0,
                )
        except BaseException:
            ours.close()
            raise
        self.pid = self._popen.pid
        assert self._popen.stdout
        self._stdout = self._popen.stdout
        self.answers = self._stdout.fileno()
        with contextlib.suppress(OSError):  # a user may have so many large pipes and no more
            fcntl.fcntl(self.answers, _F_SETPIPE_SZ, PIPE_BYTES)

    def has_ended(self) -> bool:
        return self._popen.poll() is not None

    def processor_seconds(self) -> float:
        """What it has used so far, in all its threads; by the kernel's clock, not by its own word."""
        try:
            return time.clock_gettime(~self.pid << 3 | 2)
        except OSError:  # it has ended
            return 0.0

    def kill(self) -> None:
        self._popen.kill()

    def close(self) -> None:
        """End it, whatever it is doing."""
        self._popen.kill()
        self._popen.wait()
        self._stdout.close()
        self.asked.close()

    def why(self) -> Exception:
        """Why it ended, which it has: through the file, or through something else."""
        try:
            code = self._popen.wait(10)  # its end of the pipe is closed, so it is ending
        except subprocess.TimeoutExpired:
            return DecoderCrashed("its decoder closed its pipe and went on")
        if code >= 0:
            return DecoderCrashed(f"its decoder gave up (exit code {code})")
        if -code in _OWN_FAULT:
            return DecoderCrashed(f"its decoder crashed ({signal.Signals(-code).name})")
        return DecoderLost(f"the decoder was ended from outside (exit code {code})")
