"""Files to frames as their user sees it: by a process in the cage, killed when it hangs and replaced when it dies."""

from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from types import TracebackType

import numpy as np

from include.media.cage.cage import Cage
from include.media.cage.lent import lent_bytes, lent_path
from include.media.cage.process import DecoderCrashed, DecoderLost, TooMuch
from include.media.frame import Frame, FrameRequest, MediaFacts
from include.media.image import Image
from include.media.judge import FrameJudge

__all__ = ["Decoder", "DecoderCrashed", "DecoderLost", "TooMuch"]

STALL_SECONDS = 120.0  # without a byte; the largest picture takes a tenth, and so do a thousand frames of 4K
PROCESSOR_SECONDS = 60.0  # for one frame that is looked at
MEMORY = 6 << 30  # of addresses: a picture of 64 megapixels takes a fifth, 8K video with its threads a half


class Decoder:
    """One decoding process, started when it is first needed. For one thread, and one file at a time."""

    def __init__(self, stall_seconds: float = STALL_SECONDS, processor_seconds: float = PROCESSOR_SECONDS) -> None:
        self.cage = Cage("include.media.decoding", MEMORY, stall_seconds, processor_seconds)
        self._stall = stall_seconds

    def __enter__(self) -> "Decoder":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """End the process, whatever it is doing."""
        self.cage.close()

    def kill(self) -> None:
        """End the process only: for another thread than the one that is using it, which then hears of its end."""
        self.cage.kill()

    def frames(self, path: Path, facts: MediaFacts, wanted: FrameRequest = FrameRequest()) -> Iterator[Frame]:  # noqa: B008 (frozen)
        """The frames of a file, as they come; `facts` are complete at the end.

        Raises Unreadable (DecoderCrashed, when the decoder did not survive it) or DecoderLost. A caller that stops in
        the middle costs a new process and nothing else.
        """
        try:
            with lent_path(path) as descriptor:
                yield from self._frames(descriptor, facts, wanted)
        except FileNotFoundError as error:
            raise DecoderLost(f"{type(error).__name__}: {error.strerror}") from error

    def at(self, path: Path, times: Iterable[int] = (0,)) -> dict[int, np.ndarray]:
        """A still picture (at 0), or the very frames of a video that were sampled at these times."""
        wanted = FrameRequest(times=tuple(times))
        return {frame.at_ms: frame.image for frame in self.frames(path, MediaFacts(), wanted)}

    def picture(self, data: bytes) -> Image:
        """A picture that is in memory, upright; of what moves the first frame. Raises as `frames` does."""
        try:
            return self._first(data)
        except TooMuch:
            raise
        except DecoderCrashed:  # once more: it may not have been this file's fault
            return self._first(data)

    def _first(self, data: bytes) -> Image:
        with lent_bytes(data) as descriptor:
            first, *_ = self._frames(descriptor, MediaFacts(), FrameRequest(times=(0,)))
        return first.image

    def _frames(self, descriptor: int, facts: MediaFacts, wanted: FrameRequest) -> Iterator[Frame]:
        judge = FrameJudge(wanted)
        with closing(self.cage.ask(descriptor, asdict(wanted), judge, wanted.max_seconds + 2 * self._stall)) as said:
            for _ in said:
                if judge.frame:
                    yield judge.frame
        vars(facts).update(judge.facts)
