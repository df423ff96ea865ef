"""A crowd of made-up people for tests of matching: unit vectors from a seed, and the rows that hold them."""

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
from google.cloud import bigquery

from include.matching.population import measure
from include.warehouse.schemas import load_specs
from include.warehouse.shards import parquet
from include.warehouse.steps import Steps

Row = dict[str, Any]
Vectors = npt.NDArray[np.float64]
NOW = datetime.now(UTC).replace(microsecond=0)
DIMENSIONS = 64
BOX = {"x": 1.0, "y": 2.0, "width": 30.0, "height": 40.0}


def unit(vectors: Vectors) -> Vectors:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=-1, keepdims=True))


def people(
    count: int, faces: int = 1, seed: int = 7, lean: float = 0.0, blur: float = 0.5
) -> tuple[Vectors, list[int]]:
    """Faces of so many people, and whose they are. With `lean` all resemble one another, as kin do."""
    random = np.random.default_rng(seed)
    shared = unit(random.normal(size=DIMENSIONS))
    names = np.repeat(np.arange(count), faces)
    middles = unit(random.normal(size=(count, DIMENSIONS)))[names]
    noise = unit(random.normal(size=(len(names), DIMENSIONS)))
    return unit(middles + blur * noise + lean * shared), names.tolist()


def face(name: str, embedding: Vectors | None, engine: str, **more: Any) -> Row:
    return {
        "face_id": name, "sha256": f"content-of-{name}", "engine": engine, "at_ms": 0, "box": BOX, "score": 0.9,
        "embedding": None if embedding is None else embedding.tolist(), "detected_at": NOW, **more,
    }  # fmt: skip


def enrolled(
    name: str, references: Vectors, engine: str, until: timedelta = timedelta(days=9), event: str = "given"
) -> dict[str, list[Row]]:
    """Rows of a subject with a consent and references, by table."""
    consent = {"consent_id": name, "subject_id": name, "event": event, "given_by": "herself", "basis": "form 1"}
    shared = {"subject_id": name, "engine": engine, "file_path": "gs://none", "box": BOX, "enrolled_at": NOW}
    photos = [hashlib.sha256(f"{name}{number}".encode()).hexdigest() for number in range(len(references))]
    return {
        "subject": [{"subject_id": name, "label": name, "created_at": NOW}],
        "consent": [{**consent, "valid_until": NOW + until, "recorded_at": NOW}],
        "reference": [
            {**shared, "reference_id": photo[:32], "sha256": photo, "embedding": reference.tolist()}
            for photo, reference in zip(photos, references, strict=True)
        ],
    }


def load(bq: bigquery.Client, tables: dict[str, list[Row]]) -> None:
    """Rows into the warehouse as they are."""
    import io

    options = bigquery.format_options.ParquetOptions()
    options.enable_list_inference = True
    config = bigquery.LoadJobConfig(source_format="PARQUET", parquet_options=options, write_disposition="WRITE_APPEND")
    for name, rows in tables.items():
        spec = load_specs()[name]
        bq.load_table_from_file(io.BytesIO(parquet(spec, rows)), spec.address, job_config=config).result()


def joined(*parts: dict[str, list[Row]]) -> dict[str, list[Row]]:
    whole: dict[str, list[Row]] = {}
    for part in parts:
        for table, rows in part.items():
            whole.setdefault(table, []).extend(rows)
    return whole


def empty(bq: bigquery.Client) -> None:
    bq.query("".join(f"TRUNCATE TABLE {spec.address};" for spec in load_specs().values())).result()


def measured(bq: bigquery.Client, engine: str, faces: int, run_key: str) -> list[Row]:
    """The population of what lies in `face`, measured and put where searches find it."""
    cohorts = measure(Steps(bq, run_key), {"engine": engine, "faces": faces})
    rows = [{**cohort, "run_key": run_key, "engine": engine, "measured_at": NOW} for cohort in cohorts]
    load(bq, {"population": rows})
    return rows
