"""What tests may ask of a running replica: make faults, change what is there, and say who asked for what, how often.

A wish is JSON. `fault` (one of KINDS, or a status such as "404") comes with `count` (-1: for good), `path`, `after`,
`retry_after`, `seconds`, `size`, `text`, `to`: see Fault, and delivery.py for what each does. Several faults strike in
the order in which they were wished. `latency_ms` delays everything. What changes on the site is in changes.py.
`forget` empties the log, `reset` takes everything back.
"""

import threading
import time
from collections import Counter, deque
from dataclasses import asdict, dataclass
from typing import Any

from replica.changes import Changes, Known

KINDS = (
    "empty",
    "slow",
    "cut",
    "drop",
    "drip",
    "stall",
    "gzip",
    "bomb",
    "boast",
    "short",
    "open",
    "chunked",
    "redirect",
)
KNOBS = ("count", "path", "retry_after", "seconds", "after", "size", "text", "to")
REMEMBERED = 100_000


@dataclass
class Fault:
    """What happens to the next `count` requests whose path begins with `path`, after `after` such ones went by."""

    kind: str
    count: int = 1
    path: str = "/"
    retry_after: str = ""
    seconds: float = 1.0
    after: int = 0
    size: int = 0
    text: str = ""
    to: str = ""

    def strikes(self, target: str) -> bool:
        """Whether this request is met; counts it."""
        if self.count == 0 or not target.startswith(self.path):
            return False
        if self.after > 0:
            self.after -= 1
            return False
        self.count -= 1
        return True


class Control:
    """The replica's switches and its log. Safe to use from any thread."""

    def __init__(self, latency_ms: float = 0.0, known: Known | None = None) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []
        self._asked: Counter[str] = Counter()
        self._hosts: Counter[str] = Counter()
        self._times: deque[tuple[float, str]] = deque(maxlen=REMEMBERED)
        self._names: dict[str, str] = {}
        self._running = 0
        self._most = 0
        self._start = time.monotonic()
        self.latency_ms = latency_ms
        self.changes = Changes(known)
        self.connections = 0

    def connected(self) -> None:
        """Count a new connection."""
        with self._lock:
            self.connections += 1

    def begin(self, target: str, host: str) -> Fault | None:
        """Note a request; the fault that it is to meet, or None."""
        with self._lock:
            target = self._names.setdefault(target, target)
            self._asked[target] += 1
            self._hosts[host] += 1
            self._times.append((round(time.monotonic() - self._start, 4), target))
            self._running += 1
            self._most = max(self._most, self._running)
            return next((fault for fault in self._faults if fault.strikes(target)), None)

    def listed(self, key: str) -> None:
        """A list page of a gallery was answered."""
        with self._lock:
            self.changes.listed(key)

    def end(self) -> None:
        """The request that begin noted is over."""
        with self._lock:
            self._running -= 1

    def log(self) -> dict[str, Any]:
        """Who asked for what since the start or the last forgetting; times are of a clock that only goes forward."""
        with self._lock:
            return {
                "total": sum(self._asked.values()),
                "paths": dict(self._asked),
                "hosts": dict(self._hosts),
                "connections": self.connections,
                "most_at_once": self._most,
                "times": list(self._times),
            }

    def change(self, wish: dict[str, Any]) -> dict[str, Any]:
        """Carry out a wish, all of it or nothing. Returns the state; a wish that makes no sense is a ValueError."""
        own = {"fault", *KNOBS, "latency_ms", "forget", "reset"}
        changes = {name: value for name, value in wish.items() if name not in own}
        with self._lock:
            fault = _fault(wish)
            latency = float(wish.get("latency_ms", 0.0 if wish.get("reset") else self.latency_ms))
            prepared = self.changes.prepared(changes, fresh=bool(wish.get("reset")))
            if wish.get("reset"):
                self._faults = []
            if wish.get("reset") or wish.get("forget"):
                self._forget()
            self.latency_ms = latency
            self.changes.take(prepared)
            self._faults += [fault] if fault else []
            return {"faults": [asdict(one) for one in self._faults if one.count], "latency_ms": self.latency_ms}

    def _forget(self) -> None:
        self._asked, self._hosts, self._most, self.connections = Counter(), Counter(), 0, 0
        self._times.clear()
        self._names.clear()


def _fault(wish: dict[str, Any]) -> Fault | None:
    """The fault that a wish asks for, if it does."""
    if "fault" not in wish:
        return None
    kind = str(wish["fault"])
    if kind not in KINDS and not (kind.isascii() and kind.isdigit() and 200 <= int(kind) < 600):
        raise ValueError(f"unknown fault {kind!r}; faults are a status and {', '.join(KINDS)}")
    makers = {name: type(getattr(Fault(""), name)) for name in KNOBS}
    return Fault(kind, **{name: make(wish[name]) for name, make in makers.items() if name in wish})
