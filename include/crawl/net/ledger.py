"""What is known of one host: turns given out, blocks, pauses. Kept in the bucket for all workers, or just here."""

import random
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, TypeVar
from uuid import uuid4

from include.crawl.net.shared_state import Note, SharedState, StateUnreachable
from include.lake.layout import host_folder

T = TypeVar("T")
_FRESH_S = 1.0  # how old what others wrote may be when we act on it
_ALONE_S = 60.0  # without the bucket, before it is tried again
_TRIES = 30
_FARTHEST_S = 2 * 86400.0  # pauses are a day at the most, and an hour beside it


@dataclass
class HostState:
    """Moments are seconds since 1970. A worker that reads something else starts anew."""

    turns_until: float = 0.0  # all turns up to then are given out,
    turns_of: str = ""  # the last ones to this worker
    blocks: int = 0  # blocks ever: who asked before the last one learns nothing new from another
    blocked: bool = False  # since then nothing was answered well
    strikes: int = 0  # blocks in a row,
    run: str = ""  # in this run
    last_pause: float = 0.0
    rest_until: float = 0.0
    trial_until: float = 0.0  # while the host is blocked one request at a time may try: until then this one
    trial_of: str = ""
    stopped: str = ""  # the run that has given the host up,
    stopped_until: float = 0.0  # and does not ask it before then
    mark: str = ""  # of the last change


class Ledger:
    """The state of one host. With `shared` None (or out of order) only the threads of this process share it."""

    def __init__(self, host: str, shared: SharedState | None, log: Callable[[str], None]) -> None:
        self._host, self._shared, self._log = host, shared, log
        self._name = f"{host_folder(host)}state.json"
        self._lock = threading.Lock()
        self.state = HostState()  # as last seen; not to be changed
        self._note: Note | None = None
        self._read_at = self._alone_until = float("-inf")

    def current(self) -> HostState:
        """What it is, no older than a second."""
        if self._shared is None:
            return self.state
        with self._lock:
            if time.monotonic() - self._read_at > _FRESH_S:
                self._together(self._read)
            return self.state

    def change(self, step: Callable[[HostState], T]) -> T:
        """Change it by a function of what it is, applied to the newest state; perhaps several times until it fits."""
        with self._lock:
            done = self._together(lambda shared: (self._swap(shared, step),))
            if done:
                return done[0]
            state = replace(self.state)
            result = step(state)
            self.state = state
            return result

    def _together(self, act: Callable[[SharedState], T]) -> T | None:
        """With the bucket, if there is one and it answers."""
        if self._shared is None or time.monotonic() < self._alone_until:
            return None
        try:
            return act(self._shared)
        except StateUnreachable as trouble:
            self._log(f"WARNING, {self._host}: the bucket fails ({trouble}); this worker keeps the pace alone for now")
            self._alone_until = time.monotonic() + _ALONE_S
            self._note = None
            return None

    def _read(self, shared: SharedState) -> Note:
        self._keep(shared.read(self._name))
        assert self._note
        return self._note

    def _keep(self, note: Note) -> None:
        self._note, self.state, self._read_at = note, _state(note.value), time.monotonic()

    def _swap(self, shared: SharedState, step: Callable[[HostState], T]) -> T:
        note = self._note or self._read(shared)
        for attempt in range(_TRIES):
            before = _state(note.value)
            after = replace(before)
            result = step(after)
            if after == before:
                return result
            after.mark = uuid4().hex
            swapped = shared.swap(self._name, note, asdict(after))
            if swapped:
                self._keep(swapped)
                return result
            note = self._read(shared)
            if note.value.get("mark") == after.mark:  # it did arrive, only the answer got lost
                return result
            time.sleep(random.uniform(0, 0.01 * 2 ** min(attempt, 6)))
        raise StateUnreachable("too many workers at once")


def _state(value: dict[str, Any]) -> HostState:
    """What a note says. A moment farther away than any pause is of a clock that ran ahead: it holds nobody up."""
    kinds = {field.name: type(field.default) for field in fields(HostState)}
    fit = {name: value[name] for name, kind in kinds.items() if isinstance(value.get(name), kind)}
    state, latest = HostState(**fit), time.time() + _FARTHEST_S
    too_far = [name for name in fit if name.endswith("_until") and getattr(state, name) > latest]
    return replace(state, **dict.fromkeys(too_far, 0.0))  # type: ignore[arg-type]  # all of them are moments
