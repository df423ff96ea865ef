"""An end to every exchange: a server that sends a byte now and then is never silent, and must not hold us for ever."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class Overdue(Exception):
    """An exchange took longer than it may."""


class _Exchange:
    """What one thread is doing now: until when it may, and on which socket."""

    def __init__(self, until: float) -> None:
        self.until, self.cut = until, False
        self.sock: socket.socket | None = None


class Deadlines:
    """Cuts off the sockets of exchanges that are over their time, whatever they wait for: headers or body."""

    def __init__(self) -> None:
        self._running: set[_Exchange] = set()
        self._changed = threading.Condition()
        self._mine = threading.local()
        self._watching = False

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """Raises `Overdue` when the block had to be cut off."""
        exchange = _Exchange(time.monotonic() + seconds)
        self._mine.exchange = exchange
        self._add(exchange)
        try:
            yield
        except Exception:
            if not exchange.cut:
                raise
        finally:
            with self._changed:
                self._running.discard(exchange)
        if exchange.cut:
            raise Overdue

    def on(self, sock: socket.socket) -> None:
        """The socket that this thread's exchange goes over."""
        exchange: _Exchange = self._mine.exchange
        exchange.sock = sock
        if exchange.cut:
            _shut(sock)

    def _add(self, exchange: _Exchange) -> None:
        with self._changed:
            self._running.add(exchange)
            if not self._watching:
                self._watching = True
                threading.Thread(target=self._watch, name="deadlines", daemon=True).start()
            elif exchange.until <= min(running.until for running in self._running):
                self._changed.notify()

    def _watch(self) -> None:
        """Ends itself when there has been nothing to watch for a while."""
        with self._changed:
            while self._running or self._changed.wait(1):
                now = time.monotonic()
                for exchange in self._running:
                    if exchange.until <= now and not exchange.cut:
                        exchange.cut = True
                        _shut(exchange.sock)
                waits = [exchange.until - now for exchange in self._running if not exchange.cut]
                self._changed.wait(max(0.0, min(waits, default=1.0)))
            self._watching = False


def _shut(sock: socket.socket | None) -> None:
    """Wake whoever reads from it. Not the TLS socket's own way, which lets go of what the reader still uses."""
    if sock is not None:
        with suppress(OSError):
            socket.socket.shutdown(sock, socket.SHUT_RDWR)
