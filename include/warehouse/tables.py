"""A table's properties besides its columns: made, compared, updated."""

from collections.abc import Sequence
from datetime import timedelta

from google.cloud import bigquery
from google.cloud.bigquery import SchemaField

from include.warehouse.schema_changes import SchemaChanges, compare
from include.warehouse.schemas import TableSpec

MILLISECOND = timedelta(milliseconds=1)


def new_table(project: str, spec: TableSpec) -> bigquery.Table:
    """The table as the files describe it."""
    table = bigquery.Table(f"{project}.{spec.address}", schema=spec.fields)
    return _with_properties(table, spec)


def differences(live: bigquery.Table, spec: TableSpec) -> SchemaChanges:
    """What differs outside the columns. Labels that others have set are none of our business."""
    changes = SchemaChanges()
    if live.table_type != "TABLE":
        changes.refused.append(f"is there already, as a {live.table_type}")
        return changes
    if _partition(live) != (spec.partition and (spec.partition.field, spec.partition.type)):
        changes.refused.append("its partitioning cannot change")
    elif _expiration(live) != _milliseconds(spec):
        changes.lines.append(f"partitions expire after {spec.expiration} days")
    if tuple(live.clustering_fields or ()) != spec.clustering:
        changes.lines.append("clusters what comes from now on")
    if live.description != spec.description:
        changes.lines.append("describes the table")
    if not spec.labels.items() <= live.labels.items():
        changes.lines.append("labels")
    return changes


def update(bq: bigquery.Client, live: bigquery.Table, spec: TableSpec, schema: Sequence[SchemaField]) -> None:
    """Sets it all, and looks whether the server did: some ignore a change in silence."""
    live.schema = schema
    fields = ["schema", "description", "labels", "time_partitioning", "clustering_fields"]
    done = bq.update_table(_with_properties(live, spec), fields)
    if left := compare(done.schema, spec.fields).lines + differences(done, spec).lines:
        raise RuntimeError(f"{spec.address}: the server took the change without error, yet it lacks: {'; '.join(left)}")


def _with_properties(table: bigquery.Table, spec: TableSpec) -> bigquery.Table:
    table.description = spec.description
    table.labels = {**table.labels, **spec.labels}
    if spec.clustering or table.clustering_fields:
        table.clustering_fields = list(spec.clustering) or None
    if spec.partition:
        table.time_partitioning = bigquery.TimePartitioning(
            type_=spec.partition.type, field=spec.partition.field, expiration_ms=_milliseconds(spec)
        )
    return table


def _partition(live: bigquery.Table) -> tuple[str | None, str] | None:
    if live.range_partitioning:
        return ("a range", "")
    partitioning = live.time_partitioning
    return (partitioning.field, partitioning.type_) if partitioning else None


def _expiration(live: bigquery.Table) -> int | None:
    return live.time_partitioning.expiration_ms if live.time_partitioning else None


def _milliseconds(spec: TableSpec) -> int | None:
    return timedelta(days=spec.expiration) // MILLISECOND if spec.expiration else None
