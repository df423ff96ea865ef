"""How far strangers are apart, measured by SQL: against what NumPy counts on people whose names the SQL never sees."""

from collections.abc import Iterator

import numpy as np
import pytest
from google.cloud import bigquery, storage

from include.faces.manifest import load_manifest
from include.matching.match import Search, match_faces
from include.matching.population import measure_populations
from include.mistakes import Mistake
from include.settings import Settings, from_environment
from include.warehouse.publish import publish
from include.warehouse.shards import write_shard
from include.warehouse.sql import rows
from tests.matching.crowd import (
    DIMENSIONS,
    NOW,
    Row,
    Vectors,
    empty,
    enrolled,
    face,
    joined,
    load,
    measured,
    people,
    unit,
)

ENGINE = next(iter(load_manifest().engines))
# A majority of four hundred who share nothing; a minority of fifty who look much alike, with four faces each; and one
# person who is half of the gallery.
MAJORITY = people(400, 2, seed=1)
MINORITY = people(50, 4, seed=2, lean=0.9)
STAR = people(1, 600, seed=3)


def gallery() -> list[Row]:
    parts = {"majority": MAJORITY, "minority": MINORITY, "star": STAR}
    return [
        face(f"{part}-{number}-{place}", vector, ENGINE, sha256=f"{part}-{place}")
        for part, (vectors, names) in parts.items()
        for place, (vector, number) in enumerate(zip(vectors, names, strict=True))
    ]


def subjects() -> dict[str, list[Row]]:
    """Sixteen of the minority and sixteen of the majority by one face of theirs each, and the star by five."""
    few = [enrolled(f"minority-{n}", MINORITY[0][4 * n : 4 * n + 1], ENGINE) for n in range(0, 48, 3)]
    many = [enrolled(f"majority-{n}", MAJORITY[0][2 * n : 2 * n + 1], ENGINE) for n in range(0, 48, 3)]
    return joined(*few, *many, enrolled("star-0", STAR[0][:5], ENGINE))


@pytest.fixture(scope="module")
def cohorts(bq: bigquery.Client, warehouse: None) -> Iterator[list[Row]]:
    empty(bq)
    load(bq, joined({"face": gallery()}, subjects()))
    yield measured(bq, ENGINE, 1600, "population_of_test_population")
    empty(bq)


def in_cohorts(bq: bigquery.Client) -> dict[str, int]:
    found = bq.query("SELECT face_id, cohort FROM facewarden_biometrics.face_in_cohort").result()
    return {row.face_id: row.cohort for row in found}


def test_faces_that_look_alike_are_a_cohort_without_anybody_having_said_so(
    cohorts: list[Row], bq: bigquery.Client
) -> None:
    of = in_cohorts(bq)
    minority = [cohort for name, cohort in of.items() if name.startswith("minority")]
    theirs = max(set(minority), key=minority.count)
    assert minority.count(theirs) >= 0.95 * len(minority)
    others = [name for name, cohort in of.items() if cohort == theirs and not name.startswith("minority")]
    assert len(others) <= 0.2 * len(minority)


def test_half_a_gallery_of_one_person_is_no_cohort_and_moves_no_centre(cohorts: list[Row]) -> None:
    star = unit(STAR[0].mean(axis=0))
    assert all(cohort["people"] >= 20 for cohort in cohorts)
    assert (
        max(abs(float(np.dot(np.array(cohort["centre"]), star))) for cohort in cohorts) < 0.4
    )  # her own middle is at 0.9


def test_a_centre_is_shorter_than_one_and_as_long_as_the_engines_vectors(cohorts: list[Row]) -> None:
    for cohort in cohorts:
        assert len(cohort["centre"]) == DIMENSIONS and 0 < np.linalg.norm(cohort["centre"]) < 1


def test_the_tail_is_the_one_that_strangers_really_have(cohorts: list[Row], bq: bigquery.Client) -> None:
    of = in_cohorts(bq)
    # Where the star is, a tenth of the sample is hers, and the tail errs on the strict side.
    hers = {cohort for name, cohort in of.items() if name.startswith("star")}
    for cohort in cohorts:
        likeness = _strangers(of, cohort)
        for point in cohort["tail"]:
            if 0.003 <= point["rate"] <= 0.1:
                share = float(np.mean(likeness >= point["spreads"]))
                least = 0 if cohort["cohort"] in hers else 0.5 * point["rate"]
                assert least <= share < 2 * point["rate"], (cohort["cohort"], point["rate"])


def _strangers(of: dict[str, int], cohort: Row) -> Vectors:
    """How much more alike than its mean stranger a stranger is, by names that only the test knows."""
    theirs = [row for row in gallery() if of[row["face_id"]] == cohort["cohort"]]
    there = [row for row in theirs if not row["face_id"].startswith("star")]  # one stranger six hundred times
    names = np.array([row["face_id"].rsplit("-", 1)[0] for row in there])
    centred = unit(np.array([row["embedding"] for row in there]) - np.array(cohort["centre"]))
    found = []
    for place in range(len(there)):
        others = centred[names != names[place]] @ centred[place]
        found.append((others - others.mean()) / others.std())
    return np.concatenate(found)


@pytest.mark.parametrize("rate", [1e-2, 1e-3])
def test_the_stated_rate_holds_over_all_and_inside_the_minority(
    cohorts: list[Row], bq: bigquery.Client, rate: float
) -> None:
    bq.query("TRUNCATE TABLE facewarden_biometrics.match").result()
    match_faces(bq, f"rate_{rate:g}".replace("-", "_").replace(".", "_"), Search(None, rate, 1e9), print)
    statement = "SELECT subject_id, face_id FROM facewarden_biometrics.match"
    found = [(row.subject_id, row.face_id.rsplit("-", 1)[0]) for row in bq.query(statement).result()]
    strangers = [(subject, name) for subject, name in found if subject != name]
    inside = [each for each in strangers if all(name.startswith("minority") for name in each)]
    over_all = len(strangers) / (16 * 1596 + 16 * 1598 + 1000)
    assert rate / 2.5 < over_all < 2 * rate
    assert len(inside) / (16 * 196) < 2 * rate + 2 / (16 * 196)
    if rate == 1e-2:
        assert len(inside) / (16 * 196) > rate / 2.5
    star = [name for subject, name in found if subject == "star-0" and name == "star-0"]
    assert len(star) >= 0.95 * 595


def test_a_second_measurement_is_made_only_when_the_faces_have_changed(
    bq: bigquery.Client, gcs: storage.Client, bucket: str, clean_tables: None
) -> None:
    own = _settings(bucket)
    load(bq, {"face": [face(f"f{n}", vector, ENGINE) for n, vector in enumerate(MAJORITY[0][:100])]})
    assert measure_populations(bq, gcs, own, "first", print) == 1
    assert measure_populations(bq, gcs, own, "first", print) == 0
    assert measure_populations(bq, gcs, own, "second", print) == 0
    load(bq, {"face": [face(f"g{n}", vector, ENGINE) for n, vector in enumerate(MAJORITY[0][100:200])]})
    assert measure_populations(bq, gcs, own, "third", print) == 1
    (now,) = bq.query("SELECT run_key, faces, people FROM facewarden_biometrics.population_now").result()
    assert (now.run_key, now.faces) == ("third", 200)
    assert 80 <= now.people <= 120  # a hundred people with two faces each


def test_a_measurement_that_would_read_too_much_is_refused(
    bq: bigquery.Client, gcs: storage.Client, bucket: str, clean_tables: None
) -> None:
    load(bq, {"face": [face("f1", MAJORITY[0][0], ENGINE)]})
    with pytest.raises(Mistake, match="nothing was run"):
        measure_populations(bq, gcs, _settings(bucket), "large", print, most_gib=-1)
    assert rows(bq, "queries/engines_to_measure", {}) == [{"engine": ENGINE, "faces": 1}]


def test_too_few_faces_say_so_and_the_measured_ceiling_decides(
    bq: bigquery.Client, gcs: storage.Client, bucket: str, clean_tables: None
) -> None:
    anna, strangers = people(1, 4, seed=5, blur=0.2)[0], people(10, seed=6)[0]
    faces = [*(face(f"own-{n}", vector, ENGINE) for n, vector in enumerate(anna[2:])),
             *(face(f"stranger-{n}", vector, ENGINE) for n, vector in enumerate(strangers))]  # fmt: skip
    load(bq, joined({"face": faces}, enrolled("anna", anna[:2], ENGINE)))
    assert measure_populations(bq, gcs, _settings(bucket), "few", print) == 1
    assert match_faces(bq, "few", Search(), print) == {"new_matches": 2}
    (told,) = rows(bq, "queries/searches_of_run", {"run_key": "few"})
    assert "ceiling" in told["warning"]
    ceiling = load_manifest().engines[ENGINE].ceilings[1e-4]
    for row in bq.query("SELECT * FROM facewarden_biometrics.match").result():
        assert row.threshold == pytest.approx(ceiling) and row.cohort is None and "ceiling" in row.warning
        assert row.band == "possible" and row.rate_high is None


def test_too_few_faces_of_an_engine_that_nobody_measured_match_nobody(
    bq: bigquery.Client, gcs: storage.Client, bucket: str, clean_tables: None
) -> None:
    anna, engine = people(1, 4, seed=5, blur=0.2)[0], "test/no-ceiling"
    faces = [face(f"own-{n}", vector, engine) for n, vector in enumerate(anna[2:])]
    load(bq, joined({"face": faces}, enrolled("anna", anna[:2], engine)))
    assert measure_populations(bq, gcs, _settings(bucket), "none", print) == 1
    assert match_faces(bq, "none", Search(), print) == {"new_matches": 0}
    (told,) = rows(bq, "queries/searches_of_run", {"run_key": "none"})
    assert told["accepted"] == 0 and "no measured ceiling" in told["warning"]


def _settings(bucket: str) -> Settings:
    import dataclasses

    return dataclasses.replace(from_environment(), bucket=bucket)


def test_two_measurements_of_one_run_never_mix(
    bq: bigquery.Client, gcs: storage.Client, bucket: str, clean_tables: None
) -> None:
    """A run that is tried again when the faces have changed may find other cohorts than its first try published."""
    shared = {"run_key": "again", "engine": ENGINE, "faces": 9, "sample": 9, "people": 9.0, "pairs": 9, "mean": 0.0}
    cohorts = [{**shared, "cohort": number, "spread": 1.0, "measured_at": NOW} for number in range(3)]
    for tried, published in ((cohorts[:1], 1), (cohorts, 0)):
        write_shard(gcs, bucket, "population", "again", "0000", tried)
        assert publish(bq, gcs, bucket, "population", "again") == published
    assert [row.cohort for row in bq.query("SELECT cohort FROM facewarden_biometrics.population_now").result()] == [0]
