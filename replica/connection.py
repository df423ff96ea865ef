"""One connection to the replica: requests are answered in order, one at a time.

A single thread serves all connections, so that what is measured against the replica is not the replica itself.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from replica.faults import Control
from replica.wire import Delivery, HttpRequest, Malformed, take_request

IDLE_SECONDS = 60.0


@dataclass(slots=True, eq=False)
class Connection(asyncio.Protocol):
    """What comes in, and what is being sent."""

    control: Control
    prepare: Callable[[HttpRequest], Delivery]
    others: "set[Connection]"
    _buffer: bytearray = field(default_factory=bytearray)
    _busy: bool = False
    _counted: bool = False
    _seen: float = 0.0
    _transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Count it."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self.others.add(self)
        self.control.connected()
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """Whatever was being sent is over."""
        self._transport = None
        self.others.discard(self)
        self._over()

    def data_received(self, data: bytes) -> None:
        """More of a request."""
        self._buffer += data
        self._seen = asyncio.get_running_loop().time()
        if not self._busy:
            self._next()

    def abort(self) -> None:
        """Gone, with nothing more said."""
        if self._transport:
            self._transport.abort()

    def _watch(self) -> None:
        """End a connection that nobody has used for a while."""
        loop = asyncio.get_running_loop()
        if self._transport and not self._busy and self._seen and loop.time() - self._seen > IDLE_SECONDS:
            self._transport.close()
        if self._transport:
            loop.call_later(IDLE_SECONDS, self._watch)

    def _next(self) -> None:
        try:
            request = take_request(self._buffer)
        except Malformed:
            self._say_malformed()
            return
        if request is None:
            return
        self._busy = True
        delivery = self.prepare(request)
        self._counted = delivery.counted
        if not request.lasting and delivery.after == "keep":
            delivery.after = "close"
        self._deliver(delivery)

    def _say_malformed(self) -> None:
        if self._transport:
            self._transport.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            self._transport.close()

    def _deliver(self, delivery: Delivery) -> None:
        pieces = iter(delivery.pieces)
        loop = asyncio.get_running_loop()

        def step() -> None:
            for wait, data in pieces:
                if wait:
                    loop.call_later(wait, send, data)
                    return
                if self._transport:
                    self._transport.write(data)
            self._finish(delivery.after)

        def send(data: bytes) -> None:
            if self._transport:
                self._transport.write(data)
                step()

        if delivery.delay:
            loop.call_later(delivery.delay, step)
        else:
            step()

    def _over(self) -> None:
        if self._counted:
            self._counted = False
            self.control.end()

    def _finish(self, after: str) -> None:
        self._over()
        if self._transport is None:
            return
        if after == "abort":
            self._transport.abort()
        elif after == "close":
            self._transport.close()
        else:
            self._busy = False
            if self._buffer:
                asyncio.get_running_loop().call_soon(self._again)

    def _again(self) -> None:
        if self._transport and not self._busy:
            self._next()
