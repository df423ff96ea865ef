"""One file after the other, looked at by one thread: decoded next door, searched here, its faces embedded together."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import chain
from typing import NotRequired, Protocol, TypedDict

from include.faces.detectors.multiscale import sized
from include.faces.engine import FoundFace
from include.faces.face import Face
from include.faces.scan_progress import ScanProgress
from include.faces.tracks import Placed, Tracker, placed_at
from include.lake.prefetch import Prefetch
from include.media.caps import Unreadable
from include.media.decoder import Decoder, DecoderCrashed, DecoderLost, TooMuch
from include.media.frame import Frame, MediaFacts
from include.media.image import Image

# Frames of what moves are searched at this size: the people that a video is about are large enough.
MOVING_SIDE = 1280
CROPS_AT_ONCE = 32
# What went wrong on our side so many times, on as many days, is the file's own fault.
MAX_TRIES = 5


class ScanItem(TypedDict):
    """A file to scan: a row of queries/unscanned, and what passes through the bucket."""

    sha256: str
    file_path: str
    type: str | None
    size: int
    tries: NotRequired[int | None]


class ScanOutcome(StrEnum):
    """What a scan can come to. REJECTED is for good; an ERROR is tried again."""

    FACES = "faces"
    NO_FACE = "no_face"
    REJECTED = "rejected"
    ERROR = "error"


class ScanEngine(Protocol):
    """What a scan needs of an engine."""

    name: str
    alike: float | None

    def find(self, image: Image, searched: Image | None = None) -> list[FoundFace]: ...

    def embed(self, found: list[FoundFace]) -> list[Face]: ...


@dataclass
class FileResult:
    """What one file came to. A picture's faces wait in `seen` until they are embedded together with others'."""

    item: ScanItem
    outcome: ScanOutcome | None = None  # not known yet
    reason: str | None = None
    facts: MediaFacts = field(default_factory=MediaFacts)
    width: int | None = None
    height: int | None = None
    seconds: float = 0.0
    seen: list[FoundFace] = field(default_factory=list)
    found: list[tuple[int | None, Placed]] = field(default_factory=list)  # with the number of the track

    @property
    def tracks(self) -> int | None:
        return len({track for track, _ in self.found}) if self.facts.moves else None

    @property
    def tries(self) -> int:
        return int(self.item.get("tries") or 0) + 1

    def refuse(self, reason: str) -> None:
        """For good: the file cannot be looked at."""
        self.outcome, self.reason, self.seen, self.found = ScanOutcome.REJECTED, reason, [], []

    def fail(self, reason: str) -> None:
        """For now: something of ours failed."""
        self.refuse(f"{reason} ({self.tries} times)" if self.tries >= MAX_TRIES else reason)
        self.outcome = ScanOutcome.REJECTED if self.tries >= MAX_TRIES else ScanOutcome.ERROR


class FileScanner:
    """Looks at files for one thread, with a decoder of its own, until it is told to stop."""

    def __init__(self, engine: ScanEngine, files: Prefetch, progress: ScanProgress, stop: Callable[[], bool]) -> None:
        self._engine, self._files, self._progress, self._stop = engine, files, progress, stop
        self.decoder = Decoder()

    def group(self, items: list[ScanItem]) -> list[FileResult]:
        """A result for every file, whatever it holds: what fails, fails alone. None for those not begun at a stop."""
        results = [self._file(item) for item in items if not self._stop()]
        self._embed_pictures(results)
        for result in results:
            if not result.outcome:
                result.outcome = ScanOutcome.FACES if result.found else ScanOutcome.NO_FACE
                result.reason = result.facts.cut
        return results

    def _file(self, item: ScanItem) -> FileResult:
        result, began = FileResult(item), time.monotonic()
        try:
            self._scan(result)
        except Unreadable as reason:
            result.refuse(str(reason))
        except Exception as error:  # a failed read, a full disk, no memory: this file's row, not the batch's end
            result.fail(why(error))
        result.seconds = time.monotonic() - began
        self._progress.done(item["size"])
        return result

    def _scan(self, result: FileResult) -> None:
        """Twice, if the decoder does not survive the first time; of a video what came before counts then."""
        with self._files.file(result.item["file_path"]) as path:
            try:
                self._frames(result, self.decoder.frames(path, result.facts))
            except DecoderCrashed as reason:
                if isinstance(reason, TooMuch) and result.width is None:
                    raise  # it would do so again, and there is nothing before it to look at
                result.facts = MediaFacts()
                result.found, result.seen = [], []
                self._frames(result, self._as_far_as_it_goes(self.decoder.frames(path, result.facts), result.facts))

    @staticmethod
    def _as_far_as_it_goes(frames: Iterator[Frame], facts: MediaFacts) -> Iterator[Frame]:
        at_ms = 0
        try:
            for frame in frames:
                facts.frames, at_ms = facts.frames + 1, frame.at_ms
                yield frame
        except DecoderCrashed as reason:
            if not facts.frames:
                raise
            facts.moves, facts.cut = True, f"looked at until {at_ms / 1000:.0f} s: {reason}"

    def _frames(self, result: FileResult, frames: Iterator[Frame]) -> None:
        first = next(frames)
        result.height, result.width = first.image.shape[:2]
        second = next(frames, None)
        if second is None and not result.facts.moves:
            result.seen = self._find(first.image, first.image)
        else:
            result.facts.moves = True
            self._moving(result, [first, *([second] if second else [])], frames)

    def _moving(self, result: FileResult, first: list[Frame], frames: Iterator[Frame]) -> None:
        tracker, waiting = Tracker(self._engine.alike), []
        for frame in chain(first, frames):
            waiting.append((frame.at_ms, frame.cut, self._find(frame.image, smaller(frame.image))))
            if sum(len(seen) for _, _, seen in waiting) >= CROPS_AT_ONCE:
                self._track(tracker, waiting)
                waiting = []
        self._track(tracker, waiting)
        result.found = [(track.number, placed) for track in tracker.tracks for placed in track.best]
        result.facts.cut = "; ".join(filter(None, [result.facts.cut, tracker.left_out])) or None

    def _track(self, tracker: Tracker, waiting: list[tuple[int, bool, list[FoundFace]]]) -> None:
        faces = iter(self._engine.embed([each for _, _, seen in waiting for each in seen]))
        for at_ms, cut, seen in waiting:
            tracker.add(at_ms, [next(faces) for _ in seen], cut)

    def _find(self, image: Image, searched: Image) -> list[FoundFace]:
        seen = self._engine.find(image, None if searched is image else searched)
        self._progress.searched(image.shape[0] * image.shape[1], len(seen))
        return seen

    def _embed_pictures(self, results: list[FileResult]) -> None:
        """All faces of the group at once; if that fails, a picture at a time, so that only the one at fault fails."""
        waiting = [result for result in results if result.seen]
        try:
            faces = iter(self._engine.embed([seen for result in waiting for seen in result.seen]))
            for result in waiting:
                result.found = [(None, placed) for placed in placed_at(0, [next(faces) for _ in result.seen])]
        except Exception as error:  # whatever it was, it is looked for one by one
            if len(waiting) == 1:
                waiting[0].fail(why(error))
            else:
                for result in waiting:
                    self._embed_pictures([result])


def smaller(image: Image) -> Image:
    """The copy in which faces are searched for; the image itself where it is small enough."""
    factor = MOVING_SIDE / max(image.shape[:2])
    return image if factor >= 1 else sized(image, factor)


def why(error: Exception) -> str:
    """What happened, in words that name no path and no address: they go into rows and logs."""
    said = error if isinstance(error, DecoderLost) else getattr(error, "strerror", None) or getattr(error, "code", None)
    kind = "Trouble" if isinstance(error, DecoderLost) else type(error).__name__
    return f"{kind}: {said}" if said else kind
