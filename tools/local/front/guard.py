"""Who may pass: programs of this user that know the token. No page in a browser, and no other name for this machine."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
_HARMLESS = [(b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff")]


@dataclass(frozen=True)
class Guard:
    """Hands on to `app` what says the token, as the first part of its path or as a bearer.

    `links` gets what asks for /open/…, for which browsers are welcome. Whatever is refused changed nothing.
    """

    app: App
    token: str
    port: int
    links: App | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise RuntimeError(f"only HTTP passes here, and no {scope['type']}")
        if not self._means_us(scope) or header(scope, b"origin"):
            await answer(send, 403, "Refused: this is for programs on this machine, under its own address.")
        elif self.links and scope["path"].startswith("/open/"):
            await self.links(scope, receive, send)
        elif header(scope, b"sec-fetch-site"):
            # Not for the owner's browser either: an address that holds the token would stay in its history.
            await answer(send, 403, "Refused: no browser passes here. To look at an object: make open ADDRESS=gs://…")
        elif (admitted := self._admitted(scope)) is None:
            await answer(send, 404, "There is nothing here.")
        else:
            await self.app(admitted, receive, send)

    def _means_us(self, scope: Scope) -> bool:
        """A page of another host may have its name lead to 127.0.0.1; the Host header still says that name."""
        return header(scope, b"host") in (b"127.0.0.1:%d" % self.port, b"localhost:%d" % self.port)

    def _admitted(self, scope: Scope) -> Scope | None:
        """The request without the token; None where it does not say it."""
        first = scope["raw_path"][1:].partition(b"/")[0]
        if hmac.compare_digest(first, self.token.encode()):
            return {**scope, "root_path": f"/{self.token}"}
        if hmac.compare_digest(header(scope, b"authorization"), b"Bearer " + self.token.encode()):
            return {**scope, "headers": [pair for pair in scope["headers"] if pair[0] != b"authorization"]}
        return None


def header(scope: Scope, name: bytes) -> bytes:
    """A header's value; nothing where there is none."""
    return next((value for key, value in scope["headers"] if key == name), b"")


async def answer(send: Send, status: int, text: str) -> None:
    """A whole answer in a line of text."""
    body = f"{text}\n".encode()
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", b"%d" % len(body)), *_HARMLESS]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
