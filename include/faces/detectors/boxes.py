"""Boxes that overlap: of several that show one face, the strongest stays."""

from collections.abc import Sequence

import numpy as np

from include.faces.face import Floats

MAX_OVERLAP = 0.3


def strongest(boxes: Floats, scores: Floats) -> list[int]:
    """Indices of the boxes that no stronger box overlaps, strongest first."""
    keep: list[int] = []
    for i in np.argsort(-scores, kind="stable"):
        if all(overlap(boxes[i], boxes[j]) < MAX_OVERLAP for j in keep):
            keep.append(int(i))
    return keep


def overlap(a: Floats | Sequence[float], b: Floats | Sequence[float]) -> float:
    """Intersection over union of two boxes."""
    width = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    height = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    shared = max(0.0, float(width)) * max(0.0, float(height))
    return shared / max(float(a[2] * a[3] + b[2] * b[3]) - shared, 1e-9)
