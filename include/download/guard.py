"""What may be run: what a statement is, reads and costs is known before anything of it runs."""

from collections.abc import Iterable
from typing import Any

from google.api_core.exceptions import BadRequest, Forbidden, GoogleAPICallError, NotFound
from google.cloud import bigquery
from google.cloud.bigquery import SchemaField

from include.core.errors import Mistake
from include.core.settings import BIOMETRICS, DATASET
from include.core.sizes import readable
from include.download.lexis import without_comments
from include.download.question import Question
from include.download.typed import allow
from include.warehouse.sql import array_type, parameter

NOTHING = "nothing was run or downloaded"
# BigQuery names no more tables than these; what it does not name cannot be judged.
MAX_TABLES = 50
MOST_SECONDS = 600
TEXTS = ("STRING", "BYTES", "JSON", "GEOGRAPHY")
NUMBERS = ("INTEGER", "INT64", "FLOAT", "FLOAT64", "NUMERIC", "BIGNUMERIC", "BOOLEAN", "BOOL")
TIMES = ("DATE", "TIME", "DATETIME", "TIMESTAMP")
REFUSED = (BadRequest, Forbidden, NotFound)


def check(bq: bigquery.Client, question: Question) -> None:
    """Raises Mistake unless this is a single SELECT of a bounded size that gives file_path and reads what it may.

    A typed one is read by us first: some servers run a part of what they are asked about.
    """
    if question.name is None:
        allow(bq, question.sql)
    try:
        dry_run = ask(bq, question, dry_run=True)
    except REFUSED as error:
        raise Mistake(f"BigQuery does not take this query: {said(error)}. {NOTHING.capitalize()}") from None
    judge(dry_run, question)


def ask(bq: bigquery.Client, question: Question, dry_run: bool = False) -> bigquery.QueryJob:
    """Begins the query. Of what was typed only what `allow` saw is sent."""
    text = question.sql if question.name else without_comments(question.sql)
    return bq.query(text, job_config=_config(bq, question, dry_run))


def _config(bq: bigquery.Client, question: Question, dry_run: bool) -> bigquery.QueryJobConfig:
    """Bare names are tables of `facewarden`; values are bound, and never part of the text."""
    try:
        values = [parameter(key, value, array_type(question.sql, key)) for key, value in question.params.items()]
    except (TypeError, ValueError) as error:
        raise Mistake(f"a value of the query cannot be given to BigQuery: {error}. {NOTHING.capitalize()}") from None
    own = bigquery.QueryJobConfig(
        default_dataset=bigquery.DatasetReference(bq.project, DATASET),
        query_parameters=values,
        labels={"stage": "download"},
    )
    own.job_timeout_ms = MOST_SECONDS * 1000
    if dry_run:
        own.dry_run, own.use_query_cache = True, False  # of what is cached it does not say what it read
    else:
        own.maximum_bytes_billed = question.most_read
    return own


def judge(dry_run: bigquery.QueryJob, question: Question) -> None:
    """Holds what BigQuery said of the statement against what was allowed."""
    kind = dry_run.statement_type
    if kind != "SELECT":
        raise Mistake(f"this is {kind or 'no statement at all'}, and only a single SELECT is taken: {NOTHING}")
    size = dry_run.total_bytes_processed or 0
    if size > question.most_read:
        raise Mistake(
            f"the query would read {readable(size)}, and {readable(question.most_read)} are allowed: {NOTHING}. Name "
            "fewer columns, ask for a stretch of time (fetched_at), or allow more"
        )
    if odd := _elsewhere(dry_run, question.restricted):
        raise Mistake(
            f"the query reads {odd}, and only what lies in {DATASET} may be: {NOTHING}. What is restricted is read by "
            "the queries that have a name"
        )
    if dry_run.schema:
        columns(dry_run.schema)


def columns(schema: Iterable[SchemaField]) -> tuple[list[SchemaField], list[str]]:
    """Columns that a manifest can have, and the names of those that it is spared: whatever holds an array, such as an
    embedding, and the few types that no file format has."""
    found = list(schema)
    names = [column.name.casefold() for column in found]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise Mistake(f"the query gives two columns of one name ({', '.join(twice)}): {NOTHING}")
    kept = [column for column in found if _carried(column)]
    if "file_path" not in [column.name.casefold() for column in kept]:
        raise Mistake(f"the query gives no column file_path, or one of arrays: there is nothing to fetch, {NOTHING}")
    return kept, [column.name for column in found if column not in kept]


def said(error: GoogleAPICallError) -> str:
    """BigQuery's own words, without the address that was asked."""
    reasons: list[Any] = [it for it in error.errors if isinstance(it, dict) and it.get("message")]
    return str(reasons[0]["message"] if reasons else error.message).strip().rstrip(".")


def _carried(column: SchemaField) -> bool:
    if column.mode == "REPEATED":
        return False
    if column.field_type in ("RECORD", "STRUCT"):
        return all(map(_carried, column.fields))
    return column.field_type in TEXTS + NUMBERS + TIMES


def _elsewhere(dry_run: bigquery.QueryJob, restricted: bool) -> str | None:
    """What it reads or calls outside of the datasets that it may; None where all is well."""
    datasets = {DATASET, BIOMETRICS} if restricted else {DATASET}
    tables = dry_run.referenced_tables
    if len(tables) >= MAX_TABLES:
        return f"{MAX_TABLES} tables or more, so that it cannot be told which"
    # The client has no name for these yet.
    called = dry_run._properties.get("statistics", {}).get("query", {}).get("referencedRoutines", [])
    found = [(it.project, it.dataset_id, it.table_id) for it in tables]
    found += [(it.get("projectId"), it.get("datasetId"), it.get("routineId")) for it in called]
    odd = [it for it in found if it[0] != dry_run.project or it[1] not in datasets]
    return ".".join(map(str, odd[0])) if odd else None
