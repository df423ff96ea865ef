"""Matching in SQL, on made-up embeddings: strangers far apart, one subject among them."""

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from google.cloud import bigquery, storage

from include.faces.manifest import load_manifest
from include.matching.match import LEAST_POPULATION, match_faces
from include.warehouse.publish import publish
from include.warehouse.shards import write_shard

Row = dict[str, Any]
NOW = datetime.now(UTC)
ENGINE = next(iter(load_manifest().engines))  # one with a ceiling
UNMEASURED = "test/unit-16"  # one without
DIMENSIONS = 16
BOX = {"x": 1.0, "y": 2.0, "width": 30.0, "height": 40.0}


def unit(seed: object, near: list[float] | None = None, share: float = 1.0) -> list[float]:
    """A seeded unit vector; with `near`, one that leans towards it by the share that is left."""
    chance = random.Random(str(seed))
    vector = [chance.gauss(0, 1) for _ in range(DIMENSIONS)]
    length = sum(value**2 for value in vector) ** 0.5
    vector = [share * value / length for value in vector]
    if near:
        vector = [value + (1 - share) * other for value, other in zip(vector, near, strict=True)]
        length = sum(value**2 for value in vector) ** 0.5
        vector = [value / length for value in vector]
    return vector


def face(name: str, embedding: list[float] | None, engine: str = ENGINE) -> Row:
    return {
        "face_id": name, "sha256": f"content-of-{name}", "engine": engine, "at_ms": 0, "box": BOX, "score": 0.9,
        "embedding": embedding, "reason": None if embedding else "too small", "detected_at": NOW,
    }  # fmt: skip


@pytest.fixture
def put(bq: bigquery.Client, gcs: storage.Client, bucket: str, clean_tables: None) -> Callable[[str, list[Row]], None]:
    def put(table: str, rows: list[Row]) -> None:
        run = f"test_{table}_{random.getrandbits(40):x}"
        write_shard(gcs, bucket, table, run, "0000", rows)
        publish(bq, gcs, bucket, table, run)

    return put


@pytest.fixture
def enrol(put: Callable[[str, list[Row]], None]) -> Callable[..., None]:
    def enrol(name: str, until: timedelta = timedelta(days=9), event: str = "given", engine: str = ENGINE) -> None:
        consent = {"consent_id": f"{name}-{event}", "subject_id": name, "event": event, "given_by": "herself"}
        dates = {"valid_until": NOW + until, "recorded_at": NOW}
        put("consent", [{**consent, "basis": "form 1", **dates}])
        put("subject", [{"subject_id": name, "label": name, "created_at": NOW}])
        shared = {"subject_id": name, "engine": engine, "file_path": "gs://none", "box": BOX, "enrolled_at": NOW}
        photos = [{**shared, "reference_id": f"{name}{n}", "sha256": f"{name}{n}"} for n in range(2)]
        put("reference", [{**photo, "embedding": unit(photo["sha256"], unit(name), 0.2)} for photo in photos])

    return enrol


def strangers(count: int = 4 * LEAST_POPULATION) -> list[Row]:
    return [face(f"stranger{n}", unit(f"stranger{n}")) for n in range(count)]


def own(name: str, count: int = 5) -> list[Row]:
    return [face(f"{name}-own{n}", unit(f"{name}-own{n}", unit(name), 0.2)) for n in range(count)]


def matched(bq: bigquery.Client) -> list[tuple[str, str]]:
    found = bq.query("SELECT subject_id, face_id FROM facewarden_biometrics.match ORDER BY 1, 2").result()
    return [(row.subject_id, row.face_id) for row in found]


def test_the_subjects_faces_are_matched_and_no_strangers(
    bq: bigquery.Client, put: Callable[..., None], enrol: Callable[..., None]
) -> None:
    enrol("anna")
    put("face", strangers() + own("anna"))
    assert match_faces(bq, "run_1", None, print) == {"new_matches": 5}
    assert matched(bq) == [("anna", f"anna-own{n}") for n in range(5)]


def test_a_gallery_that_is_all_about_the_subject_does_not_hide_them(
    bq: bigquery.Client, put: Callable[..., None], enrol: Callable[..., None]
) -> None:
    enrol("anna")
    put("face", strangers() + own("anna", 8 * LEAST_POPULATION))
    assert match_faces(bq, "run_1", None, print) == {"new_matches": 8 * LEAST_POPULATION}


def test_a_second_run_adds_only_what_is_new(
    bq: bigquery.Client, put: Callable[..., None], enrol: Callable[..., None]
) -> None:
    enrol("anna")
    put("face", strangers() + own("anna"))
    match_faces(bq, "run_1", None, print)
    assert match_faces(bq, "run_1", None, print) == {"new_matches": 0}
    put("face", own("anna", 6))
    assert match_faces(bq, "run_2", None, print) == {"new_matches": 1}
    assert len(matched(bq)) == 6


def test_each_subject_finds_its_own_and_one_can_be_chosen(
    bq: bigquery.Client, put: Callable[..., None], enrol: Callable[..., None]
) -> None:
    enrol("anna")
    enrol("bora")
    put("face", strangers() + own("anna") + own("bora", 3))
    assert match_faces(bq, "run_1", "bora", print) == {"new_matches": 3}
    assert {subject for subject, _ in matched(bq)} == {"bora"}
    assert match_faces(bq, "run_2", None, print) == {"new_matches": 5}


@pytest.mark.parametrize(("until", "event"), [(timedelta(days=-1), "given"), (timedelta(days=9), "withdrawn")])
def test_without_a_live_consent_nobody_is_searched_for(
    bq: bigquery.Client, put: Callable[..., None], enrol: Callable[..., None], until: timedelta, event: str
) -> None:
    enrol("anna", until, event)
    put("face", strangers() + own("anna"))
    assert match_faces(bq, "run_1", None, print) == {"new_matches": 0}


def test_faces_of_another_engine_or_without_embedding_are_not_compared(
    bq: bigquery.Client, put: Callable[..., None], enrol: Callable[..., None]
) -> None:
    enrol("anna")
    put("face", [*strangers(), face("blurred", None), face("other", unit("anna"), engine="test/other-16")])
    assert match_faces(bq, "run_1", None, print) == {"new_matches": 0}


@pytest.mark.parametrize("count", [3, 4 * LEAST_POPULATION])
def test_an_engine_without_ceiling_matches_nobody_however_many_strangers_it_has_seen(
    bq: bigquery.Client, put: Callable[..., None], enrol: Callable[..., None], count: int
) -> None:
    enrol("anna", engine=UNMEASURED)
    put("face", [{**face, "engine": UNMEASURED} for face in strangers(count) + own("anna")])
    assert match_faces(bq, "run_1", None, print) == {"new_matches": 0}


def test_in_a_population_too_small_to_know_the_ceiling_decides_alone(
    bq: bigquery.Client, put: Callable[..., None], enrol: Callable[..., None]
) -> None:
    enrol("anna")
    put("face", strangers(3) + own("anna"))
    assert match_faces(bq, "run_1", None, print) == {"new_matches": 5}


def test_a_match_says_how_sure_it_is(bq: bigquery.Client, put: Callable[..., None], enrol: Callable[..., None]) -> None:
    enrol("anna")
    put("face", strangers() + own("anna", 1))
    match_faces(bq, "run_1", None, print)
    (row,) = bq.query("SELECT * FROM facewarden_biometrics.match").result()
    assert row.band == "likely" and 0 < row.distance <= row.threshold
    assert row.population == 4 * LEAST_POPULATION + 1
    assert row.expected_false_matches == pytest.approx(row.population * row.false_match_rate)
