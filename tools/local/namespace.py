"""A network of a process's own, with nothing in it but a loopback: nobody outside reaches what listens there.

python3 tools/local/namespace.py        says why this machine refuses it, and nothing where it does not
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import socket
import struct
import subprocess
import sys
from pathlib import Path

_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000
_SIOCSIFFLAGS, _IFF_UP = 0x8914, 0x1
_libc = ctypes.CDLL(None, use_errno=True)


def enter() -> None:
    """Move this process, which has one thread, into such a network. Sockets that are open stay where they are.

    Raises OSError where the machine refuses it; then nobody knows where the process is, and it should end.
    """
    uid, gid = os.geteuid(), os.getegid()
    try:
        _unshare(_CLONE_NEWNET)
    except PermissionError:  # whoever is not root needs a user namespace first
        _unshare(_CLONE_NEWUSER | _CLONE_NEWNET)
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{uid} {uid} 1")
        Path("/proc/self/gid_map").write_text(f"{gid} {gid} 1")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, _SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", _IFF_UP))


def refusal() -> str:
    """Why this machine refuses such a network; nothing where it does not. Tried in a process of its own."""
    done = subprocess.run([sys.executable, __file__], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    return done.stdout.strip() or (f"exit code {done.returncode}" if done.returncode else "")


def _unshare(flags: int) -> None:
    if _libc.unshare(flags):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def main() -> int:
    try:
        enter()
        with socket.create_server(("127.0.0.1", 0)) as server:
            socket.create_connection(server.getsockname(), timeout=5).close()
    except OSError as error:
        name = errno.errorcode.get(error.errno or 0, "")
        print(f"a network of its own is refused ({name}: {error.strerror or error})")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
