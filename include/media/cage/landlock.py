"""Landlock without a rule: no path is opened any more, whatever the file's rights say. What is open stays open."""

import ctypes
import os
import struct

from include.media.cage.system_calls import LANDLOCK_CREATE, LANDLOCK_RESTRICT

_VERSION = 1
# How many kinds of access to files a kernel knows, by the version of Landlock that it has.
_FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15}
_ALL_FILE_RIGHTS = 16
_SINCE_NETWORK, _SINCE_SCOPES = 4, 6


class NoLandlock(Exception):
    """The kernel has none, or refuses it; the message says why."""


def restrict() -> None:
    """This thread and all it starts: no file, no TCP, no abstract socket, no signal to others. Raises NoLandlock."""
    libc = ctypes.CDLL(None, use_errno=True)
    version = libc.syscall(LANDLOCK_CREATE, None, ctypes.c_size_t(0), _VERSION)
    if version < 1:
        raise NoLandlock(os.strerror(ctypes.get_errno()))
    handled = [(1 << _FILE_RIGHTS.get(version, _ALL_FILE_RIGHTS)) - 1]
    if version >= _SINCE_NETWORK:
        handled.append(0b11)
    if version >= _SINCE_SCOPES:
        handled.append(0b11)
    rules = struct.pack(f"{len(handled)}Q", *handled)
    ruleset = libc.syscall(LANDLOCK_CREATE, rules, ctypes.c_size_t(len(rules)), 0)
    if ruleset < 0 or libc.syscall(LANDLOCK_RESTRICT, ruleset, 0):
        raise NoLandlock(os.strerror(ctypes.get_errno()))
    os.close(ruleset)
