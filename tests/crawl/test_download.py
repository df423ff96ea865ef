"""Files on their way through a worker's disk, which may be full."""

import errno
import gzip
import io
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from urllib3 import HTTPResponse

from include.crawl.net.failures import Unreachable
from include.crawl.net.spooled_download import Download, pieces

FULL = """
import resource, signal, sys
from include.crawl.net.spooled_download import Download, pieces
from include.crawl.net.failures import Unreachable
from include.crawl.net.failures import Unreachable
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (6 * 2**20, 6 * 2**20))  # what a full disk looks like
for size in (5 * 2**20, 7 * 2**20, 6 * 2**20 + 10):
    try:
        with Download.of(iter([b"x" * 2**16] * (size // 2**16) + [b"x" * (size % 2**16)])) as download:
            print(download.size)
    except Unreachable as error:
        print(error)
"""


def test_a_full_disk_is_said_so_and_nothing_is_left_behind(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", FULL],
        env={**os.environ, "TMPDIR": str(tmp_path), "PYTHONPATH": str(Path(__file__).resolve().parents[2])},
        capture_output=True,
        text=True,
    )
    lines = done.stdout.splitlines()
    assert lines[0] == str(5 * 2**20)
    assert len(lines) == 3 and all(line.startswith("no room on this worker's disk") for line in lines[1:])
    assert done.stderr == "" and list(tmp_path.iterdir()) == []


def test_no_folder_for_temporary_files_is_no_crash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    with pytest.raises(Unreachable, match=f"no room .*{os.strerror(errno.ENOENT)}"):
        Download.of(iter([b"x" * 2**20] * 5))


def test_a_bomb_never_unfolds_in_memory() -> None:
    bomb = gzip.compress(b"x" * 2**26)
    packed = HTTPResponse(io.BytesIO(bomb), {"Content-Encoding": "gzip"}, preload_content=False)
    sizes = [len(piece) for piece in pieces(packed, 2**27)]
    assert max(sizes) <= 2**16 and sum(sizes) == 2**26


def test_an_error_on_the_way_leaves_nothing_open() -> None:
    def broken() -> object:
        yield b"x" * 5 * 2**20
        raise ConnectionResetError

    before = len(os.listdir("/proc/self/fd"))
    for _ in range(5):
        with pytest.raises(ConnectionResetError):
            Download.of(broken())  # type: ignore[arg-type]
    assert len(os.listdir("/proc/self/fd")) == before
