"""One file after the other, looked at by one thread: decoded next door, searched here, its faces embedded together."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

import cv2
import numpy as np

from include.faces.engine import Seen
from include.faces.face import Face, Image
from include.faces.fetching import Fetching
from include.faces.media.decoder import Decoder, Died
from include.faces.media.frame import Facts, Frame
from include.faces.pictures import Unreadable
from include.faces.progress import Progress
from include.faces.tracks import Placed, Tracker

Item = dict[str, Any]
# Frames of what moves are searched at this size: the people that a video is about are large enough.
MOVING_SIDE = 960
CROPS_AT_ONCE = 32


class Looks(Protocol):
    """What a scan needs of an engine."""

    name: str
    alike: float | None

    def look(self, image: Image, searched: Image | None = None) -> list[Seen]: ...

    def embed(self, seen: list[Seen]) -> list[Face]: ...


@dataclass
class Result:
    """What one file came to. A picture's faces wait in `seen` until they are embedded together with others'."""

    item: Item
    outcome: str = ""
    reason: str | None = None
    facts: Facts = field(default_factory=Facts)
    width: int | None = None
    height: int | None = None
    seconds: float = 0.0
    seen: list[Seen] = field(default_factory=list)
    found: list[tuple[int | None, Placed]] = field(default_factory=list)  # with the number of the track

    @property
    def tracks(self) -> int | None:
        return len({track for track, _ in self.found}) if self.facts.moves else None

    def refuse(self, outcome: str, reason: str) -> "Result":
        self.outcome, self.reason, self.seen, self.found = outcome, reason, [], []
        return self


class Looker:
    """Looks at files for one thread, with a decoder of its own."""

    def __init__(self, engine: Looks, fetching: Fetching, progress: Progress) -> None:
        self._engine, self._fetching, self._progress = engine, fetching, progress
        self.decoder = Decoder()

    def group(self, items: list[Item]) -> list[Result]:
        """A result for every file, whatever it holds: what fails, fails alone."""
        results = [self._file(item) for item in items]
        self._embed_pictures(results)
        for result in results:
            if not result.outcome:
                result.outcome = "faces" if result.found else "no_face"
                result.reason = result.facts.cut
        return results

    def _file(self, item: Item) -> Result:
        result, began = Result(item), time.monotonic()
        try:
            self._look(result)
        except Unreadable as reason:
            result.refuse("rejected", str(reason))
        except Exception as error:  # a failed read, a full disk, no memory: this file's row, not the batch's end
            result.refuse("error", f"{type(error).__name__}: {str(error)[:300]}")
        result.seconds = time.monotonic() - began
        self._progress.done(item["size"])
        return result

    def _look(self, result: Result) -> None:
        """Twice, if the decoder does not survive the first time; of a video what came before counts then."""
        with self._fetching.file(result.item["file_path"]) as path:
            try:
                self._frames(result, self.decoder.frames(path, result.facts))
            except Died:
                result.facts = Facts()
                result.found, result.seen = [], []
                self._frames(result, self._as_far_as_it_goes(self.decoder.frames(path, result.facts), result.facts))

    @staticmethod
    def _as_far_as_it_goes(frames: Iterator[Frame], facts: Facts) -> Iterator[Frame]:
        at_ms = 0
        try:
            for frame in frames:
                facts.frames, at_ms = facts.frames + 1, frame.at_ms
                yield frame
        except Died as reason:
            if not facts.frames:
                raise
            facts.moves, facts.cut = True, f"looked at until {at_ms / 1000:.0f} s: {reason}"

    def _frames(self, result: Result, frames: Iterator[Frame]) -> None:
        first = next(frames)
        result.height, result.width = first.image.shape[:2]
        second = next(frames, None)
        if second is None and not result.facts.moves:
            result.seen = self._seen(first.image, first.image)
        else:
            result.facts.moves = True
            self._moving(result, [first, *([second] if second else [])], frames)

    def _moving(self, result: Result, begun: list[Frame], frames: Iterator[Frame]) -> None:
        tracker, waiting = Tracker(self._engine.alike), []
        for frame in _chained(begun, frames):
            waiting.append((frame.at_ms, frame.cut, self._seen(frame.image, smaller(frame.image))))
            if sum(len(seen) for _, _, seen in waiting) >= CROPS_AT_ONCE:
                self._track(tracker, waiting)
                waiting = []
        self._track(tracker, waiting)
        result.found = [(track.number, placed) for track in tracker.tracks for placed in track.best]

    def _track(self, tracker: Tracker, waiting: list[tuple[int, bool, list[Seen]]]) -> None:
        faces = iter(self._engine.embed([each for _, _, seen in waiting for each in seen]))
        for at_ms, cut, seen in waiting:
            tracker.add(at_ms, [next(faces) for _ in seen], cut)

    def _seen(self, image: Image, searched: Image) -> list[Seen]:
        seen = self._engine.look(image, None if searched is image else searched)
        self._progress.looked(image.shape[0] * image.shape[1], len(seen))
        return seen

    def _embed_pictures(self, results: list[Result]) -> None:
        """All faces of the group at once; if that fails, a picture at a time, so that only the one at fault fails."""
        waiting = [result for result in results if result.seen]
        try:
            faces = iter(self._engine.embed([seen for result in waiting for seen in result.seen]))
            for result in waiting:
                result.found = [(None, Placed(0, index, next(faces))) for index in range(len(result.seen))]
        except Exception as error:  # whatever it was, it is looked for one by one
            if len(waiting) == 1:
                waiting[0].refuse("error", f"{type(error).__name__}: {str(error)[:300]}")
            else:
                for result in waiting:
                    self._embed_pictures([result])


def smaller(image: Image) -> Image:
    """The copy in which faces are searched for; the image itself where it is small enough."""
    factor = MOVING_SIDE / max(image.shape[:2])
    if factor >= 1:
        return image
    return np.asarray(cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA), np.uint8)


def _chained(begun: list[Frame], rest: Iterator[Frame]) -> Iterator[Frame]:
    while begun:
        yield begun.pop(0)
    yield from rest
