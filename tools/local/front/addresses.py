"""The addresses in an answer of Cloud Storage, with the token: clients go on by them without asking how."""

from __future__ import annotations

from dataclasses import dataclass

from tools.local.front.guard import App, Message, Receive, Scope, Send

_OF_FACTS = ("/storage/v1/", "/upload/storage/v1/")


@dataclass(frozen=True)
class Readdressed:
    """Hands on to `store`, which names itself by `inside`, and puts `public` in that place.

    Looks at headers, and at what is told about objects. What lies in an object is not looked at, nor held.
    """

    store: App
    inside: bytes
    public: bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"][len(scope.get("root_path", "")) :]
        if not path.startswith(_OF_FACTS) or b"alt=media" in scope["query_string"]:
            await self.store(scope, receive, send)
            return
        start: Message = {}
        body = bytearray()

        async def collect(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
            else:
                body.extend(message["body"])

        await self.store(scope, receive, collect)
        told = bytes(body).replace(b'Link":"' + self.inside, b'Link":"' + self.public)
        await send({**start, "headers": [self._header(name, value, told) for name, value in start["headers"]]})
        await send({"type": "http.response.body", "body": told})

    def _header(self, name: bytes, value: bytes, body: bytes) -> tuple[bytes, bytes]:
        if name == b"content-length" and body:  # none of a HEAD's answer
            return name, b"%d" % len(body)
        return name, value.replace(self.inside, self.public) if name == b"location" else value
