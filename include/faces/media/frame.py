"""What comes out of a media file: frames, and what was found out on the way."""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from include.faces.face import Image


class Frame(NamedTuple):
    """One upright frame. `cut`: it does not go on from the one before it: the first of a file, or of a new scene."""

    at_ms: int
    image: Image
    cut: bool


@dataclass(frozen=True)
class Wish:
    """Which frames are wanted of what moves: one every so often and at each change of scene, or the one `at_ms`.

    The caps are for what never ends, or is made to take for ever; what lies beyond them is not looked at, and
    `Facts.cut` says so.
    """

    every_ms: int = 1000
    at_ms: int | None = None
    max_ms: int = 6 * 60 * 60 * 1000
    max_frames: int = 20_000
    max_seconds: float = 60 * 60.0


@dataclass
class Facts:
    """What a file turned out to be. `cut`: why not all of it was looked at."""

    moves: bool = False
    frames: int = 0
    duration_ms: int | None = None
    cut: str | None = None
    errors: int = field(default=0, repr=False)


def thumbnail(luma: np.ndarray) -> np.ndarray:
    """So few values of a frame's brightness that two frames can be compared in no time."""
    height, width = luma.shape[:2]
    return luma[:: max(1, height // 18), :: max(1, width // 32)].astype(np.int16)
