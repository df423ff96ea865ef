"""What the engine says of one face."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Image = npt.NDArray[np.uint8]  # height x width x 3, RGB, upright
Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Detection:
    """A face that was found: box (x, y, width, height) and landmarks (5 x 2) in pixels of the upright picture.

    Landmarks are left eye, right eye, nose, left and right corner of the mouth, as seen in the picture.
    """

    box: Floats
    landmarks: Floats
    score: float


@dataclass(frozen=True)
class Face:
    """A detection, how sharp it is and its embedding; without an embedding, `reason` says why.

    Distances between embeddings mean something only between faces of the same engine.
    """

    box: tuple[float, float, float, float]
    landmarks: list[tuple[float, float]]
    score: float
    sharpness: float
    embedding: list[float] | None
    reason: str | None
