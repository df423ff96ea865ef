"""A case: all that is known of a subject, and how often it asks."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery, storage

from include.core.run import Run
from include.matching import case
from include.matching.case import Case, Copies, Copy, KnownFace, PostFacts, SearchFacts, VerdictFacts, cases
from include.matching.evidence import draw_page
from include.media.box import Box
from include.warehouse.sql import sql_text
from tests.conftest import PROJECT, MakeRun
from tests.matching.gallery import NOW, Gallery

BOX = {"x": 10.0, "y": 20.0, "width": 30.0, "height": 40.0}


class Counting(bigquery.Client):
    """BigQuery's client, which counts the queries that it sends."""

    def __init__(self) -> None:
        super().__init__(project=PROJECT, credentials=AnonymousCredentials())
        self.asked = 0

    def query_and_wait(self, *given: Any, **named: Any) -> Any:
        self.asked += 1
        return super().query_and_wait(*given, **named)

    def query(self, *given: Any, **named: Any) -> Any:
        self.asked += 1
        return super().query(*given, **named)


@pytest.fixture
def counting(make_run: MakeRun) -> Run:
    """A run whose client counts."""
    return replace(make_run(), bq=Counting())


@pytest.fixture
def hers(anna: Gallery, bq: bigquery.Client, make_run: MakeRun) -> Any:
    """`hers()`: her case, of what was put down."""

    def ask() -> Case:
        anna.load(bq)
        (found,) = cases(make_run(), ["anna"])
        return found

    return ask


def sightings_of(gallery: Gallery) -> None:
    """One to decide, with somebody beside it and a copy; one that was rejected."""
    gallery.file("f", posts=(1,))
    gallery.file("resembles", looks="f", bits=5, posts=(2,))
    gallery.file("g", posts=(3,))
    gallery.seen("hers", "f")
    gallery.seen("stranger", "g")
    gallery.said("rejected", "stranger")
    gallery.tables["reference"].append({
        "reference_id": f"r-{gallery.subject}", "subject_id": gallery.subject, "sha256": "photo", "engine": "e",
        "file_path": "gs://none/photo", "box": BOX, "sharpness": 1.0, "enrolled_at": NOW,
    })  # fmt: skip
    gallery.tables["search"].append({
        "run_key": "r", "subject_id": gallery.subject, "engine": "e", "reference_count": 1, "faces": 99, "accepted": 2,
        "false_match_rate": 1e-4, "rate": 1e-5, "expected_false_matches": 0.5, "searched_at": NOW,
        "warning": "few_people",
    })  # fmt: skip


def test_five_subjects_are_asked_for_as_often_as_one(anna: Gallery, bq: bigquery.Client, counting: Run) -> None:
    names = ["anna", "bora", "cara", "dora", "emma"]
    sightings_of(anna)
    for name in names[1:]:
        other = anna.part(name)
        other.enrolled()
        sightings_of(other)
    anna.load(bq)
    asked = []
    for wanted in (["anna"], names):
        counting.bq.asked = 0  # type: ignore[attr-defined]
        found = cases(counting, wanted)
        asked.append(counting.bq.asked)  # type: ignore[attr-defined]
        assert [one.subject.subject_id for one in found] == wanted
        assert {(len(one.sightings), len(one.references), len(one.searches)) for one in found} == {(2, 1, 1)}
        assert all(one.sightings[0].near.total == 1 for one in found)
    assert asked == [5, 5]


def test_a_page_asks_five_times_for_its_case_and_once_for_whose_pages_have_to_go(
    anna: Gallery, bq: bigquery.Client, counting: Run, gcs: storage.Client, bucket: str
) -> None:
    sightings_of(anna)
    anna.load(bq)
    draw_page(counting, "anna")
    assert counting.bq.asked == 6  # type: ignore[attr-defined]
    gcs.bucket(bucket).delete_blobs(list(gcs.list_blobs(bucket, prefix="evidence/")))


def test_nobody_is_asked_for_when_no_subject_is_named(counting: Run) -> None:
    assert cases(counting, []) == [] and counting.bq.asked == 0  # type: ignore[attr-defined]


def test_only_who_has_a_live_consent_has_a_case(anna: Gallery, bq: bigquery.Client, make_run: MakeRun) -> None:
    anna.part("ended").enrolled(valid=-timedelta(hours=1))
    anna.load(bq)
    for wanted in (None, ["anna", "ended", "nobody"]):
        assert [one.subject.subject_id for one in cases(make_run(), wanted)] == ["anna"]
    assert cases(make_run(), ["ended"]) == []


def test_an_empty_list_that_arrives_as_null_means_all_as_well(anna: Gallery, bq: bigquery.Client) -> None:
    """So BigQuery takes the empty array of a client; the emulator keeps it an array."""
    anna.load(bq)
    text = sql_text("queries/live_subjects").replace("@subject_ids", "CAST(NULL AS ARRAY<STRING>)")
    assert [row["subject_id"] for row in bq.query_and_wait(text)] == ["anna"]


def test_a_case_says_who_consented_and_what_was_searched_with_and_for(anna: Gallery, hers: Any) -> None:
    sightings_of(anna)
    found = hers()
    assert (found.subject.label, found.subject.consent.basis) == ("case of anna", "form 1")
    assert found.subject.consent.valid_until == NOW + timedelta(days=9)
    assert [(one.file_path, one.box) for one in found.references] == [("gs://none/photo", Box(**BOX))]
    assert found.searches == (SearchFacts("e", NOW, 99, 1, 1e-4, 1e-5, 0.5, 2, "few_people"),)
    assert found.counts == {"open": 1, "confirmed": 0, "rejected": 1} and found.left_out == 0


def test_a_sighting_says_where_it_is_and_what_was_said_of_it(anna: Gallery, hers: Any) -> None:
    sightings_of(anna)
    anna.post(1, title="look", posted_at=NOW)
    found = hers()
    assert [(one.face_id, one.state) for one in found.sightings] == [("hers", "open"), ("stranger", "rejected")]
    assert [one.face_id for one in found.shown] == ["hers"]
    open_one, rejected = found.sightings
    assert (open_one.file_path, open_one.at_ms, open_one.box) == ("gs://none/f", 0, Box(450, 200, 100, 100))
    assert open_one.verdict is None
    assert rejected.verdict == VerdictFacts("rejected", "a counsellor", "looked", NOW, None)
    post = PostFacts("p", "anna", 1, "https://p/1", "look", NOW, "published")
    assert open_one.same == Copies((Copy("1/f", "f", "f.png", NOW, 0, post),), 1)
    (near,) = open_one.near.first
    assert (near.sha256, near.bits, near.post.post_no, near.post.title) == ("resembles", 5, 2, None)
    assert open_one.candidate == "https://p/1"


def test_who_else_is_known_in_a_file_is_told_whenever_and_by_whichever_engine(anna: Gallery, hers: Any) -> None:
    sightings_of(anna)
    beside = {**anna.tables["face"][0], "face_id": "beside", "at_ms": 70, "engine": "older", "box": BOX}
    anna.tables["face"] += [beside, {**beside, "face_id": "no place", "box": None}]
    anna.tables["face"].append({**beside, "face_id": "beside a stranger", "sha256": "g"})
    found = hers()
    assert found.sightings[0].others == (KnownFace("beside", "f", "older", 70, Box(**BOX)),)
    assert found.sightings[1].others == (), "whoever was rejected is a bystander: nothing of that file is asked for"


def test_what_is_left_out_of_a_case_is_counted(anna: Gallery, hers: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(case, "MAX_SHOWN", 2)
    monkeypatch.setattr(case, "MAX_COPIES", 2)
    for number in range(6):
        anna.file(f"f{number}", posts=(10 * number, 10 * number + 1, 10 * number + 2))
        anna.seen(f"face-{number}", f"f{number}", expected_false_matches=number / 10)
    anna.said("confirmed", "face-0")
    for number in (3, 4, 5):
        anna.said("rejected", f"face-{number}")
    found = hers()
    assert [one.face_id for one in found.sightings] == ["face-1", "face-2", "face-3", "face-4"]
    assert found.counts == {"open": 2, "confirmed": 1, "rejected": 3} and found.left_out == 2
    assert [copy.post.post_no for copy in found.sightings[0].same.first] == [10, 11]
    assert (found.sightings[0].same.total, found.sightings[0].same.more) == (3, 1)


def test_a_sighting_whose_face_has_expired_and_whose_file_is_in_no_post_stays(anna: Gallery, hers: Any) -> None:
    anna.seen("hers", "gone", expired=True)
    (found,) = hers().sightings
    assert (found.box, found.at_ms, found.file_path, found.others) == (None, None, None, ())
    assert found.same == found.near == Copies((), 0) and found.candidate == "gone"
