"""The scan of a batch: every file is accounted for, and a poison file fails alone."""

import hashlib
import io
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pytest
from PIL import Image as Pillow

from include.faces.engine import Engine, FoundFace
from include.faces.face import Face
from include.faces.file_scanner import ScanItem
from include.faces.nets.net import threads
from include.faces.scan import GROUP, Scanned, groups, scan_files
from include.media.cage.cage import Cage
from include.media.file_types import sniff
from include.media.image import Image
from include.warehouse.schemas import load_specs
from tests.media.films import film, gif, scene, steady

Photo = Callable[[str], bytes]
Portrait = Callable[[str], Image]


class Lake:
    """Files in memory, fetched by address, as items of a batch."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self.files = files
        self.items = [self._item(name, data) for name, data in files.items()]
        self.names = {item["sha256"]: item["file_path"] for item in self.items}

    def _item(self, name: str, data: bytes) -> ScanItem:
        kind = sniff(data)
        sha256 = hashlib.sha256(name.encode()).hexdigest()
        return {"sha256": sha256, "file_path": name, "type": kind.mime if kind else "?", "size": len(data)}

    def fetch(self, address: str, file: BinaryIO) -> None:
        file.write(self.files[address])

    def scan(self, engine: Any, log: Callable[[str], None] = lambda line: None) -> Scanned:
        return scan_files(self.fetch, self.items, engine, log)

    def outcomes(self, engine: Any) -> dict[str, tuple[str, str | None]]:
        return {self.names[row["sha256"]]: (row["outcome"], row["reason"]) for row in self.scan(engine).scans}


def test_a_poison_picture_fails_alone(engine: Engine, photo: Photo) -> None:
    whole = photo("obama.jpg")
    lake = Lake({"good": whole, "cut": whole[:5000], "none": b"", "page": b"<html>", "brick": photo("brick.png")})
    said = lake.outcomes(engine)
    assert said["good"] == ("faces", None)
    assert said["brick"] == ("no_face", None)
    assert {said[name][0] for name in ("cut", "none", "page")} == {"rejected"}
    assert all(said[name][1] for name in ("cut", "none", "page"))


class Trips:
    """An engine that falls over pictures of one width, as a native library may, when it looks or when it embeds."""

    name = "trips"
    alike: float | None = None

    def __init__(self, width: int, error: Exception, embedding: bool = False) -> None:
        self.width, self.error, self.embedding = width, error, embedding

    def find(self, image: Image, searched: Image | None = None) -> list[FoundFace]:
        if image.shape[1] == self.width and not self.embedding:
            raise self.error
        return [image.shape[1]] if self.embedding else []

    def embed(self, seen: list[FoundFace]) -> list[Face]:
        if self.width in seen:  # type: ignore[comparison-overlap]
            raise self.error
        return [Face((0, 0, 9, 9), [], 1.0, 9.0, (0, 0, 0), [1.0], None) for _ in seen]  # type: ignore[arg-type]


@pytest.mark.parametrize("embedding", [False, True])
@pytest.mark.parametrize("error", [MemoryError(), RuntimeError("shape"), ValueError("nan")])
def test_a_picture_the_engine_falls_over_fails_alone(photo: Photo, error: Exception, embedding: bool) -> None:
    lake = Lake({"astronaut": photo("astronaut.png"), "obama": photo("obama.jpg"), "biden": photo("biden.jpg")})
    said = _with_faces_of_any_kind(lake, Trips(512, error, embedding))
    assert said["astronaut"][0] == "error"
    assert type(error).__name__ in str(said["astronaut"][1])
    assert said["obama"] == said["biden"] == ("faces" if embedding else "no_face", None)


def _with_faces_of_any_kind(lake: Lake, engine: Trips) -> dict[str, tuple[str, str | None]]:
    """Outcomes without rows: what this engine calls a face has no pose."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("include.faces.scan.face_row", lambda *found: {})
        return lake.outcomes(engine)


def test_a_file_that_cannot_be_read_is_an_error_and_not_the_end(photo: Photo) -> None:
    lake = Lake({"here": photo("biden.jpg"), "gone": b""})
    del lake.files["gone"]
    said = lake.outcomes(Trips(0, ValueError()))
    assert said == {"here": ("no_face", None), "gone": ("error", "KeyError")}


def test_a_full_disk_is_an_error_of_the_files_that_it_hits(photo: Photo) -> None:
    lake = Lake({"small": photo("astronaut.png"), "large": photo("biden.jpg")})

    def fetch(address: str, file: BinaryIO) -> None:
        if address == "large":
            with Path("/dev/full").open("wb", buffering=0) as full:
                full.write(lake.files[address])
        lake.fetch(address, file)

    scanned = scan_files(fetch, lake.items, Trips(0, ValueError()), print)
    said = {lake.names[row["sha256"]]: row for row in scanned.scans}
    assert said["small"]["outcome"] == "no_face"
    assert (said["large"]["outcome"], said["large"]["reason"][:7]) == ("error", "OSError")


def test_rows_have_the_columns_of_their_tables_and_the_same_ids_again(engine: Engine, photo: Photo) -> None:
    lake = Lake({name: photo(name) for name in ("obama.jpg", "biden.jpg")})
    scanned = lake.scan(engine)
    specs = load_specs()
    assert all(set(row) | {"run_key"} == set(specs["scan"].columns) for row in scanned.scans)
    assert all(set(row) == set(specs["face"].columns) for row in scanned.faces)
    assert {row["face_id"] for row in scanned.faces} == {row["face_id"] for row in lake.scan(engine).faces}
    assert sum(row["faces"] for row in scanned.scans) == len({row["face_id"] for row in scanned.faces}) == 2


def test_every_face_of_a_group_has_a_row_and_an_id_of_its_own(engine: Engine, photo: Photo) -> None:
    pair = Pillow.new("RGB", (1024, 512))
    pair.paste(Pillow.open(io.BytesIO(photo("astronaut.png"))), (0, 0))
    pair.paste(Pillow.open(io.BytesIO(photo("biden.jpg"))).resize((480, 512)), (520, 0))
    stream = io.BytesIO()
    pair.save(stream, "PNG")
    scanned = Lake({"pair": stream.getvalue()}).scan(engine)
    assert scanned.scans[0]["faces"] == len({row["face_id"] for row in scanned.faces}) == 2
    assert sorted(row["box"]["x"] > 512 for row in scanned.faces) == [False, True]


@pytest.fixture
def two_people(portrait: Portrait) -> list[tuple[int, Image]]:
    """Four seconds of one, four of another, and two of a wall, each drifting a little."""
    stills = [np.ascontiguousarray(portrait(name)[:480, :480]) for name in ("obama.jpg", "astronaut.png")]
    return steady([(4000, stills[0]), (4000, np.pad(stills[1], ((0, 480 - stills[1].shape[0]), (0, 0), (0, 0)))),
                   (2000, scene(2, 480, 480))], 10)  # fmt: skip


def test_of_a_video_there_are_the_best_faces_of_each_person(
    engine: Engine, two_people: list[tuple[int, Image]], tmp_path: Path
) -> None:
    lake = Lake({"film": film(tmp_path / "film.mp4", two_people).read_bytes()})
    scanned = lake.scan(engine)
    (scan,) = scanned.scans
    assert (scan["outcome"], scan["reason"], scan["tracks"]) == ("faces", None, 2)
    assert abs(scan["duration_ms"] - 10_000) < 200
    by_track = {track: [row for row in scanned.faces if row["track"] == track] for track in (1, 2)}
    assert [len(rows) for rows in by_track.values()] == [3, 3]
    assert all(row["at_ms"] < 4000 for row in by_track[1])
    assert all(4000 <= row["at_ms"] < 8000 for row in by_track[2])
    assert all(len(row["embedding"]) == engine.dimensions for row in scanned.faces)
    assert {row["face_id"] for row in scanned.faces} == {row["face_id"] for row in lake.scan(engine).faces}


def test_an_animation_is_searched_to_its_end(engine: Engine, portrait: Portrait) -> None:
    still = np.ascontiguousarray(portrait("astronaut.png")[:300, 50:350])
    lake = Lake({"film": gif([(1500, scene(2, 300, 300)), (1500, still)])})
    scanned = lake.scan(engine)
    assert [(row["at_ms"] >= 1500, row["track"]) for row in scanned.faces] == [(True, 1)] * len(scanned.faces)
    assert scanned.faces


@pytest.mark.parametrize(("fault", "outcome", "tries"), [(signal.SIGSEGV, "rejected", 2), (signal.SIGKILL, "error", 1)])
def test_a_file_that_kills_its_decoder_fails_alone(
    monkeypatch: pytest.MonkeyPatch, photo: Photo, fault: signal.Signals, outcome: str, tries: int
) -> None:
    """The decoder of the file of that size gets a real signal, while it waits for somebody to take the pixels."""
    lake = Lake({"poison": photo("biden.jpg"), "good": photo("astronaut.png"), "more": photo("obama.jpg")})
    send, crashes = Cage._send, []

    def poisoned(self: Cage, descriptor: int, request: dict[str, Any]) -> None:
        send(self, descriptor, request)
        if os.fstat(descriptor).st_size == len(lake.files["poison"]):
            assert self.pid
            os.kill(self.pid, fault)
            crashes.append(self.pid)

    monkeypatch.setattr(Cage, "_send", poisoned)
    said = lake.outcomes(Trips(0, ValueError()))
    assert said["poison"][0] == outcome
    assert said["good"] == said["more"] == ("no_face", None)
    assert len(crashes) == tries


class Remembered:
    """What earlier tries began and did not end."""

    def __init__(self, *groups: list[str]) -> None:
        self.groups, self.open = list(groups), set[str]()

    def earlier(self) -> list[list[str]]:
        return self.groups

    def begin(self, group: list[str]) -> None:
        self.open |= set(group)

    def end(self, group: list[str]) -> None:
        self.open -= set(group)


def test_a_file_that_kills_its_worker_twice_is_passed_over_and_its_neighbours_are_not(photo: Photo) -> None:
    lake = Lake({"killer": photo("biden.jpg"), "beside": photo("astronaut.png"), "far": photo("obama.jpg")})
    killer, beside, _ = [item["sha256"] for item in lake.items]
    attempts = Remembered([killer, beside], [killer])
    scanned = scan_files(lake.fetch, lake.items, Trips(0, ValueError()), print, attempts)
    said = {lake.names[row["sha256"]]: (row["outcome"], row["reason"]) for row in scanned.scans}
    assert said["killer"] == ("error", "the worker was killed while looking at it, more than once")
    assert said["beside"] == said["far"] == ("no_face", None)
    assert attempts.open == set()
    assert [len(group) for group in groups(lake.items, {killer})] == [1, 2]


def test_a_file_that_was_alone_when_its_worker_was_killed_once_is_tried_again(photo: Photo) -> None:
    lake = Lake({"large": photo("obama.jpg")})
    [large] = [item["sha256"] for item in lake.items]
    once, twice = Remembered([large]), Remembered([large], [large])
    outcomes = [
        scan_files(lake.fetch, lake.items, Trips(0, ValueError()), print, attempts).scans[0]["outcome"]
        for attempts in (once, twice)
    ]
    assert outcomes == ["no_face", "error"]


@pytest.mark.parametrize(("tries", "outcome"), [(0, "error"), (3, "error"), (4, "rejected")])
def test_what_fails_day_after_day_is_given_up(tries: int, outcome: str) -> None:
    lake = Lake({"gone": b"x"})
    lake.items[0]["tries"] = tries
    lake.files.clear()
    (row,) = lake.scan(Trips(0, ValueError())).scans
    assert (row["outcome"], row["tries"]) == (outcome, tries + 1)


def test_what_a_batch_has_no_time_for_is_left_to_the_next_run(photo: Photo) -> None:
    lake, lines = Lake({"a": photo("obama.jpg")}), []
    scanned = scan_files(lake.fetch, lake.items, Trips(0, ValueError()), lines.append, most_seconds=-1.0)
    assert scanned.scans == []
    assert "1 files were not begun" in lines[-1]


class TimeIsUp(BaseException):
    """As Airflow raises it in the main thread."""


def test_an_interrupted_batch_ends_at_once(monkeypatch: pytest.MonkeyPatch, photo: Photo) -> None:
    """Forty files whose decoders wait for ever, and a signal while they do."""
    lake = Lake({str(number): photo("astronaut.png") for number in range(40)})
    send, asked = Cage._send, []

    def silent(self: Cage, descriptor: int, request: dict[str, Any]) -> None:
        if not self.pid:
            self._start()
        assert self.pid
        os.kill(self.pid, signal.SIGSTOP)
        send(self, descriptor, request)
        asked.append(1)
        if len(asked) == 1:
            signal.setitimer(signal.ITIMER_REAL, 0.1)

    def interrupt(*_: object) -> None:
        raise TimeIsUp

    monkeypatch.setattr(Cage, "_send", silent)
    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        with pytest.raises(TimeIsUp):
            lake.scan(Trips(0, ValueError()))
    finally:
        signal.signal(signal.SIGALRM, before)
    assert len(asked) < 40


def test_progress_is_told_with_speed_and_time_left(photo: Photo) -> None:
    lines: list[str] = []
    Lake({str(i): photo("astronaut.png") for i in range(20)}).scan(Trips(0, ValueError()), lines.append)
    assert lines[-1].startswith("20 of 20 files, 20 frames, 0 faces: 0.0 faces and ")
    assert lines[-1].endswith("megapixels a second, 0 s left")


def test_an_empty_batch_is_no_trouble() -> None:
    assert Lake({}).scan(Trips(0, ValueError())).scans == []


def test_videos_and_large_files_keep_nobody_waiting() -> None:
    small: Any = {"type": "image/jpeg", "size": 9, "sha256": "a"}
    large: Any
    video: Any
    large, video = {**small, "size": 9 << 20}, {**small, "type": "video/mp4"}
    items: list[Any] = [small] * 20 + [video, large] + [small] * 3
    assert [len(group) for group in groups(items)] == [8, 8, 1, 1, 7]
    assert sum(len(group) for group in groups(items)) == len(items)


def test_a_batch_takes_a_decoder_for_each_thread_and_no_more(
    monkeypatch: pytest.MonkeyPatch, saved_pictures: Callable[[int], dict[str, bytes]]
) -> None:
    started: list[int] = []
    start = Cage._start
    monkeypatch.setattr(Cage, "_start", lambda self: (started.append(1), start(self))[1])
    lake = Lake(saved_pictures(6 * GROUP))
    assert len(lake.outcomes(Trips(0, ValueError()))) == 6 * GROUP
    assert 1 <= len(started) <= threads()


@pytest.fixture
def saved_pictures() -> Callable[[int], dict[str, bytes]]:
    """So many small pictures, each of another colour."""

    def picture(number: int) -> bytes:
        stream = io.BytesIO()
        Pillow.new("RGB", (24, 24), (number, 0, 0)).save(stream, "PNG")
        return stream.getvalue()

    return lambda count: {f"picture {number}": picture(number) for number in range(count)}
