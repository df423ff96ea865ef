"""The report of a calibration: self-contained HTML, Korean and English, without a face or a name in it."""

import base64
import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from include.calibration import plots
from include.calibration.labelled_faces import EVERYBODY
from include.calibration.measure import REFERENCES, WAYS, Measured
from include.core.seoul_time import KST

Row = dict[str, Any]


def files(results: Sequence[Measured], rates: Sequence[float], measured_at: datetime) -> dict[str, tuple[bytes, str]]:
    """Names and contents, with their types: two plots an engine, and the report that holds them all."""
    found: dict[str, tuple[bytes, str]] = {}
    parts = []
    for number, each in enumerate(results, 1):
        drawn = {"roc": plots.roc(each), "distances": plots.distances(each)}
        found |= {f"{number}-{_slug(each.engine)}-{kind}.png": (png, "image/png") for kind, png in drawn.items()}
        parts.append(_part(each, {kind: _data_address(png) for kind, png in drawn.items()}))
    moment = measured_at.astimezone(KST).strftime("%Y-%m-%d %H:%M KST")
    html = _template().render(parts=parts, rates=rates, measured_at=moment, everybody=EVERYBODY)
    return {**found, "report.html": (html.encode(), "text/html; charset=utf-8")}


def lines(results: Sequence[Measured]) -> list[str]:
    """The old report's table, for a log."""
    said = []
    for each in results:
        sweep = [row for row in each.rows if row["measure"] == "sweep"]
        first = sweep[0]
        said.append(f"{each.engine}: {first['people']} people, {first['pictures']} pictures, "
                    f"{first['without_face']} of them without a usable face, {first['left_out']} left out")  # fmt: skip
        said.append(f"{'threshold':>10} {'hits of ' + str(first['same_pairs']):>22} "
                    f"{'false hits of ' + str(first['stranger_pairs']):>28}")  # fmt: skip
        said += [f"{row['threshold']:>10.1f} {_of(row, 'hit'):>22} {_of(row, 'false_hit'):>28}" for row in sweep]
        said += [_told(row) for row in each.rows if row["measure"] == "rate" and row["group_name"] == EVERYBODY]
    return said


def _told(row: Row) -> str:
    what = f"{row['way']}, {row['reference_count']} reference(s), false-match rate {row['false_match_rate']:g}"
    if row["reason"]:
        return f"{what}: {row['reason']}"
    return f"{what}: hit rate {_share(row, 'hit')} at {row['threshold']:.3f}"


def _of(row: Row, what: str) -> str:
    share = row[f"{what}_rate"]
    return f"{row[f'{what}s']}" + ("" if share is None else f" ({100 * share:.1f} %)")


def _share(row: Row, what: str) -> str:
    """A percentage and its interval; a dash where there is none."""
    share, low, high = (row[f"{what}_rate{end}"] for end in ("", "_low", "_high"))
    if share is None:
        return "–"
    digits = 1 if share >= 0.01 or not share else 3
    return f"{100 * share:.{digits}f} %" + (
        "" if low is None else f" [{100 * low:.{digits}f}, {100 * high:.{digits}f}]"
    )


def _part(each: Measured, images: dict[str, str]) -> Row:
    rates = [row for row in each.rows if row["measure"] == "rate"]
    groups = list(dict.fromkeys(row["group_name"] for row in rates))
    return {
        "engine": each.engine,
        "images": images,
        "groups": [_group(number, name, rates) for number, name in enumerate(groups)],
        "compared": [row for row in each.rows if row["measure"] in ("within", "across")],
        "numbers": {name: number for number, name in enumerate(groups)},
        "sweep": [row for row in each.rows if row["measure"] == "sweep"],
    }


def _group(number: int, name: str, rates: list[Row]) -> Row:
    own = [row for row in rates if row["group_name"] == name]
    tables = [
        (way, references, [row for row in own if (row["way"], row["reference_count"]) == (way, references)])
        for way in WAYS
        for references in REFERENCES
    ]
    return {"number": number, "name": name, "counts": own[0], "tables": tables}


def _slug(engine: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", engine.lower()).strip("-")[:60] or "engine"


def _data_address(png: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(png).decode()


def _template() -> Any:
    folder = Path(__file__).parent
    environment = Environment(loader=FileSystemLoader(folder), autoescape=True, undefined=StrictUndefined)
    environment.filters |= {"share": _share, "of": _of}
    return environment.get_template("report.html.j2")
