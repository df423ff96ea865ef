"""The cage, tried from inside: a file that has taken over its decoder gets nothing and nowhere, and is not believed."""

import contextlib
import json
import logging
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from include.media import judge
from include.media.cage import cage as caging
from include.media.cage.cage import Cage, lacking
from include.media.cage.lent import lent_bytes
from include.media.decoder import Decoder, DecoderCrashed
from include.media.file_types import FileType
from include.media.frame import FrameRequest, MediaFacts
from include.media.inspector import Fingerprint, Inspector, Rejected
from tests.media.liar import FACTS, FRAME
from tests.media.prisoner import WAYS

NOTHING = ({"refused": "PermissionError"}, {"refused": "OSError"}, {"refused": "ValueError"})
# Without a filter Landlock holds these, and the change of user; without Landlock the filter holds all.
BY_LANDLOCK = ("the parent's environment", "a file", "a folder", "a new file", "a link", "higher limits", "TCP")


def cage(purpose: str) -> Cage:
    return Cage(purpose, 2 << 30, 60.0, 60.0)


@pytest.fixture(scope="module")
def whole() -> Iterator[Cage]:
    one = cage("tests.media.prisoner")
    yield one
    one.close()


@pytest.fixture
def port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def tried(one: Cage, way: str, folder: Path, port: int = 0) -> dict[str, Any]:
    (folder / "secret").write_text("secret")
    (folder / "secret").chmod(0o666)
    asked = {"way": way, "file": str(folder / "secret"), "port": port}
    with lent_bytes(b"a stranger's file") as descriptor:
        *_, last = one.ask(descriptor, asked, lambda words: None, 60.0)
    return dict(last["end"])


@pytest.mark.parametrize("way", WAYS)
def test_there_is_no_way_out(whole: Cage, tmp_path: Path, port: int, way: str) -> None:
    if refused := lacking():
        pytest.skip(f"the kernel refuses a part of the cage: {refused}")
    assert tried(whole, way, tmp_path, port) in NOTHING
    assert [path.name for path in tmp_path.iterdir()] == ["secret"]


@pytest.mark.parametrize("way", ["the parent's environment", "a file", "a new file", "TCP", "a process", "io_uring"])
def test_where_there_is_no_wall_each_way_leads_out(tmp_path: Path, port: int, way: str) -> None:
    one = cage("tests.media.prisoner_unwalled")
    found = tried(one, way, tmp_path, port)
    one.close()
    assert "got" in found


@pytest.mark.parametrize(
    ("purpose", "part", "ways"),
    [("prisoner_unfiltered", "seccomp", BY_LANDLOCK), ("prisoner_unlocked", "Landlock", tuple(WAYS))],
)
def test_a_part_that_the_kernel_refuses_is_told_once_and_the_others_hold(
    tmp_path: Path, port: int, caplog: pytest.LogCaptureFixture, purpose: str, part: str, ways: tuple[str, ...]
) -> None:
    before = set(caging._told)
    with caplog.at_level(logging.WARNING):
        first, second = cage(f"tests.media.{purpose}"), cage(f"tests.media.{purpose}")
        found = [tried(one, way, tmp_path, port) for one in (first, second) for way in ways]
    for one in (first, second):
        one.close()
    caging._told.intersection_update(before)
    assert all(each in NOTHING for each in found)
    assert [f"{part} (as if this kernel had none)" in line for line in caplog.messages] == [True]


def test_it_has_nothing_of_our_environment_and_no_open_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", "/secret")
    monkeypatch.setenv("PATH_TO_A_SECRET", "/secret")
    kept = os.open("/etc/passwd", os.O_RDONLY)
    os.set_inheritable(kept, True)
    one = cage("tests.media.prisoner")
    environment = tried(one, "its environment", tmp_path)["got"]
    held = tried(one, "its descriptors", tmp_path)["got"]
    one.close()
    os.close(kept)
    assert "secret" not in environment.lower() and "HOME" not in environment
    assert held == repr(["file", "nothing", "nothing", "pipe", "socket", "socket"])


LIES: dict[str, list[Any]] = {
    "no frame": [{}],
    "a list": [{"raw": "[1]"}],
    "no number": [{**FRAME, "frame": "0"}],
    "a truth for a number": [{**FRAME, "frame": True}],
    "a time before the beginning": [{**FRAME, "frame": -1}],
    "a time in a thousand years": [{**FRAME, "frame": 10**14}],
    "a time that goes back": [{**FRAME, "frame": 5}, {**FRAME, "frame": 5}],
    "no shape": [{**FRAME, "shape": None}],
    "a side of nothing": [{**FRAME, "shape": [0, 2]}],
    "a side below nothing": [{**FRAME, "shape": [-2, -2]}],
    "half a pixel": [{**FRAME, "shape": [2.0, 2]}],
    "a side without end": [{**FRAME, "shape": [1, 10**15]}],
    "a picture without end": [{**FRAME, "shape": [60_000, 60_000]}],
    "three sides": [{**FRAME, "shape": [2, 2, 2]}],
    "no cut": [{**FRAME, "cut": 7}],
    "no facts": [FRAME, {"end": None}],
    "other facts": [FRAME, {"end": {**FACTS, "path": "/"}}],
    "another number of frames": [FRAME, {"end": {**FACTS, "frames": 7}}],
    "no frame at all": [{"end": {**FACTS, "frames": 0}}],
    "a length that is no number": [FRAME, {"end": {**FACTS, "duration_ms": 1e300}}],
    "words of many lines": [FRAME, {"end": {**FACTS, "cut": "one\nWARNING two"}}],
    "words without end": [FRAME, {"end": {**FACTS, "cut": "x" * 3000}}],
    "a line without end": [{"raw": "x" * 100_000}],
    "no JSON": [{"raw": "}{"}],
    "a deep nest": [{"raw": "[" * 4000}],
    "not a number": [{"raw": '{"frame": NaN, "shape": [2, 2], "cut": true}'}],
    "bytes of no text": [{"raw": "\udc80".encode("utf-8", "surrogatepass").decode("latin-1")}],
    "frames without end": ["frames without end"],
}


def told(lies: list[Any], max_frames: int = 50, max_seconds: float = 60.0, **limits: float) -> str:
    """In what words a decoder that says this is given up; it must be gone then."""
    decoder, wanted = Decoder(**limits), FrameRequest(max_frames=max_frames, max_seconds=max_seconds)
    decoder.cage._purpose = "tests.media.liar"
    with lent_bytes(json.dumps(lies).encode()) as descriptor, pytest.raises(DecoderCrashed) as raised:
        list(decoder._frames(descriptor, MediaFacts(), wanted))
    assert decoder.cage.pid is None
    return str(raised.value)


@pytest.mark.parametrize("lie", LIES)
def test_a_decoder_that_lies_is_not_believed(lie: str) -> None:
    assert "nonsense" in told(LIES[lie])


def test_a_decoder_that_says_too_much_in_all_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judge, "_FRAME_PIXELS", 1)
    assert "more frames than" in told(["frames without end"], max_frames=10)


def test_who_keeps_us_waiting_with_a_frame_now_and_then_is_given_up() -> None:
    assert "comes to no end" in told(["frames now and then"], 10_000, 0.1, stall_seconds=0.2)


def test_what_is_said_of_one_file_is_never_taken_for_another() -> None:
    """What one file left to be said would otherwise be taken for what is said of the next."""
    one = cage("tests.media.liar")
    lies = [[{"end": {"of": "one"}}, {"end": {"of": "two"}}], [{"end": {"of": "three"}}]]
    found = []
    for lie in lies:
        with lent_bytes(json.dumps(lie).encode()) as descriptor, contextlib.suppress(DecoderCrashed):
            found += [words["end"]["of"] for words in one.ask(descriptor, {}, lambda words: None, 60.0)]
    one.close()
    assert found in (["one", "three"], ["one"])  # by whether the second word had come before the next file was asked of


HASH = {"phash": "0" * 64, "phash_quality": 50}
FALSE_HASHES = [
    None, {}, {**HASH, "phash": "0" * 63}, {**HASH, "phash": 7}, {**HASH, "phash": "X" * 64}, {**HASH, "phash": None},
    {**HASH, "phash_quality": 101}, {**HASH, "phash_quality": "50"}, {**HASH, "phash_quality": None},
]  # fmt: skip


def inspected(said: Any, **limits: float) -> Fingerprint:
    with Inspector(**limits) as inspector, lent_bytes(json.dumps([said]).encode()) as descriptor:
        for one in inspector.cages:
            one._purpose = "tests.media.liar"
        with open(descriptor, "rb", closefd=False) as file:
            return inspector.inspect(file, len(json.dumps([said])), FileType("image/png", "png"))


@pytest.mark.parametrize("said", FALSE_HASHES)
def test_a_hash_that_is_none_is_not_believed(said: Any) -> None:
    with pytest.raises(Rejected, match="nonsense"):
        inspected({"end": said})


def test_a_hash_that_is_one_is_taken() -> None:
    assert inspected({"end": HASH}) == Fingerprint("0" * 64, 50)
    assert inspected({"end": {"phash": None, "phash_quality": None}}) == Fingerprint()


def test_a_file_that_takes_too_much_work_is_the_files_own_fault() -> None:
    with pytest.raises(Rejected, match="takes more than 1 s of processor time"):
        inspected("much work", processor_seconds=1.0)


def test_a_file_that_takes_too_much_memory_is_the_files_own_fault() -> None:
    with pytest.raises(Rejected, match="takes too much memory"):
        inspected("much memory")


def test_reasons_are_words_of_one_line() -> None:
    with pytest.raises(Rejected) as raised:
        inspected({"refused": "one\n\x1b[31mWARNING two" + "x" * 2000})
    assert str(raised.value).isprintable()
    assert len(str(raised.value)) <= 300
