"""A small server that answers as a test wants, and remembers what was asked of it."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from include.crawl.adapters import load_adapter
from include.crawl.meter import Meter
from include.crawl.net.fetch import Fetcher
from include.crawl.sites import Site


@dataclass(frozen=True)
class Asked:
    """One request."""

    path: str
    headers: Message
    at: float


class Hostile(ThreadingHTTPServer):
    """`answers` maps paths to what is done about them; "*" is for all others, "/robots.txt" is absent by itself."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[Asked] = []
        self.connections = 0
        self.enough = threading.Event()
        self.answers: dict[str, Callable[[Handler], None]] = {
            "*": lambda to: to.answer(200, b"hello"),
            "/robots.txt": lambda to: to.answer(404, b"none"),
        }

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.server_port}"

    @property
    def paths(self) -> list[str]:
        """What was asked for, but for robots.txt."""
        return [asked.path for asked in self.asked if asked.path != "/robots.txt"]

    def site(self, **settings: object) -> Site:
        """A definition that knows this server."""
        fields = {"name": "test", "adapter": "dcinside", "base": f"http://{self.host}", "media_hosts": (self.host,)}
        return Site(**{**fields, "pace": 0, "backoff": 0.05, "backoff_most": 0.2, **settings})  # type: ignore[arg-type]

    def get_request(self) -> tuple[object, object]:  # type: ignore[override]
        self.connections += 1
        return super().get_request()

    def handle_error(self, request: object, client_address: object) -> None:
        """Those who hang up are what many tests are about."""


class Handler(BaseHTTPRequestHandler):
    server: Hostile
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self.server.asked.append(Asked(self.path, self.headers, time.monotonic()))
        answers = self.server.answers
        answers.get(self.path, answers["*"])(self)

    def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in ({"Content_Length": str(len(body))} | headers).items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def drip(self, first: bytes, drop: bytes) -> None:
        """Send something, and then a little now and then, until the test has had enough: no read ever times out."""
        self.wfile.write(first)
        try:
            while not self.server.enough.wait(0.02):
                self.wfile.write(drop)
        except OSError:
            pass
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def serving(server: Hostile) -> Iterator[Hostile]:
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield server
    finally:
        server.enough.set()
        server.shutdown()
        thread.join()
        server.server_close()


def fetcher(site: Site, meter: Meter | None = None, log: Callable[[str], None] = lambda line: None) -> Fetcher:
    """A fetcher that shares nothing with others."""
    return Fetcher(site, load_adapter(site), None, meter, log)
