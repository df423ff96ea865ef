"""What the tables are: columns from `bq_schemas/<table>.json`, everything else from `bq_schemas/tables.toml`."""

import json
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
from google.cloud.bigquery import SchemaField

FOLDER = Path(__file__).resolve().parents[2] / "bq_schemas"
MAX_CLUSTERING = 4  # BigQuery's limit
# BigQuery answers with either spelling of these.
SPELLINGS = {"INT64": "INTEGER", "FLOAT64": "FLOAT", "BOOL": "BOOLEAN", "STRUCT": "RECORD"}
ARROW = {
    "STRING": pa.string(),
    "BYTES": pa.binary(),
    "INTEGER": pa.int64(),
    "FLOAT": pa.float64(),
    "BOOLEAN": pa.bool_(),
    "DATE": pa.date32(),
    "TIMESTAMP": pa.timestamp("us", tz="UTC"),
}


@dataclass(frozen=True)
class DatasetSpec:
    """A dataset as it should be. `time_travel_hours`: for how long what was removed from it can be read."""

    name: str
    description: str
    labels: Mapping[str, str]
    time_travel_hours: int | None = None


@dataclass(frozen=True)
class Partition:
    """A partition by time: HOUR, DAY, MONTH or YEAR of one column."""

    field: str
    type: str


@dataclass(frozen=True)
class TableSpec:
    """A table as it should be. `expiration` is in days, of a partition; `key` is the natural key."""

    name: str
    dataset: str
    fields: tuple[SchemaField, ...]
    key: tuple[str, ...]
    partition: Partition | None = None
    clustering: tuple[str, ...] = ()
    expiration: int | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    description: str = ""

    @property
    def address(self) -> str:
        """`dataset.table`, as a client and SQL take it."""
        return f"{self.dataset}.{self.name}"

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns, in the order of the JSON file."""
        return tuple(column.name for column in self.fields)


def type_of(column: SchemaField) -> str:
    """The column's type in one spelling."""
    return SPELLINGS.get(column.field_type.upper(), column.field_type.upper())


def load_specs(folder: Path = FOLDER) -> dict[str, TableSpec]:
    """Every table by name. A contradiction within the files is a ValueError that names the table."""
    tables = _manifest(folder)["tables"]
    files = {path.stem for path in folder.glob("*.json")}
    if odd := files.symmetric_difference(tables):
        raise ValueError(f"tables.toml and the JSON files of bq_schemas disagree about: {', '.join(sorted(odd))}")
    return {name: _spec(name, table, folder) for name, table in tables.items()}


def load_datasets(folder: Path = FOLDER) -> dict[str, DatasetSpec]:
    """Every dataset by name."""
    datasets = _manifest(folder)["datasets"]
    return {
        name: DatasetSpec(name, it["description"], it.get("labels", {}), it.get("time_travel_hours"))
        for name, it in datasets.items()
    }


def arrow_schema(spec: TableSpec) -> pa.Schema:
    """The same columns for a Parquet file: REQUIRED is not nullable, REPEATED is a list without nulls."""
    return pa.schema([_arrow_field(column) for column in spec.fields])


def _manifest(folder: Path) -> dict[str, Any]:
    return tomllib.loads((folder / "tables.toml").read_text("utf-8"))


def _spec(name: str, table: dict[str, Any], folder: Path) -> TableSpec:
    columns = json.loads((folder / f"{name}.json").read_text("utf-8"))
    spec = TableSpec(
        name=name,
        dataset=table["dataset"],
        fields=tuple(SchemaField.from_api_repr(column) for column in columns),
        key=tuple(table["key"]),
        partition=Partition(**table["partition"]) if "partition" in table else None,
        clustering=tuple(table.get("clustering", ())),
        expiration=table.get("expiration"),
        labels=table.get("labels", {}),
        description=table["description"],
    )
    _check(spec)
    return spec


def _check(spec: TableSpec) -> None:
    named = {*spec.key, *spec.clustering, *([spec.partition.field] if spec.partition else [])}
    if unknown := named.difference(spec.columns):
        raise ValueError(f"tables.toml: {spec.name} has no column {', '.join(sorted(unknown))}")
    if missing := set(spec.key) - _required(spec.fields):
        raise ValueError(f"tables.toml: the key of {spec.name} may be NULL in {', '.join(sorted(missing))}")
    if len(spec.clustering) > MAX_CLUSTERING:
        raise ValueError(f"tables.toml: {spec.name} clusters by more than {MAX_CLUSTERING} columns")
    if spec.expiration and not spec.partition:
        raise ValueError(f"tables.toml: {spec.name} expires by partition and has none")


def _required(columns: Iterable[SchemaField]) -> set[str]:
    return {column.name for column in columns if column.mode == "REQUIRED"}


def _arrow_field(column: SchemaField) -> pa.Field:
    kind = _arrow_type(column)
    if column.mode == "REPEATED":
        return pa.field(column.name, pa.list_(pa.field("element", kind, nullable=False)), nullable=False)
    return pa.field(column.name, kind, nullable=column.mode != "REQUIRED")


def _arrow_type(column: SchemaField) -> pa.DataType:
    if type_of(column) == "RECORD":
        return pa.struct([_arrow_field(child) for child in column.fields])
    return ARROW[type_of(column)]
