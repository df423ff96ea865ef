"""A warehouse of one small table, in a dataset of its own: what is tried on it touches no other test."""

import dataclasses
import datetime
import io
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from google.cloud import bigquery, storage
from google.cloud.bigquery import SchemaField
from google.cloud.bigquery.format_options import ParquetOptions

from include.warehouse.apply import Step, plan
from include.warehouse.definitions import Definition
from include.warehouse.publish import publish
from include.warehouse.rows import Table
from include.warehouse.schemas import DatasetSpec, Partition, TableSpec, load_specs, type_of
from include.warehouse.shards import parquet, write_shard
from tests.conftest import MakeRun

Row = dict[str, Any]
Rows = list[Row]
Make = Callable[..., Row]
Insert = Callable[[str, Rows], None]
Publish = Callable[..., int]
Count = Callable[[str], int]
Select = Callable[[str], Rows]
FILLER = {"STRING": "x", "INTEGER": 1, "FLOAT": 0.5, "TIMESTAMP": datetime.datetime(2024, 5, 1, tzinfo=datetime.UTC)}
BOX = (SchemaField("x", "FLOAT"), SchemaField("y", "FLOAT"))
TOY = TableSpec(
    name="toy",
    dataset="toys",
    fields=(
        SchemaField("id", "STRING", "REQUIRED", description="its name"),
        SchemaField("weight", "INTEGER", "REQUIRED"),
        SchemaField("colour", "STRING"),
        SchemaField("box", "RECORD", fields=BOX),
        SchemaField("vector", "FLOAT", "REPEATED"),
        SchemaField("made_at", "TIMESTAMP", "REQUIRED"),
    ),
    key=("id",),
    partition=Partition("made_at", "DAY"),
    clustering=("colour",),
    expiration=10,
    labels={"stage": "toys"},
    description="toys",
)


@dataclass
class ToyBox:
    """Applies a variant of its table and tells what that changed."""

    bq: bigquery.Client
    gcs: storage.Client
    bucket: str
    dataset: str
    definitions: list[Definition] = field(default_factory=list)

    @property
    def spec(self) -> TableSpec:
        return dataclasses.replace(TOY, dataset=self.dataset)

    def with_columns(self, **columns: SchemaField | None) -> TableSpec:
        """The table with columns replaced by name (None drops one), and new ones at the end."""
        kept = [columns.pop(old.name, old) for old in TOY.fields]
        fields = tuple(column for column in (*kept, *columns.values()) if column is not None)
        return dataclasses.replace(self.spec, fields=fields)

    def plan(self, spec: TableSpec | None = None) -> list[Step]:
        datasets = {self.dataset: DatasetSpec(self.dataset, "a box of toys", {})}
        return plan(self.bq, self.gcs, self.bucket, datasets, {"toy": spec or self.spec}, self.definitions)

    def apply(self, spec: TableSpec | None = None) -> list[str]:
        steps = self.plan(spec)
        for step in steps:
            step.do()
        return [step.line.replace(self.dataset, "toys") for step in steps]

    def query(self, statement: str) -> Rows:
        return [dict(row) for row in self.bq.query(statement.replace("toys.", f"{self.dataset}.")).result()]

    def table(self, name: str = "toy") -> bigquery.Table:
        return self.bq.get_table(f"{self.dataset}.{name}")

    def view(self, text: str, digest: str) -> list[Definition]:
        statement = f"CREATE OR REPLACE VIEW {self.dataset}.v OPTIONS (description = '[{digest}]') AS {text}"
        return [Definition("VIEW", f"{self.dataset}.v", statement.replace("toys.", f"{self.dataset}."), digest)]

    def state(self) -> dict[str, object]:
        """All that a change could touch."""
        resource = self.table().to_api_repr()
        kept = ("schema", "description", "labels", "timePartitioning", "clustering", "lastModifiedTime")
        tables = [table.table_id for table in self.bq.list_tables(self.dataset)]
        return {"tables": tables, **{key: resource.get(key) for key in kept}}


@pytest.fixture
def toys(bq: bigquery.Client, gcs: storage.Client, bucket: str) -> Iterator[ToyBox]:
    """A dataset's name; there is nothing of it yet."""
    box = ToyBox(bq, gcs, bucket, f"toys_{uuid.uuid4().hex[:12]}")
    yield box
    bq.delete_dataset(box.dataset, delete_contents=True, not_found_ok=True)


@pytest.fixture
def make() -> Callable[..., Row]:
    """A row of a table: what is not given is NULL, or something that fits when it must not be."""

    def build(table: str, **given: object) -> Row:
        fields = load_specs()[table].fields
        required = {column.name: FILLER[type_of(column)] for column in fields if column.mode == "REQUIRED"}
        return {**required, **given}

    return build


@pytest.fixture
def insert(bq: bigquery.Client) -> Callable[[str, list[Row]], None]:
    """Puts rows into a table as they are, without a merge."""

    def load(table: str, rows: list[Row]) -> None:
        spec = load_specs()[table]
        options = ParquetOptions()
        options.enable_list_inference = True
        config = bigquery.LoadJobConfig(
            source_format="PARQUET", parquet_options=options, write_disposition="WRITE_APPEND"
        )
        bq.load_table_from_file(io.BytesIO(parquet(spec, rows)), spec.address, job_config=config).result()

    return load


@pytest.fixture
def run(make_run: MakeRun) -> Callable[..., int]:
    """Writes shards and publishes them as one run; how many rows that changed."""

    def publish_shards(table: str, run_key: str, *shards: Rows) -> int:
        for batch, rows in enumerate(shards):
            write_shard(make_run(run_key), Table[Any](table), batch, rows)
        return publish(make_run(run_key), table)

    return publish_shards


@pytest.fixture
def count(bq: bigquery.Client) -> Callable[[str], int]:
    """How many rows a table or view has: counted in SQL, since an emulator's num_rows may be old."""
    return lambda address: next(iter(bq.query(f"SELECT COUNT(*) AS n FROM {address}").result()))["n"]


@pytest.fixture
def select(bq: bigquery.Client) -> Callable[[str], Rows]:
    """Rows of a query."""
    return lambda statement: [dict(row) for row in bq.query_and_wait(statement)]
