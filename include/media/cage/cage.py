"""The cage from outside: a file goes in by descriptor, answers come out, and nothing that is answered is believed."""

import contextlib
import json
import logging
import os
import secrets
import selectors
import socket
import time
from collections.abc import Callable, Generator
from typing import Any

from include.media.cage.process import PIPE_BYTES, DecoderCrashed, DecoderLost, Process, TooMuch
from include.media.caps import Unreadable

Words = dict[str, Any]
# Judges an answer: raises DecoderCrashed for a lie, and gives the place for the bytes that follow it, if any do.
Judge = Callable[[Words], memoryview | None]

_LINE_BYTES = 4096
_REASON_LETTERS = 300
_LOOK_SECONDS = 1.0  # how often a silent one is asked what it has used
_START_SECONDS = 120.0
_told: set[str] = set()


class Cage:
    """One process for one purpose, started when it is first needed and replaced when it ends. For one thread.

    `purpose` is the module that works inside (include/media/cage/inside.py). `memory` is in bytes of addresses. Without
    a byte for `stall_seconds`, or after `processor_seconds` for one answer, the file is given up.
    """

    def __init__(self, purpose: str, memory: int, stall_seconds: float, processor_seconds: float) -> None:
        self._purpose, self._memory = purpose, memory
        self._stall, self._busy = stall_seconds, processor_seconds
        self._process: Process | None = None

    def close(self) -> None:
        """End the process, whatever it is doing."""
        if self._process:
            self._selector.close()
            self._process.close()
            self._process = None

    def kill(self) -> None:
        """End the process only: for another thread than the one that is using it, which then hears of its end."""
        if process := self._process:
            process.kill()

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def ask(self, descriptor: int, request: Words, judge: Judge, most_seconds: float) -> Generator[Words, None, None]:
        """What is said of a file, as it comes; the last has `end`. `most_seconds` is for all of the waiting.

        Raises Unreadable (DecoderCrashed, when the process did not survive it) or DecoderLost. A caller that stops in
        the middle costs a new process and nothing else.
        """
        whole = False
        try:
            to = secrets.token_hex(8)
            self._send(descriptor, {"to": to, "asked": request})
            self._left, self._patience = most_seconds, self._stall
            while not whole:
                words = self._words(to)
                for last, kind in (("refused", Unreadable), ("failed", DecoderLost)):
                    if last in words:
                        whole = True
                        raise kind(_reason(words[last]))
                if "spent" in words:
                    raise TooMuch(f"it {_reason(words['spent'])}")
                if (place := judge(words)) is not None:
                    self._fill(place)
                whole = "end" in words
                yield words
        finally:
            if not whole:
                self.close()

    def _send(self, descriptor: int, request: Words) -> None:
        if self._process and (self._process.has_ended() or self._buffer or self._selector.select(0)):
            self.close()  # it was ended while it had nothing to do, or speaks without being asked
        if self._process is None:
            self._start()
        process = self._running()
        process.asked.settimeout(self._stall)
        try:
            socket.send_fds(process.asked, [json.dumps(request).encode()], [descriptor])
        except TimeoutError:
            raise DecoderCrashed("its decoder hung: it takes no request") from None
        except (BrokenPipeError, ConnectionError):
            raise process.why() from None

    def _start(self) -> None:
        self._process = Process(self._purpose, self._memory)
        self._buffer = bytearray()
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._process.answers, selectors.EVENT_READ)
        self._left = self._patience = _START_SECONDS
        try:
            lacking = self._words("")["lacking"]
        except Exception as error:
            self.close()
            raise DecoderLost(f"no decoder can be started ({error})") from error
        _tell(lacking)

    def _running(self) -> Process:
        assert self._process
        return self._process

    def _words(self, to: str) -> Words:
        used = self._running().processor_seconds()
        while (end := self._buffer.find(b"\n", 0, _LINE_BYTES)) < 0:
            if len(self._buffer) >= _LINE_BYTES:
                raise DecoderCrashed("its decoder answers nonsense: a line without end")
            self._wait(used)
            if not (some := os.read(self._running().answers, PIPE_BYTES)):
                raise self._running().why()
            self._buffer += some
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 1]
        with contextlib.suppress(ValueError, RecursionError):
            words = json.loads(line)
            if isinstance(words, dict) and words.pop("to", None) == to:  # nothing that was said of another file
                return words
        raise DecoderCrashed("its decoder answers nonsense: no words")

    def _fill(self, target: memoryview) -> None:
        at, used = min(len(self._buffer), len(target)), self._running().processor_seconds()
        target[:at] = self._buffer[:at]
        del self._buffer[:at]
        while at < len(target):
            self._wait(used)
            if not (some := os.readv(self._running().answers, [target[at:]])):
                raise self._running().why()
            at += some

    def _wait(self, used: float) -> None:
        began = time.monotonic()
        while not self._selector.select(min(_LOOK_SECONDS, self._patience)):
            if time.monotonic() - began >= self._patience:
                raise DecoderCrashed(f"its decoder hung: nothing came for {self._patience:.0f} s")
            if self._running().processor_seconds() - used > self._busy:
                raise TooMuch(f"it takes more than {self._busy:.0f} s of processor time")
        self._left -= time.monotonic() - began
        if self._left < 0:
            raise TooMuch("its decoder comes to no end")


def _reason(said: Any) -> str:
    """Words for a row or a log, of which somebody else may be the author."""
    text = said if isinstance(said, str) else "no reason"
    return "".join(letter if letter.isprintable() else " " for letter in text)[:_REASON_LETTERS]


def _tell(lacking: list[str]) -> None:
    """Once a process of ours, in its log."""
    new = [part for part in lacking if part not in _told]
    _told.update(new)
    if new:
        logging.getLogger(__name__).warning(
            "The kernel refuses a part of the cage in which strangers' files are opened: %s. The other parts hold; "
            "what each is for stands in docs/operations.md",
            "; ".join(new),
        )


def lacking() -> list[str]:
    """Which parts of the cage the kernel refuses here; none where it is whole. It takes a process to find out."""
    cage = Cage("include.media.cage.idle", 1 << 30, 60.0, 60.0)
    cage._start()
    cage.close()
    return sorted(_told)
