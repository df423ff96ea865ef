"""Faces painted over, so that nothing of them can be brought back: for whoever is not to be seen."""

from collections.abc import Iterable

import cv2

from include.media.box import Box
from include.media.image import Image

# What a covered face looks like, everywhere.
COLOUR = (128, 128, 128)
# A box ends at chin and brow; hair and ears tell a person too.
MARGIN = 0.25
# A box that shares more than this with the shown one is the same face, found again.
SAME_FACE = 0.5


def cover(image: Image, faces: Iterable[Box], shown: Box | None = None) -> Image:
    """A copy in which every face but the shown one is painted over.

    Where a covered face reaches into the shown one, the shown one wins: it is what has to be looked at.
    """
    covered = image.copy()
    for face in faces:
        if shown is None or face.overlap(shown) < SAME_FACE:
            _paint(covered, face.grown(MARGIN))
    if shown is not None:
        inside = shown.clipped(image.shape)
        covered[inside] = image[inside]
    return covered


def _paint(image: Image, box: Box) -> None:
    """An ellipse, which leaves more of the picture than a rectangle does."""
    centre = tuple(round(middle) for middle in box.centre)
    half = (round(box.width / 2), round(box.height / 2))
    cv2.ellipse(image, centre, half, 0, 0, 360, COLOUR, -1)
