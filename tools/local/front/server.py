"""The HTTP server of a front: quiet, because addresses hold a token, and without HTTP's side roads."""

from __future__ import annotations

import socket

import uvicorn

from tools.local.front.guard import Guard


def listen(port: int) -> socket.socket:
    """The only door: a port of 127.0.0.1. Raises OSError where another program has it."""
    return socket.create_server(("127.0.0.1", port), backlog=512)


def server(guard: Guard) -> uvicorn.Server:
    """A server of what `guard` lets pass; `run(sockets=[…])` returns when it was told to end."""
    return uvicorn.Server(
        uvicorn.Config(
            guard,
            http="h11",
            ws="none",
            lifespan="off",
            loop="asyncio",
            access_log=False,
            log_level="warning",
            server_header=False,
            date_header=False,
            proxy_headers=False,
            timeout_keep_alive=3600,  # a client that kept a connection need not find out that it is gone
            timeout_graceful_shutdown=2,
        )
    )
