"""A mapped task's whole output: one Parquet file in the bucket, named after the run and the batch."""

import datetime
import io
import re
from collections.abc import Mapping, Sequence
from typing import Any, cast

import pyarrow as pa
import pyarrow.parquet as pq
from google.cloud.bigquery import SchemaField
from google.cloud.storage.retry import DEFAULT_RETRY

from include.core.run import Run
from include.lake import layout
from include.warehouse.rows import Row, Table
from include.warehouse.schemas import TableSpec, arrow_schema, load_specs

RUN_KEY = re.compile(r"[a-z0-9_]{1,60}")
BATCH = re.compile(r"[A-Za-z0-9_-]{1,60}")
Columns = Mapping[str, Any]


def write_shard(run: Run, table: Table[Row], batch: int | str, rows: Sequence[Row]) -> str:
    """Writes the rows and returns the shard's gs:// address; the same task run again overwrites its own shard.

    No rows make a shard too, empty but typed. A row that does not fit the table is an error of mypy, if its type is
    said where it is made (`row: PostRow = …`); at the latest a ValueError that names it, and nothing is written.
    """
    if not BATCH.fullmatch(str(batch)):
        raise ValueError(f"{str(batch)!r} cannot name a batch: letters, digits, - and _ only")
    name = f"{folder(table, run.key)}{batch}.parquet"
    blob = run.gcs.bucket(run.bucket).blob(name)
    # Writing the same bytes to the same name again is harmless, so the client may retry it.
    data = parquet(load_specs()[table], cast(Sequence[Columns], rows))
    blob.upload_from_string(data, "application/vnd.apache.parquet", retry=DEFAULT_RETRY)
    return run.address(name)


def folder(table: str, run_key: str) -> str:
    """Where the shards of one run and table lie, with the slash at the end."""
    if not RUN_KEY.fullmatch(run_key):
        raise ValueError(f"{run_key!r} cannot name a run: 1 to 60 of a-z, 0-9 and _")
    return layout.shards(table, run_key)


def parquet(spec: TableSpec, rows: Sequence[Columns]) -> bytes:
    """The rows as a Parquet file of exactly the table's columns."""
    ready = [_row(spec, index, row) for index, row in enumerate(rows)]
    try:
        table = pa.Table.from_pylist(ready, arrow_schema(spec))
    except (pa.ArrowException, OverflowError) as error:
        raise ValueError(f"rows for {spec.name} do not fit its columns, nothing was written: {error}") from error
    sink = io.BytesIO()
    pq.write_table(table, sink)
    return sink.getvalue()


def _row(spec: TableSpec, index: int, row: Columns) -> dict[str, Any]:
    if unknown := set(row).difference(spec.columns):
        raise ValueError(f"row {index} for {spec.name}: no such column: {', '.join(sorted(map(str, unknown)))}")
    return {column.name: _value(column, row.get(column.name), f"row {index} for {spec.name}") for column in spec.fields}


def _value(column: SchemaField, value: Any, where: str) -> Any:
    if column.mode == "REPEATED":
        return [_single(column, element, where) for element in (() if value is None else value)]
    if value is None and column.mode != "REQUIRED":
        return None
    return _single(column, value, where)


def _single(column: SchemaField, value: Any, where: str) -> Any:
    if value is None:
        raise ValueError(f"{where}: {column.name} must not be NULL")
    if column.fields:
        return {child.name: _value(child, value.get(child.name), f"{where}, {column.name}") for child in column.fields}
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()  # half a surrogate pair, from a page, is no UTF-8
    if isinstance(value, datetime.datetime) and value.tzinfo is None:
        raise ValueError(f"{where}: {column.name} has no time zone, so it is not known which moment it is")
    return value
