"""A search that compares only what is new finds what comparing all of it again would, whatever happens in between."""

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from google.cloud import bigquery

from include.faces.models.manifest import load_manifest
from include.matching.match import Search, match_faces
from include.warehouse.publish import publish
from include.warehouse.rows import Table
from include.warehouse.shards import write_shard
from tests.conftest import MakeRun
from tests.matching.crowd import NOW, Row, empty, enrolled, face, joined, load, measured, people, unit

ENGINE, OTHER = next(iter(load_manifest().engines)), "test/other"
STRANGERS, FAMILY = people(150)[0], people(2, faces=12, seed=11)[0]
ANNA, BORA = FAMILY[:12], FAMILY[12:]
# What a later day is to the warehouse: all that has happened lies two days further back.
LATER = "".join(
    f"UPDATE facewarden_biometrics.{table} SET {column} = TIMESTAMP_SUB({column}, INTERVAL 2 DAY) WHERE TRUE;"
    for table, columns in {
        "face": ("detected_at",), "search": ("searched_at", "searched_to"), "population": ("measured_at",)
    }.items()
    for column in columns
)  # fmt: skip
MATCHES = """SELECT found.* EXCEPT (matched_at, run_key), told.band AS band_now,
  told.expected_false_matches AS expected_now, told.population AS population_now
FROM facewarden_biometrics.match AS found
JOIN facewarden_biometrics.match_now AS told ON told.subject_id = found.subject_id AND told.face_id = found.face_id
ORDER BY subject_id, face_id"""
SEARCHES = """SELECT subject_id, engine, reference_count, faces, rate, expected_false_matches, accepted, warning,
  compared
FROM facewarden_biometrics.search ORDER BY searched_at, subject_id, engine"""


class World:
    """A warehouse in which things happen, one day after the other; each day ends with a search."""

    def __init__(self, bq: bigquery.Client, make_run: MakeRun, name: str, whole: bool) -> None:
        self._bq, self._make_run, self._name, self._whole = bq, make_run, name, whole
        self._rate, self._day = 1e-4, 0
        empty(bq)

    def begin(self) -> None:
        crowd = [face(f"{engine}-{n}", one, engine) for engine in (ENGINE, OTHER) for n, one in enumerate(STRANGERS)]
        first = [face("anna-0", ANNA[5], ENGINE), face("anna-of-other", ANNA[5], OTHER)]
        load(self._bq, joined({"face": [*crowd, *first]}, self._anna(ANNA[:4], ENGINE)))
        load(self._bq, {"reference": self._anna(ANNA[:4], OTHER, "o")["reference"]})
        self.measured()

    def search(self) -> None:
        self._day += 1
        run = self._make_run(f"{self._name}_{self._day}", print)
        match_faces(run, Search(false_match_rate=self._rate, whole=self._whole))
        self._bq.query(LATER).result()

    def pictures(self) -> None:
        new = {"anna-1": ANNA[6], "bora-1": BORA[6], "nobody": unit(STRANGERS[3] + STRANGERS[4])}
        load(self._bq, {"face": [face(name, vector, ENGINE) for name, vector in new.items()]})
        load(self._bq, {"face": [face("bora-of-other", BORA[6], OTHER)]})

    def a_film(self) -> None:
        shared = {"sha256": "film", "track": 1}
        load(self._bq, {"face": [face(f"film-{n}", ANNA[7 + n], ENGINE, at_ms=n, **shared) for n in range(3)]})

    def bora(self) -> None:
        load(self._bq, enrolled("bora", BORA[:4], ENGINE))

    def another_reference(self) -> None:
        load(self._bq, {"reference": self._anna(ANNA[4:5], ENGINE, "more-of-")["reference"]})

    def another_consent(self) -> None:
        (consent,) = self._anna(ANNA[:0], ENGINE)["consent"]
        load(self._bq, {"consent": [{**consent, "consent_id": "renewed", "recorded_at": NOW + timedelta(seconds=1)}]})

    def measured(self) -> None:
        for engine in (ENGINE, OTHER):
            measured(self._bq, engine, len(STRANGERS), f"{self._name}_{self._day}_{engine == OTHER}".lower())

    def another_rate(self) -> None:
        self._rate = 1e-3

    def verdict(self) -> None:
        said = {"verdict_id": "v", "subject_id": "anna", "face_id": "anna-0", "sha256": "content-of-anna-0"}
        told = {"verdict": "rejected", "given_by": "a counsellor", "reason": "looked", "recorded_at": NOW}
        load(self._bq, {"verdict": [{**said, **told}]})

    def rows(self, statement: str) -> list[Row]:
        return [dict(row) for row in self._bq.query(statement).result()]

    @staticmethod
    def _anna(references: Any, engine: str, prefix: str = "") -> dict[str, list[Row]]:
        tables = enrolled("anna", references, engine)
        for row in tables["reference"]:
            row |= {"reference_id": prefix + row["reference_id"], "sha256": prefix + row["sha256"]}
        return tables


def history(seed: int) -> list[list[Callable[[World], None]]]:
    """What happens on each day, in an order of the seed; on the last one nothing that changes the basis."""
    faces: list[Callable[[World], None]] = [World.pictures, World.a_film]
    basis = [World.bora, World.another_reference, World.another_consent, World.measured, World.another_rate]
    chance = random.Random(seed)
    chance.shuffle(faces)
    between = [*basis, World.verdict, faces[0]]
    chance.shuffle(between)
    return [[World.begin], between, [faces[1]]]


def played(world: World, days: list[list[Callable[[World], None]]]) -> tuple[list[Row], list[Row]]:
    for events in days:
        for event in events:
            event(world)
        world.search()
    return world.rows(MATCHES), world.rows(SEARCHES)


def near(rows: list[Row]) -> list[Row]:
    """The same rows, but for the last digits of their numbers."""
    return [
        {name: pytest.approx(value, rel=1e-6) if isinstance(value, float) else value for name, value in row.items()}
        for row in rows
    ]


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1])
def test_what_is_new_alone_comes_to_what_all_of_it_comes_to(
    bq: bigquery.Client, warehouse: None, make_run: MakeRun, seed: int
) -> None:
    days = history(seed)
    whole, all_searches = played(World(bq, make_run, f"whole_{seed}", whole=True), days)
    new, new_searches = played(World(bq, make_run, f"new_{seed}", whole=False), days)
    empty(bq)
    assert [row["face_id"] for row in new] == [row["face_id"] for row in whole] and len(new) >= 5
    assert new == near(whole)
    compared = [[row.pop("compared") for row in rows] for rows in (new_searches, all_searches)]
    assert new_searches == near(all_searches)
    assert sum(compared[0]) < 0.85 * sum(compared[1]) and all(map(lambda a, b: a <= b, *compared))


@pytest.mark.slow
def test_only_what_came_since_is_compared_and_a_changed_basis_compares_all(
    bq: bigquery.Client, warehouse: None, make_run: MakeRun
) -> None:
    world = World(bq, make_run, "counted", whole=False)
    for events in ([World.begin], [], [World.pictures], [World.another_consent]):
        for event in events:
            event(world)
        world.search()
    of_engine = [row["compared"] for row in world.rows(SEARCHES) if row["engine"] == ENGINE]
    empty(bq)
    assert of_engine == [151, 151, 3, 154], "those of the day of the last search are compared once more"


@pytest.mark.slow
def test_no_workers_clock_decides_what_is_searched_or_for_how_long_it_is_kept(
    bq: bigquery.Client, warehouse: None, make_run: MakeRun
) -> None:
    """Both come after a search: one by a clock that is a year ahead, and one by a clock that is a year behind."""
    world = World(bq, make_run, "clocks", whole=False)
    world.begin()
    world.search()
    for name, vector, year in (("ahead", ANNA[6], 365), ("behind", ANNA[7], -365)):
        row = {**face(name, vector, ENGINE), "detected_at": NOW + timedelta(days=year), "sharpness": 60.0, "size": 40.0}
        write_shard(make_run(name), Table[Any]("face"), "0", [row])
        assert publish(make_run(name), "face") == 1
    world.search()
    found = {row["face_id"] for row in world.rows("SELECT face_id FROM facewarden_biometrics.match")}
    kept = world.rows("SELECT detected_at FROM facewarden_biometrics.face WHERE face_id IN ('ahead', 'behind')")
    empty(bq)
    assert {"ahead", "behind"} <= found
    assert all(abs(row["detected_at"] - datetime.now(UTC)) < timedelta(days=6) for row in kept)


def test_the_faces_of_a_file_are_published_at_one_moment_and_none_is_added_later(
    bq: bigquery.Client, clean_tables: None, make_run: MakeRun
) -> None:
    """So a search sees a track whole or not at all."""
    shared = {"sha256": "film", "track": 1, "sharpness": 60.0, "size": 40.0}
    film = [face(f"f{n}", ANNA[n], ENGINE, **shared, at_ms=n) for n in range(3)]
    for run_key, part, published in (("film_1", film[:2], 2), ("film_2", film, 0)):
        write_shard(make_run(run_key), Table[Any]("face"), "0", part)
        assert publish(make_run(run_key), "face") == published
    (row,) = bq.query("SELECT COUNT(DISTINCT detected_at) AS n FROM facewarden_biometrics.face").result()
    assert row.n == 1
