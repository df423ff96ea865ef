"""Ports of 127.0.0.1: which are free, and who listens on one."""

from __future__ import annotations

import contextlib
import os
import socket
import struct
from collections.abc import Iterable, Mapping
from pathlib import Path

USUAL = {"airflow": 8080, "bigquery": 9050, "gcs": 4443, "replica": 8090}
_LISTEN = "0A"


def pick(names: Iterable[str], avoid: Iterable[int] = (), last: Mapping[str, int] | None = None) -> dict[str, int]:
    """A free port for each name, the last or the usual one where possible, and never the same one twice.

    Free now: another program may take it before it is used, so whoever binds it must look again.
    """
    taken, chosen = set(avoid), dict[str, int]()
    for name in names:
        near = [*([last[name]] if last and name in last else []), *range(USUAL[name], USUAL[name] + 20)]
        port = next((port for port in near if port not in taken and is_free(port)), 0)
        while port == 0 or port in taken:
            port = _any_free()
        taken.add(port)
        chosen[name] = port
    return chosen


def is_free(port: int) -> bool:
    """Whether a server could bind the port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def listeners(port: int) -> set[int]:
    """The processes that listen on the port, as far as this user may see them."""
    sockets = {inode for inode, (_, number) in _listening().items() if number == port}
    return {pid for pid in _pids() if sockets & _sockets(pid)} if sockets else set()


def addresses(pids: Iterable[int]) -> set[tuple[str, int]]:
    """Where these processes listen: addresses and ports."""
    held = {inode for pid in pids for inode in _sockets(pid)}
    return {where for inode, where in _listening().items() if inode in held}


def _any_free() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _listening() -> dict[str, tuple[str, int]]:
    """Address and port of each listening socket, by its inode."""
    found = {}
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            lines = Path(table).read_text().splitlines()[1:]
        except OSError:  # no IPv6 here
            continue
        for fields in map(str.split, lines):
            if fields[3] == _LISTEN:
                address, _, port = fields[1].rpartition(":")
                found[fields[9]] = (_readable(address), int(port, 16))
    return found


def _readable(address: str) -> str:
    """The kernel writes an address as 32-bit words in the byte order of the machine."""
    words = [struct.pack("=I", int(address[at : at + 8], 16)) for at in range(0, len(address), 8)]
    packed = b"".join(words)
    return socket.inet_ntop(socket.AF_INET if len(packed) == 4 else socket.AF_INET6, packed)


def _sockets(pid: int) -> set[str]:
    """The inodes of the sockets that a process has open; none where this user may not look."""
    found = set()
    with contextlib.suppress(OSError):
        for entry in Path(f"/proc/{pid}/fd").iterdir():
            with contextlib.suppress(OSError):  # closed meanwhile
                target = os.readlink(entry)
                if target.startswith("socket:["):
                    found.add(target[8:-1])
    return found


def _pids() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]
