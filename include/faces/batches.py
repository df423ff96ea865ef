"""What a scan run does: plan batches of unscanned content, scan one of them."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from google.cloud import bigquery, storage

from include.faces.engine import load_engine
from include.faces.model_bucket import ensure_models
from include.faces.scan import scan_batch
from include.lake.objects import read, read_json, write_json
from include.warehouse.shards import write_shard
from include.warehouse.sql import rows

Log = Callable[[str], None]
Item = dict[str, Any]
ITEMS_A_BATCH = 200
BYTES_A_BATCH = 128 * 2**20
# Of one run: Airflow maps over a thousand at most, and grows slow long before.
MOST_BATCHES = 300


def plan_scans(bq: bigquery.Client, gcs: storage.Client, bucket: str, engine: str, run_key: str, log: Log) -> list[str]:
    """Addresses of this run's batches: every stored picture that the engine has not scanned, once a content."""
    items = rows(bq, "queries/unscanned", {"engine": engine})
    batches = list(batches_by_size(items))
    planned = []
    for number, batch in enumerate(batches[:MOST_BATCHES]):
        address = f"gs://{bucket}/staging/scan/{run_key}/{number:04}.json"
        planned.append(write_json(gcs, address, {"engine": engine, "items": batch}))
    if len(batches) > MOST_BATCHES:
        log(
            f"WARNING, {len(batches) - MOST_BATCHES} batches are left to the next run: run it again when this has ended"
        )
    log(f"{len(items)} files to scan with {engine}, in {len(planned)} batches")
    return planned


def batches_by_size(items: list[Item]) -> Iterator[list[Item]]:
    """Batches of bounded bytes and count: what a killed worker loses is bounded too."""
    batch: list[Item] = []
    size = 0
    for item in items:
        if batch and (len(batch) == ITEMS_A_BATCH or size + item["size"] > BYTES_A_BATCH):
            yield batch
            batch, size = [], 0
        batch.append(item)
        size += item["size"]
    if batch:
        yield batch


def scan_planned(gcs: storage.Client, bucket: str, models: Path, run_key: str, batch: str, log: Log) -> dict[str, int]:
    """Scan the files of one batch and write its two shards; run again, it writes the same two again."""
    spec = read_json(gcs, batch)
    ensure_models(gcs, bucket, spec["engine"], models)
    engine = load_engine(spec["engine"], models)
    scans, faces = scan_batch(lambda address: read(gcs, address), spec["items"], engine, log)
    name = batch.rsplit("/", 1)[-1].removesuffix(".json")
    write_shard(gcs, bucket, "face", run_key, name, faces)
    write_shard(gcs, bucket, "scan", run_key, name, scans)
    return {"files": len(scans), "faces": len(faces), "failed": sum(row["reason"] is not None for row in scans)}
