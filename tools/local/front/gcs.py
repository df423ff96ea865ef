"""Cloud Storage: fake-gcs-server in a network of its own, and the front before it."""

from __future__ import annotations

import ctypes
import secrets
import signal
import socket
import subprocess
import threading
import time
from pathlib import Path

import uvicorn

from tools.local import namespace
from tools.local.environment import endpoint
from tools.local.front.addresses import Readdressed
from tools.local.front.guard import Guard
from tools.local.front.opening import Opening
from tools.local.front.server import listen, server
from tools.local.front.upstream import Upstream
from tools.local.state import State

_INSIDE = ("127.0.0.1", 4443)
_PATIENCE = 15  # seconds
_PR_SET_PDEATHSIG = 1


def serve(state: State, port: int, binary: Path, own_network: bool) -> int:
    """Serve until told to end, or until the emulator ends."""
    secret = state.secrets()
    outside = listen(port)  # it stays in this machine's network, whichever this process goes to
    if own_network:
        namespace.enter()
    inside = _INSIDE if own_network else _out_of_the_way()
    emulator = _start(binary, state.data("gcs"), inside)
    try:
        _wait_until_it_answers(emulator, inside)
        itself, public = "http://{}:{}".format(*inside), endpoint(state, "gcs", port)
        store = Readdressed(Upstream(*inside), itself.encode(), public.encode())
        front = server(Guard(store, secret["gcs"], port, links=Opening(store, secret["links"])))
        threading.Thread(target=_end_with, args=(emulator, front), daemon=True).start()
        front.run(sockets=[outside])
    finally:
        emulator.terminate()
    return emulator.wait(10)


def _start(binary: Path, folder: Path, where: tuple[str, int]) -> subprocess.Popen[bytes]:
    address, port = where[0], str(where[1])
    command = [str(binary), "-scheme", "http", "-host", address, "-port", port, "-public-host", f"{address}:{port}"]
    storage = ["-backend", "filesystem", "-filesystem-root", str(folder), "-log-level", "warn"]
    libc = ctypes.CDLL(None)
    return subprocess.Popen(
        [*command, *storage],
        stdin=subprocess.DEVNULL,
        # It ends with this process, however that ends. Safe here: there is one thread yet.
        preexec_fn=lambda: libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM),  # noqa: PLW1509
    )


def _wait_until_it_answers(emulator: subprocess.Popen[bytes], where: tuple[str, int]) -> None:
    until = time.monotonic() + _PATIENCE
    while True:
        try:
            socket.create_connection(where, timeout=5).close()
            return
        except OSError:
            if emulator.poll() is not None or time.monotonic() > until:
                raise
        time.sleep(0.02)


def _out_of_the_way() -> tuple[str, int]:
    """An address that no page guesses. It is no secret from other users of this machine."""
    address = f"127.{1 + secrets.randbelow(254)}.{secrets.randbelow(256)}.{1 + secrets.randbelow(254)}"
    with socket.socket() as probe:
        probe.bind((address, 0))
        return address, int(probe.getsockname()[1])


def _end_with(emulator: subprocess.Popen[bytes], front: uvicorn.Server) -> None:
    emulator.wait()
    print(f"the emulator ended with code {emulator.returncode}, and its front with it", flush=True)
    front.should_exit = True
