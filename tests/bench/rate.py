"""Does a stated false-match rate bring what it says? Everybody in folders of your own pictures is searched for, in SQL.

make bench BENCH=rate FACES=folder [MINORITY=asian,portraits] [SETS=lfw,asian,portraits] [SAME=file] [ENGINES=name,name]
                      [MODELS=folder] [RATES=1e-2,1e-3,1e-4] [FACEWARDEN_PRECISION=bf16]

FACES holds sets (folders), and each of them a folder a person, at any depth. All usable faces are the population that
is measured and searched; nobody tells the SQL who anybody is. Who has seven pictures or more is a subject: with one
of them as the reference and with five, in several draws. The sets in MINORITY are the minority, whose members are
also counted among themselves. SAME is a CSV of people who stand under two names: `set/person,set/person` a line.

Shown for each engine, rate, kind of subject and number of references: the share of strangers that was accepted
divided by the stated rate (1 is as stated), over all, among those who look like the subject (the cohort in which
most of their faces lie) and among the minority; how many that had to be; and the share of the subject's other faces
that was found. It starts an emulator of its own.
"""

import csv
import os
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from google.cloud import bigquery

from include.core.run import Run
from include.faces.engine import Engine, load_engine
from include.matching.match import Search, match_faces
from include.warehouse.apply import prepare
from tests.bench import face_pictures
from tests.bench.accuracy import linked, names
from tests.bench.bench_run import bench_run
from tests.bench.servers import emulators
from tests.bench.table import report
from tests.matching.crowd import empty, enrolled, face, joined, load, measured

PROJECT = "facewarden-local"
MIN_PICTURES = 7
# References, and how often they are drawn: a few people of a minority weigh as much as many others.
DRAWS = {True: {1: 6, 5: 8}, False: {1: 1, 5: 2}}
Row = dict[str, Any]
Flags = npt.NDArray[np.bool_]
Places = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Subject:
    """Somebody who is searched for: the places of their own faces, and of those that are references."""

    name: str
    minor: bool
    own: frozenset[int]
    references: frozenset[int]


@dataclass
class Count:
    """Of several searches: how many faces were accepted, of how many."""

    accepted: int = 0
    of: int = 0

    def add(self, accepted: Flags, among: Flags) -> None:
        self.accepted += int((accepted & among).sum())
        self.of += int(among.sum())

    def times(self, rate: float) -> float | None:
        return round(self.accepted / self.of / rate, 2) if self.of else None


class Crowd:
    """The faces of all pictures by one engine, and whose they are: only the bench knows that."""

    def __init__(self, engine: Engine, pictures: dict[Path, str], minority: set[str]) -> None:
        rows = face_pictures.embeddings(engine, list(pictures), face_pictures.largest)
        usable = ~np.isnan(rows[:, 0])
        self.engine = engine.name
        self.faces = rows[usable].astype(np.float64)
        self.people = np.array(list(pictures.values()))[usable]
        self.minor = np.array([person.split("/")[0] in minority for person in self.people])

    def subjects(self) -> Iterator[Subject]:
        random = np.random.default_rng(3)
        for person in np.unique(self.people):
            own = np.flatnonzero(self.people == person)
            if len(own) < MIN_PICTURES:
                continue
            minor = bool(self.minor[own[0]])
            for references, draws in DRAWS[minor].items():
                for draw in range(draws):
                    drawn = random.choice(own, references, replace=False)
                    name = f"{person}-{references}-{draw}"
                    yield Subject(name, minor, frozenset(own.tolist()), frozenset(drawn.tolist()))


def main() -> None:
    folder = Path(os.environ["FACES"]).absolute()
    stated = [float(rate) for rate in os.environ.get("RATES", "1e-2,1e-3,1e-4").split(",")]
    minority = set(os.environ.get("MINORITY", "").split(",")) - {""}
    pictures = _pictures(folder)
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="facewarden-bench-") as temporary:
        (links := Path(temporary) / "models").mkdir()
        models = linked(folder, links)
        crowds = [Crowd(load_engine(name, models), pictures, minority) for name in names(models)]
        with emulators(Path(temporary) / "state") as endpoints:
            os.environ.update(endpoints)
            run = bench_run(project=PROJECT, bucket="facewarden-bench")
            prepare(run)
            for crowd in crowds:
                rows += _measured(run, crowd, stated)
    report("rate", rows)


def _pictures(folder: Path) -> dict[Path, str]:
    """Whose picture each is, as `set/person`."""
    sets = os.environ.get("SETS")
    chosen = sets.split(",") if sets else sorted(it.name for it in folder.iterdir() if it.is_dir())
    known = _joined_names()
    return {
        path: known.get(f"{name}/{person}", f"{name}/{person}")
        for name in chosen
        for path, person in face_pictures.people(folder / name).items()
    }


def _joined_names() -> dict[str, str]:
    if "SAME" not in os.environ:
        return {}
    with Path(os.environ["SAME"]).open(newline="") as stream:
        return {second: first for first, second in csv.reader(stream)}


def _measured(run: Run, crowd: Crowd, stated: list[float]) -> Iterator[Row]:
    bq = run.bq
    empty(bq)
    found = {"face": [face(str(place), vector, crowd.engine) for place, vector in enumerate(crowd.faces)]}
    subjects = list(crowd.subjects())
    load(bq, joined(found, *(_enrolled(crowd, subject) for subject in subjects)))
    started = time.perf_counter()
    cohorts = measured(bq, crowd.engine, len(crowd.faces), f"bench_{int(time.time())}")
    print(f"{crowd.engine}: {len(crowd.faces)} faces, {len(cohorts)} cohorts, {len(subjects)} subjects, measured in "
          f"{time.perf_counter() - started:.0f} s", flush=True)  # fmt: skip
    cohort = _cohort_of(bq, len(crowd.faces))
    for rate in stated:
        bq.query("TRUNCATE TABLE facewarden_biometrics.match").result()
        started = time.perf_counter()
        search = Search(false_match_rate=rate, most_false_matches=1e9)
        match_faces(replace(run, key=f"bench_{time.time_ns()}"), search)
        print(f"  searched at {rate:g} in {time.perf_counter() - started:.0f} s", flush=True)
        yield from _told(crowd, cohort, subjects, rate, _matched(bq))


def _enrolled(crowd: Crowd, subject: Subject) -> dict[str, list[Row]]:
    return enrolled(subject.name, crowd.faces[sorted(subject.references)], crowd.engine)


def _cohort_of(bq: bigquery.Client, faces: int) -> Places:
    found = np.zeros(faces, np.int64)
    for row in bq.query("SELECT face_id, cohort FROM facewarden_biometrics.face_in_cohort").result():
        found[int(row.face_id)] = row.cohort
    return found


def _matched(bq: bigquery.Client) -> dict[str, set[int]]:
    found: dict[str, set[int]] = defaultdict(set)
    for row in bq.query("SELECT subject_id, face_id FROM facewarden_biometrics.match").result():
        found[row.subject_id].add(int(row.face_id))
    return found


def _told(
    crowd: Crowd, cohort: Places, subjects: list[Subject], rate: float, found: dict[str, set[int]]
) -> Iterator[Row]:
    counts: dict[tuple[bool, int], dict[str, Count]] = defaultdict(lambda: defaultdict(Count))
    for subject in subjects:
        count = counts[subject.minor, len(subject.references)]
        strangers = np.ones(len(crowd.faces), bool)
        strangers[list(subject.own)] = False
        accepted = np.zeros(len(crowd.faces), bool)
        accepted[list(found[subject.name])] = True
        others = list(subject.own - subject.references)
        alike = cohort == np.bincount(cohort[list(subject.own)]).argmax()
        for among, which in (("all", strangers), ("alike", strangers & alike), ("minority", strangers & crowd.minor)):
            count[among].add(accepted, which)
        count["own"].add(accepted, np.isin(np.arange(len(accepted)), others))
    for (minor, references), count in sorted(counts.items()):
        yield {
            "engine": crowd.engine,
            "rate": f"{rate:g}",
            "subjects": "minority" if minor else "others",
            "references": references,
            **{f"{among}: {what}": value for among in ("all", "alike", "minority")
               for what, value in (("accepted / stated", count[among].times(rate)),
                                   ("expected", round(count[among].of * rate, 1)))},
            "hits %": round(100 * count["own"].accepted / count["own"].of),
        }  # fmt: skip


if __name__ == "__main__":
    main()
