"""What does a day's run cost when much lies behind it? The plan of a scan and a search, after 10, 100 and 1,000 days.

make bench BENCH=history [DAYS=10,100,1000] [FILES=100] [ROUNDS=3]

Rows are made up, from a seed: so many files a day, three faces in two of them; faces of 180 days and scans of 730, as
those expire; three subjects. The day before is searched and marked first, untimed, as it was by the last run. Then one
more day comes, and is planned and searched. Seconds are the best of some rounds. The emulator tells no bytes, so they
are counted: the rows of the partitions that a statement reads by its filter, times what their columns take at Google's.
The last columns say what the same day would take without the marks of earlier runs. It starts an emulator of its own.
"""

import os
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from include.core.run import Run
from include.faces.scan_run import plan_scans
from include.matching.match import Search, match_faces
from include.matching.population import measure_populations
from include.warehouse.apply import prepare
from include.warehouse.sql import rows
from tests.bench.bench_run import bench_run
from tests.bench.history_rows import DIMENSIONS, ENGINE, History
from tests.bench.servers import emulators
from tests.bench.table import report

PROJECT = "facewarden-local"
ROUNDS = int(os.environ.get("ROUNDS", "3"))
# Bytes of a row at Google's: an embedding; engine, reason and detected_at of a face; sha256, file_path, type, size and
# fetched_at of a file; sha256, engine, outcome and tries of a scan.
EMBEDDING, FACE, MEDIA, SCAN = 8 * DIMENSIONS, 32, 210, 110
Row = dict[str, Any]


def main() -> None:
    days = [int(each) for each in os.environ.get("DAYS", "10,100,1000").split(",")]
    files = int(os.environ.get("FILES", "100"))
    with tempfile.TemporaryDirectory(prefix="facewarden-bench-") as state, emulators(Path(state)) as endpoints:
        os.environ.update(endpoints)
        run = bench_run("bench", PROJECT, "facewarden-local", engine=ENGINE)
        prepare(run)
        report("history", [_measured(run, each, files) for each in days])


def _measured(run: Run, days: int, files: int) -> Row:
    """The day after so many."""
    history = History(run.bq, files)
    history.fill(days)
    for blob in run.gcs.list_blobs(run.bucket, prefix="scanned/"):
        blob.delete()
    earlier = replace(run, key=f"earlier_{days}")
    plan_scans(earlier)
    measure_populations(earlier)
    whole = _seconds(lambda number: match_faces(replace(run, key=f"whole_{days}_{number}"), Search(whole=True)))
    history.a_day_passes()
    history.add_a_day()
    planned = _seconds(lambda number: plan_scans(replace(run, key=f"plan_{days}_{number}")))
    measured = _seconds(lambda number: measure_populations(replace(run, key=f"measure_{days}_{number}")))
    found = _seconds(lambda number: match_faces(replace(run, key=f"new_{days}_{number}"), Search()))
    (told, *_) = rows(run.bq, "queries/searches_of_run", {"run_key": f"new_{days}_0"})
    print(f"{days} days: {told}", file=sys.stderr, flush=True)
    return {"days": days, **_cost(history, told), "plan s": planned, "measure s": measured, "search s": found,
            "all faces s": whole}  # fmt: skip


def _cost(history: History, told: Row) -> Row:
    there = history.count()
    read = history.count(media=told["searched_to"] - timedelta(days=41))
    short = there["face"] * FACE * 2 + read["media"] * MEDIA * 2 + there["scan"] * SCAN * 2
    everything = there["face"] * EMBEDDING + there["media"] * MEDIA * 2
    return {
        "files": there["media"], "faces": there["face"], "files read": read["media"],
        "faces compared": told["compared"],
        "embeddings MB": round(told["compared"] * EMBEDDING / 1e6, 2), "short columns MB": round(short / 1e6, 2),
        "all of it MB": round(everything / 1e6, 2),
    }  # fmt: skip


def _seconds(work: Callable[[int], object]) -> float:
    """The best of some rounds."""
    took = []
    for number in range(ROUNDS):
        start = time.perf_counter()
        work(number)
        took.append(time.perf_counter() - start)
    return round(min(took), 2)


if __name__ == "__main__":
    main()
