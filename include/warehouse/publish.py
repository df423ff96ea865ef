"""From a run's shards to rows of a table: one load and one MERGE, whatever the number of shards."""

import contextlib
import datetime
from collections.abc import Iterable

from google.api_core.exceptions import NotFound, PreconditionFailed
from google.cloud import bigquery
from google.cloud.bigquery.format_options import ParquetOptions

from include.core.run import Run
from include.warehouse.jobs import run_job, settle
from include.warehouse.schemas import TableSpec, load_specs
from include.warehouse.shards import folder
from include.warehouse.sql import sql_text

STAGING_LIVES = datetime.timedelta(days=1)


def publish(run: Run, table: str) -> int:
    """Loads all shards of the run into a staging table of its own, merges them, and clears both away.

    Returns how many rows were inserted or updated; 0, and no job, when there is no shard. It may be killed at any
    point and run again: no row doubles or is lost. Only one publish of a run and table may run at a time (one task).
    The shards are deleted because they hold what the table lets expire.
    """
    bq, spec = run.bq, load_specs()[table]
    shards = [
        it for it in run.gcs.list_blobs(run.bucket, prefix=folder(table, run.key)) if it.name.endswith(".parquet")
    ]
    if not shards:
        return 0
    job_id = f"publish_{table}_{run.key}"
    settle(bq, f"{job_id}_merge")  # an earlier attempt may still be reading the staging table
    staging = _make_staging(bq, spec, run.key)
    _load(bq, run.address(f"{folder(table, run.key)}*.parquet"), staging, spec, f"{job_id}_load")
    statement = merge_text(spec, staging)
    merge = run_job(
        lambda it: bq.query(statement, job_id=it, job_config=_labelled(table), job_retry=None), f"{job_id}_merge", bq
    )
    bq.delete_table(staging, not_found_ok=True)
    for shard in shards:
        # One that was written anew meanwhile has another generation, and stays for whoever wrote it.
        with contextlib.suppress(NotFound, PreconditionFailed):
            shard.delete(if_generation_match=shard.generation)
    return merge.num_dml_affected_rows or 0


def publish_all(run: Run, tables: Iterable[str]) -> dict[str, int]:
    """`publish` for several tables, in the order given; rows inserted or updated, by table."""
    return {table: publish(run, table) for table in tables}


def merge_text(spec: TableSpec, staging: str) -> str:
    """`merges/<table>.sql` for a staging table. It may use these names, all made from the table's own definition:

    $staging   the staging table               $columns  a, b, c        (for INSERT)
    $key       the key: a, b                   $values   S.a, S.b, S.c  (for VALUES)
    $same_key  T.a = S.a AND T.b = S.b         $updates  c = S.c        (for UPDATE SET: all but the key)
    """
    return sql_text(
        f"merges/{spec.name}",
        staging=staging,
        key=", ".join(spec.key),
        same_key=" AND ".join(f"T.{column} = S.{column}" for column in spec.key),
        columns=", ".join(spec.columns),
        values=", ".join(f"S.{column}" for column in spec.columns),
        updates=", ".join(f"{column} = S.{column}" for column in spec.columns if column not in spec.key),
    )


def _make_staging(bq: bigquery.Client, spec: TableSpec, run_key: str) -> str:
    """Makes the table before the load does: only so it expires even when this process dies in between."""
    address = f"{spec.dataset}.staging_{spec.name}_{run_key}"
    table = bigquery.Table(f"{bq.project}.{address}", schema=spec.fields)
    table.expires = datetime.datetime.now(datetime.UTC) + STAGING_LIVES
    bq.create_table(table, exists_ok=True)
    return address


def _load(bq: bigquery.Client, shards: str, staging: str, spec: TableSpec, job_id: str) -> None:
    parquet = ParquetOptions()
    parquet.enable_list_inference = True  # else BigQuery loads a list as a record of records
    config = bigquery.LoadJobConfig(
        source_format=bigquery.SourceFormat.PARQUET,
        parquet_options=parquet,
        schema=spec.fields,
        write_disposition=bigquery.WriteDisposition.WRITE_TRUNCATE,
        labels={"table": spec.name},
    )
    run_job(lambda it: bq.load_table_from_uri(shards, staging, job_id=it, job_config=config), job_id, bq)


def _labelled(table: str) -> bigquery.QueryJobConfig:
    return bigquery.QueryJobConfig(labels={"table": table})
