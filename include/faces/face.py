"""What the engine says of one face."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from include.media.box import Box

Floats = npt.NDArray[np.float32]


class Pose(NamedTuple):
    """Where a face looks, in degrees: a rough estimate from five points, good for telling frontal from profile.

    yaw: positive towards the right of the picture; pitch: positive upwards; roll: positive clockwise.
    """

    yaw: float
    pitch: float
    roll: float


@dataclass(frozen=True)
class Detection:
    """A face that was found: its box, and landmarks (5 x 2) in pixels of the upright picture.

    Landmarks are left eye, right eye, nose, left and right corner of the mouth, as seen when the face is upright.
    """

    box: Box
    landmarks: Floats
    score: float

    def scaled(self, factor: float) -> "Detection":
        """The same in a picture that is so many times larger."""
        return Detection(self.box.scaled(factor), self.landmarks * np.float32(factor), self.score)


@dataclass(frozen=True)
class Face:
    """A detection, how sharp it is, where it looks, and its embedding; without an embedding, `reason` says why.

    Distances between embeddings mean something only between faces of the same engine.
    """

    box: Box
    landmarks: list[tuple[float, float]]
    score: float
    sharpness: float
    pose: Pose
    embedding: list[float] | None
    reason: str | None
