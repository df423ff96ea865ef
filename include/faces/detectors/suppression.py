"""Boxes that overlap: of several that show one face, the strongest stays."""

import numpy as np

from include.faces.face import Floats
from include.media.box import Box

MAX_OVERLAP = 0.3


def strongest(boxes: Floats, scores: Floats) -> list[int]:
    """Indices of the boxes that no stronger box overlaps, strongest first."""
    each = [Box.of(box) for box in boxes]
    keep: list[int] = []
    for i in np.argsort(-scores, kind="stable"):
        if all(each[i].overlap(each[j]) < MAX_OVERLAP for j in keep):
            keep.append(int(i))
    return keep
