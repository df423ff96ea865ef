"""What does the exact search for the nearest faces cost? Our SQL on the emulator against plain DuckDB, NumPy and FAISS.

make bench BENCH=search [SIZES=10000,100000,1000000] [DIMENSIONS=192,512] [PROBES=1,10,100] [ROUNDS=3] [FAISS=folder]

The ten nearest of so many random unit vectors to each probe; all ways must find the same. It starts an emulator of its
own, in a temporary folder (about 20 GB of disk for a million faces of 512). FAISS is left out when it is missing:
`pip install --target FOLDER faiss-cpu`, and FAISS=FOLDER. The ways take turns; of ROUNDS rounds the quickest counts,
and what takes longer than a minute is not repeated. `first` is the very first round: the process is new to the faces.

Ratios are of one run, one size and one number of probes: to plain DuckDB on a file of its own, to plain DuckDB on the
Parquet files that the emulator keeps, and to the same way's own time for one probe. `similar_faces` is for one probe
and does more: distances to the centres of all cohorts, and the statistics of strangers.
"""

import importlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from google.cloud import bigquery

from include.warehouse.apply import prepare
from include.warehouse.schemas import load_specs
from include.warehouse.shards import parquet
from include.warehouse.sql import sql_text
from tests.bench.bench_run import bench_run
from tests.bench.search_faces import ENGINE, NEAREST, Faces, Flat, Matrix, Nearest, Product
from tests.bench.servers import emulators
from tests.bench.table import report
from tools.local.state import REPO
from tools.runs.table import table

PROJECT = "facewarden-local"
FACES = "facewarden_biometrics.face"
PORTION = 100_000
LONG = 60.0  # seconds
TOO_LONG = 900.0
PRICE = 6.25 / 2**40  # dollars a byte, on demand
PLAIN, FILES = "plain DuckDB, a file of its own", "plain DuckDB, the emulator's Parquet"
Row = dict[str, Any]
Way = Callable[[Matrix], tuple[float, Nearest]]


def main() -> None:
    sizes, dimensions, probes = (
        _numbers("SIZES", "10000,100000,1000000"),
        _numbers("DIMENSIONS", "192,512"),
        _numbers("PROBES", "1,10,100"),
    )
    rows: list[Row] = []
    for each in dimensions:
        with tempfile.TemporaryDirectory(prefix="facewarden-bench-") as folder:
            for row in _measured(Path(folder), each, sizes, probes):
                rows.append(row)
                print(json.dumps(row), file=sys.stderr, flush=True)
    report("search", rows)
    print(table(_prices(dimensions)))


def _numbers(name: str, usual: str) -> list[int]:
    return sorted(int(each) for each in os.environ.get(name, usual).split(","))


def _measured(folder: Path, dimensions: int, sizes: list[int], probes: list[int]) -> Iterator[Row]:
    faces = Faces(folder, dimensions, sizes[-1])
    with emulators(folder / "state") as endpoints, DuckDB(folder / "plain.duckdb", dimensions) as plain:
        os.environ.update(endpoints)
        emulator = Emulator(folder / "state")
        similar: dict[int, float] = {}
        for size in sizes:
            start = time.perf_counter()
            while faces.count < size:
                path = faces.portion(min(PORTION, size - faces.count))
                emulator.load(path)
                plain("load", path=str(path))
            print(f"{size} faces of {dimensions}: loaded in {time.perf_counter() - start:.0f} s", file=sys.stderr)
            ways = _ways(faces, emulator, plain)
            one: Row = {}
            for count in probes:
                yield from _compared(faces, ways, emulator, plain, count, one)
            for cohorts in (1, 6) if probes[0] == 1 else ():
                yield _similar(faces, emulator, plain, cohorts, similar)


def _ways(faces: Faces, emulator: "Emulator", plain: "DuckDB") -> dict[str, Way]:
    ways: dict[str, Way] = {
        "our SQL, probes in a table": lambda probes: emulator.nearest(None),
        PLAIN: lambda probes: plain.search("lists"),
        FILES: lambda probes: plain.search("files"),
        "our SQL, probes as a parameter": emulator.nearest,
        "plain DuckDB, fixed arrays": lambda probes: plain.search("fixed arrays"),
        "NumPy, float64": Product(faces, "float64"),
        "NumPy, float32": Product(faces, "float32"),
    }
    if faiss := _faiss():
        ways[f"FAISS {faiss.__version__} flat, float32"] = Flat(faces, faiss)
    return ways


def _faiss() -> Any:
    """FAISS, if it is there: from the folder in FAISS, or from the environment."""
    sys.path += [os.environ["FAISS"]] if os.environ.get("FAISS") else []
    try:
        return importlib.import_module("faiss")
    except ImportError:
        print("FAISS is not there: pip install --target FOLDER faiss-cpu, then FAISS=FOLDER", file=sys.stderr)
        return None


def _compared(
    faces: Faces, ways: dict[str, Way], emulator: "Emulator", plain: "DuckDB", count: int, one: Row
) -> Iterator[Row]:
    """A row a way. `one` keeps each way's seconds for one probe."""
    probes = faces.probes(count)
    emulator.ask(probes)
    plain("ask", probes=probes.tolist(), files=emulator.files)
    took, failed = _rounds(ways, probes)
    best = {name: min(each) for name, each in took.items() if each}
    for name in ways:
        row: Row = {"way": name, "faces": faces.count, "dimensions": faces.dimensions, "probes": count}
        if name not in best:
            yield {**row, "left out": failed[name]}
            continue
        if count == 1:
            one[name] = best[name]
        yield {
            **row,
            "seconds": round(best[name], 4),
            "first": round(took[name][0], 4),
            "times plain DuckDB": round(best[name] / best[PLAIN], 2),
            "times its Parquet": round(best[name] / best[FILES], 2),
            "times one probe": round(best[name] / one[name], 2) if name in one else None,
        }
    yield {**row, "way": "an empty query on the emulator", "seconds": round(emulator.empty(), 4)}


def _rounds(ways: dict[str, Way], probes: Matrix) -> tuple[dict[str, list[float]], dict[str, str]]:
    """Seconds of each way, in turns; why one was left out."""
    took: dict[str, list[float]] = {name: [] for name in ways}
    found: dict[str, Nearest] = {}
    failed: dict[str, str] = {}
    for _ in range(int(os.environ.get("ROUNDS", "3"))):
        for name, way in ways.items():
            if name in failed or (took[name] and took[name][0] > LONG):
                continue
            try:
                seconds, found[name] = way(probes)
            except Exception as error:
                failed[name] = f"{type(error).__name__}: {error}"[:200]
                continue
            took[name].append(seconds)
    for name, nearest in found.items():
        _same(name, nearest, found["NumPy, float64"], 1e-3 if "float32" in name else 1e-9)
    return took, failed


def _same(name: str, found: Nearest, expected: Nearest, within: float) -> None:
    for here, there in zip(found, expected, strict=True):
        assert [face for face, _ in here] == [face for face, _ in there], name
        apart = max(abs(a - b) for (_, a), (_, b) in zip(here, there, strict=True))
        assert apart <= within, (name, apart)


def _similar(faces: Faces, emulator: "Emulator", plain: "DuckDB", cohorts: int, known: dict[int, float]) -> Row:
    """`similar_faces` with so many cohorts, in turns with plain DuckDB's search for the same probe.

    `known` is the seconds a face that it took before: what will take too long is not begun.
    """
    way = f"similar_faces, {cohorts} cohort{'s' if cohorts > 1 else ''}"
    row: Row = {"way": way, "faces": faces.count, "dimensions": faces.dimensions, "probes": 1}
    if (expected := known.get(cohorts, 0) * faces.count) > LONG:
        return {**row, "left out": f"expected to take {expected:.0f} s"}
    emulator.populate(faces, cohorts)
    probe = faces.probes(1)
    plain("ask", probes=probe.tolist(), files=emulator.files)
    took: dict[str, list[float]] = {"similar": [], "lists": [], "files": []}
    for _ in range(int(os.environ.get("ROUNDS", "3"))):
        took["similar"].append(emulator.similar(probe[0].tolist()))
        for each in ("lists", "files"):
            took[each].append(plain.search(each)[0])
    best = {name: min(each) for name, each in took.items()}
    known[cohorts] = best["similar"] / faces.count
    return {
        **row,
        "seconds": round(best["similar"], 4),
        "first": round(took["similar"][0], 4),
        "times plain DuckDB": round(best["similar"] / best["lists"], 2),
        "times its Parquet": round(best["similar"] / best["files"], 2),
    }


class Emulator:
    """Our SQL, through the real client. A parameter makes this emulator run a query three times; a table does not."""

    def __init__(self, state: Path) -> None:
        run = bench_run(project=PROJECT, bucket="facewarden-bench")
        prepare(run)
        self._bq = run.bq
        self.files = str(state / "data" / "bigquery" / PROJECT / "facewarden_biometrics" / "face" / "**" / "*.parquet")
        self._by_parameter = sql_text("queries/nearest_faces")
        self._by_table = self._by_parameter.replace("UNNEST(@probes)", "facewarden_biometrics.bench_probe")
        self._by_table = self._by_table.replace("@engine", f"'{ENGINE}'")

    def load(self, path: Path, name: str = FACES) -> None:
        columns = ("face_id", "sha256", "engine", "at_ms", "embedding", "detected_at")
        schema = [it for it in self._bq.get_table(name).schema if name != FACES or it.name in columns]
        config = bigquery.LoadJobConfig(source_format="PARQUET", schema=schema, write_disposition="WRITE_APPEND")
        with path.open("rb") as file:
            self._bq.load_table_from_file(file, name, job_config=config).result(timeout=TOO_LONG)

    def ask(self, probes: Matrix) -> None:
        """Probes into the table."""
        sql = (
            "CREATE OR REPLACE TABLE facewarden_biometrics.bench_probe AS "
            "SELECT probe.probe AS probe, probe.embedding AS embedding FROM UNNEST(@probes) AS probe"
        )
        self._rows(sql, [_structs(probes)])

    def nearest(self, probes: Matrix | None) -> tuple[float, Nearest]:
        engine = bigquery.ScalarQueryParameter("engine", "STRING", ENGINE)
        start = time.perf_counter()
        if probes is None:
            found = self._rows(self._by_table, [])
        else:
            found = self._rows(self._by_parameter, [_structs(probes), engine])
        seconds = time.perf_counter() - start
        lists = {int(row["probe"]): row["nearest"] for row in found}
        return seconds, [[(it["face_id"], it["distance"]) for it in lists[number]] for number in sorted(lists)]

    def similar(self, embedding: list[float]) -> float:
        """Seconds; random faces of one engine are strangers, so what it finds is its own affair."""
        sql = f"SELECT * FROM facewarden_biometrics.similar_faces(@embedding, '{ENGINE}', 1e-4, {NEAREST})"
        start = time.perf_counter()
        self._rows(sql, [bigquery.ArrayQueryParameter("embedding", "FLOAT64", embedding)])
        return time.perf_counter() - start

    def empty(self) -> float:
        took = []
        for _ in range(3):
            start = time.perf_counter()
            self._rows("SELECT 1", [])
            took.append(time.perf_counter() - start)
        return min(took)

    def populate(self, faces: Faces, cohorts: int) -> None:
        """A population that is newer than the one before."""
        path = faces.folder / "population.parquet"
        now = datetime.now(UTC)
        tail = [{"rate": 10.0**-place, "spreads": 1.3 + 0.9 * (place - 1), "pairs": 1000.0} for place in range(1, 7)]
        rows = [
            {"run_key": f"bench_{cohorts}", "engine": ENGINE, "cohort": cohort, "faces": faces.count // cohorts,
             "sample": 1000, "people": 900.0, "pairs": 400_000, "centre": (faces.double[cohort] * 0.3).tolist(),
             "mean": 0.0, "spread": 0.1, "tail": tail, "measured_at": now}
            for cohort in range(cohorts)
        ]  # fmt: skip
        path.write_bytes(parquet(load_specs()["population"], rows))
        self.load(path, "facewarden_biometrics.population")

    def _rows(self, sql: str, parameters: list[Any]) -> list[Any]:
        config = bigquery.QueryJobConfig(query_parameters=parameters, use_query_cache=False)
        return list(self._bq.query(sql, job_config=config).result(timeout=TOO_LONG))


def _structs(probes: Matrix) -> bigquery.ArrayQueryParameter:
    given = [
        bigquery.StructQueryParameter(
            None,
            bigquery.ScalarQueryParameter("probe", "STRING", str(number)),
            bigquery.ArrayQueryParameter("embedding", "FLOAT64", probe.tolist()),
        )
        for number, probe in enumerate(probes)
    ]
    return bigquery.ArrayQueryParameter("probes", "STRUCT", given)


class DuckDB:
    """tests/bench/search_duckdb.py in a process of its own."""

    def __init__(self, file: Path, dimensions: int) -> None:
        python = REPO / ".local" / "venv-emulators" / "bin" / "python"
        program = Path(__file__).with_name("search_duckdb.py")
        self._command = [str(python), str(program), str(file), str(dimensions)]

    def __enter__(self) -> "DuckDB":
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(self._command, stdin=pipe, stdout=pipe, text=True, env=_clean())
        print("DuckDB", self("about"), file=sys.stderr)
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait()

    def __call__(self, do: str, **given: Any) -> Row:
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(json.dumps({"do": do, **given}) + "\n")
        self._process.stdin.flush()
        answer: Row = json.loads(self._process.stdout.readline())
        return answer

    def search(self, way: str) -> tuple[float, Nearest]:
        told = self("search", way=way)
        lists = {int(name): faces for name, faces in told["nearest"].items()}
        return told["seconds"], [[(face, at) for face, at in lists[number]] for number in sorted(lists)]


def _clean() -> dict[str, str]:
    """Without what leads Python to our packages: those are of another version of it."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}


def _prices(dimensions: list[int]) -> list[Row]:
    """What Google asks for one query over all faces, whatever the number of probes in it."""
    return [
        {"faces": f"{faces:,}", "dimensions": each, "GB": faces * each * 8 / 1e9,
         "dollars a query": round(faces * each * 8 * PRICE, 4)}
        for each in dimensions for faces in (10**6, 10**7, 10**8, 10**9)
    ]  # fmt: skip


if __name__ == "__main__":
    main()
