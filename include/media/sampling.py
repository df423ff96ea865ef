"""Which frames of what moves are worth looking at: one every so often, and the first of each new scene."""

import numpy as np

# Mean difference of brightness (of 255) between two neighbouring frames beyond which the scene has changed: a cut is
# 30 and more, what moves within a scene under 10.
SCENE = 20.0
# A flicker is no film: so many changes at once are looked at, then so many a second.
CHANGES_AT_ONCE, CHANGES_A_SECOND = 12.0, 2.0


class Sampler:
    """Asked for each frame in turn; by time, not by number, so that a variable rate does no harm."""

    def __init__(self, every_ms: int) -> None:
        self._every = every_ms
        self._due = 0.0
        self._before: np.ndarray | None = None
        self._changes, self._last = CHANGES_AT_ONCE, 0

    def wants(self, at_ms: int, thumbnail: np.ndarray) -> tuple[bool, bool]:
        """Whether to look at the frame, and whether a scene begins with it."""
        cut = self._is_new_scene(at_ms, thumbnail)
        if not cut and at_ms < self._due:
            return False, False
        # What is due stays on the grid, so that a frame that comes a little late does not delay all others.
        self._due = (at_ms // self._every + 1) * self._every
        return True, cut

    def _is_new_scene(self, at_ms: int, thumbnail: np.ndarray) -> bool:
        before, self._before = self._before, thumbnail
        if before is None:
            return True
        self._changes = min(CHANGES_AT_ONCE, self._changes + CHANGES_A_SECOND * (at_ms - self._last) / 1000)
        self._last = at_ms
        if before.shape == thumbnail.shape and np.abs(thumbnail - before).mean() < SCENE:
            return False
        if self._changes < 1:
            return False
        self._changes -= 1
        return True
