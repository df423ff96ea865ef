"""One host as its requests see it: how many at once, when, and whether it may be asked at all."""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from uuid import uuid4

from include.crawl.meter import Meter
from include.crawl.net.backoff import Ticket, cleared, count_block, may_try, tried
from include.crawl.net.failures import Stopped
from include.crawl.net.ledger import HostState, Ledger
from include.crawl.net.pace import Turns
from include.crawl.net.shared_state import SharedState
from include.crawl.sites import Site

_CHECK_S = 1.0  # how often a thread that waits for others looks up


@dataclass(frozen=True)
class HostContext:
    """What all hosts of a fetcher have in common."""

    site: Site
    shared: SharedState | None
    meter: Meter
    log: Callable[[str], None]


class Host:
    """Requests to one host: `slot`, then `enter` before each, and `answered`, `blocked` or `leave` after it.

    A run that has given the host up leaves it alone until an hour after the last pause, and no longer: whoever clears
    its tasks the next day has them asked again.
    """

    def __init__(self, name: str, context: HostContext) -> None:
        self.name = name
        self._site, self._meter, self._log = context.site, context.meter, context.log
        # Without a pace nothing is shared: everything about it would be more work than the requests themselves.
        shared = context.shared if context.site.pace else None
        self._run = shared.run_key if shared else ""
        self._ledger = Ledger(name, shared, context.log)
        self._turns = Turns(self._ledger, context.site.pace, context.site.jitter)
        self.good: deque[tuple[str, str | None]] = deque(maxlen=2)  # what it answered well last, with the referers
        self.doubts: set[str] = set()  # what it did not answer well while there was nothing good to compare with
        self._slots = threading.BoundedSemaphore(context.site.connections)
        self._door = threading.Lock()  # one thread at a time waits for the host, the others for that thread
        self._news = threading.Condition()
        self._rest = _Stopwatch()
        self._given_up, self._given_up_until = "", 0.0  # here too: the bucket may fail
        self._heard = 0
        self._told = 0  # the number of blocks that this worker has spoken of

    @contextmanager
    def slot(self) -> Iterator[None]:
        """Only so many requests of this worker at once."""
        with self._waiting():
            self._slots.acquire()
        try:
            yield
        finally:
            self._slots.release()

    def enter(self) -> Ticket:
        """Wait until the host may be asked: any pause first, then for our turn. Raises Stopped when it is given up."""
        with self._waiting():
            while True:
                heard, state = self._heard, self._ledger.current()
                ticket = self._try(state) if self._is_shut(state) else Ticket(state.blocks)
                if ticket is None:
                    self._pause(state, heard)
                    continue
                with self._door:
                    if self._turns.wait(partial(self._holds, ticket)):
                        return ticket
                self.leave(ticket)

    def slow_down(self, seconds: float) -> None:
        """At least so many seconds between two requests from now on."""
        if seconds > self._turns.pace > 0:
            with self._door:
                self._turns.slow_down(seconds)

    def turn(self) -> None:
        """Only wait for our turn: for a second request by the same ticket."""
        with self._waiting(), self._door:
            self._turns.wait()

    def answered(self, ticket: Ticket) -> None:
        """The host answered as it should."""
        if self._ledger.state.blocked and self._ledger.change(lambda state: cleared(state, ticket)):
            self._log(f"{self.name} answers again")
            self._wake()
        else:
            self.leave(ticket)

    def leave(self, ticket: Ticket) -> None:
        """The request says nothing about the host."""
        if ticket.trial:
            self._ledger.change(lambda state: tried(state, ticket))
            self._wake()

    def is_news(self, ticket: Ticket) -> bool:
        """Whether a block would say more than another has said since this request began."""
        return self._ledger.state.blocks == ticket.blocks

    def blocked(self, ticket: Ticket, reason: str, wanted: float | None = None) -> None:
        """The host blocks us: everybody pauses, as long as it wants or twice as long each time."""
        first, most = self._site.backoff, self._site.backoff_most
        strike = self._ledger.change(lambda s: count_block(s, ticket, self._run, time.time(), wanted, first, most))
        self._wake()
        if not strike.counts:
            return
        self._meter.count("blocks")
        self._told = self._ledger.state.blocks
        if strike.stopped:
            self._give_up(reason, time.time() + strike.left_alone)
            hours = f"{strike.left_alone / 3600:.1f} hours"
            told = f"after all pauses, or with a longer one wanted: it is left alone for {hours} by this run"
        else:
            waits = f"all requests to it wait {strike.pause:.3g} s, then one tries; nothing is lost"
            told = f"strike {strike.strikes}: {waits}"
        self._log(f"{'WARNING, ' if strike.stopped else ''}{self.name} blocks us: {reason}, {told}")

    def close(self) -> None:
        """Give back what was taken in vain."""
        self._turns.give_back()

    def _is_shut(self, state: HostState) -> bool:
        now = time.time()
        rest = state.rest_until - now
        if state.stopped == self._run and now < state.stopped_until:
            self._give_up("as another worker found", state.stopped_until)
        if state.blocked and rest > self._site.backoff_most + _CHECK_S:
            self._give_up(f"it wants to be asked again in {rest / 3600:.1f} hours", state.rest_until)
        if now < self._given_up_until:
            raise Stopped(f"{self.name} blocks us and is left alone by this run for now: {self._given_up}")
        return state.blocked

    def _give_up(self, reason: str, until: float) -> None:
        """The first reason is the one that counts, as long as it does."""
        if time.time() >= self._given_up_until:
            self._given_up = reason
        self._given_up_until = max(self._given_up_until, until)

    def _try(self, state: HostState) -> Ticket | None:
        """The ticket of the one request that may try, once the pause is over."""
        if state.rest_until > time.time():
            return None
        return self._ledger.change(lambda newest: may_try(newest, uuid4().hex, time.time()))

    def _pause(self, state: HostState, heard: int) -> None:
        """Until the pause is over, or this worker has heard something, or it is time to look again."""
        rest = state.rest_until - time.time()
        if rest > 0 and self._told < state.blocks:
            self._told = state.blocks
            self._log(f"{self.name}: a pause after a block of another worker or run, {rest:.0f} s")
        with self._rest.running(), self._news:
            self._news.wait_for(lambda: self._heard != heard, min(rest, _CHECK_S) if rest > 0 else _CHECK_S)

    def _holds(self, ticket: Ticket) -> bool:
        return self._ledger.current().blocks == ticket.blocks

    def _wake(self) -> None:
        with self._news:
            self._heard += 1
            self._news.notify_all()

    @contextmanager
    def _waiting(self) -> Iterator[None]:
        """Seconds of pauses after blocks count as "backoff", all others in here as "wait"."""
        start, rested = time.perf_counter(), self._rest.seconds()
        try:
            yield
        finally:
            backoff = self._rest.seconds() - rested
            self._meter.count("seconds.backoff", backoff)
            self._meter.count("seconds.wait", time.perf_counter() - start - backoff)


class _Stopwatch:
    """Runs while any thread pauses; those that wait behind them look how long that has been."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running = 0
        self._sum, self._since = 0.0, 0.0

    def seconds(self) -> float:
        """In all, so far."""
        with self._lock:
            return self._sum + (time.perf_counter() - self._since if self._running else 0.0)

    @contextmanager
    def running(self) -> Iterator[None]:
        """A pause."""
        self._step(1)
        try:
            yield
        finally:
            self._step(-1)

    def _step(self, by: int) -> None:
        with self._lock:
            now = time.perf_counter()
            self._sum += now - self._since if self._running else 0.0
            self._since, self._running = now, self._running + by
