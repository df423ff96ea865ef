"""The replica site's server: `python -m include.demo.server --root .local/replica --port 8100`.

It listens on 127.0.0.1 only, keeps connections alive, and imports nothing heavy. For tests it can be slowed down,
made to fail, and asked who asked for what: see faults.py. POST /_control takes JSON, GET /_log answers it.
"""

import argparse
import json
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from include.demo.answers import Answer, Answers, asked
from include.demo.faults import Control, Fault
from include.demo.world import load

HOST = "127.0.0.1"
LONGEST_WISH = 65_536
PLAIN = "text/plain; charset=utf-8"


class Replica(ThreadingHTTPServer):
    """A server for one built world. Port 0 takes a free one; `address` says which."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, root: Path, port: int = 0, latency_ms: float = 0.0) -> None:
        self.control = Control(latency_ms)
        self.answers = Answers(load(root), root, self.control)
        super().__init__((HOST, port), Handler)

    @property
    def address(self) -> str:
        """The site's address, without a slash at its end."""
        return f"http://{HOST}:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    server: Replica
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 1 << 16
    timeout = 60

    def setup(self) -> None:
        """Count the connection."""
        super().setup()
        self.server.control.connected()

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet: /_log is the log."""

    def do_GET(self) -> None:
        """Answer with what the world holds, the latency and the fault that are due."""
        if self.path == "/_log":
            self._json(200, self.server.control.log())
            return
        host = self.headers.get("Host", "")
        fault = None if self.path == "/health" else self.server.control.begin(self.path, host)
        try:
            self._answer(fault, host)
        finally:
            if self.path != "/health":
                self.server.control.end()

    def do_POST(self) -> None:
        """Take a wish from a test."""
        length = int(self.headers.get("Content-Length") or 0)
        if self.path != "/_control" or length > LONGEST_WISH:
            self.close_connection = True
            self._send(Answer(404, b"not here\n", PLAIN))
            return
        # Only JSON: a page in somebody's browser cannot send that to another origin unasked.
        if self.headers.get_content_type() != "application/json":
            self.rfile.read(length)
            self._send(Answer(415, b"application/json, please\n", PLAIN))
            return
        self._wish(self.rfile.read(length))

    def _wish(self, body: bytes) -> None:
        try:
            self._json(200, self.server.control.change(json.loads(body)))
        except (ValueError, TypeError, AttributeError) as problem:
            self._json(400, {"error": str(problem)})

    def _answer(self, fault: Fault | None, host: str) -> None:
        if self.server.control.latency_ms:
            time.sleep(self.server.control.latency_ms / 1000)
        if fault and fault.kind == "slow":
            time.sleep(fault.seconds)
        answer = self.server.answers.answer(asked(self.path, host, self.headers.get("Referer", "")))
        if fault is None or fault.kind == "slow":
            self._send(answer)
        elif fault.kind == "cut":
            self._cut(answer)
        else:
            self._send(_faulty(fault))

    def _cut(self, answer: Answer) -> None:
        """Half of the body, and the connection is gone."""
        self.close_connection = True
        self._head(answer)
        self.wfile.write(answer.body[: len(answer.body) // 2])

    def _send(self, answer: Answer) -> None:
        self._head(answer)
        self.wfile.write(answer.body)

    def _head(self, answer: Answer) -> None:
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.type)
        self.send_header("Content-Length", str(len(answer.body)))
        for name, value in answer.headers.items():
            # Older sites put raw UTF-8 into headers; the standard library only takes Latin-1.
            self.send_header(name, value.encode("utf-8").decode("latin-1"))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()

    def _json(self, status: int, value: object) -> None:
        self._send(Answer(status, json.dumps(value, ensure_ascii=False).encode("utf-8"), "application/json"))


def _faulty(fault: Fault) -> Answer:
    if fault.kind == "empty":
        return Answer(200, b"")
    headers = {"Retry-After": fault.retry_after} if fault.retry_after else {}
    return Answer(int(fault.kind), b"<html><body>blocked</body></html>", headers=headers)


def main(arguments: list[str] | None = None) -> None:
    """Serve until the process is ended."""
    parser = argparse.ArgumentParser(prog="python -m include.demo.server", description=__doc__)
    parser.add_argument("--root", type=Path, default=Path(".local/replica"), help="what include.demo.build wrote")
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
