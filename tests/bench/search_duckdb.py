"""Plain DuckDB for tests/bench/search.py: a process of the emulators' environment, so of the emulator's own version.

`python search_duckdb.py FILE DIMENSIONS` answers each line of JSON with one: what was asked for, or how long it took.
"""

import json
import sys
import time
from typing import Any

import duckdb

# The quickest form of the search that DuckDB has: a heap of ten for each probe.
SEARCH = """
SELECT probe, min(struct_pack(distance := {distance}(face.embedding, probe.embedding), face_id := face.face_id), 10)
FROM {face} AS face, {probe} AS probe
GROUP BY probe
"""
WAYS = {
    "lists": {"distance": "list_distance", "face": "face", "probe": "probe"},
    "fixed arrays": {"distance": "array_distance", "face": "fixed", "probe": "fixed_probe"},
    "files": {"distance": "list_distance", "face": "files", "probe": "probe"},
}


def main() -> None:
    connection = duckdb.connect(sys.argv[1], config={"memory_limit": "6GB"})
    dimensions = int(sys.argv[2])
    connection.execute("CREATE TABLE face (face_id VARCHAR, embedding DOUBLE[])")
    connection.execute(f"CREATE TABLE fixed (face_id VARCHAR, embedding DOUBLE[{dimensions}])")
    for line in sys.stdin:
        asked = json.loads(line)
        answer = DOES[asked.pop("do")](connection, dimensions, **asked)
        print(json.dumps(answer), flush=True)


def load(connection: Any, dimensions: int, path: str) -> dict[str, Any]:
    for table, kind in (("face", "DOUBLE[]"), ("fixed", f"DOUBLE[{dimensions}]")):
        connection.execute(
            f"INSERT INTO {table} SELECT face_id, embedding::DOUBLE[]::{kind} FROM read_parquet(?)", [path]
        )
    connection.execute("CHECKPOINT")
    return about(connection, dimensions)


def about(connection: Any, dimensions: int) -> dict[str, Any]:
    threads = connection.execute("SELECT current_setting('threads')").fetchone()[0]
    return {"version": duckdb.__version__, "threads": threads, "dimensions": dimensions}


def ask(connection: Any, dimensions: int, probes: list[list[float]], files: str) -> dict[str, Any]:
    """What will be searched for, and in which files of the emulator."""
    names = [str(number) for number in range(len(probes))]
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE probe AS SELECT unnest(?) AS probe, unnest(?::DOUBLE[][]) AS embedding",
        [names, probes],
    )
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE fixed_probe AS "
        f"SELECT probe, embedding::DOUBLE[{dimensions}] AS embedding FROM probe"
    )
    connection.execute(f"CREATE OR REPLACE TEMP VIEW files AS FROM read_parquet('{files}')")
    return {}


def search(connection: Any, _dimensions: int, way: str) -> dict[str, Any]:
    start = time.perf_counter()
    found = connection.execute(SEARCH.format(**WAYS[way])).fetchall()
    seconds = time.perf_counter() - start
    nearest = {name: [[face["face_id"], face["distance"]] for face in faces] for name, faces in found}
    return {"seconds": seconds, "nearest": nearest}


DOES = {"load": load, "about": about, "ask": ask, "search": search}

if __name__ == "__main__":
    main()
