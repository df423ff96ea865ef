"""Made-up people whose distances are known, and folders of real photographs."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from google.cloud import bigquery, storage

from include.calibration.calibrate import calibrate
from include.warehouse.publish import publish
from tests.conftest import MakeRun

Row = dict[str, Any]
PARAMS: Row = {"faces": "", "table": "", "engines": [], "groups": False, "rates": [0.1, 0.01, 0.001, 0.0001]}
COLUMNS = {"person": "STRING", "engine": "STRING", "group_name": "STRING", "embedding": "FLOAT", "file_path": "STRING"}


def people(counts: list[int], seed: int = 7, lean: float = 0.0, dimensions: int = 16) -> tuple[np.ndarray, np.ndarray]:
    """Unit embeddings: so many pictures of each person about a centre of theirs; all lean one way by `lean`."""
    chance = np.random.default_rng(seed)
    numbers = np.repeat(np.arange(len(counts)), counts)
    centres = chance.normal(size=(len(counts), dimensions)) + lean * np.ones(dimensions)
    rows = centres[numbers] + 0.7 * chance.normal(size=(len(numbers), dimensions))
    return rows / np.linalg.norm(rows, axis=1, keepdims=True), numbers


@pytest.fixture
def measure(make_run: MakeRun) -> Callable[..., tuple[Row, list[str]]]:
    """What the DAG's first task does: its answer, and its log."""

    def measure(run_key: str = "run_1", **params: Any) -> tuple[Row, list[str]]:
        log: list[str] = []
        return calibrate(make_run(run_key, log.append), {**PARAMS, **params}), log

    return measure


@pytest.fixture
def run(
    measure: Callable[..., tuple[Row, list[str]]],
    bq: bigquery.Client,
    gcs: storage.Client,
    bucket: str,
    clean_tables: None,
    make_run: MakeRun,
) -> Callable[..., tuple[list[Row], str, list[str]]]:
    """Calibrates and publishes as the DAG does: the rows of the table, the report, the log."""

    def run(run_key: str = "run_1", **params: Any) -> tuple[list[Row], str, list[str]]:
        done, log = measure(run_key, **params)
        publish(make_run(run_key), "calibration")
        rows = bq.query("SELECT * FROM facewarden_biometrics.calibration").result()
        name = done["report"].removeprefix(f"gs://{bucket}/")
        return [dict(row) for row in rows], gcs.bucket(bucket).blob(name).download_as_text(), log

    return run


@pytest.fixture
def table(bq: bigquery.Client, warehouse: None) -> Iterator[Callable[..., str]]:
    """A table of these rows, with the columns that they have; its name."""
    made: list[str] = []

    def make(rows: list[Row], *columns: str) -> str:
        name = f"facewarden.labelled_{len(made)}"
        fields = [
            bigquery.SchemaField(each, COLUMNS[each], "REPEATED" if each == "embedding" else "NULLABLE")
            for each in columns or rows[0]
        ]
        address = f"{bq.project}.{name}"
        bq.delete_table(address, not_found_ok=True)
        bq.create_table(bigquery.Table(address, fields))
        made.append(address)
        if rows:
            bq.load_table_from_json(rows, address, job_config=bigquery.LoadJobConfig(schema=fields)).result()
        return name

    yield make
    for address in made:
        bq.delete_table(address, not_found_ok=True)
