"""The decoder's own process: `python -m include.media.decoder_process`. It is asked on stdin and answers on stdout.

A request is a line of JSON: {"path": …, "wanted": {…}}. An answer is any number of frames, then one last word:

    {"frame": at_ms, "shape": [height, width], "cut": bool}   and height * width * 3 bytes
    {"end": {…facts…}}        {"refused": "why, for good"}        {"failed": "why, worth another try"}

After {"spent": "why"} it ends: it may not be able to go on. It ends with its parent, writes no file, and has so much
memory and no more: what a hostile file does here is done to nobody else.
"""

import contextlib
import ctypes
import json
import os
import queue
import resource
import signal
import sys
import threading
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO

from include.media.decoding import frames
from include.media.frame import Frame, FrameRequest, MediaFacts
from include.media.pictures import Unreadable

MEMORY = 6 << 30  # of addresses: a picture of 64 megapixels takes a fifth, 8K video with its threads a half
_AHEAD = 3  # frames that wait while the one before them is being looked at
_PR_SET_PDEATHSIG = 1


def main() -> None:
    limit_myself(int(sys.argv[1]))
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not get between the answers
    for line in sys.stdin.buffer:
        asked = json.loads(line)
        answer(out, Path(asked["path"]), FrameRequest(**{**asked["wanted"], "times": tuple(asked["wanted"]["times"])}))


def limit_myself(parent: int) -> None:
    """What this process may not do, whatever it reads."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit("the parent is gone already")
    for what, limit in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 64),
    ):
        hard = resource.getrlimit(what)[1]
        most = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
        resource.setrlimit(what, (most, hard))


def answer(out: BinaryIO, path: Path, wanted: FrameRequest) -> None:
    """One file's frames, each while the next is being decoded, and the last word."""
    facts = MediaFacts()
    try:
        for frame in _ahead(frames(path, wanted, facts)):
            height, width = frame.image.shape[:2]
            pixels = frame.image if frame.image.flags.c_contiguous else frame.image.copy()
            _say(out, {"frame": frame.at_ms, "shape": [height, width], "cut": frame.cut})
            out.write(pixels.data)
        _say(out, {"end": asdict(facts)})
    except Unreadable as reason:
        _say(out, {"refused": str(reason)})
    except MemoryError:
        _say(out, {"spent": f"takes more than {MEMORY >> 30} GiB of memory to decode"})
        raise
    except BrokenPipeError:
        raise
    except OSError as error:
        _say(out, {"failed": f"{type(error).__name__}: {error.strerror}"})
    except Exception as error:  # of ours, or of the machine's
        _say(out, {"failed": type(error).__name__})


def _say(out: BinaryIO, words: dict[str, Any]) -> None:
    out.write(json.dumps(words).encode() + b"\n")
    out.flush()


def _ahead(found: Iterator[Frame]) -> Iterator[Frame]:
    """The same frames; what moves is decoded while earlier frames are written and looked at."""
    waiting: queue.Queue[Frame | BaseException | None] = queue.Queue(_AHEAD)

    def fill() -> None:
        try:
            for frame in found:
                waiting.put(frame)
            waiting.put(None)
        except BaseException as error:  # told in the main thread
            waiting.put(error)

    threading.Thread(target=fill, daemon=True).start()
    while (frame := waiting.get()) is not None:
        if isinstance(frame, BaseException):
            raise frame
        yield frame


if __name__ == "__main__":
    with contextlib.suppress(BrokenPipeError, KeyboardInterrupt):
        main()
