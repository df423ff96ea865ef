"""Boxes as MTCNN keeps them: rows of left, top, right, bottom, score, and whatever follows."""

import numpy as np

from include.faces.face import Floats

AT_ONCE = 512  # rows compared in one step, so that a picture full of proposals does not fill the memory


def apart(boxes: Floats, limit: float, *, of_smaller: bool = False) -> Floats:
    """Those rows, best first, that no better one overlaps by more than the limit, not even one that is dropped itself.

    An overlap is a share of what the two cover together, or of the smaller of them.
    """
    boxes = boxes[np.argsort(-boxes[:, 4], kind="stable")]
    keep = np.ones(len(boxes), bool)
    for start in range(0, len(boxes), AT_ONCE):
        end = min(start + AT_ONCE, len(boxes))
        too_much = _shares(boxes[:end], boxes[start:end], of_smaller) > limit
        better = np.arange(end)[:, None] < np.arange(start, end)
        keep[start:end] = ~(too_much & better).any(0)
    return boxes[keep]


def _shares(some: Floats, others: Floats, of_smaller: bool) -> Floats:
    low = [np.maximum(some[:, None, i], others[None, :, i]) for i in (0, 1)]
    high = [np.minimum(some[:, None, i], others[None, :, i]) for i in (2, 3)]
    shared = np.maximum(high[0] - low[0], 0) * np.maximum(high[1] - low[1], 0)
    areas = [(each[:, 2] - each[:, 0]) * (each[:, 3] - each[:, 1]) for each in (some, others)]
    a, b = areas[0][:, None], areas[1][None]
    whole = np.minimum(a, b) if of_smaller else a + b - shared
    return np.asarray(shared / np.maximum(whole, 1e-9), np.float32)


def squared(boxes: Floats) -> Floats:
    """Each box widened to a square about its centre."""
    sides = boxes[:, 2:4] - boxes[:, :2]
    side = sides.max(1, keepdims=True, initial=0)
    corner = boxes[:, :2] + (sides - side) / 2
    return np.concatenate([corner, corner + side, boxes[:, 4:]], 1)
