"""Requests handed on to a server as they come, its answers handed back as they go: nothing is held whole."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

import h11

from tools.local.front.guard import Receive, Scope, Send

Headers = Iterable[tuple[bytes, bytes]]
_CHUNK = 1 << 18
# Of one connection, and no part of what is said over it.
_OF_A_HOP = {
    *(b"connection", b"keep-alive", b"proxy-connection", b"te", b"trailer", b"upgrade"),
    *(b"host", b"expect", b"proxy-authorization", b"proxy-authenticate"),
}


class Upstream:
    """A server at an address, as an ASGI application. Its connections are kept."""

    def __init__(self, host: str, port: int) -> None:
        self._where = host, port
        self._idle: list[_Connection] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        connection = await self._connection()
        try:
            await connection.ask(self._request(scope), receive)
            await connection.answer(send)
        except BaseException:
            connection.close()
            raise
        if connection.renew():
            self._idle.append(connection)

    async def _connection(self) -> _Connection:
        while self._idle:
            if (connection := self._idle.pop()).is_open():
                return connection
            connection.close()
        return _Connection(*await asyncio.open_connection(*self._where, limit=_CHUNK))

    def _request(self, scope: Scope) -> h11.Request:
        target = scope["raw_path"][len(scope.get("root_path", "").encode()) :]
        if scope["query_string"]:
            target += b"?" + scope["query_string"]
        host = (b"host", "{}:{}".format(*self._where).encode())
        return h11.Request(method=scope["method"], target=target, headers=[host, *_end_to_end(scope["headers"])])


class _Connection:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer, self._state = reader, writer, h11.Connection(h11.CLIENT)

    async def ask(self, request: h11.Request, receive: Receive) -> None:
        self._writer.write(self._state.send(request) or b"")
        more = True
        while more:
            message = await receive()
            if message["type"] != "http.request":
                raise ConnectionError("who asked hung up before the end")
            if message.get("body"):
                self._writer.write(self._state.send(h11.Data(data=message["body"])) or b"")
            more = message.get("more_body", False)
            if not await self._written():
                return
        self._writer.write(self._state.send(h11.EndOfMessage()) or b"")

    async def _written(self) -> bool:
        """False when the server reads no more: what it answered can still be read."""
        try:
            await self._writer.drain()
        except ConnectionError:
            return False
        return True

    async def answer(self, send: Send) -> None:
        while True:
            event = self._state.next_event()
            if event is h11.NEED_DATA:
                self._state.receive_data(await self._reader.read(_CHUNK))
            elif isinstance(event, h11.Response):
                headers = [pair for pair in _end_to_end(event.headers) if pair[0] != b"transfer-encoding"]
                await send({"type": "http.response.start", "status": event.status_code, "headers": headers})
            elif isinstance(event, h11.Data):
                await send({"type": "http.response.body", "body": bytes(event.data), "more_body": True})
            elif isinstance(event, h11.EndOfMessage):
                await send({"type": "http.response.body", "body": b""})
                return
            elif isinstance(event, h11.ConnectionClosed):
                raise ConnectionError("the server hung up before the end of its answer")

    def renew(self) -> bool:
        """Whether the connection can take another request; closed where it cannot."""
        try:
            self._state.start_next_cycle()
        except h11.LocalProtocolError:
            self.close()
            return False
        return True

    def is_open(self) -> bool:
        return not self._writer.is_closing() and not self._reader.at_eof()

    def close(self) -> None:
        self._writer.close()


def _end_to_end(headers: Headers) -> list[tuple[bytes, bytes]]:
    return [(name.lower(), value) for name, value in headers if name.lower() not in _OF_A_HOP]
