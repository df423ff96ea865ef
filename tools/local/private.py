"""Files that nobody but this user may read."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

UMASK = 0o077


def only_mine(folder: Path) -> None:
    """Take from everybody else what they may do with a folder and all in it. Links are not followed.

    A file that has other names is replaced by a copy: uv's cache, where it may lie too, is not ours to change. The
    folder itself comes last, so that one that is closed is closed all through.
    """
    for path, mode, names in _open_to_others(folder):
        with contextlib.suppress(FileNotFoundError):  # it went meanwhile
            if names > 1 and stat.S_ISREG(mode):
                _replace_by_a_copy(path)
            path.chmod(stat.S_IMODE(mode) & ~UMASK)
    if folder.exists():
        folder.chmod(stat.S_IMODE(folder.stat().st_mode) & ~UMASK)


def only_mine_if_open(folder: Path) -> None:
    """The same, at no cost where it has been done: for a folder that an older version made."""
    if folder.exists() and folder.stat().st_mode & UMASK:
        print(f"what lies in {folder} becomes yours alone; that takes a while, once", flush=True)
        only_mine(folder)


def writes_only_mine(environment: Path) -> None:
    """Let each Python of an environment start with our umask, also where it is called by its path.

    Else the first import of a package would leave a folder of bytecode that everybody may read.
    """
    for packages in environment.glob("lib/python3*/site-packages"):
        if not (there := packages / "_only_mine.pth").exists():
            there.write_text(f"import os; os.umask({UMASK:#o})\n")


def _open_to_others(folder: Path) -> Iterator[tuple[Path, int, int]]:
    """Whatever in the folder others may use: its path, its mode, and how many names it has."""
    waiting = [str(folder)]
    while waiting:
        with contextlib.suppress(FileNotFoundError), os.scandir(waiting.pop()) as entries:
            for entry in entries:
                with contextlib.suppress(FileNotFoundError):
                    told = entry.stat(follow_symlinks=False)
                    if stat.S_ISDIR(told.st_mode):
                        waiting.append(entry.path)
                    if told.st_mode & UMASK and not stat.S_ISLNK(told.st_mode):
                        yield Path(entry.path), told.st_mode, told.st_nlink


def _replace_by_a_copy(path: Path) -> None:
    half = path.with_name(f".{path.name}.{os.getpid()}")
    shutil.copy2(path, half)
    half.replace(path)
