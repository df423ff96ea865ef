"""The scan of a batch: every file is accounted for, and a poison file fails alone."""

import hashlib
import io
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image as Pillow

from include.faces.engine import Engine
from include.faces.face import Face, Image
from include.faces.scan import scan_batch

Photo = Callable[[str], bytes]
SCAN = {"sha256", "engine", "outcome", "reason", "faces", "width", "height", "seconds", "scanned_at"}
FACE = {
    "face_id", "sha256", "engine", "at_ms", "track", "box", "landmarks", "score", "sharpness", "embedding", "reason",
    "detected_at",
}  # fmt: skip


class Lake:
    """Files in memory, read by address, as items of a batch."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self.files = files
        self.items = [
            {"sha256": hashlib.sha256(name.encode()).hexdigest(), "file_path": name, "type": "image/jpeg"}
            for name in files
        ]

    def read(self, address: str) -> bytes:
        return self.files[address]


def outcomes(lake: Lake, engine: Any) -> dict[str, tuple[str, str | None]]:
    scans, _ = scan_batch(lake.read, lake.items, engine, lambda line: None)
    names = {item["sha256"]: item["file_path"] for item in lake.items}
    return {names[row["sha256"]]: (row["outcome"], row["reason"]) for row in scans}


def test_a_poison_picture_fails_alone(engine: Engine, photo: Photo) -> None:
    whole = photo("obama.jpg")
    lake = Lake({"good": whole, "cut": whole[:5000], "none": b"", "page": b"<html>", "brick": photo("brick.png")})
    said = outcomes(lake, engine)
    assert said["good"] == ("faces", None)
    assert said["brick"] == ("no_face", None)
    assert {said[name][0] for name in ("cut", "none", "page")} == {"rejected"}
    assert all(said[name][1] for name in ("cut", "none", "page"))


class Trips:
    """An engine that falls over pictures of one width, as a native library may."""

    name = "trips"

    def __init__(self, width: int, error: Exception) -> None:
        self.width, self.error = width, error

    def faces(self, image: Image) -> list[Face]:
        return self.faces_many([image])[0]

    def faces_many(self, images: list[Image]) -> list[list[Face]]:
        if any(image.shape[1] == self.width for image in images):
            raise self.error
        return [[] for _ in images]


@pytest.mark.parametrize("error", [MemoryError(), RuntimeError("shape"), ValueError("nan")])
def test_a_picture_the_engine_falls_over_fails_alone(photo: Photo, error: Exception) -> None:
    lake = Lake({"astronaut": photo("astronaut.png"), "obama": photo("obama.jpg"), "biden": photo("biden.jpg")})
    said = outcomes(lake, Trips(512, error))
    assert said["astronaut"][0] == "error"
    assert type(error).__name__ in str(said["astronaut"][1])
    assert said["obama"] == said["biden"] == ("no_face", None)


def test_a_file_that_cannot_be_read_is_an_error_and_not_the_end(photo: Photo) -> None:
    lake = Lake({"here": photo("biden.jpg"), "gone": b""})
    del lake.files["gone"]
    said = outcomes(lake, Trips(0, ValueError()))
    assert said == {"here": ("no_face", None), "gone": ("error", "KeyError: 'gone'")}


def test_rows_have_the_columns_of_their_tables_and_the_same_ids_again(engine: Engine, photo: Photo) -> None:
    lake = Lake({name: photo(name) for name in ("obama.jpg", "biden.jpg")})
    scans, faces = scan_batch(lake.read, lake.items, engine, lambda line: None)
    again = scan_batch(lake.read, lake.items, engine, lambda line: None)[1]
    assert all(set(row) == SCAN for row in scans)
    assert all(set(row) == FACE for row in faces)
    assert [row["face_id"] for row in faces] == [row["face_id"] for row in again]
    assert sum(row["faces"] for row in scans) == len({row["face_id"] for row in faces}) == 2


def test_every_face_of_a_group_has_a_row_and_an_id_of_its_own(engine: Engine, photo: Photo) -> None:
    pair = Pillow.new("RGB", (1024, 512))
    pair.paste(Pillow.open(io.BytesIO(photo("astronaut.png"))), (0, 0))
    pair.paste(Pillow.open(io.BytesIO(photo("biden.jpg"))).resize((480, 512)), (520, 0))
    stream = io.BytesIO()
    pair.save(stream, "PNG")
    lake = Lake({"pair": stream.getvalue()})
    scans, faces = scan_batch(lake.read, lake.items, engine, lambda line: None)
    assert scans[0]["faces"] == len({row["face_id"] for row in faces}) == 2
    assert sorted(row["box"]["x"] > 512 for row in faces) == [False, True]


def test_progress_is_told_with_counts(photo: Photo) -> None:
    lines: list[str] = []
    lake = Lake({str(i): photo("astronaut.png") for i in range(20)})
    scan_batch(lake.read, lake.items, Trips(0, ValueError()), lines.append)
    assert lines[0].startswith("16 of 20 pictures, 0 faces")
    assert lines[-1].startswith("20 of 20 pictures")


def test_an_empty_batch_is_no_trouble() -> None:
    assert scan_batch(lambda address: b"", [], Trips(0, ValueError()), lambda line: None) == ([], [])
