"""/open/…: one object of the bucket, for whoever has a link to it. It is read only, and nothing in it runs."""

from __future__ import annotations

import time
import urllib.parse
from dataclasses import dataclass

from tools.local import links
from tools.local.front.guard import App, Message, Receive, Scope, Send, answer, header

_OF_THE_OBJECT = {
    *(b"content-type", b"content-length", b"content-range", b"content-encoding", b"content-disposition"),
    *(b"accept-ranges", b"content-security-policy"),
}
# Beside the object's own policy, if it has one: both hold.
_OURS = [
    (b"cache-control", b"no-store"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"content-security-policy", b"sandbox allow-popups allow-popups-to-escape-sandbox; frame-ancestors 'none'"),
]


@dataclass(frozen=True)
class Opening:
    """Serves links that were made with `key`, from the bucket behind `store`."""

    store: App
    key: str

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = links.opened(scope["path"], self.key)
        if scope["method"] not in ("GET", "HEAD") or not _is_looked_at(scope) or found is None:
            await answer(send, 404, "There is nothing here.")
        elif found[2] < time.time():
            await answer(send, 410, "This link has run out. `make open ADDRESS=gs://…` makes another.")
        else:
            await self.store(_download(scope, *found[:2]), receive, _as_a_page(send))


def _is_looked_at(scope: Scope) -> bool:
    """A page of its own, or a part of one. What another page would take into itself is not."""
    site, into = header(scope, b"sec-fetch-site"), header(scope, b"sec-fetch-dest")
    return site in (b"", b"none", b"same-origin") or into == b"document"


def _download(scope: Scope, bucket: str, name: str) -> Scope:
    path = f"/download/storage/v1/b/{urllib.parse.quote(bucket, safe='')}/o/{urllib.parse.quote(name, safe='')}"
    headers = [pair for pair in scope["headers"] if pair[0] == b"range"]
    return {**scope, "raw_path": path.encode(), "query_string": b"alt=media", "headers": headers, "root_path": ""}


def _as_a_page(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*(p for p in message["headers"] if p[0] in _OF_THE_OBJECT), *_OURS]}
        await send(message)

    return sending
