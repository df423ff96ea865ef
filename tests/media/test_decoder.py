"""The decoder's process: what a file does to it is done to nobody else."""

import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image as Pillow

from include.media import decoder as decoding
from include.media.caps import Unreadable
from include.media.decoder import Decoder, DecoderCrashed, DecoderLost, TooMuch
from include.media.frame import MediaFacts
from tests.media.films import film, scene, steady

REPO = Path(__file__).resolve().parents[2]


@pytest.fixture
def long_film(tmp_path: Path) -> Path:
    """A minute of large frames: its decoder is always busy with it."""
    return film(tmp_path / "long.mp4", steady([(60_000, scene(1, 720, 1280))], 2), codec="mpeg4")


def child(decoder: Decoder) -> int:
    assert decoder.cage.pid
    return decoder.cage.pid


def begin(decoder: Decoder, path: Path) -> object:
    frames = decoder.frames(path, MediaFacts())
    next(frames)
    return frames


@pytest.mark.parametrize("fault", [signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS])
def test_a_crash_is_the_files_and_the_next_file_is_read(
    long_film: Path, photo: Callable[[str], bytes], tmp_path: Path, fault: signal.Signals
) -> None:
    with Decoder() as decoder:
        frames = begin(decoder, long_film)
        os.kill(child(decoder), fault)
        with pytest.raises(DecoderCrashed, match=fault.name):
            list(frames)  # type: ignore[call-overload]
        (tmp_path / "next.jpg").write_bytes(photo("obama.jpg"))
        assert decoder.at(tmp_path / "next.jpg")[0].shape == (1137, 910, 3)


def test_killed_from_outside_nothing_is_said_of_the_file(long_film: Path) -> None:
    with Decoder() as decoder:
        frames = begin(decoder, long_film)
        os.kill(child(decoder), signal.SIGKILL)
        with pytest.raises(DecoderLost, match="from outside"):
            list(frames)  # type: ignore[call-overload]


def test_one_that_hangs_is_given_up(long_film: Path) -> None:
    with Decoder(stall_seconds=0.3) as decoder:
        frames = begin(decoder, long_film)
        os.kill(child(decoder), signal.SIGSTOP)
        with pytest.raises(DecoderCrashed, match="hung"):
            list(frames)  # type: ignore[call-overload]
        assert decoder.cage.pid is None


def test_who_stops_in_the_middle_may_go_on_with_another_file(long_film: Path) -> None:
    with Decoder() as decoder:
        begin(decoder, long_film).close()  # type: ignore[attr-defined]
        assert len(list(decoder.frames(long_film, MediaFacts()))) == 60


def test_a_file_that_is_gone_is_no_fault_of_the_file(tmp_path: Path) -> None:
    with Decoder() as decoder, pytest.raises(DecoderLost, match="FileNotFoundError"):
        list(decoder.frames(tmp_path / "gone.jpg", MediaFacts()))


def test_a_process_that_died_meanwhile_is_replaced(photo: Callable[[str], bytes], tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(photo("obama.jpg"))
    with Decoder() as decoder:
        before = decoder.at(tmp_path / "a.jpg")[0]
        os.kill(child(decoder), signal.SIGKILL)
        os.waitid(os.P_PID, child(decoder), os.WEXITED | os.WNOWAIT)
        assert (decoder.at(tmp_path / "a.jpg")[0] == before).all()


def test_it_may_write_no_file(photo: Callable[[str], bytes], tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(photo("obama.jpg"))
    with Decoder() as decoder:
        decoder.at(tmp_path / "a.jpg")
        limits = Path(f"/proc/{child(decoder)}/limits").read_text()
    assert [line.split()[3:5] for line in limits.splitlines() if line.startswith("Max file size")] == [["0", "0"]]


def test_it_ends_when_its_parent_is_killed(long_film: Path) -> None:
    code = f"""
import sys, time
from pathlib import Path
from include.media.decoder import Decoder
from include.media.frame import MediaFacts
decoder = Decoder()
frames = decoder.frames(Path({str(long_film)!r}), MediaFacts())
next(frames)
print(decoder.cage.pid, flush=True)
time.sleep(60)
"""
    with subprocess.Popen([sys.executable, "-c", code], cwd=REPO, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        pid = int(parent.stdout.readline())
        parent.kill()
    deadline = time.monotonic() + 10
    while Path(f"/proc/{pid}/cmdline").exists() and Path(f"/proc/{pid}/cmdline").read_bytes():
        assert time.monotonic() < deadline, "the decoder outlived its parent"


PLAYLIST = b"#EXTM3U\n#EXTINF:1,\n/etc/passwd\n"


@pytest.mark.parametrize("data", [b"", b"<html>", b"\0" * 100, b"\x00\x00\x00\x18ftypmp42", PLAYLIST])
def test_what_is_no_media_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a").write_bytes(data)
    with Decoder() as decoder, pytest.raises(Unreadable):
        list(decoder.frames(tmp_path / "a", MediaFacts()))


def test_memory_has_an_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A limit that little pictures can do with, and no large one."""
    Pillow.new("RGB", (4000, 4000)).save(tmp_path / "large.png")
    Pillow.new("RGB", (40, 40)).save(tmp_path / "small.png")
    with Decoder() as decoder:
        decoder.at(tmp_path / "small.png")
        used = int(Path(f"/proc/{child(decoder)}/statm").read_text().split()[0]) * resource.getpagesize()
    monkeypatch.setattr(decoding, "MEMORY", used + (20 << 20))
    with Decoder() as decoder:
        with pytest.raises(TooMuch, match="takes too much memory"):
            decoder.at(tmp_path / "large.png")
        assert decoder.at(tmp_path / "small.png")[0].shape == (40, 40, 3)
