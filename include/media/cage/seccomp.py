"""A seccomp filter: the few calls that a decoder needs, some only with certain arguments. All others answer EPERM.

It is a program for the kernel's classic BPF machine, made here, so that no library is needed. Kernels look at arguments
as numbers: what lies behind a pointer, a path above all, they do not see.
"""

import ctypes
import errno
import os
import platform
import struct
from collections.abc import Iterator, Sequence

from include.media.cage.system_calls import ARCHES, NUMBERS

_LOAD, _AND, _EQUAL, _AT_LEAST, _ANSWER = 0x20, 0x54, 0x15, 0x35, 0x06
_NUMBER_AT, _ARCH_AT, _ARGUMENTS_AT = 0, 4, 16
_ALLOW, _REFUSE, _KILL = 0x7FFF_0000, 0x0005_0000, 0x8000_0000
_X32 = 0x4000_0000  # the other numbering of x86_64, under which every call could be made once more
_SET_FILTER, _ALL_THREADS = 1, 1
# What glibc and musl ask for a thread; a process, or a namespace, is asked for otherwise.
_THREADS = (0x3D_0F00, 0x7D_0F00)
_EXECUTABLE, _OF_A_DESCRIPTOR = 0x4, 0x1000
_DESCRIPTOR_COMMANDS = (0, 1, 2, 3, 1030)  # of fcntl: duplicate, and look at flags; none that sends signals
_CONDITIONAL = ("clone", "fcntl", "mmap", "mprotect", "newfstatat", "prlimit64", "tgkill", "clone3", "seccomp")

Check = tuple[int, int, int]  # the offset of half an argument, a mask, what is then left of it
Step = tuple[int, int, int, int]


class NoFilter(Exception):
    """The kernel took no filter; the message says why."""


def restrict() -> None:
    """From here on, in all threads, for good. Raises NoFilter."""
    machine = platform.machine()
    if machine not in ARCHES:
        raise NoFilter(f"its calls are not known on {machine}")
    steps = list(_program(ARCHES[machine], NUMBERS[machine], os.getpid()))
    code = b"".join(struct.pack("HBBI", *step) for step in steps)
    buffer = ctypes.create_string_buffer(code, len(code))
    given = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(steps), ctypes.addressof(buffer)))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.syscall(NUMBERS[machine]["seccomp"], _SET_FILTER, _ALL_THREADS, given):
        raise NoFilter(os.strerror(ctypes.get_errno()))


def _program(arch: int, numbers: dict[str, int], pid: int) -> Iterator[Step]:
    yield from [(_LOAD, 0, 0, _ARCH_AT), (_EQUAL, 1, 0, arch), (_ANSWER, 0, 0, _KILL)]
    yield (_LOAD, 0, 0, _NUMBER_AT)
    yield from [(_AT_LEAST, 0, 1, _X32), (_ANSWER, 0, 0, _REFUSE | errno.EPERM)]
    for name, number in numbers.items():
        if name not in _CONDITIONAL:
            yield from [(_EQUAL, 0, 1, number), (_ANSWER, 0, 0, _ALLOW)]
    # As if the kernel were older: libc then asks for a thread by clone, whose flags a filter can see.
    yield from [(_EQUAL, 0, 1, numbers["clone3"]), (_ANSWER, 0, 0, _REFUSE | errno.ENOSYS)]
    for name, checks in _conditions(pid):
        yield from _allowed_if(numbers[name], checks)
    yield (_ANSWER, 0, 0, _REFUSE | errno.EPERM)


def _conditions(pid: int) -> Iterator[tuple[str, list[Check]]]:
    """Calls that are allowed where all checks hold; each line is a way of its own."""
    yield from (("clone", [_low(0, flags)]) for flags in _THREADS)
    yield from (("fcntl", [_low(1, command)]) for command in _DESCRIPTOR_COMMANDS)
    yield from ((name, [_low(2, 0, mask=_EXECUTABLE)]) for name in ("mmap", "mprotect"))
    yield "newfstatat", [_low(3, _OF_A_DESCRIPTOR)]
    yield "prlimit64", [_low(0, 0), _low(2, 0), _high(2, 0)]  # its own limits are read, and not set
    yield "tgkill", [_low(0, pid)]  # so that an abort is one


def _allowed_if(number: int, checks: Sequence[Check]) -> Iterator[Step]:
    yield (_LOAD, 0, 0, _NUMBER_AT)
    yield (_EQUAL, 0, 3 * len(checks) + 1, number)
    for left, (at, mask, value) in enumerate(reversed(checks)):
        rest = 3 * (len(checks) - left - 1) + 1
        yield from [(_LOAD, 0, 0, at), (_AND, 0, 0, mask), (_EQUAL, 0, rest, value)]
    yield (_ANSWER, 0, 0, _ALLOW)


def _low(argument: int, value: int, mask: int = 0xFFFF_FFFF) -> Check:
    return _ARGUMENTS_AT + 8 * argument, mask, value


def _high(argument: int, value: int) -> Check:
    return _ARGUMENTS_AT + 8 * argument + 4, 0xFFFF_FFFF, value
