"""The decoder as its user sees it: a process beside this one, killed when it hangs and replaced when it dies."""

import contextlib
import json
import os
import selectors
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from include.media.frame import Frame, FrameRequest, MediaFacts
from include.media.pictures import Unreadable

ROOT = Path(__file__).resolve().parents[2]
STALL_SECONDS = 120.0  # without a byte; the largest picture takes a tenth, and so do a thousand frames of 4K
_KEPT = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "OPENBLAS_", "HOME", "TMPDIR")
_PIPE_BYTES = 1 << 20
_F_SETPIPE_SZ = 1031
# Signals by which a process ends through what it reads; others come from outside.
_OWN_FAULT = (signal.SIGSEGV, signal.SIGBUS, signal.SIGFPE, signal.SIGILL, signal.SIGABRT, signal.SIGSYS)


class DecoderCrashed(Unreadable):
    """The decoder crashed over this file, or hung: worth one more try, and then the file's own fault."""


class DecoderLost(Exception):
    """The decoder was killed from outside, or could not read the disk: nothing is known about the file."""


class Decoder:
    """One decoding process, started when it is first needed. For one thread, and one file at a time."""

    def __init__(self, stall_seconds: float = STALL_SECONDS) -> None:
        self._stall = stall_seconds
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "Decoder":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """End the process, whatever it is doing."""
        if self._process:
            self._selector.close()
            self._process.kill()
            self._process.wait()
            for pipe in (self._process.stdin, self._process.stdout):
                if pipe:
                    pipe.close()
            self._process = None

    def frames(self, path: Path, facts: MediaFacts, wanted: FrameRequest = FrameRequest()) -> Iterator[Frame]:  # noqa: B008 (frozen)
        """The frames of a file, as they come; `facts` are complete at the end.

        Raises Unreadable (DecoderCrashed, when the decoder did not survive it) or DecoderLost. A caller that stops in
        the middle costs a new process and nothing else.
        """
        whole = False
        try:
            self._ask({"path": str(path.absolute()), "wanted": asdict(wanted)})
            while "end" not in (said := self._line()):
                if "spent" in said:
                    raise DecoderCrashed(f"it {said['spent']}")
                if "frame" not in said:
                    whole = True
                    raise DecoderLost(said["failed"]) if "failed" in said else Unreadable(said["refused"])
                height, width = said["shape"]
                pixels = np.empty((height, width, 3), np.uint8)
                self._fill(pixels.data.cast("B"))
                yield Frame(said["frame"], pixels, said["cut"])
            vars(facts).update(said["end"])
            whole = True
        finally:
            if not whole:
                self.close()

    def at(self, path: Path, times: Iterable[int] = (0,)) -> dict[int, np.ndarray]:
        """A still picture (at 0), or the very frames of a video that were sampled at these times."""
        wanted = FrameRequest(times=tuple(times))
        return {frame.at_ms: frame.image for frame in self.frames(path, MediaFacts(), wanted)}

    def kill(self) -> None:
        """End the process only: for another thread than the one that is using it, which then hears of its end."""
        if process := self._process:
            process.kill()

    def _ask(self, request: dict[str, Any]) -> None:
        if self._process and self._process.poll() is not None:
            self.close()  # it was ended while it had nothing to do
        if self._process is None:
            self._process = _start()
            self._buffer = bytearray()
            self._selector = selectors.DefaultSelector()
            self._selector.register(self._stdout, selectors.EVENT_READ)
        stdin = self._process.stdin
        assert stdin
        try:
            stdin.write(json.dumps(request).encode() + b"\n")
            stdin.flush()
        except BrokenPipeError:
            raise self._ended() from None

    @property
    def _stdout(self) -> int:
        assert self._process and self._process.stdout
        return self._process.stdout.fileno()

    def _line(self) -> dict[str, Any]:
        while b"\n" not in self._buffer:
            self._buffer += self._read(_PIPE_BYTES)
        line, _, rest = self._buffer.partition(b"\n")
        self._buffer = rest
        words: dict[str, Any] = json.loads(line)
        return words

    def _fill(self, target: memoryview) -> None:
        at = min(len(self._buffer), len(target))
        target[:at] = self._buffer[:at]
        del self._buffer[:at]
        while at < len(target):
            self._wait()
            got = os.readv(self._stdout, [target[at:]])
            if not got:
                raise self._ended()
            at += got

    def _read(self, most: int) -> bytes:
        self._wait()
        data = os.read(self._stdout, most)
        if not data:
            raise self._ended()
        return data

    def _wait(self) -> None:
        if not self._selector.select(self._stall):
            raise DecoderCrashed(f"its decoder hung: nothing came for {self._stall:.0f} s")

    def _ended(self) -> Exception:
        """Why the process is gone: through the file, or through something else."""
        assert self._process
        code = self._process.wait(10)  # its end of the pipe is closed, so it is ending
        if -code in _OWN_FAULT:
            return DecoderCrashed(f"its decoder crashed ({signal.Signals(-code).name})")
        return DecoderLost(f"the decoder was ended from outside (exit code {code})")


def _start() -> subprocess.Popen[bytes]:
    """A process with nothing of our environment that it does not need: no credentials above all."""
    import fcntl

    own = {name: value for name, value in os.environ.items() if name.startswith(_KEPT)}
    own |= {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    process = subprocess.Popen(
        [sys.executable, "-m", "include.media.decoder_process", str(os.getpid())],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=own, cwd="/", bufsize=0,
    )  # fmt: skip
    assert process.stdout
    with contextlib.suppress(OSError):  # a user may have so many large pipes and no more
        fcntl.fcntl(process.stdout, _F_SETPIPE_SZ, _PIPE_BYTES)
    return process
