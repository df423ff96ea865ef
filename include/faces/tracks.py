"""Faces of neighbouring frames that belong together, and the few of each that are worth a row.

A track is one person for as long as they stay in the picture. In doubt there are two tracks for one person, and never
one for two: of each track only the best faces are kept, so whoever was joined to somebody else would be lost.
"""

from dataclasses import dataclass, field
from math import cos, hypot, radians
from typing import NamedTuple

import numpy as np

from include.faces.embedders.one_file import normalised
from include.faces.face import Face, Floats

FACES_A_TRACK = 3
MAX_TRACKS = 1000
# Two faces this far apart in time are not neighbours any more: one missed frame is bridged.
LONGEST_GAP_MS = 2500
# How much of two boxes must be shared for one to be where the other was, and how far it may have moved in its own
# sizes if both look alike.
_SAME_PLACE, _REACH = 0.3, 1.5
# Of the distance at which the engine takes strangers for one person: beyond so many of it two faces are two people.
_UNLIKE = 1.2
_ENOUGH_SHARP, _ENOUGH_LARGE = 150.0, 112.0


class Placed(NamedTuple):
    """A face of a video: when, which of its frame's, and its embedding at length one."""

    at_ms: int
    place: int
    face: Face
    unit: Floats | None = None


def placed_at(at_ms: int, faces: list[Face]) -> list[Placed]:
    """The faces of a frame."""
    return [Placed(at_ms, place, face, _unit(face)) for place, face in enumerate(faces)]


@dataclass
class Track:
    """The faces of one person while they stay in the picture, the best ones in full."""

    number: int
    last: Placed
    best: list[Placed] = field(default_factory=list)
    length: int = 0
    unit: Floats | None = None  # the newest embedding: a face too blurred to have one must not make two people one

    def add(self, placed: Placed) -> None:
        self.last = placed
        self.length += 1
        self.unit = self.unit if placed.unit is None else placed.unit
        self.best = _best([*self.best, placed])


class Tracker:
    """Takes the faces of each frame in turn. `alike` is the engine's own measure, or None where it has none."""

    def __init__(self, alike: float | None) -> None:
        self._alike = alike
        self._begun = self._left_out = 0
        self._open: list[Track] = []
        self.tracks: list[Track] = []

    def add(self, at_ms: int, faces: list[Face], cut: bool) -> None:
        """The faces of a frame; after a `cut` nobody is where they were."""
        self._open = [] if cut else [each for each in self._open if at_ms - each.last.at_ms <= LONGEST_GAP_MS]
        placed = placed_at(at_ms, faces)
        pairs = [(self._fit(track, each), track, each) for track in self._open for each in placed]
        joined: set[int] = set()
        for fit, track, each in sorted(pairs, key=lambda pair: -pair[0]):
            if fit > 0 and each.place not in joined and track.last.at_ms != at_ms:
                track.add(each)
                joined.add(each.place)
        for each in placed:
            if each.place not in joined:
                self._begin(each)
        self._forget()

    def _begin(self, placed: Placed) -> None:
        self._begun += 1
        track = Track(self._begun, placed)
        track.add(placed)
        self.tracks.append(track)
        self._open.append(track)

    def _forget(self) -> None:
        """Of a film with more people than anybody could look at, those who can be told best are kept."""
        if len(self.tracks) > 2 * MAX_TRACKS:
            self._left_out += len(self.tracks) - MAX_TRACKS
            self.tracks = sorted(self.tracks, key=lambda track: -max(quality(each.face) for each in track.best))
            self.tracks = sorted(self.tracks[:MAX_TRACKS], key=lambda track: track.number)

    @property
    def left_out(self) -> str | None:
        """What to say of tracks that were not kept; None where all were."""
        return f"{self._left_out} of {self._begun} tracks were not kept" if self._left_out else None

    def _fit(self, track: Track, placed: Placed) -> float:
        """How well the face goes on from the track; 0 where it does not. Place is asked first: it is cheap."""
        before, face = track.last.face, placed.face
        shared = before.box.overlap(face.box)
        is_near = shared >= _SAME_PLACE
        if not is_near and _moved(before, face) >= _REACH:
            return 0.0
        apart = self._apart(track.unit, placed.unit)
        if apart is None:
            return shared if is_near else 0.0
        if apart > _UNLIKE or (apart >= 1 and not is_near):
            return 0.0
        return 2 - apart + shared

    def _apart(self, a: Floats | None, b: Floats | None) -> float | None:
        """Their distance as a share of the engine's own measure; None where there is nothing to compare."""
        if self._alike is None or a is None or b is None:
            return None
        return float(np.linalg.norm(a - b)) / self._alike


def _unit(face: Face) -> Floats | None:
    return None if face.embedding is None else normalised(np.array([face.embedding], np.float32))[0]


def quality(face: Face) -> float:
    """How much a face is worth to tell a person by, 0 to 1: sharp, large, frontal, and surely a face."""
    if face.embedding is None:
        return 0.0
    sharp, large = min(face.sharpness / _ENOUGH_SHARP, 1.0), min(face.box.side / _ENOUGH_LARGE, 1.0)
    frontal = max(cos(radians(face.pose.yaw)), 0.1) * max(cos(radians(face.pose.pitch)), 0.1)
    return sharp * large * frontal * face.score


def _best(faces: list[Placed]) -> list[Placed]:
    """The few to keep, in time: those with an embedding, by quality; of a track without any, one face and its why."""
    usable = [each for each in faces if each.face.embedding is not None]
    if not usable:
        return [max(faces, key=lambda each: (each.face.sharpness * each.face.box.side, -each.at_ms))]
    kept = sorted(usable, key=lambda each: (-quality(each.face), each.at_ms))[:FACES_A_TRACK]
    return sorted(kept, key=lambda each: each.at_ms)


def _moved(a: Face, b: Face) -> float:
    """How far the centre has moved, in sizes of the larger face."""
    (ax, ay), (bx, by) = a.box.centre, b.box.centre
    return hypot(ax - bx, ay - by) / max(*a.box[2:], *b.box[2:], 1e-9)
