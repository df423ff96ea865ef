"""The replica site's server: `python -m replica.server --root .local/replica --port 8100`.

It listens on 127.0.0.1 only, keeps connections alive, and imports nothing heavy. For tests it can be slowed down,
made to fail, changed while it runs, and asked who asked for what: see faults.py. POST /_control takes JSON, GET /_log
answers it.
"""

import argparse
import asyncio
import json
import socket
import threading
from pathlib import Path
from typing import Protocol

from replica.answers import Answer, Answers, Asked, asked
from replica.changes import Known
from replica.connection import Connection
from replica.delivery import delivery
from replica.faults import Control
from replica.wire import Delivery, HttpRequest
from replica.world import ReplicaGallery, World, load

HOST = "127.0.0.1"
PLAIN = "text/plain; charset=utf-8"


class Answering(Protocol):
    """What a site answers."""

    def answer(self, ask: Asked) -> Answer:
        """The answer to one request."""


class Server:
    """A server for one replica of a site. Port 0 takes a free one; `address` says which.

    It takes connections from the start and answers them while `serve_forever` runs; `shutdown` ends that, from another
    thread, and `server_close` gives the port back.
    """

    def __init__(self, answers: Answering, control: Control, port: int = 0) -> None:
        self.answers, self.control = answers, control
        self.socket = socket.create_server((HOST, port), backlog=128)
        self.server_address = self.socket.getsockname()
        self._lock, self._done = threading.Lock(), threading.Event()
        self._done.set()
        self._stop: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._unwanted = False

    @property
    def address(self) -> str:
        """The site's address, without a slash at its end."""
        return f"http://{HOST}:{self.server_address[1]}"

    def serve_forever(self, poll_interval: float = 0.5) -> None:
        """Answer until somebody calls `shutdown`."""
        try:
            asyncio.run(self._serve())
        finally:
            with self._lock:
                self._loop, self._unwanted = None, False
            self._done.set()

    def shutdown(self) -> None:
        """End serving; returns when it has ended, with every connection."""
        with self._lock:
            self._unwanted = True
            if self._loop and self._stop:
                self._loop.call_soon_threadsafe(self._stop.set)
        self._done.wait()

    def server_close(self) -> None:
        """Give the port back."""
        self.socket.close()

    async def _serve(self) -> None:
        open_now: set[Connection] = set()
        with self._lock:
            if self._unwanted:
                return
            self._done.clear()
            self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        listening = await self._loop.create_server(
            lambda: Connection(self.control, self._prepare, open_now), sock=self.socket.dup()
        )
        try:
            await self._stop.wait()
        finally:
            listening.close()
            for one in list(open_now):
                one.abort()
            await asyncio.sleep(0)

    def _prepare(self, request: HttpRequest) -> Delivery:
        """What to send to a request."""
        if request.method == "POST" and request.target == "/_control":
            return self._uncounted(self._wish(request), request)
        if request.method not in ("GET", "HEAD"):
            return self._uncounted(Answer(501, b"not here\n", PLAIN), request)
        if request.target == "/_log":
            return self._uncounted(_json(200, self.control.log()), request)
        ask = asked(request.target, request.host, request.headers.get("referer", ""))
        if request.target == "/health":
            return self._uncounted(self.answers.answer(ask), request)
        fault = self.control.begin(request.target, request.host)
        prepared = delivery(self.answers.answer(ask), fault, request)
        prepared.delay += self.control.latency_ms / 1000
        return prepared

    def _uncounted(self, answer: Answer, request: HttpRequest) -> Delivery:
        prepared = delivery(answer, None, request)
        prepared.counted = False
        return prepared

    def _wish(self, request: HttpRequest) -> Answer:
        # Only JSON: a page in somebody's browser cannot send that to another origin unasked.
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            return Answer(415, b"application/json, please\n", PLAIN)
        try:
            return _json(200, self.control.change(json.loads(request.body)))
        except (ValueError, TypeError, AttributeError, KeyError) as problem:
            return _json(400, {"error": str(problem)})


class Replica(Server):
    """A server for one built world."""

    answers: Answers

    def __init__(self, root: Path, port: int = 0, latency_ms: float = 0.0) -> None:
        world = load(root)
        control = Control(latency_ms, _known(world))
        super().__init__(Answers(world, root, control), control, port)

    def gallery(self, key: str) -> ReplicaGallery:
        """A gallery as it is now, with everything that was changed."""
        return self.answers.gallery(key)


def _known(world: World) -> Known:
    posts = {gallery.key: {post.no for post in gallery.posts} for gallery in world.galleries}
    files = {name: key for key, file in world.files.items() for name in (key, file.sha256)}
    return Known(posts, files)


def _json(status: int, value: object) -> Answer:
    return Answer(status, json.dumps(value, ensure_ascii=False).encode("utf-8"), "application/json")


def main(arguments: list[str] | None = None) -> None:
    """Serve until the process is ended."""
    parser = argparse.ArgumentParser(prog="python -m replica.server", description=__doc__)
    parser.add_argument("--root", type=Path, default=Path(".local/replica"), help="what replica.build wrote")
    parser.add_argument("--port", type=int, default=8100, help="0 takes a free port")
    parser.add_argument("--latency-ms", type=float, default=0.0, help="wait so long before each answer")
    parser.add_argument("--fault", default="", help="as JSON, what /_control takes")
    options = parser.parse_args(arguments)
    server = Replica(options.root, options.port, options.latency_ms)
    if options.fault:
        server.control.change(json.loads(options.fault))
    print(f"replica site on {server.address}", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        server.server_close()


if __name__ == "__main__":
    main()
