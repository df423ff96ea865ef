"""What tests may ask of a running replica: make faults, hold posts back, and say who asked for what, how often."""

import threading
import time
from collections import Counter, deque
from dataclasses import dataclass
from typing import Any

FAULTS = ("empty", "403", "429", "500", "503", "cut", "slow")
REMEMBERED = 100_000


@dataclass
class Fault:
    """What happens to the next `count` requests whose path begins with `path` (and to no others)."""

    kind: str
    count: int = 1
    path: str = "/"
    retry_after: str = ""
    seconds: float = 1.0


class Control:
    """The replica's switches and its log. Safe to use from every request's thread."""

    def __init__(self, latency_ms: float = 0.0) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []
        self._asked: Counter[str] = Counter()
        self._hosts: Counter[str] = Counter()
        self._times: deque[tuple[float, str]] = deque(maxlen=REMEMBERED)
        self._running = 0
        self._most = 0
        self._start = time.monotonic()
        self.latency_ms = latency_ms
        self.withheld: dict[str, int] = {}
        self.connections = 0

    def connected(self) -> None:
        """Count a new connection."""
        with self._lock:
            self.connections += 1

    def begin(self, target: str, host: str) -> Fault | None:
        """Note a request; the fault that it is to meet, or None."""
        with self._lock:
            self._asked[target] += 1
            self._hosts[host] += 1
            self._times.append((round(time.monotonic() - self._start, 4), target))
            self._running += 1
            self._most = max(self._most, self._running)
            return self._next_fault(target)

    def end(self) -> None:
        """The request that begin noted is over."""
        with self._lock:
            self._running -= 1

    def _next_fault(self, target: str) -> Fault | None:
        for fault in self._faults:
            if fault.count != 0 and target.startswith(fault.path):
                fault.count -= 1
                return fault
        return None

    def log(self) -> dict[str, Any]:
        """Who asked for what since the start or the last forgetting."""
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
        """Carry out a wish: fault, latency_ms, withhold, forget, reset. Returns the state; else ValueError."""
        unknown = set(wish) - {
            "fault",
            "count",
            "path",
            "retry_after",
            "seconds",
            "latency_ms",
            "withhold",
            "forget",
            "reset",
        }
        if unknown or wish.get("fault", "empty") not in FAULTS:
            raise ValueError(f"unknown wish {sorted(unknown) or wish['fault']}; faults are {', '.join(FAULTS)}")
        with self._lock:
            self._carry_out(wish)
            return {"faults": [vars(one) for one in self._faults if one.count], "latency_ms": self.latency_ms}

    def _carry_out(self, wish: dict[str, Any]) -> None:
        if wish.get("reset"):
            self._faults, self.withheld, self.latency_ms = [], {}, 0.0
        if wish.get("reset") or wish.get("forget"):
            self._asked, self._hosts, self._most = Counter(), Counter(), 0
            self._times.clear()
            self.connections = 0
        if "latency_ms" in wish:
            self.latency_ms = float(wish["latency_ms"])
        if "withhold" in wish:
            self.withheld = {str(key): int(count) for key, count in wish["withhold"].items()}
        if "fault" in wish:
            self._faults.append(_fault(wish))


def _fault(wish: dict[str, Any]) -> Fault:
    return Fault(
        kind=str(wish["fault"]),
        count=int(wish.get("count", 1)),
        path=str(wish.get("path", "/")),
        retry_after=str(wish.get("retry_after", "")),
        seconds=float(wish.get("seconds", 1.0)),
    )
