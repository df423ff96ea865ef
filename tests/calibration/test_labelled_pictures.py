"""Folders of pictures: who is in them by where they lie, and what becomes of files that show nobody."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from google.cloud import storage

from include.calibration import labelled_pictures
from include.calibration.__main__ import main
from include.calibration.labelled_pictures import listed
from include.core.errors import Mistake

ODD = "수아 #1?%2F;$(x)*[a] 'b'.jpg"
WALL = cv2.imencode(".png", np.random.default_rng(3).integers(0, 255, (200, 200, 3), dtype=np.uint8))[1].tobytes()


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> str:
    """The engine that set-up took."""
    name = str(json.loads((Path(os.environ["FACEWARDEN_MODELS"]) / "engine.json").read_text())["engine"])
    monkeypatch.setenv("FACEWARDEN_ENGINE", name)
    return name


@pytest.fixture
def files(photo: Callable[[str], bytes]) -> dict[str, bytes]:
    """Two people in two groups, and all that goes wrong: by place."""
    obama = [photo(f"obama{number}.jpg") for number in ("", 2, 3)]
    return {
        "politics/first person/1.jpg": obama[0],
        f"politics/first person/{ODD}": obama[1],
        "politics/first person/broken.jpg": obama[2][:3000],
        "politics/first person/wall.png": WALL,
        "politics/first person/.hidden.jpg": obama[2],
        "politics/second/only one.jpg": photo("biden.jpg"),
        "space/third/astronaut.png": photo("astronaut.png"),
        "space/third/notes.txt": b"not a picture at all",
        "space/third/deeper/2.png": photo("astronaut.png"),
        "readme.txt": b"beside the folders",
    }


@pytest.fixture
def folder(files: dict[str, bytes], tmp_path: Path) -> Path:
    for name, data in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(data)
    return tmp_path


def test_photographs_in_a_folder_are_measured_and_what_shows_nobody_is_counted(
    run: Callable[..., Any], engine: str, folder: Path
) -> None:
    rows, report, log = run(faces=str(folder), groups=True)
    by_group = {row["group_name"]: row for row in rows if row["measure"] == "rate"}
    counts = ("people", "pictures", "without_face", "left_out", "same_pairs", "stranger_pairs")
    assert {name: tuple(by_group[name][key] for key in counts[:4]) for name in by_group} == {
        "all": (3, 5, 1, 2),
        "politics": (2, 4, 1, 1),
        "space": (1, 1, 0, 1),
    }
    [apart] = [row for row in rows if row["measure"] == "sweep" and row["threshold"] == 1.0]
    assert [apart[key] for key in counts[4:]] == [3, 5]
    assert (apart["hits"], apart["false_hits"]) == (1, 0), "his two photographs, and no stranger; the wall is a miss"
    assert {row["engine"] for row in rows} == {engine}
    told = report + "\n".join(log) + json.dumps(rows, default=str)
    assert not any(name in told for name in ("first person", "수아", "astronaut", str(folder)))
    assert sum("is left out" in line for line in log) == 2


def test_a_folder_in_the_bucket_is_the_same(
    run: Callable[..., Any], engine: str, folder: Path, files: dict[str, bytes], gcs: storage.Client, bucket: str
) -> None:
    for name, data in files.items():
        gcs.bucket(bucket).blob(f"labelled/{name}").upload_from_string(data)
    here, _, _ = run("here", faces=str(folder), groups=True)
    both, _, _ = run("there", faces=f"gs://{bucket}/labelled/", groups=True)
    assert {row["run_key"] for row in both} == {"here", "there"}, "a measurement that is there stays"
    kept = [
        {key: value for key, value in row.items() if key not in ("run_key", "measured_at")}
        for row in both
        if row["run_key"] == "there"
    ]
    left = [{key: value for key, value in row.items() if key not in ("run_key", "measured_at")} for row in here]
    assert sorted(map(str, kept)) == sorted(map(str, left))


def test_a_table_may_say_where_the_pictures_lie(
    run: Callable[..., Any],
    table: Callable[..., str],
    engine: str,
    photo: Callable[[str], bytes],
    gcs: storage.Client,
    bucket: str,
) -> None:
    rows = []
    for person, name in (("one", "obama.jpg"), ("one", "obama2.jpg"), ("two", "biden.jpg")):
        gcs.bucket(bucket).blob(f"labelled-rows/{name}").upload_from_string(photo(name))
        rows.append({"person": person, "file_path": f"gs://{bucket}/labelled-rows/{name}"})
    rows.append({"person": "one", "file_path": f"gs://{bucket}/labelled-rows/gone.jpg"})
    found, _, log = run(table=table(rows), engines=[engine])
    [apart] = [row for row in found if row["measure"] == "sweep" and row["threshold"] == 1.0]
    assert (apart["people"], apart["pictures"], apart["left_out"]) == (2, 3, 1)
    assert (apart["hits"], apart["same_pairs"], apart["false_hits"], apart["stranger_pairs"]) == (1, 1, 0, 2)
    assert "picture 1 of person 1 is left out: it is not there any more" in log


def test_one_picture_under_two_names_says_nothing_about_either(
    run: Callable[..., Any], engine: str, photo: Callable[[str], bytes], tmp_path: Path
) -> None:
    for name, whose in {"a/1": "obama.jpg", "a/2": "obama2.jpg", "b/1": "biden.jpg", "b/2": "obama2.jpg"}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(photo(whose))
    rows, _, log = run(faces=str(tmp_path))
    assert {(row["pictures"], row["left_out"]) for row in rows} == {(2, 2)}
    assert any("2 pictures stand under two names" in line for line in log)


@pytest.mark.parametrize(
    ("faces", "message"),
    [
        ("", "either `faces`"),
        ("{folder}/nothing", "no folder"),
        ("{folder}/empty", "no picture that lies as person/picture"),
        ("{folder}/politics/second", "no picture that lies as person/picture"),
        ("{folder}/one", "1 people"),
        ("gs://no-such-bucket-here", "no such bucket"),
        ("gs://{bucket}/nothing/there", "no picture"),
    ],
)
def test_a_folder_without_two_people_is_refused_with_the_reason(
    measure: Callable[..., Any], folder: Path, bucket: str, faces: str, message: str
) -> None:
    (folder / "empty").mkdir()
    (folder / "one" / "person").mkdir(parents=True)
    (folder / "one" / "person" / "1.jpg").write_bytes(b"x")
    with pytest.raises(Mistake, match=message):
        measure(faces=faces.format(folder=folder, bucket=bucket))


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"engines": ["no/such"]}, "no engine 'no/such'"),
        ({"rates": [0.1, 1.5]}, "between 0 and 1"),
        ({"table": "a.b"}, "not both"),
    ],
)
def test_a_param_that_means_nothing_is_refused_before_a_picture_is_opened(
    measure: Callable[..., Any], folder: Path, params: dict[str, Any], message: str
) -> None:
    with pytest.raises(Mistake, match=message):
        measure(faces=str(folder / "politics"), **params)


def test_files_that_are_all_unreadable_are_refused(measure: Callable[..., Any], engine: str, tmp_path: Path) -> None:
    for person in "ab":
        (tmp_path / person).mkdir()
        (tmp_path / person / "1.jpg").write_bytes(b"rubbish")
    with pytest.raises(Mistake, match="not one of these files"):
        measure(faces=str(tmp_path))


def test_the_same_name_in_two_groups_is_two_people(folder: Path) -> None:
    for group in ("x", "y"):
        (folder / "named" / group / "1").mkdir(parents=True)
        (folder / "named" / group / "1" / "p.jpg").write_bytes(b"x")
    assert [(it.person, it.group) for it in listed(None, str(folder / "named"), True)] == [(0, "x"), (1, "y")]


def test_more_pictures_than_can_be_compared_are_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(labelled_pictures, "MAX_PICTURES", 1)
    monkeypatch.setattr("include.calibration.labelled_faces.MAX_PICTURES", 1)
    with pytest.raises(Mistake, match="more than 1 pictures"):
        listed(None, str(folder / "politics"), False)


def test_the_plain_command_needs_no_bucket(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    to = tmp_path / "out"
    arguments = ["--models", os.environ["FACEWARDEN_MODELS"], "--to", str(to)]
    assert main([str(folder / "politics"), *arguments]) == 0
    assert (to / "report.html").read_text("utf-8").count("data:image/png") == 2
    assert "2 people, 4 pictures, 1 of them without a usable face, 1 left out" in capsys.readouterr().out
    assert main([str(folder / "nowhere"), *arguments]) == 1
    assert "no folder" in capsys.readouterr().err
