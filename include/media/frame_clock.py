"""A clock for frames whose own clock may stand still, jump or begin again."""

# A film whose pictures stand for longer than this without its saying how long it lasts is not believed.
_JUMP_MS = 10_000
# Two frames may be told out of their order by a little; further back than this the clock has begun again.
_BACK_MS = 500
_USUAL_RATE, _HIGHEST_RATE = 25.0, 1000.0


class FrameClock:
    """Milliseconds from the first frame, always growing. What the file tells is believed where it can be true."""

    def __init__(self, rate: float | None, duration_ms: int | None) -> None:
        self._step = max(1, round(1000 / min(rate or _USUAL_RATE, _HIGHEST_RATE)))
        self._duration = duration_ms
        self._start: float | None = None
        self._shift = 0
        self._last = -1

    def at(self, told: float | None) -> int:
        """The time of the next frame, of which the file tells this (in ms), or nothing."""
        if self._start is None:
            self._start = told
        going_on = self._last + self._step if self._last >= 0 else 0
        if told is None or self._start is None:
            self._last = going_on
            return going_on
        since = round(told - self._start)
        if since + self._shift < self._last - _BACK_MS or self._is_beyond(since + self._shift):
            self._shift = going_on - since
        self._last = max(since + self._shift, self._last + 1)
        return self._last

    def _is_beyond(self, at_ms: int) -> bool:
        return at_ms > self._last + _JUMP_MS and (self._duration is None or at_ms > self._duration + _JUMP_MS)
