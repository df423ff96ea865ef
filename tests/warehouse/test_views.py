"""Views, table functions and queries: what each answers, with rows in the tables."""

import datetime
import math
from collections.abc import Callable
from typing import Any

import pytest
from google.cloud import bigquery

from include.warehouse.sql import rows
from tests.warehouse.conftest import Insert, Make, Select

pytestmark = pytest.mark.usefixtures("clean_tables")
NOW = datetime.datetime.now(datetime.UTC)
HOUR = datetime.timedelta(hours=1)


def _consent(make: Make, subject: str, event: str, hours: float, valid: Any = HOUR, **more: Any) -> Any:
    name = f"{subject}-{event}-{hours}"
    given = {"subject_id": subject, "event": event, "recorded_at": NOW + hours * HOUR, "valid_until": NOW + valid}
    return make("consent", consent_id=name, **given, **more)


@pytest.fixture
def enrolled(insert: Insert, make: Make) -> Any:
    """A subject with one consent for each event given, an hour apart."""

    def enrol(subject: str, *events: Any, valid: Any = HOUR) -> None:
        insert("subject", [make("subject", subject_id=subject)])
        if events:
            insert("consent", [_consent(make, subject, event, at - 9, valid) for at, event in enumerate(events)])

    return enrol


def _live(select: Select) -> Any:
    return [row["subject_id"] for row in select("SELECT subject_id FROM facewarden_biometrics.live_subject ORDER BY 1")]


def test_only_stored_files_are_shown(insert: Insert, make: Make, select: Select) -> None:
    stored = {"file_path": "gs://b/o", "post_url": "u", "post_date": NOW}
    insert("media", [
        make("media", media_id="1", kind="image", file_name="image_1_1.jpg", **stored),
        make("media", media_id="2", kind="image", file_name="image_1_2.jpg", rejected="too large"),
        make("media", media_id="3", kind="video", file_name="video_1_1.mp4", **stored),
    ])  # fmt: skip
    assert select("SELECT * FROM facewarden.image") == [{"img_file_name": "image_1_1.jpg", **_reordered(stored)}]
    assert select("SELECT * FROM facewarden.video") == [{"videofile_name": "video_1_1.mp4", **_reordered(stored)}]


def _reordered(stored: dict[str, Any]) -> Any:
    return {"post_url": stored["post_url"], "post_date": stored["post_date"], "file_path": stored["file_path"]}


@pytest.mark.parametrize(("events", "lives"), [
    ([], False),
    (["given"], True),
    (["given", "withdrawn"], False),
    (["given", "withdrawn", "given"], True),
])  # fmt: skip
def test_the_newest_consent_holds(enrolled: Callable[..., None], select: Select, events: Any, lives: Any) -> None:
    enrolled("s1", *events)
    assert _live(select) == (["s1"] if lives else [])


def test_a_consent_that_ran_out_does_not_hold(enrolled: Callable[..., None], select: Select) -> None:
    enrolled("s1", "given", valid=-HOUR)
    assert _live(select) == []


def test_of_two_events_at_one_moment_the_withdrawal_holds(
    enrolled: Callable[..., None], insert: Insert, make: Make, select: Select
) -> None:
    enrolled("s1")
    insert("consent", [_consent(make, "s1", event, 0) for event in ("withdrawn", "given")])
    assert _live(select) == []


def test_consent_without_a_subject_is_nobody(insert: Insert, make: Make, select: Select) -> None:
    insert("consent", [_consent(make, "stranger", "given", 0)])
    assert _live(select) == []


def test_a_template_is_the_unit_mean_of_unit_references(
    enrolled: Callable[..., None], insert: Insert, make: Make, select: Select
) -> None:
    enrolled("s1", "given")
    insert("reference", [
        make("reference", reference_id="a", subject_id="s1", engine="e", embedding=[10.0, 0.0, 0.0]),
        make("reference", reference_id="b", subject_id="s1", engine="e", embedding=[0.0, 0.5, 0.0]),
        make("reference", reference_id="c", subject_id="s1", engine="other", embedding=[0.0, 3.0]),
        make("reference", reference_id="d", subject_id="s1", engine="e", embedding=[0.0, 0.0, 0.0]),
        make("reference", reference_id="e", subject_id="s1", engine="e", embedding=[]),
    ])  # fmt: skip
    found, other = select("SELECT * FROM facewarden_biometrics.subject_template ORDER BY engine")
    assert (found["subject_id"], found["engine"], found["reference_count"]) == ("s1", "e", 2)
    assert found["embedding"] == pytest.approx([math.sqrt(0.5), math.sqrt(0.5), 0.0])
    assert (other["engine"], other["reference_count"]) == ("other", 1)
    assert other["embedding"] == pytest.approx([0.0, 1.0])


def test_there_is_no_template_without_a_live_consent(
    enrolled: Callable[..., None], insert: Insert, make: Make, select: Select
) -> None:
    for subject, events in (("live", ["given"]), ("gone", ["given", "withdrawn"]), ("never", [])):
        enrolled(subject, *events)
        insert("reference", [make("reference", reference_id=subject, subject_id=subject, embedding=[1.0])])
    assert select("SELECT subject_id FROM facewarden_biometrics.subject_template") == [{"subject_id": "live"}]


@pytest.fixture
def matched(enrolled: Callable[..., None], insert: Insert, make: Make) -> None:
    """Two subjects; a face of the first in a picture that two posts show; a match whose face has expired."""
    enrolled("s1", "given")
    enrolled("s2", "given")
    insert("match", [
        make("match", subject_id="s1", face_id="f1", sha256="p1", distance=0.3),
        make("match", subject_id="s1", face_id="gone", sha256="p2", distance=0.2),
        make("match", subject_id="s2", face_id="f1", sha256="p1", distance=0.9),
    ])  # fmt: skip
    insert("face", [make("face", face_id="f1", sha256="p1", box={"x": 1.0, "y": 2.0, "width": 3.0, "height": 4.0})])
    insert("media", [
        make("media", media_id="m1", sha256="p1", gallery="g", post_no=1, file_path="gs://b/p1"),
        make("media", media_id="m2", sha256="p1", gallery="g", post_no=2, file_path="gs://b/p1"),
    ])  # fmt: skip
    insert(
        "post", [make("post", gallery="g", post_no=1, title="one"), make("post", gallery="h", post_no=2, title="wrong")]
    )


def test_matches_of_a_subject_are_shown_in_every_post(matched: Callable[..., Any], select: Select) -> None:
    found = select("SELECT * FROM facewarden_biometrics.matches_of('s1') ORDER BY distance, media_id")
    assert [(row["face_id"], row["media_id"], row["title"]) for row in found] == [
        ("gone", None, None),
        ("f1", "m1", "one"),
        ("f1", "m2", None),
    ]
    assert {row["subject_id"] for row in found} == {"s1"}
    assert (found[0]["box"], found[1]["box"]["width"], found[1]["post_no"]) == (None, 3.0, 1)


def test_matches_of_whoever_withdrew_are_not_shown(
    matched: Callable[..., Any], insert: Insert, make: Make, bq: bigquery.Client, select: Select
) -> None:
    insert("consent", [_consent(make, "s1", "withdrawn", 0)])
    assert select("SELECT * FROM facewarden_biometrics.matches_of('s1')") == []
    assert {row["subject_id"] for row in rows(bq, "queries/matches", {"subject_id": None})} == {"s2"}


def test_matches_are_asked_for_one_subject_or_all(matched: Callable[..., Any], bq: bigquery.Client) -> None:
    assert len(rows(bq, "queries/matches", {"subject_id": None})) == 5
    assert [row["distance"] for row in rows(bq, "queries/matches", {"subject_id": "s2"})] == [0.9, 0.9]
    assert rows(bq, "queries/matches", {"subject_id": "nobody"}) == []


def _picture(make: Make, name: str, **more: Any) -> Any:
    stored = {"media_id": name, "kind": "image", "sha256": name, "file_path": f"gs://b/{name}", "size": 3}
    return make("media", **stored | more)


def _unscanned(bq: bigquery.Client, engine: str) -> Any:
    since = datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC)
    (total,) = rows(bq, "queries/unscanned_total", {"engine": engine, "since": since})
    found = rows(bq, "queries/unscanned", {"engine": engine, "since": since, "most": 9})
    assert total["files"] == len(found) and total["untried"] == len([row for row in found if row["tries"] == 0])
    return found


def test_unscanned_is_each_stored_file_once(insert: Insert, make: Make, bq: bigquery.Client) -> None:
    insert("media", [
        _picture(make, "new", type="image/png"),
        _picture(make, "repost", sha256="new", type="image/png", file_path="gs://b/new"),
        _picture(make, "rejected", file_path=None, sha256=None),
        _picture(make, "video", kind="video", type="video/mp4"),
    ])  # fmt: skip
    found = _unscanned(bq, "e")
    assert found == [
        {"sha256": "new", "file_path": "gs://b/new", "type": "image/png", "size": 3, "tries": 0},
        {"sha256": "video", "file_path": "gs://b/video", "type": "video/mp4", "size": 3, "tries": 0},
    ]


def test_only_an_error_is_scanned_again(insert: Insert, make: Make, bq: bigquery.Client) -> None:
    outcomes = ("faces", "no_face", "rejected", "error")
    insert("media", [_picture(make, outcome) for outcome in outcomes])
    insert("scan", [make("scan", sha256=outcome, engine="e", outcome=outcome, tries=1) for outcome in outcomes])
    assert [row["sha256"] for row in _unscanned(bq, "e")] == ["error"]
    assert len(_unscanned(bq, "another")) == 4


def test_scan_stats_say_what_a_run_came_to(insert: Insert, make: Make, bq: bigquery.Client) -> None:
    def scan(sha256: str, outcome: str, run: str = "r1", **more: Any) -> Any:
        more = {"faces": 0, "frames": 1, "width": 1000, "height": 500, "seconds": 0.5, **more}
        return make("scan", sha256=sha256, engine="e", outcome=outcome, run_key=run, scanned_at=NOW, **more)

    insert("scan", [
        scan("a", "faces", faces=2),
        scan("b", "faces", faces=1, frames=10, duration_ms=9000, tracks=1, reason="it breaks off after 3 of 9 s"),
        scan("c", "no_face"),
        scan("d", "rejected", reason="empty file", frames=0, width=None, height=None),
        scan("f", "rejected", reason="empty file", frames=0, width=None, height=None),
        scan("g", "error", "r2", reason="KeyError"),
    ])  # fmt: skip
    insert("face", [
        make("face", face_id="1", sha256="a", engine="e", embedding=[1.0], detected_at=NOW),
        make("face", face_id="2", sha256="a", engine="e", embedding=[], reason="too small", detected_at=NOW),
    ])  # fmt: skip
    (found,) = rows(bq, "queries/scan_summary", {"run_key": "r1"})
    wanted = {"files": 5, "videos": 1, "with_faces": 2, "without_faces": 1, "rejected": 2, "errors": 0, "faces": 3}
    assert {name: found[name] for name in wanted} == wanted
    assert (found["embedded"], found["tracks"], found["frames"]) == (1, 1, 12)
    assert found["megapixels"] == 6.0
    assert [(why["reason"], why["files"]) for why in found["reasons"]] == [
        ("empty file", 2),
        ("it breaks off after 3 of 9 s", 1),
    ]
