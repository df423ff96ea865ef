"""A server that knows who asks, as Google's does: before the emulator, which knows nobody."""

import json
import os
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

RESTRICTED = b"facewarden_biometrics"
DENIED = {"error": {"code": 403, "message": "Access Denied", "errors": [{"reason": "accessDenied"}]}}
PASSED_ON = ("Content-Type", "Content-Encoding", "If-Match")


@contextmanager
def identities(may_read: set[str]) -> Iterator["Doors"]:
    """In the emulator's place while it lasts. Whoever's token is not among these is denied the restricted dataset."""
    emulator = os.environ["BIGQUERY_EMULATOR_HOST"]
    doors = Doors(("127.0.0.1", 0), emulator, may_read)
    threading.Thread(target=doors.serve_forever, kwargs={"poll_interval": 0.02}).start()
    os.environ["BIGQUERY_EMULATOR_HOST"] = f"http://127.0.0.1:{doors.server_address[1]}"
    try:
        yield doors
    finally:
        os.environ["BIGQUERY_EMULATOR_HOST"] = emulator
        doors.shutdown()
        doors.server_close()


class Doors(ThreadingHTTPServer):
    """Passes on what it does not deny, and knows who asked which query."""

    daemon_threads = True

    def __init__(self, address: tuple[str, int], emulator: str, may_read: set[str]) -> None:
        super().__init__(address, _Door)
        self.emulator, self.may_read = emulator, may_read
        self.asked: list[tuple[str, str]] = []


class _Door(BaseHTTPRequestHandler):
    server: Doors

    def _pass(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        who = str(self.headers.get("Authorization") or "").removeprefix("Bearer ")
        if b'"query"' in body:
            self.server.asked.append((who, json.loads(body)["configuration"]["query"]["query"]))
        if RESTRICTED in body + self.path.encode() and who not in self.server.may_read:
            self._answer(403, json.dumps(DENIED).encode(), "application/json")
            return
        headers = {name: self.headers[name] for name in PASSED_ON if self.headers[name]}
        request = urllib.request.Request(self.server.emulator + self.path, body or None, headers, method=self.command)
        try:
            with urllib.request.urlopen(request) as answer:
                self._answer(answer.status, answer.read(), answer.headers["Content-Type"])
        except urllib.error.HTTPError as error:
            self._answer(error.code, error.read(), error.headers["Content-Type"])

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _pass

    def _answer(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind or "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: Any) -> None:
        """Nothing."""
