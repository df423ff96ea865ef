"""Turns: when a host may be asked next. One limiter for all workers together, on any number of machines."""

import math
import random
import time
from collections.abc import Callable
from uuid import uuid4

from include.crawl.net.ledger import HostState, Ledger

_MAX_TURNS = 10
# Of turns at once, where the pace is fast: the bucket takes about one change a second, and some time for each.
_MAX_SECONDS, _MIN_SECONDS = 4.0, 0.25
_UNBELIEVABLE_S = 3600.0
_GUARD = 0.1
_SHORTLY_S = 0.2  # to look at the host's state in the bucket takes some of it


class Turns:
    """Gives the turns of one host to one thread after the other. The caller lets in one thread at a time.

    Each worker takes a stretch of time for itself, with an atomic change of the host's ledger: it begins where the last
    one that anybody took ends, and is as long as the gaps between its turns. So stretches never overlap, the last gap
    of one lies before the first turn of the next, workers take turns in the order in which they asked, and a worker
    that is killed only leaves its stretch unused. A worker alone extends its own before it ends and loses nothing. The
    first stretch is a turn long, and each further one twice as long while they are used up, so that little is taken in
    vain.

    Moments are those of the machines' clocks. Between stretches of two workers lies a tenth of the pace more: the pace
    holds as long as clocks differ by less than that (kept by NTP they differ by some milliseconds), and is broken once
    a stretch, by the difference, where they do not. Within a worker it holds whatever the clock does.
    """

    def __init__(self, ledger: Ledger, pace: float, jitter: float) -> None:
        self.pace = pace
        self._ledger, self._jitter, self._me = ledger, jitter, uuid4().hex
        self._next = self._end = 0.0  # our stretch, from its next turn on
        self._gaps: list[float] = []
        self._size = 1
        self._last = float("-inf")  # start of the last turn, by the clock that nobody sets

    def wait(self, still: Callable[[], bool] = lambda: True) -> bool:
        """Sleep until the next turn and take it; not if `still`, asked shortly before, says that it is not wanted."""
        if not self.pace:
            return still()
        turn = self._turn()
        self._sleep(turn, _SHORTLY_S)
        if not still():
            return False
        self._sleep(turn)
        self._last = time.monotonic()
        self._next = turn + self._gaps.pop()  # not from when we woke: being late adds up
        return True

    def _sleep(self, turn: float, before: float = 0.0) -> None:
        ahead = max(turn - time.time(), self._last + self.pace - time.monotonic())
        time.sleep(max(0.0, ahead - before))

    def slow_down(self, pace: float) -> None:
        """A longer pace from now on."""
        if pace > self.pace > 0:
            self._next += pace - self.pace
            self.pace, self._gaps, self._size = pace, [], 1

    def give_back(self) -> None:
        """What is left of our stretch, to whoever comes next."""
        if self._next + self.pace < self._end:
            self._ledger.change(self._return)

    def _turn(self) -> float:
        """When the next turn of our stretch is; of a new one, where nothing fits into the old one any more."""
        idle = time.time() > self._end + self.pace
        while not self._gaps or (turn := max(time.time(), self._next)) + self._gaps[-1] > self._end + 1e-6:
            # Long enough to be still there when the bucket has answered; if it was not, the next one is longer.
            self._size = math.ceil(_MIN_SECONDS / self.pace) if idle else min(2 * self._size, self._most())
            idle = False
            self._gaps = [self.pace * (1 + random.uniform(0, self._jitter)) for _ in range(self._size)]
            self._next, self._end = self._ledger.change(self._take)
        return turn

    def _most(self) -> int:
        return max(_MAX_TURNS, math.ceil(_MAX_SECONDS / self.pace))

    def _take(self, state: HostState) -> tuple[float, float]:
        now = time.time()
        if state.turns_of == self._me:
            begin = max(now, self._next)
        elif now < state.turns_until + self.pace and state.turns_until < now + _UNBELIEVABLE_S:
            begin = max(now, state.turns_until + _GUARD * self.pace)
        else:
            begin = now
        state.turns_of, state.turns_until = self._me, begin + sum(self._gaps)
        return begin, state.turns_until

    def _return(self, state: HostState) -> None:
        if state.turns_of == self._me:
            state.turns_until = self._next
