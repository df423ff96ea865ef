"""The process in the cage: `python -m include.media.cage.inside PARENT PURPOSE MEMORY`, started by `Cage` alone.

PURPOSE is one of our modules. It has `prepare()`, which loads all that will be needed, and `answers(file, request)`,
which works. In between the walls go up: from then on there is no path, no network, no other process.

A request is JSON on stdin, {"to": "a word", "asked": {…}}, with a descriptor of the file. An answer is any number
of lines of JSON, each with that word and followed by the bytes that it announces, if any; the last is one of these:

    {"end": {…}}    {"refused": "why, for good"}    {"failed": "why, worth another try"}    {"spent": "why"}

After the last one it ends: it may not be able to go on. It ends with its parent, whatever becomes of that.
"""

import contextlib
import importlib
import json
import os
import socket
import sys
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, BinaryIO

from include.media.cage import walls
from include.media.caps import Unreadable

Answer = tuple[dict[str, Any], memoryview | None]
Say = Callable[..., None]
Work = Callable[[BinaryIO, dict[str, Any]], Iterator[Answer]]
REQUEST_BYTES = 1 << 16


def main(parent: int, purpose: str, memory: int) -> None:
    module = importlib.import_module(purpose)
    module.prepare()
    asked = socket.socket(fileno=os.dup(0))
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not get between the answers
    _say(out, "", {"lacking": walls.shut(parent, memory)})
    while True:
        line, files, _, _ = socket.recv_fds(asked, REQUEST_BYTES, 1)
        if not line:
            return
        with os.fdopen(files[0], "rb") as file:
            file.seek(0)
            request = json.loads(line)
            _answer(partial(_say, out, request["to"]), module.answers, file, request["asked"])


def _answer(say: Say, work: Work, file: BinaryIO, request: dict[str, Any]) -> None:
    """All there is to say of one file."""
    try:
        for words, body in work(file, request):
            say(words, body)
    except Unreadable as reason:
        say({"refused": str(reason)[:1000]})
    except MemoryError:
        say({"spent": "takes too much memory"})
        raise
    except BrokenPipeError:
        raise
    except OSError as error:
        say({"failed": f"{type(error).__name__}: {error.strerror}"})
    except Exception as error:  # of ours, or of the machine's
        say({"failed": type(error).__name__})


def _say(out: BinaryIO, to: str, words: dict[str, Any], body: memoryview | None = None) -> None:
    out.write(json.dumps({**words, "to": to}).encode() + b"\n")
    if body is not None:
        out.write(body)
    out.flush()


if __name__ == "__main__":
    with contextlib.suppress(BrokenPipeError, ConnectionError, KeyboardInterrupt):
        main(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
