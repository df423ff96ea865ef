"""When a population is measured, and what is done where it tells nothing."""

from typing import Any

import pytest
from google.cloud import bigquery

from include.core.errors import Mistake
from include.faces.models.manifest import load_manifest
from include.matching.match import Search, match_faces
from include.matching.population import measure_populations
from include.warehouse.publish import publish
from include.warehouse.rows import Table
from include.warehouse.shards import write_shard
from include.warehouse.sql import rows
from tests.conftest import MakeRun
from tests.matching.crowd import NOW, enrolled, face, joined, load, people

ENGINE = next(iter(load_manifest().engines))
CROWD = people(200, 2, seed=1)[0]


def test_a_second_measurement_is_made_only_when_the_faces_have_changed(
    bq: bigquery.Client, bucket: str, clean_tables: None, make_run: MakeRun
) -> None:
    load(bq, {"face": [face(f"f{n}", vector, ENGINE) for n, vector in enumerate(CROWD[:100])]})
    assert measure_populations(make_run("first")) == 1
    assert measure_populations(make_run("first")) == 0
    assert measure_populations(make_run("second")) == 0
    load(bq, {"face": [face(f"g{n}", vector, ENGINE) for n, vector in enumerate(CROWD[100:200])]})
    assert measure_populations(make_run("third")) == 1
    (now,) = bq.query("SELECT run_key, faces, people FROM facewarden_biometrics.population_now").result()
    assert (now.run_key, now.faces) == ("third", 200)
    assert 80 <= now.people <= 120  # a hundred people with two faces each


def test_a_measurement_that_would_read_too_much_is_refused(
    bq: bigquery.Client, clean_tables: None, make_run: MakeRun
) -> None:
    load(bq, {"face": [face("f1", CROWD[0], ENGINE)]})
    with pytest.raises(Mistake, match="nothing was run"):
        measure_populations(make_run("large"), most_gib=-1)
    assert rows(bq, "queries/engines_to_measure", {}) == [{"engine": ENGINE, "faces": 1}]


def test_too_few_faces_say_so_and_the_measured_ceiling_decides(
    bq: bigquery.Client, clean_tables: None, make_run: MakeRun
) -> None:
    anna, strangers = people(1, 4, seed=5, blur=0.2)[0], people(10, seed=6)[0]
    faces = [*(face(f"own-{n}", vector, ENGINE) for n, vector in enumerate(anna[2:])),
             *(face(f"stranger-{n}", vector, ENGINE) for n, vector in enumerate(strangers))]  # fmt: skip
    load(bq, joined({"face": faces}, enrolled("anna", anna[:2], ENGINE)))
    assert measure_populations(make_run("few")) == 1
    assert match_faces(make_run("few"), Search()) == {"new_matches": 2}
    (told,) = rows(bq, "queries/searches_of_run", {"run_key": "few"})
    assert told["warning"] == "few_people"
    ceiling = load_manifest().engines[ENGINE].ceilings[1e-4]
    for row in bq.query("SELECT * FROM facewarden_biometrics.match").result():
        assert row.threshold == pytest.approx(ceiling) and row.cohort is None and row.warning == "few_people"
        assert row.band == "possible" and row.rate_high is None
        assert row.rate == min(load_manifest().engines[ENGINE].ceilings), "no smaller rate was measured"


def test_too_few_faces_of_an_engine_that_nobody_measured_match_nobody(
    bq: bigquery.Client, clean_tables: None, make_run: MakeRun
) -> None:
    anna, engine = people(1, 4, seed=5, blur=0.2)[0], "test/no-ceiling"
    faces = [face(f"own-{n}", vector, engine) for n, vector in enumerate(anna[2:])]
    load(bq, joined({"face": faces}, enrolled("anna", anna[:2], engine)))
    assert measure_populations(make_run("none")) == 1
    log: list[str] = []
    assert match_faces(make_run("none", log.append), Search()) == {"new_matches": 0}
    (told,) = rows(bq, "queries/searches_of_run", {"run_key": "none"})
    assert told["accepted"] == 0 and told["warning"] == "no_ceiling"
    assert "WARNING, nobody was matched" in log[-1] and "no measured ceiling" in log[-1]


def test_two_measurements_of_one_run_never_mix(bq: bigquery.Client, clean_tables: None, make_run: MakeRun) -> None:
    """A run that is tried again when the faces have changed may find other cohorts than its first try published."""
    shared = {"run_key": "again", "engine": ENGINE, "faces": 9, "sample": 9, "people": 9.0, "pairs": 9, "mean": 0.0}
    cohorts = [{**shared, "cohort": number, "spread": 1.0, "measured_at": NOW} for number in range(3)]
    for tried, published in ((cohorts[:1], 1), (cohorts, 0)):
        write_shard(make_run("again"), Table[Any]("population"), "0000", tried)
        assert publish(make_run("again"), "population") == published
    assert [row.cohort for row in bq.query("SELECT cohort FROM facewarden_biometrics.population_now").result()] == [0]
