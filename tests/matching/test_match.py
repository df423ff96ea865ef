"""Matching in SQL: one search through a crowd of made-up people, and what must be true of it."""

import dataclasses
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from google.cloud import bigquery

from include.core.errors import Mistake
from include.faces.models.manifest import load_manifest
from include.matching.match import Search, candidates_of, match_faces
from include.warehouse.definitions import load_definitions
from include.warehouse.sql import rows
from include.warehouse.steps import Steps
from tests.conftest import MakeRun
from tests.matching.crowd import NOW, Row, Vectors, empty, enrolled, face, joined, load, measured, people, unit

ENGINE = next(iter(load_manifest().engines))  # one with a measured ceiling
UNMEASURED = "test/no-ceiling"
OTHER = "test/other"
STRANGERS, FAMILY = people(300), people(4, faces=12, seed=11)
RATE = 1e-4


def of(number: int) -> Vectors:
    """The twelve faces of one of the four who are searched for."""
    return STRANGERS[0][:0] if number < 0 else FAMILY[0][number * 12 : number * 12 + 12]


def between(first: Vectors, second: Vectors, share: float) -> Vectors:
    return unit((1 - share) * first + share * second)


def crowd() -> list[Row]:
    return [face(f"stranger-{number:03d}", vector, ENGINE) for number, vector in enumerate(STRANGERS[0])]


def film(name: str, vectors: list[Vectors], **more: Any) -> list[Row]:
    shared = {"sha256": f"film-{name}", "track": 1, **more}
    return [face(f"{name}-{number}", vector, ENGINE, **shared, at_ms=number) for number, vector in enumerate(vectors)]


def world() -> dict[str, list[Row]]:
    anna, bora, cara, dora = (of(number) for number in range(4))
    far = STRANGERS[0][7]
    faces = [
        *crowd(),
        *(face(f"anna-{number}", vector, ENGINE) for number, vector in enumerate(anna[5:])),
        *(face(f"bora-{number}", vector, ENGINE) for number, vector in enumerate(bora[5:8])),
        *(face(f"cara-{number}", vector, ENGINE) for number, vector in enumerate(cara[5:])),
        *(face(f"dora-{number}", vector, ENGINE) for number, vector in enumerate(dora[5:])),
        *film("bora-film", [bora[8], bora[9], bora[10]]),
        *film("look-alike", [bora[11], far, -bora[11]]),
        face("bora-blurred", bora[8], ENGINE, sha256="blurred", sharpness=3.0),
        face("too-small", None, ENGINE, reason="too small"),
        face("of-another-engine", anna[5], OTHER),
    ]
    return joined(
        {"face": faces},
        enrolled("anna", anna[:5], ENGINE),
        enrolled("bora", bora[:5], ENGINE),
        enrolled("expired", cara[:5], ENGINE, until=timedelta(days=-1)),
        enrolled("withdrawn", dora[:5], ENGINE, event="withdrawn"),
        enrolled("nowhere", people(1, 5, seed=99)[0], ENGINE),
        enrolled("unmeasured", anna[:5], UNMEASURED),
    )


@pytest.fixture(scope="module")
def searched(bq: bigquery.Client, warehouse: None, make_run: MakeRun) -> Iterator[dict[str, Any]]:
    """The crowd measured, and searched once; what was found, by subject."""
    empty(bq)
    load(bq, world())
    cohorts = measured(bq, ENGINE, 330, "population_of_test_match")
    counts = match_faces(make_run("search_1"), Search())
    yield {"counts": counts, "cohorts": cohorts}
    empty(bq)


def found(bq: bigquery.Client, subject: str = "") -> list[Row]:
    statement = "SELECT * FROM facewarden_biometrics.match ORDER BY subject_id, face_id"
    return [dict(row) for row in bq.query(statement).result() if subject in ("", row.subject_id)]


def names(bq: bigquery.Client, subject: str) -> list[str]:
    return [row["face_id"] for row in found(bq, subject)]


def test_each_subjects_faces_are_found_and_no_strangers(searched: Row, bq: bigquery.Client) -> None:
    assert names(bq, "anna") == [f"anna-{number}" for number in range(7)]
    pictures = ["bora-0", "bora-1", "bora-2", "bora-blurred"]
    assert [name for name in names(bq, "bora") if not name.startswith("bora-film")] == pictures


def test_nobody_is_searched_for_without_a_live_consent(searched: Row, bq: bigquery.Client) -> None:
    assert {row["subject_id"] for row in found(bq)} == {"anna", "bora"}


def test_a_track_is_one_match_for_all_its_faces(searched: Row, bq: bigquery.Client) -> None:
    (sighting,) = [row for row in found(bq, "bora") if row["sha256"] == "film-bora-film"]
    assert sighting["faces"] == 3 and sighting["track"] == 1


def test_one_near_face_among_far_ones_of_a_track_is_no_match(searched: Row, bq: bigquery.Client) -> None:
    assert "film-look-alike" not in {row["sha256"] for row in found(bq)}


def test_a_blurred_face_is_worth_less(searched: Row, bq: bigquery.Client) -> None:
    blurred, sharp = (
        next(row for row in found(bq, "bora") if row["face_id"] == name) for name in ("bora-blurred", "bora-0")
    )
    assert blurred["quality"] == pytest.approx(0.1) and sharp["quality"] == 1


def test_a_match_says_how_sure_it_is(searched: Row, bq: bigquery.Client) -> None:
    for row in found(bq):
        assert 0 < row["rate_low"] < row["rate"] < row["rate_high"] <= 1
        assert row["rate"] <= row["false_match_rate"] == RATE and row["distance"] <= row["threshold"]
        assert row["population"] == len(
            [row for row in world()["face"] if row["embedding"] and row["engine"] == ENGINE]
        )
        assert row["expected_false_matches"] == pytest.approx(row["rate"] * row["population"])
        assert row["band"] == ("likely" if row["rate_high"] * row["population"] <= 0.1 * row["quality"] else "possible")


def test_distances_are_those_of_numpy(searched: Row, bq: bigquery.Client) -> None:
    centres = np.array([cohort["centre"] for cohort in searched["cohorts"]])
    vectors = {row["face_id"]: np.array(row["embedding"]) for row in world()["face"] if row["embedding"]}
    for row in found(bq, "anna"):
        centre = centres[row["cohort"]]
        template = unit(unit(of(0)[:5] - centre).mean(axis=0))
        assert abs(row["distance"] - np.linalg.norm(unit(vectors[row["face_id"]] - centre) - template)) < 1e-9


def test_what_was_searched_is_told_also_when_nothing_was_found(searched: Row, bq: bigquery.Client) -> None:
    told = {row["subject_id"]: row for row in rows(bq, "queries/searches_of_run", {"run_key": "search_1"})}
    assert set(told) == {"anna", "bora", "nowhere", "unmeasured"}
    assert (told["anna"]["accepted"], told["anna"]["warning"] is None) == (7, False)
    assert (told["nowhere"]["accepted"], told["nowhere"]["reference_count"]) == (0, 5)
    assert told["nowhere"]["expected_false_matches"] == pytest.approx(RATE * told["nowhere"]["faces"])
    assert told["unmeasured"]["warning"] == "no_faces" and told["unmeasured"]["faces"] == 0


def test_the_same_search_again_and_a_later_one_add_nothing_that_is_there(
    searched: Row, bq: bigquery.Client, make_run: MakeRun
) -> None:
    before = found(bq)
    assert match_faces(make_run("search_1"), Search()) == {"new_matches": 0}
    assert match_faces(make_run("search_2"), Search(subject_id="anna")) == {"new_matches": 0}
    assert found(bq) == before
    assert [row["subject_id"] for row in rows(bq, "queries/searches_of_run", {"run_key": "search_2"})] == ["anna"]
    assert len(rows(bq, "queries/searches_of_run", {"run_key": "search_1"})) == 4


def test_a_track_whose_nearest_face_changed_is_not_matched_twice(
    searched: Row, bq: bigquery.Client, make_run: MakeRun
) -> None:
    before = found(bq)
    nearest = face("bora-film-9", unit(of(1)[:5].mean(axis=0)), ENGINE, sha256="film-bora-film", track=1)
    load(bq, {"face": [nearest]})
    assert match_faces(make_run("search_3"), Search()) == {"new_matches": 0}
    assert found(bq) == before


def test_where_many_would_be_strangers_the_rate_is_made_smaller(
    searched: Row, bq: bigquery.Client, make_run: MakeRun
) -> None:
    match_faces(make_run("search_4"), Search(subject_id="nowhere", false_match_rate=0.1, most_false_matches=2))
    (told,) = rows(bq, "queries/searches_of_run", {"run_key": "search_4"})
    assert told["false_match_rate"] == 0.1
    # The rate is told by how many there were when the population was measured, and so stays until that is done anew.
    assert told["expected_false_matches"] == pytest.approx(2, rel=0.02) and told["rate"] < 0.01


def test_the_nearest_faces_of_one_face_are_those_of_numpy(searched: Row, bq: bigquery.Client) -> None:
    sought = of(0)[0]
    similar = _similar(bq, sought, 1.0, 5)
    assert [row["place"] for row in similar] == [1, 2, 3, 4, 5]
    assert all(row["face_id"].startswith("anna") for row in similar)
    centres = np.array([cohort["centre"] for cohort in searched["cohorts"]])
    vectors = {row["face_id"]: np.array(row["embedding"]) for row in world()["face"] if row["embedding"]}
    for row in similar:
        centre = centres[row["cohort"]]
        apart = unit(vectors[row["face_id"]] - centre) - unit(sought - centre)
        assert abs(row["distance"] - np.linalg.norm(apart)) < 1e-9


def test_similar_faces_keep_to_the_rate_that_is_stated(searched: Row, bq: bigquery.Client) -> None:
    strict, loose = (_similar(bq, of(0)[0], rate, 1000) for rate in (1e-5, 0.1))
    assert {row["face_id"] for row in strict} < {row["face_id"] for row in loose}
    strangers = [row for row in loose if row["face_id"].startswith("stranger")]
    assert 10 <= len(strangers) <= 60  # a tenth of three hundred, give or take
    assert all(row["rate"] <= 0.1 for row in loose)


HOSTILE = ["x' OR 1=1 --", "'; DROP TABLE facewarden_biometrics.match; --", "\\", "$target"]


@pytest.mark.parametrize("text", HOSTILE)
def test_what_somebody_typed_is_never_a_part_of_the_statement(
    searched: Row, bq: bigquery.Client, text: str, make_run: MakeRun
) -> None:
    before = found(bq)
    with pytest.raises(Mistake, match="no subject"):
        match_faces(make_run("search_5"), Search(subject_id=text))
    sought = bigquery.ArrayQueryParameter("sought", "FLOAT64", of(0)[0].tolist())
    engine = bigquery.ScalarQueryParameter("engine", "STRING", text)
    config = bigquery.QueryJobConfig(query_parameters=[sought, engine])
    statement = "SELECT * FROM facewarden_biometrics.similar_faces(@sought, @engine, 1.0, 9)"
    assert list(bq.query(statement, job_config=config).result()) == []
    assert found(bq) == before


@pytest.mark.parametrize("rate", [0, -1e-4, 0.6, float("nan")])
def test_a_rate_that_means_nothing_is_refused(rate: float, make_run: MakeRun) -> None:
    with pytest.raises(Mistake, match="share of strangers"):
        match_faces(make_run("search_6"), Search(false_match_rate=rate))


def test_a_search_that_would_read_too_much_is_refused_before_it_runs(
    searched: Row, bq: bigquery.Client, make_run: MakeRun
) -> None:
    """The emulator says that nothing is read; so even that is too much here."""
    with pytest.raises(Mistake, match="nothing was run"):
        match_faces(make_run("search_7"), dataclasses.replace(Search(), most_gib=-1))
    assert rows(bq, "queries/searches_of_run", {"run_key": "search_7"}) == []


def test_no_table_of_a_run_is_left(searched: Row, bq: bigquery.Client) -> None:
    assert [it.table_id for it in bq.list_tables("facewarden_biometrics") if it.table_id.startswith("staging_")] == []


def _similar(
    bq: bigquery.Client, sought: Vectors, rate: float, most: int, function: str = "similar_faces"
) -> list[Row]:
    parameters = [
        bigquery.ArrayQueryParameter("sought", "FLOAT64", sought.tolist()),
        bigquery.ScalarQueryParameter("rate", "FLOAT64", rate),
        bigquery.ScalarQueryParameter("most", "INT64", most),
    ]
    config = bigquery.QueryJobConfig(query_parameters=parameters)
    statement = f"SELECT * FROM facewarden_biometrics.{function}(@sought, '{ENGINE}', @rate, @most) ORDER BY place"
    return [dict(row) for row in bq.query(statement, job_config=config).result()]


def test_googles_own_search_finds_the_same_where_its_one_function_is_written_out(
    searched: Row, bq: bigquery.Client
) -> None:
    """VECTOR_SEARCH is in no emulator; what it promises is written out here, and the rest of the statement is run."""
    (googles,) = [it for it in load_definitions(search="vector_search") if it.address.endswith(".similar_faces")]
    written_out = """(
      SELECT STRUCT(face_id AS face_id, sha256 AS sha256, at_ms AS at_ms, track AS track, embedding AS embedding) base
      FROM facewarden_biometrics.face WHERE engine = sought_engine AND ARRAY_LENGTH(embedding) > 0
      ORDER BY facewarden_biometrics.face_distance(embedding, sought) LIMIT 1000)"""
    statement = re.sub(r"VECTOR_SEARCH\(.*?\n  \)\n", written_out + "\n", googles.statement, flags=re.DOTALL)
    assert "VECTOR_SEARCH(" not in statement
    plain = _similar(bq, of(0)[0], 1.0, 1000)
    bq.query(statement.replace(".similar_faces(", ".similar_faces_of_google(")).result()
    try:
        theirs = _similar(bq, of(0)[0], 1.0, 1000, "similar_faces_of_google")
    finally:
        bq.query("DROP TABLE FUNCTION facewarden_biometrics.similar_faces_of_google").result()
    assert [sorted(row) for row in theirs[:1]] == [sorted(row) for row in plain[:1]]
    distances = [{row["face_id"]: pytest.approx(row["distance"]) for row in found} for found in (plain, theirs)]
    assert distances[0] == {row["face_id"]: row["distance"] for row in theirs} and len(distances[1]) == len(plain)


def test_googles_search_is_chosen_by_configuration_alone() -> None:
    plain, exact, indexed = (
        {it.address: it.digest for it in load_definitions(search=it)} for it in (None, "vector_search", "vector_index")
    )
    changed = [address for address in plain if plain[address] != exact[address]]
    assert changed == ["facewarden_biometrics.similar_faces"] and exact != indexed
    assert all("VECTOR_SEARCH(" not in it.statement for it in load_definitions())
    with pytest.raises(Mistake, match="FACEWARDEN_SEARCH"):
        load_definitions(search="fast")


def test_a_consent_that_is_withdrawn_while_a_search_runs_gets_no_match(searched: Row, bq: bigquery.Client) -> None:
    before, dora = found(bq), of(3)
    load(bq, enrolled("late", dora[:5], ENGINE))
    steps = Steps(bq, "search_8")
    candidates = candidates_of(steps, dataclasses.replace(Search(), subject_id="late", false_match_rate=RATE))[2]
    assert next(iter(bq.query(f"SELECT COUNT(*) AS n FROM {candidates}").result())).n == 7
    withdrawn = enrolled("late", dora[:0], ENGINE, event="withdrawn")["consent"][0]
    load(bq, {"consent": [{**withdrawn, "consent_id": "later", "recorded_at": NOW + timedelta(seconds=1)}]})
    assert steps.change("merges/match", {"run_key": "search_8"}, candidates=candidates) == 0
    steps.clear()
    assert found(bq) == before
