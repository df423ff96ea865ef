"""What a scan run does: plan batches of unscanned content, scan one of them."""

from collections import Counter
from collections.abc import Iterator
from functools import partial
from itertools import islice
from typing import TypedDict, cast

from include.core.run import Run
from include.faces.engine import engine_for
from include.faces.file_scanner import ScanItem, ScanOutcome
from include.faces.scan import scan_files
from include.faces.scan_mark import BEGINNING, read_mark, write_mark
from include.lake import layout
from include.lake.attempts import BucketAttempts
from include.lake.objects import read_into, read_json, write_json
from include.warehouse.rows import FACE, SCAN
from include.warehouse.shards import write_shard
from include.warehouse.sql import rows

# A batch is some minutes of work, so that starting a task costs little beside it, and a killed one loses little.
ITEMS_A_BATCH = 400
BYTES_A_BATCH = 128 * 2**20
# Of one run: Airflow maps over a thousand at most, and grows slow long before. What is left the next run takes.
MAX_BATCHES = 300
MAX_FILES = 20_000


class ScanBatch(TypedDict):
    """A batch, as it passes through the bucket."""

    engine: str
    items: list[ScanItem]


def plan_scans(run: Run) -> list[str]:
    """Addresses of this run's batches: stored media not scanned yet, once a content, and not too many."""
    engine = run.settings.engine
    mark = read_mark(run, engine)
    asked = {"engine": engine, "since": mark or BEGINNING}
    (waiting,) = rows(run.bq, "queries/unscanned_total", asked)
    items = cast(list[ScanItem], rows(run.bq, "queries/unscanned", {**asked, "most": MAX_FILES}))
    write_mark(run, engine, mark, waiting)
    planned, files = [], 0
    for number, batch in enumerate(islice(batches_by_size(items), MAX_BATCHES)):
        address = run.address(layout.scan_batch_name(run.key, number))
        spec: ScanBatch = {"engine": engine, "items": batch}
        planned.append(write_json(run.gcs, address, spec))
        files += len(batch)
    run.log(f"{files} of {waiting['files']} files to scan with {engine}, in {len(planned)} batches")
    return planned


def left_to_scan(run: Run, looked_at: int) -> int:
    """How many files wait that were never tried, once a run has looked at so many: for these another one is due.

    None after a run that looked at nothing: what it could not do, the next one could not either. What ended in an error
    waits for the next event, so that a run follows on another only as long as they come further.
    """
    if not looked_at:
        return 0
    engine = run.settings.engine
    asked = {"engine": engine, "since": read_mark(run, engine) or BEGINNING}
    (waiting,) = rows(run.bq, "queries/unscanned_total", asked)
    run.log(f"{waiting['untried']} files are left to scan" + (": another run follows" if waiting["untried"] else ""))
    return int(waiting["untried"])


def batches_by_size(items: list[ScanItem]) -> Iterator[list[ScanItem]]:
    """Batches of bounded bytes and count: what a killed worker loses is bounded too."""
    batch: list[ScanItem] = []
    size = 0
    for item in items:
        if batch and (len(batch) == ITEMS_A_BATCH or size + item["size"] > BYTES_A_BATCH):
            yield batch
            batch, size = [], 0
        batch.append(item)
        size += item["size"]
    if batch:
        yield batch


def scan_batch(run: Run, batch: str) -> dict[str, float]:
    """Scan the files of one batch and write its two shards; run again, it writes the same two again."""
    spec: ScanBatch = read_json(run.gcs, batch)
    engine = engine_for(run, spec["engine"])
    name = batch.rsplit("/", 1)[-1].removesuffix(".json")
    attempts = BucketAttempts(run, layout.scan_attempts(run.key, name))
    scanned = scan_files(partial(read_into, run.gcs), spec["items"], engine, run.log, attempts)
    for row in scanned.scans:
        row["run_key"] = run.key
    write_shard(run, FACE, name, scanned.faces)
    write_shard(run, SCAN, name, scanned.scans)
    outcomes = Counter(row["outcome"] for row in scanned.scans)
    return {
        "files": len(scanned.scans),
        "frames": scanned.frames,
        "faces": len(scanned.faces),
        "rejected": outcomes[ScanOutcome.REJECTED],
        "errors": outcomes[ScanOutcome.ERROR],
        "seconds": round(scanned.seconds, 1),
        "megapixels_a_second": round(scanned.megapixels / scanned.seconds, 1),
    }


def summary(run: Run) -> dict[str, int]:
    """What a run came to, out of the tables, so that it holds whatever was killed and run again."""
    found = rows(run.bq, "queries/scan_summary", {"run_key": run.key})
    for row in found:
        run.log(
            f"{row['engine']}: {row['files']} files ({row['videos']} that move), {row['with_faces']} with faces, "
            f"{row['rejected']} rejected, {row['errors']} errors; {row['faces']} faces kept, {row['embedded']} of them "
            f"embedded; {row['frames']} frames, {row['megapixels']:.0f} megapixels in {row['seconds']:.0f} s of work"
        )
        for reason in row["reasons"]:
            run.log(f"    {reason['files']} times: {reason['reason']}")
    if not found:
        run.log("nothing was left to scan")
    counts = [{name: value for name, value in row.items() if isinstance(value, int)} for row in found]
    return {name: sum(row[name] for row in counts) for name in counts[0]} if counts else {"files": 0, "faces": 0}
