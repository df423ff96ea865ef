"""A purpose for the cage that tries to get out of it, in each way by itself, as a file that took over a decoder may."""

import ctypes
import mmap
import os
import resource
import socket
import stat
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

from include.media.cage.inside import Answer

LIBC = ctypes.CDLL(None, use_errno=True)
CLONE_NEWUSER, PTRACE_ATTACH, F_SETOWN, SIGCONT = 0x1000_0000, 16, 8, 18
IO_URING_SETUP, PIDFD_OPEN, CLONE3, OPENAT2, X32_GETPID = 425, 434, 435, 437, 0x4000_0027


def prepare() -> None:
    """All is loaded."""


def answers(file: BinaryIO, request: dict[str, Any]) -> Iterator[Answer]:
    """What became of the way that was asked for."""
    try:
        got = (WAYS | LOOKS)[request["way"]](file, request)
    except (OSError, ValueError) as error:
        yield {"end": {"refused": type(error).__name__}}, None
    else:
        yield {"end": {"got": repr(got)[:3000]}}, None


def _called(answer: int) -> int:
    """What a call of the C library answered; as an exception where it failed."""
    if answer < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return answer


def _call(*arguments: Any) -> int:
    return _called(LIBC.syscall(*arguments))


def _opened(path: str, mode: str = "rb") -> bytes:
    with open(path, mode) as file:
        return b"" if "w" in mode else bytes(file.read(64))


def _connected(family: int, kind: int, to: Any) -> None:
    with socket.socket(family, kind) as way:
        way.connect(to)


def _forked(file: BinaryIO, request: dict[str, Any]) -> int:
    pid = os.fork()
    if not pid:
        os._exit(0)
    return pid


def _peeked(file: BinaryIO, request: dict[str, Any]) -> int:
    """Of the parent's memory, whatever lies there: refused before the address is looked at."""
    here = ctypes.create_string_buffer(8)
    place = (ctypes.c_size_t * 2)(ctypes.addressof(here), 8)
    return _called(LIBC.process_vm_readv(os.getppid(), place, 1, place, 1, 0))


def _raised(file: BinaryIO, request: dict[str, Any]) -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (1024, 1024))


def _signalled(file: BinaryIO, request: dict[str, Any]) -> int:
    """By an owner of a descriptor that the kernel tells of news, with any signal."""
    return _called(LIBC.fcntl(0, F_SETOWN, os.getppid()))


def _executable(file: BinaryIO, request: dict[str, Any]) -> None:
    mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC).close()


def _changed(file: BinaryIO, request: dict[str, Any]) -> int:
    return os.pwrite(file.fileno(), b"x", 0)


def _shortened(file: BinaryIO, request: dict[str, Any]) -> None:
    os.ftruncate(file.fileno(), 0)


WAYS: dict[str, Callable[[BinaryIO, dict[str, Any]], Any]] = {
    "the parent's environment": lambda file, request: _opened(f"/proc/{os.getppid()}/environ"),
    "the parent's memory": lambda file, request: _opened(f"/proc/{os.getppid()}/mem"),
    "a file": lambda file, request: _opened(request["file"]),
    "a file by a newer call": lambda file, request: _call(OPENAT2, -100, request["file"].encode(), bytes(24), 24),
    "a folder": lambda file, request: os.listdir("/"),
    "a new file": lambda file, request: _opened(request["file"] + ".new", "wb"),
    "a new folder": lambda file, request: os.mkdir(request["file"] + ".folder"),
    "a link": lambda file, request: os.link(request["file"], request["file"] + ".link"),
    "another working folder": lambda file, request: os.chdir("/tmp"),
    "the file, changed": _changed,
    "the file, shortened": _shortened,
    "the file, opened anew": lambda file, request: _opened(f"/proc/self/fd/{file.fileno()}", "r+b"),
    "TCP": lambda file, request: _connected(socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", request["port"])),
    "UDP": lambda file, request: _connected(socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", 53)),
    "a socket of this machine": lambda file, request: _connected(socket.AF_UNIX, socket.SOCK_STREAM, "\0any"),
    "a process": _forked,
    "another program": lambda file, request: os.execv("/bin/true", ["true"]),
    "higher limits": _raised,
    "tracing the parent": lambda file, request: _called(LIBC.ptrace(PTRACE_ATTACH, os.getppid(), None, None)),
    "reading the parent": _peeked,
    "a signal to the parent": lambda file, request: os.kill(os.getppid(), SIGCONT),
    "a signal by a descriptor": _signalled,
    "a handle of the parent": lambda file, request: _call(PIDFD_OPEN, os.getppid(), 0),
    "a namespace": lambda file, request: _called(LIBC.unshare(CLONE_NEWUSER)),
    "being root": lambda file, request: os.setuid(0),
    "another root": lambda file, request: os.chroot("/"),
    "io_uring": lambda file, request: _call(IO_URING_SETUP, 8, bytes(120)),
    "a process by a newer call": lambda file, request: _call(CLONE3, bytes(88), 88),
    "calls by other numbers": lambda file, request: _call(X32_GETPID),
    "code of its own": _executable,
    "a file in memory": lambda file, request: os.memfd_create("x"),
    "outliving the parent": lambda file, request: _called(LIBC.prctl(1, 0, 0, 0, 0)),
}
# What it may look at: it must be little.
LOOKS: dict[str, Callable[[BinaryIO, dict[str, Any]], Any]] = {
    "its environment": lambda file, request: dict(os.environ),
    "its descriptors": lambda file, request: _descriptors(),
}


def _descriptors() -> list[str]:
    """Of which kinds its open descriptors are."""
    kinds = {stat.S_IFSOCK: "socket", stat.S_IFIFO: "pipe", stat.S_IFREG: "file", stat.S_IFCHR: "nothing"}
    found = []
    for number in range(64):
        try:
            found.append(kinds[stat.S_IFMT(os.fstat(number).st_mode)])
        except OSError:
            continue
    return sorted(found)
