"""A calibration from labelled faces to rows, plots and a report."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from google.cloud import bigquery, storage

from include.calibration import labelled_pictures, labelled_tables
from include.calibration.embed_pictures import embedded
from include.calibration.labelled_faces import Labelled, NotCalibrated
from include.calibration.labelled_pictures import LabelledPicture
from include.calibration.measure import Measured, measured
from include.calibration.report import files, lines
from include.core.settings import Settings
from include.faces.engine import Engine, load_engine
from include.faces.models.bucket import ensure_models
from include.faces.models.manifest import load_manifest
from include.faces.models.model_file import WrongFile
from include.lake.objects import write
from include.warehouse.shards import write_shard

Row = dict[str, Any]
Log = Callable[[str], None]


def calibrate(
    bq: bigquery.Client, gcs: storage.Client, own: Settings, run_key: str, params: Row, log: Log
) -> dict[str, Any]:
    """Measures, writes plots, report and a shard of `calibration`. Run again, it writes the same over it."""
    rates = checked_rates(params["rates"])
    labelled = _labelled(bq, gcs, own, params, log)
    now = datetime.now(UTC)
    results = [_measured(each, rates, log) for each in labelled]
    for line in lines(results):
        log(line)
    folder = f"gs://{own.bucket}/calibration/{run_key}"
    for name, (content, mime) in files(results, rates, now).items():
        write(gcs, f"{folder}/{name}", content, mime)
    rows = [{**row, "run_key": run_key, "measured_at": now} for each in results for row in each.rows]
    write_shard(gcs, own.bucket, "calibration", run_key, "0000", rows)
    log(f"report: {folder}/report.html")
    return {"report": f"{folder}/report.html", "rows": len(rows)}


def checked_rates(rates: Sequence[float]) -> list[float]:
    """The rates, the largest first and each once."""
    if not rates or not all(0 < rate < 1 for rate in rates):
        raise NotCalibrated("a false-match rate lies between 0 and 1, as 0.001 does: nothing was measured")
    return sorted({float(rate) for rate in rates}, reverse=True)


def _measured(labelled: Labelled, rates: list[float], log: Log) -> Measured:
    log(f"{labelled.engine}: measures {len(labelled.people)} pictures")
    return measured(labelled, rates)


def _labelled(bq: bigquery.Client, gcs: storage.Client, own: Settings, params: Row, log: Log) -> list[Labelled]:
    faces, table, grouped = params["faces"] or "", params["table"] or "", bool(params["groups"])
    asked = list(dict.fromkeys(params["engines"] or []))
    if bool(faces) == bool(table):
        raise NotCalibrated("give either `faces` (a folder) or `table`, and not both: nothing was measured")
    if faces:
        return _seen(gcs, own, labelled_pictures.listed(gcs, faces, grouped), asked, log)
    ready, to_see = labelled_tables.read(bq, table, grouped, asked)
    return ready or _seen(gcs, own, to_see, asked, log)


def _seen(
    gcs: storage.Client, own: Settings, found: list[LabelledPicture], asked: list[str], log: Log
) -> list[Labelled]:
    engines = [_engine(gcs, own, name) for name in asked or [own.engine]]
    return embedded(gcs, found, engines, log)


def _engine(gcs: storage.Client, own: Settings, name: str) -> Engine:
    if name not in (known := load_manifest().engines):
        raise NotCalibrated(f"there is no engine {name!r}, there are: {', '.join(known)}; nothing was measured")
    try:
        ensure_models(gcs, own.bucket, name, own.models)
        return load_engine(name, own.models)
    except WrongFile as reason:
        raise NotCalibrated(f"engine {name} cannot be loaded: {reason}; nothing was measured") from None
