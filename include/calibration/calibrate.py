"""A calibration from labelled faces to rows, plots and a report."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, cast

from include.calibration import labelled_pictures, labelled_tables
from include.calibration.embed_pictures import embedded
from include.calibration.labelled_faces import Labelled, NotCalibrated
from include.calibration.labelled_pictures import LabelledPicture
from include.calibration.measure import Measured, measured
from include.calibration.report import files, lines
from include.core.run import Log, Run
from include.faces.engine import Engine, engine_for
from include.faces.models.manifest import load_manifest
from include.faces.models.model_file import WrongFile
from include.lake.layout import calibration_folder
from include.lake.objects import write
from include.warehouse.rows import CALIBRATION, CalibrationRow
from include.warehouse.shards import write_shard


def calibrate(run: Run, params: dict[str, Any]) -> dict[str, Any]:
    """Measures, writes plots, report and a shard of `calibration`. Run again, it writes the same over it."""
    rates = checked_rates(params["rates"])
    labelled = _labelled(run, params)
    now = datetime.now(UTC)
    results = [_measured(each, rates, run.log) for each in labelled]
    for line in lines(results):
        run.log(line)
    folder = run.address(calibration_folder(run.key))
    for name, (content, mime) in files(results, rates, now).items():
        write(run.gcs, f"{folder}{name}", content, mime)
    rows = [{**row, "run_key": run.key, "measured_at": now} for each in results for row in each.rows]
    write_shard(run, CALIBRATION, "0000", cast(list[CalibrationRow], rows))
    run.log(f"report: {folder}report.html")
    return {"report": f"{folder}report.html", "rows": len(rows)}


def checked_rates(rates: Sequence[float]) -> list[float]:
    """The rates, the largest first and each once."""
    if not rates or not all(0 < rate < 1 for rate in rates):
        raise NotCalibrated("a false-match rate lies between 0 and 1, as 0.001 does: nothing was measured")
    return sorted({float(rate) for rate in rates}, reverse=True)


def _measured(labelled: Labelled, rates: list[float], log: Log) -> Measured:
    log(f"{labelled.engine}: measures {len(labelled.people)} pictures")
    return measured(labelled, rates)


def _labelled(run: Run, params: dict[str, Any]) -> list[Labelled]:
    faces, table, grouped = params["faces"] or "", params["table"] or "", bool(params["groups"])
    asked = list(dict.fromkeys(params["engines"] or []))
    if bool(faces) == bool(table):
        raise NotCalibrated("give either `faces` (a folder) or `table`, and not both: nothing was measured")
    if faces:
        return _embedded(run, labelled_pictures.listed(run.gcs, faces, grouped), asked)
    ready, to_see = labelled_tables.read(run.bq, table, grouped, asked)
    return ready or _embedded(run, to_see, asked)


def _embedded(run: Run, found: list[LabelledPicture], asked: list[str]) -> list[Labelled]:
    engines = [_engine(run, name) for name in asked or [run.settings.engine]]
    return embedded(run.gcs, found, engines, run.log)


def _engine(run: Run, name: str) -> Engine:
    if name not in (known := load_manifest().engines):
        raise NotCalibrated(f"there is no engine {name!r}, there are: {', '.join(known)}; nothing was measured")
    try:
        return engine_for(run, name)
    except WrongFile as reason:
        raise NotCalibrated(f"engine {name} cannot be loaded: {reason}; nothing was measured") from None
