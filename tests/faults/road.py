"""The road from a task to the emulators: it forwards what is asked, and does mischief to it as it is told.

Each try of a task has a road of its own, so that the n-th request is a moment in that try's life. What may befall a
request (`Mischief`): it comes late, it is lost on its way there, it is carried out and the answer is lost, the answer
breaks off, it is carried out twice, a server that is overloaded refuses it.
"""

import http.client
import json
import threading
import time
import urllib.parse
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from include.lake.layout import ORIGINALS, REFERENCES

_HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "host"}
_PATIENCE = 600.0


class Mischief(StrEnum):
    """What befalls a request."""

    LATE = "answered late"
    LOST = "lost before it arrived"
    UNHEARD = "carried out, its answer lost"
    BROKEN = "answered by half"
    TWICE = "carried out twice"
    REFUSED = "refused for the moment"


ONCE = (ORIGINALS.name, REFERENCES.name)
Befalls = Callable[[int], Mischief | None]
Moment = Callable[[], None]


class Road:
    """One try's way to one or more emulators. `upstream` is asked at each request: an emulator may move.

    `before` and `after` hold what happens when the n-th request arrives, and when it was carried out.
    """

    def __init__(self, upstream: Callable[[str], str], names: tuple[str, ...], befalls: Befalls) -> None:
        self.upstream, self.befalls = upstream, befalls
        self.before: dict[int, Moment] = {}
        self.after: dict[int, Moment] = {}
        self.requests = 0
        self.done: Counter[Mischief] = Counter()
        self.written: Counter[str] = Counter()  # objects of ONCE, by name: how often
        self._lock = threading.Lock()
        self._servers = {name: _Server(self, name) for name in names}

    @property
    def endpoints(self) -> dict[str, str]:
        """What a client is told in the place of the emulators' own addresses, by name."""
        return {name: server.address for name, server in self._servers.items()}

    @contextmanager
    def open(self) -> Iterator["Road"]:
        for server in self._servers.values():
            threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        try:
            yield self
        finally:
            for server in self._servers.values():
                server.shutdown()
                server.server_close()

    def next(self) -> tuple[int, Mischief | None]:
        """The number of a request that arrived, and what is to befall it."""
        with self._lock:
            self.requests += 1
            number = self.requests
            what = self.befalls(number)
            if what:
                self.done[what] += 1
        return number, what

    def carried_out(self, request: str, status: int, data: bytes) -> None:
        """Notes an object that was written, of those that are to be so once (none is large enough to be resumed)."""
        if status == 200 and "/upload/" in request and "uploadType=multipart" in request:
            name: str = json.loads(data)["name"]
            if name.startswith(ONCE):
                with self._lock:
                    self.written[name] += 1


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, road: Road, name: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.road, self.name = road, name
        self.address = f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Killed workers hang up."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def _do(self) -> None:
        road = self.server.road
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        number, what = road.next()
        road.before.get(number, _nothing)()
        if what is Mischief.LATE:
            time.sleep(0.05 + number % 7 * 0.05)
        if what is Mischief.LOST:
            self.close_connection = True
            return
        if what is Mischief.REFUSED:
            self._answer(503, [("Content-Type", "application/json")], b'{"error": {"code": 503, "message": "busy"}}')
            return
        for _ in range(2 if what is Mischief.TWICE else 1):
            answer = self._forwarded(body)
        road.after.get(number, _nothing)()
        if answer is None or what is Mischief.UNHEARD:
            self.close_connection = True
            return
        self._answer(*answer, broken=what is Mischief.BROKEN)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = _do

    def _forwarded(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes] | None:
        """What the emulator answered; None while it is away. Addresses in it lead to us, and not past us."""
        upstream = self.server.road.upstream(self.server.name)
        there = urllib.parse.urlsplit(upstream)
        headers = {name: value for name, value in self.headers.items() if name.lower() not in _HOP_BY_HOP}
        asked = http.client.HTTPConnection(there.hostname or "", there.port, timeout=_PATIENCE)
        try:
            asked.request(self.command, there.path + self.path, body or None, {**headers, "Host": there.netloc})
            answer = asked.getresponse()
            data = answer.read()
        except (OSError, http.client.HTTPException):
            return None
        finally:
            asked.close()
        self.server.road.carried_out(self.path, answer.status, data)
        kept = [(name, value) for name, value in answer.getheaders() if name.lower() not in _HOP_BY_HOP]
        here = [(name, value.replace(upstream, self.server.address)) for name, value in kept]
        if "json" in (answer.headers.get("Content-Type") or "") and not answer.headers.get("Content-Encoding"):
            data = data.replace(upstream.encode(), self.server.address.encode())
        return answer.status, here, data

    def _answer(self, status: int, headers: list[tuple[str, str]], data: bytes, broken: bool = False) -> None:
        with suppress(OSError):
            self.send_response_only(status)
            for name, value in headers:
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(data[: len(data) // 2] if broken else data)
        if broken:
            self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:
        """Nobody reads it."""


def _nothing() -> None:
    """What happens at most moments."""
