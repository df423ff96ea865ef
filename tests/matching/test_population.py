"""How far strangers are apart, as measured: against what is counted on people whose names nothing else sees."""

from collections.abc import Iterator

import numpy as np
import pytest
from google.cloud import bigquery

from include.faces.models.manifest import load_manifest
from include.matching.match import Search, match_faces
from tests.conftest import MakeRun
from tests.matching.crowd import DIMENSIONS, Row, Vectors, empty, enrolled, face, joined, load, measured, people, unit

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
    cohorts: list[Row], bq: bigquery.Client, make_run: MakeRun, rate: float
) -> None:
    bq.query("TRUNCATE TABLE facewarden_biometrics.match").result()
    run_key = f"rate_{rate:g}".replace("-", "_").replace(".", "_")
    match_faces(make_run(run_key), Search(None, rate, 1e9))
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
