"""How much quicker is `face_distance` than the same sum written over UNNEST? Against the emulator of `make up`.

make up && make bench BENCH=distance [FACES=20000]
"""

import os
import time
from collections.abc import Callable

import numpy as np
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery

from tests.bench.table import report
from tools.local.state import REPO
from tools.runs.api import exports

DIMENSIONS = 192
REPEATS = 3
UNNEST = """SQRT((SELECT SUM(POW(x - @probe[OFFSET(place)], 2)) FROM UNNEST(embedding) AS x WITH OFFSET AS place))"""
WAYS = {
    "face_distance": "facewarden_biometrics.face_distance(embedding, @probe)",
    "built-in, no checks": "EUCLIDEAN_DISTANCE(embedding, @probe)",
    "over UNNEST": UNNEST,
}


def main() -> None:
    os.environ.update(exports(REPO / ".local" / "env"))
    count = int(os.environ.get("FACES", "20000"))
    bq = bigquery.Client(project=os.environ["GOOGLE_CLOUD_PROJECT"], credentials=AnonymousCredentials())
    faces = np.random.default_rng(7).normal(size=(count, DIMENSIONS))
    table = f"{bq.project}.facewarden_biometrics.bench_distance"
    _load(bq, table, faces)
    probe = bigquery.ArrayQueryParameter("probe", "FLOAT64", faces[0].tolist())
    config = bigquery.QueryJobConfig(query_parameters=[probe], use_query_cache=False)
    seconds, sums = {}, {}
    for name, expression in WAYS.items():
        sql = f"SELECT SUM({expression}) AS total FROM `{table}`"
        seconds[name], sums[name] = _best(lambda sql=sql: next(iter(bq.query(sql, job_config=config).result())).total)  # type: ignore[misc]
    start = time.perf_counter()
    expected = float(np.linalg.norm(faces - faces[0], axis=1).sum())
    seconds["NumPy"], sums["NumPy"] = time.perf_counter() - start, expected
    bq.delete_table(table)
    assert all(abs(total / expected - 1) < 1e-9 for total in sums.values()), sums
    rows = [
        {
            "way": name,
            "faces": count,
            "seconds": round(took, 3),
            "times face_distance": round(took / seconds["face_distance"], 2),
        }
        for name, took in seconds.items()
    ]
    report("distance", rows)


def _load(bq: bigquery.Client, table: str, faces: np.ndarray) -> None:
    schema = [bigquery.SchemaField("embedding", "FLOAT64", "REPEATED")]
    config = bigquery.LoadJobConfig(schema=schema, write_disposition="WRITE_TRUNCATE")
    bq.load_table_from_json([{"embedding": face.tolist()} for face in faces], table, job_config=config).result()


def _best(run: Callable[[], float]) -> tuple[float, float]:
    """The quickest of a few runs, and what came out."""
    took, total = [], 0.0
    for _ in range(REPEATS):
        start = time.perf_counter()
        total = run()
        took.append(time.perf_counter() - start)
    return min(took), total


if __name__ == "__main__":
    main()
