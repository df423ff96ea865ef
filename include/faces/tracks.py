"""Faces of neighbouring frames that belong together, and the few of each that are worth a row.

A track is one person for as long as they stay in the picture. In doubt there are two tracks for one person, and never
one for two: of each track only the best faces are kept, so whoever was joined to somebody else would be lost.
"""

from dataclasses import dataclass, field
from math import cos, hypot, radians
from typing import NamedTuple

import numpy as np

from include.faces.embedders.net import normalised
from include.faces.face import Face

FACES_A_TRACK = 3
# Two faces this far apart in time are not neighbours any more: one missed frame is bridged.
LONGEST_GAP_MS = 2500
# How much of two boxes must be shared for one to be where the other was, and how far it may have moved in its own
# sizes if both look alike.
_SAME_PLACE, _REACH = 0.3, 1.5
# Of the distance at which the engine takes strangers for one person: beyond so many of it two faces are two people.
_UNLIKE = 1.2
_ENOUGH_SHARP, _ENOUGH_LARGE = 150.0, 112.0


class Placed(NamedTuple):
    """A face of a video: when, and which of its frame's."""

    at_ms: int
    place: int
    face: Face


@dataclass
class Track:
    """The faces of one person while they stay in the picture, the best ones in full."""

    number: int
    last: Placed
    best: list[Placed] = field(default_factory=list)
    length: int = 0

    def add(self, placed: Placed) -> None:
        self.last = placed
        self.length += 1
        self.best = _best([*self.best, placed])


class Tracker:
    """Takes the faces of each frame in turn. `alike` is the engine's own measure, or None where it has none."""

    def __init__(self, alike: float | None) -> None:
        self._alike = alike
        self._open: list[Track] = []
        self.tracks: list[Track] = []

    def add(self, at_ms: int, faces: list[Face], cut: bool) -> None:
        """The faces of a frame; after a `cut` nobody is where they were."""
        self._open = [] if cut else [each for each in self._open if at_ms - each.last.at_ms <= LONGEST_GAP_MS]
        placed = [Placed(at_ms, place, face) for place, face in enumerate(faces)]
        pairs = [(self._fit(track, each), track, each) for track in self._open for each in placed]
        joined: set[int] = set()
        for fit, track, each in sorted(pairs, key=lambda pair: -pair[0]):
            if fit > 0 and each.place not in joined and track.last.at_ms != at_ms:
                track.add(each)
                joined.add(each.place)
        for each in placed:
            if each.place not in joined:
                self._begin(each)

    def _begin(self, placed: Placed) -> None:
        track = Track(len(self.tracks) + 1, placed)
        track.add(placed)
        self.tracks.append(track)
        self._open.append(track)

    def _fit(self, track: Track, placed: Placed) -> float:
        """How well the face goes on from the track; 0 where it does not."""
        before, face = track.last.face, placed.face
        shared = _overlap(before, face)
        apart = self._apart(before, face)
        if apart is None:
            return shared if shared >= _SAME_PLACE else 0.0
        if apart > _UNLIKE:
            return 0.0
        near = shared >= _SAME_PLACE or (apart < 1 and _moved(before, face) < _REACH)
        return 2 - apart + shared if near else 0.0

    def _apart(self, a: Face, b: Face) -> float | None:
        """Their distance as a share of the engine's own measure; None where there is nothing to compare."""
        if self._alike is None or a.embedding is None or b.embedding is None:
            return None
        return float(np.linalg.norm(np.subtract(*normalised(np.array([a.embedding, b.embedding]))))) / self._alike


def quality(face: Face) -> float:
    """How much a face is worth to tell a person by, 0 to 1: sharp, large, frontal, and surely a face."""
    if face.embedding is None:
        return 0.0
    sharp, large = min(face.sharpness / _ENOUGH_SHARP, 1.0), min(min(face.box[2:]) / _ENOUGH_LARGE, 1.0)
    frontal = max(cos(radians(face.pose.yaw)), 0.1) * max(cos(radians(face.pose.pitch)), 0.1)
    return sharp * large * frontal * face.score


def _best(faces: list[Placed]) -> list[Placed]:
    """The few to keep, in time: those with an embedding, by quality; of a track without any, one face and its why."""
    usable = [each for each in faces if each.face.embedding is not None]
    if not usable:
        return [max(faces, key=lambda each: (each.face.sharpness * min(each.face.box[2:]), -each.at_ms))]
    kept = sorted(usable, key=lambda each: (-quality(each.face), each.at_ms))[:FACES_A_TRACK]
    return sorted(kept, key=lambda each: each.at_ms)


def _overlap(a: Face, b: Face) -> float:
    width = min(a.box[0] + a.box[2], b.box[0] + b.box[2]) - max(a.box[0], b.box[0])
    height = min(a.box[1] + a.box[3], b.box[1] + b.box[3]) - max(a.box[1], b.box[1])
    shared = max(width, 0.0) * max(height, 0.0)
    return shared / max(a.box[2] * a.box[3] + b.box[2] * b.box[3] - shared, 1e-9)


def _moved(a: Face, b: Face) -> float:
    """How far the centre has moved, in sizes of the larger face."""
    dx = a.box[0] + a.box[2] / 2 - b.box[0] - b.box[2] / 2
    dy = a.box[1] + a.box[3] / 2 - b.box[1] - b.box[3] / 2
    return hypot(dx, dy) / max(*a.box[2:], *b.box[2:], 1e-9)
