"""Recording a verdict: only what can be judged, by somebody and for a reason, and each once."""

from datetime import timedelta
from typing import Any

import pytest
from google.cloud import bigquery, storage

from include.core.errors import Mistake
from include.matching.verdicts import NotRecorded, record
from include.warehouse.publish import publish
from tests.conftest import MakeRun
from tests.matching.gallery import SIZE, Gallery, hash_of

Row = dict[str, Any]
SAID = {"subject_id": "anna", "verdict": "confirmed", "given_by": " a counsellor ", "reason": "the scar"}


@pytest.fixture
def gallery(clean_tables: None, bq: bigquery.Client) -> Gallery:
    """Anna in a picture that two posts show, and in a video whose faces have expired. Bora is another subject."""
    anna = Gallery()
    anna.enrolled()
    anna.file("f", posts=(1, 2))
    anna.seen("a", "f", at=(0.3, 0.6))
    anna.file("film", engines=(), kind="video", quality=0)
    anna.seen("b", "film", track=4, expired=True)
    bora = anna.part("bora")
    bora.enrolled()
    bora.file("g")
    bora.seen("c", "g")
    anna.part("gone").enrolled(valid=timedelta(days=-1))
    anna.load(bq)
    return anna


def recorded(bq: bigquery.Client) -> list[Row]:
    found = bq.query("SELECT * FROM facewarden_biometrics.verdict ORDER BY sha256, face_id").result()
    return [dict(row) for row in found]


def test_a_verdict_is_kept_with_what_its_content_is_known_by(
    gallery: Gallery, bq: bigquery.Client, make_run: MakeRun
) -> None:
    params = {**SAID, "face_ids": ["a", "b", "a"]}
    assert record(make_run("run_1"), params) == {"subject_id": "anna", "verdicts": 2}
    publish(make_run("run_1"), "verdict")
    picture, film = recorded(bq)
    assert (picture["face_id"], picture["sha256"], picture["phash"], picture["phash_quality"]) == (
        "a",
        "f",
        hash_of("f"),
        90,
    )
    assert picture["place"] == pytest.approx({"x": 0.3, "y": 0.6, "width": 0.1}) and SIZE[0] != SIZE[1]
    assert (picture["verdict"], picture["given_by"], picture["reason"]) == ("confirmed", "a counsellor", "the scar")
    assert (film["face_id"], film["track"]) == ("b", 4)
    assert not film["place"] or film["place"]["x"] is None


def test_a_run_that_is_tried_again_records_nothing_twice_and_another_run_does(
    gallery: Gallery, bq: bigquery.Client, make_run: MakeRun
) -> None:
    params = {**SAID, "face_ids": ["a"]}
    for run in ("run_1", "run_1", "run_2"):
        record(make_run(run), params)
        publish(make_run(run), "verdict")
    assert len({row["verdict_id"] for row in recorded(bq)}) == len(recorded(bq)) == 2


def test_a_whole_file_can_be_judged(gallery: Gallery, bq: bigquery.Client, make_run: MakeRun) -> None:
    record(make_run("run_1"), {**SAID, "sha256": "f"})
    publish(make_run("run_1"), "verdict")
    (row,) = recorded(bq)
    assert (row["sha256"], row["face_id"], row["phash"]) == ("f", None, hash_of("f"))
    (state,) = bq.query("SELECT state FROM facewarden_biometrics.match_verdict WHERE face_id = 'a'").result()
    assert state["state"] == "confirmed"


REFUSED = [
    ({"face_ids": ["a", "bora-c"]}, "1 of 2 faces are no match of this subject: bora-c"),
    ({"face_ids": ["nothing"]}, "no match"),
    ({"face_ids": ["x'; DROP TABLE face; --"]}, "made of letters"),
    ({"face_ids": []}, "either"),
    ({"sha256": "f"}, "either"),
    ({"face_ids": [], "sha256": "bora-g"}, "no match in file"),
    ({"subject_id": "gone"}, "live consent"),
    ({"subject_id": "nobody"}, "live consent"),
    ({"subject_id": None}, "made of letters"),
    ({"given_by": "  "}, "given_by must be said"),
    ({"reason": ""}, "reason must be said"),
    ({"reason": None}, "reason must be said"),
    ({"reason": "x" * 2001}, "at most 2000"),
    ({"verdict": "probably"}, "confirmed, rejected, unsure"),
    ({"verdict": None}, "confirmed, rejected, unsure"),
]


def test_what_cannot_be_judged_is_refused_at_once_and_nothing_is_written(
    gallery: Gallery, gcs: storage.Client, bucket: str, make_run: MakeRun
) -> None:
    for change, message in REFUSED:
        with pytest.raises(Mistake, match=message):
            record(make_run("run_1"), {**SAID, "face_ids": ["a"], **change})  # type: ignore[dict-item]
    assert list(gcs.list_blobs(bucket, prefix="staging/verdict/")) == []


def test_what_is_no_id_is_not_repeated_because_it_may_be_a_name(gallery: Gallery, make_run: MakeRun) -> None:
    with pytest.raises(NotRecorded) as refused:
        record(make_run("run_1"), {**SAID, "face_ids": ["홍길동"]})
    assert "홍길동" not in str(refused.value)
