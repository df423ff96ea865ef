"""What comes after a match: sightings told once whatever the engine, posts ranked, faces of a post."""

import datetime
from typing import Any

import pytest
from google.cloud import bigquery

from tests.matching.gallery import NOW, Gallery
from tests.warehouse.conftest import Insert, Make, Select

pytestmark = pytest.mark.usefixtures("clean_tables")
HOUR = datetime.timedelta(hours=1)


@pytest.fixture
def anna() -> Any:
    gallery = Gallery()
    gallery.enrolled()
    return gallery


def _shown(select: Select) -> Any:
    statement = "SELECT face_id FROM facewarden_biometrics.matches_of('anna') WHERE NOT superseded ORDER BY face_id"
    return [row["face_id"] for row in select(statement)]


def test_after_a_change_of_engine_a_face_is_told_once_by_the_newest(
    anna: Gallery, bq: bigquery.Client, select: Select
) -> None:
    anna.file("both", engines=("e", "later"))
    anna.seen("old", "both", at=(0.2, 0.5), matched_at=NOW + HOUR)
    anna.seen("new", "both", at=(0.2, 0.5), engine="later")
    anna.file("only once", engines=("e", "later"))
    anna.seen("missed by the later", "only once")
    anna.file("unscanned", engines=())
    anna.seen("first", "unscanned")
    anna.seen("last", "unscanned", engine="later", matched_at=NOW + HOUR)
    anna.said("confirmed", "old")
    anna.load(bq)
    assert _shown(select) == ["last", "missed by the later", "new"]
    assert select("SELECT state FROM facewarden_biometrics.matches_of('anna') WHERE face_id = 'new'") == [
        {"state": "confirmed"}
    ]


def test_what_was_confirmed_stays_when_a_newer_engine_sees_somebody_else_only(
    anna: Gallery, bq: bigquery.Client, select: Select
) -> None:
    anna.file("f", engines=("e", "later"))
    anna.seen("confirmed", "f", at=(0.2, 0.5))
    anna.seen("rejected", "f", at=(0.5, 0.5))
    anna.seen("new", "f", at=(0.8, 0.5), engine="later")
    anna.said("confirmed", "confirmed")
    anna.said("rejected", "rejected")
    anna.load(bq)
    assert _shown(select) == ["confirmed", "new"]


def _posts(select: Select, subject: str = "anna") -> Any:
    return select(f"SELECT * FROM facewarden_biometrics.posts_of('{subject}') ORDER BY rank")


def test_several_pictures_of_a_post_are_one_candidate_with_more_support(
    anna: Gallery, bq: bigquery.Client, select: Select
) -> None:
    for number in range(8):
        anna.file(f"f{number}", posts=(1,))
        anna.seen(f"face{number}", f"f{number}", distance=0.6, expected_false_matches=0.8)
    anna.file("g", posts=(2, 3))
    anna.seen("best", "g", distance=0.3, expected_false_matches=0.1)
    anna.post(1, title="eight of one", posted_at=NOW)
    anna.load(bq)
    posts = _posts(select)
    assert [(row["rank"], row["post_no"], row["files"], row["sightings"]) for row in posts] == [
        (1, 2, 1, 1), (2, 3, 1, 1), (3, 1, 8, 8)]  # fmt: skip
    assert (posts[2]["expected_false_matches"], posts[2]["distance"], posts[2]["title"]) == (0.8, 0.6, "eight of one")


def test_a_post_is_what_was_decided_of_its_sightings(anna: Gallery, bq: bigquery.Client, select: Select) -> None:
    verdicts = {1: ("confirmed", "rejected", None), 2: ("rejected", "unsure"), 3: ("rejected", "rejected"), 4: (None,)}
    for post, said in verdicts.items():
        for number, verdict in enumerate(said):
            name = f"{post}{number}"
            anna.file(name, posts=(post,))
            anna.seen(name, name, distance=0.1 * (number + 1), band="likely" if number == 0 else "possible")
            if verdict:
                anna.said(verdict, name)
    anna.load(bq)
    posts = {row["post_no"]: row for row in _posts(select)}
    assert {post: row["state"] for post, row in posts.items()} == {1: "confirmed", 2: "open", 3: "rejected", 4: "open"}
    assert (posts[1]["still_open"], posts[1]["confirmed"], posts[1]["rejected"]) == (1, 1, 1)
    assert posts[2]["distance"] == pytest.approx(0.2), "what was rejected tells nothing any more"
    assert (posts[2]["band"], posts[3]["band"], posts[3]["rank"]) == ("possible", "likely", 4)


def test_without_a_live_consent_there_are_no_posts(bq: bigquery.Client, select: Select) -> None:
    gone = Gallery("gone")
    gone.enrolled(valid=-HOUR)
    gone.file("f")
    gone.seen("a", "f")
    gone.load(bq)
    assert _posts(select, "gone") == []
    assert select("SELECT * FROM facewarden_biometrics.evidence") == []


def test_faces_of_a_post_are_all_that_the_newest_engine_found(insert: Insert, make: Make, select: Select) -> None:
    here, box = {"post_url": "https://p/1", "sha256": "f"}, {"x": 1.0, "y": 2.0, "width": 3.0, "height": 4.0}
    insert("media", [
        make("media", media_id="m1", **here),
        make("media", media_id="m2", **here),
        make("media", media_id="elsewhere", post_url="https://p/2", sha256="g"),
        make("media", media_id="rejected", post_url="https://p/1"),
    ])  # fmt: skip
    insert("face", [
        make("face", face_id="old", sha256="f", engine="e", detected_at=NOW - HOUR),
        make("face", face_id="new", sha256="f", engine="later", detected_at=NOW, box=box, embedding=[0.6, 0.8]),
        make("face", face_id="blurred", sha256="f", engine="later", detected_at=NOW, reason="too blurred"),
        make("face", face_id="other", sha256="g", engine="later", detected_at=NOW),
    ])  # fmt: skip
    found = select("SELECT * FROM facewarden_biometrics.faces_of('https://p/1') ORDER BY media_id, face_id")
    assert [(row["media_id"], row["face_id"]) for row in found] == [
        ("m1", "blurred"), ("m1", "new"), ("m2", "blurred"), ("m2", "new")]  # fmt: skip
    assert (found[1]["embedding"], found[1]["box"], found[0]["reason"]) == ([0.6, 0.8], box, "too blurred")
