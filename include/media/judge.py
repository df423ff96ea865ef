"""What the cage answers, judged: a process that a file has taken over may say anything."""

import re
from typing import Any, TypeGuard

import numpy as np

from include.media.cage.process import DecoderCrashed
from include.media.caps import Unreadable, check_size
from include.media.fingerprints import Fingerprint
from include.media.frame import Frame, FrameRequest, MediaFacts

# Of all frames of one file: so many of 8K.
_FRAME_PIXELS = 34_000_000
_LONGEST_MS = 400 * 24 * 60 * 60 * 1000
_WORDS = 300
_PHASH = re.compile(r"[0-9a-f]{64}")


class FrameJudge:
    """Takes the frames of one file, in their order, and the facts at the end."""

    def __init__(self, wanted: FrameRequest) -> None:
        self._wanted = wanted
        self._count, self._last, self._pixels = 0, -1, wanted.max_frames * _FRAME_PIXELS
        self.frame: Frame | None = None
        self.facts: dict[str, Any] = {}

    def __call__(self, words: dict[str, Any]) -> memoryview | None:
        """The place for the pixels of a frame."""
        if "end" in words:
            self.frame, self.facts = None, _facts(words["end"], self._count)
            return None
        at_ms, cut = words.get("frame"), words.get("cut")
        height, width = _shape(words.get("shape"))
        self._count, self._pixels = self._count + 1, self._pixels - height * width
        if not _whole(at_ms, _LONGEST_MS) or at_ms <= self._last or not isinstance(cut, bool):
            raise _nonsense("no such frame")
        if self._count > self._wanted.max_frames or self._pixels < 0:
            raise _nonsense("more frames than were asked for")
        self._last = at_ms
        image = np.empty((height, width, 3), np.uint8)
        self.frame = Frame(at_ms, image, cut)
        return image.data.cast("B")


def fingerprint_of(words: dict[str, Any]) -> Fingerprint:
    """A perceptual hash and its quality, or neither."""
    end = words.get("end")
    if not isinstance(end, dict) or end.keys() != vars(Fingerprint()).keys():
        raise _nonsense("no hash")
    phash, quality = end["phash"], end["phash_quality"]
    if phash is None and quality is None:
        return Fingerprint()
    if isinstance(phash, str) and _PHASH.fullmatch(phash) and _whole(quality, 100):
        return Fingerprint(phash, quality)
    raise _nonsense("no such hash")


def _facts(end: Any, count: int) -> dict[str, Any]:
    known = isinstance(end, dict) and end.keys() == vars(MediaFacts()).keys() and end["frames"] == count > 0
    if not known or not isinstance(end["moves"], bool) or not _words(end["cut"]):
        raise _nonsense("no such facts")
    if end["duration_ms"] is not None and not _whole(end["duration_ms"], _LONGEST_MS):
        raise _nonsense("no such duration")
    return dict(end)


def _shape(shape: Any) -> tuple[int, int]:
    if isinstance(shape, list) and len(shape) == 2 and all(_whole(side, 1 << 20) and side for side in shape):
        try:
            check_size(shape[1], shape[0])
        except Unreadable:
            raise _nonsense("a frame that is too large") from None
        return shape[0], shape[1]
    raise _nonsense("no such shape")


def _whole(number: Any, most: int) -> TypeGuard[int]:
    return type(number) is int and 0 <= number <= most


def _words(text: Any) -> bool:
    return text is None or (isinstance(text, str) and text.isprintable() and len(text) <= _WORDS)


def _nonsense(what: str) -> DecoderCrashed:
    return DecoderCrashed(f"its decoder answers nonsense: {what}")
