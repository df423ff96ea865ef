"""A purpose for the cage that lies: each file says in which way."""

import json
import time
from collections.abc import Iterator
from itertools import count
from typing import Any, BinaryIO

from include.media.cage import inside
from include.media.cage.inside import Answer

PIXELS = memoryview(bytes(2 * 2 * 3))
FRAME = {"frame": 0, "shape": [2, 2], "cut": True}
FACTS = {"moves": False, "frames": 1, "duration_ms": None, "cut": None}


def _dumps(words: Any) -> str:
    return words["raw"] if "raw" in words else json.dumps(words)


class _Json:
    loads, dumps = staticmethod(json.loads), staticmethod(_dumps)


def prepare() -> None:
    """Lines that are no JSON can be said, too."""
    vars(inside)["json"] = _Json


def answers(file: BinaryIO, request: dict[str, Any]) -> Iterator[Answer]:
    """What the file says is to be said."""
    lies: list[Any] = json.loads(file.read())
    for words in lies:
        if words == "frames without end":
            yield from (({**FRAME, "frame": at}, PIXELS) for at in count())
        if words == "frames now and then":
            for at in range(10_000):
                time.sleep(0.01)
                yield {**FRAME, "frame": at}, PIXELS
        if words == "much work":
            while True:
                pass
        if words == "much memory":
            yield {"raw": "x" * len(bytearray(1 << 40))}, None
        yield words, PIXELS if "frame" in words else None
