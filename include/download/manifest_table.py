"""The manifest: a row for each row of the answer, with what became of it, as Parquet and as CSV."""

import csv
import io
import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from include.download.file_plan import FilePlan
from include.download.verified_fetch import FileOutcome, FileStatus

OWN = ("local_path", "status", "reason", "sha256", "size")
# With these a spreadsheet takes a text for something to compute; the wide ones as well.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def manifest(answer: pa.Table, plan: FilePlan, outcomes: Mapping[str, FileOutcome]) -> pa.Table:
    """The answer's columns and ours. One of the answer's that has the name of ours ends in `_in_query`."""
    table = answer.rename_columns(_names(answer.column_names)).replace_schema_metadata(None)
    facts = [_facts(row.sha256, row.path, row.refused, outcomes) for row in plan.rows]
    for name in OWN:
        kind = pa.int64() if name == "size" else pa.string()
        table = table.append_column(name, pa.array([it[name] for it in facts], kind))
    return table


def files(table: pa.Table) -> dict[str, bytes]:
    """The two files, by name: Parquet as it is, CSV for eyes and spreadsheets."""
    sink = io.BytesIO()
    pq.write_table(table, sink)
    return {"manifest.csv": _csv(table).encode(), "manifest.parquet": sink.getvalue()}


def _facts(sha256: str | None, path: str | None, refused: str | None, outcomes: Mapping[str, FileOutcome]) -> Any:
    if sha256 is None:
        return dict(zip(OWN, (None, "refused", refused, None, None), strict=True))
    it = outcomes[sha256]
    return dict(
        zip(OWN, (path if it.status == FileStatus.OK else None, it.status, it.reason, sha256, it.size), strict=True)
    )


def _names(columns: list[str]) -> list[str]:
    taken = Counter([*OWN, *map(str.casefold, columns)])
    names = []
    for column in columns:
        name = column
        while taken[name.casefold()] > (name == column):
            name += "_in_query"
        names.append(name)
    return names


def _csv(table: pa.Table) -> str:
    sink = io.StringIO()
    writer = csv.writer(sink, lineterminator="\n")
    writer.writerow(map(_harmless, table.column_names))
    for batch in table.to_batches(max_chunksize=10_000):
        writer.writerows([_text(row[name]) for name in table.column_names] for row in batch.to_pylist())
    return sink.getvalue()


def _text(value: Any) -> Any:
    """A cell. NULL and no text are the same here; the Parquet file tells them apart."""
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False, default=str)
    return _harmless(value) if isinstance(value, str) else str(value)


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text
