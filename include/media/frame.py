"""What comes out of a media file: frames, and what was found out on the way."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from include.media.image import Image


class Frame(NamedTuple):
    """One upright frame. `cut`: it does not go on from the one before it: the first of a file, or of a new scene."""

    at_ms: int
    image: Image
    cut: bool


@dataclass(frozen=True)
class FrameRequest:
    """Which frames are wanted of what moves: one every so often and at each change of scene, or those of some `times`.

    The caps are for what never ends, or is made to take for ever; what lies beyond them is not looked at, and
    `MediaFacts.cut` says so. `threads` are those of the decoder.
    """

    every_ms: int = 1000
    times: tuple[int, ...] = ()
    max_frames: int = 20_000
    max_seconds: float = 30 * 60.0
    threads: int = 2

    def takes(self, at_ms: int, sampled: bool) -> bool:
        """Whether a frame is wanted that was, or was not, chosen for its time or its scene."""
        return at_ms in self.times if self.times else sampled

    def is_over(self, at_ms: int) -> bool:
        """Whether nothing behind this time is wanted."""
        return bool(self.times) and at_ms >= max(self.times)


@dataclass
class MediaFacts:
    """What a file turned out to be. `cut`: why not all of it was looked at."""

    moves: bool = False
    frames: int = 0
    duration_ms: int | None = None
    cut: str | None = None


def thumbnail(luma: np.ndarray) -> np.ndarray:
    """So few values of a frame's brightness that two frames can be compared in no time."""
    height, width = luma.shape[:2]
    return luma[:: max(1, height // 18), :: max(1, width // 32)].astype(np.int16)
