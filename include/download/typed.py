"""A typed SELECT cannot reach the restricted dataset: whom it runs as may not read it, and nothing there is named."""

from google.api_core.exceptions import Forbidden, NotFound
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery

from include.core.errors import Mistake
from include.core.settings import BIOMETRICS, DATASET
from include.download.reads import reads
from include.warehouse.definitions import load_definitions
from include.warehouse.schemas import load_specs

VIEWS = ("VIEW", "MATERIALIZED_VIEW")


def allow(bq: bigquery.Client, sql: str) -> None:
    """Raises Mistake unless the statement, and each view that it reads, names only what was published."""
    no_access(bq)
    routines = {it.address.split(".")[1] for it in load_definitions() if it.address.startswith(f"{DATASET}.")}
    asked, seen = reads(sql, bq.project, routines).tables, set[str]()
    while left := asked - seen:
        name = min(left)
        seen.add(name)
        if text := _text_of_view(bq, name):
            asked |= _within(name, text, bq.project, routines)


def no_access(bq: bigquery.Client) -> None:
    """Raises Mistake where whoever this client acts as can read a table of the restricted dataset.

    A server that asks nobody who they are (the emulator: its clients have no credentials) can keep nobody out. There
    what is left is that every name in the statement is known.
    """
    if isinstance(bq._credentials, AnonymousCredentials):
        return
    for spec in load_specs().values():
        if spec.dataset == BIOMETRICS and _may_read(bq, spec.address):
            raise Mistake(
                f"whoever typed SELECTs run as can read {spec.address}: nothing was run or downloaded. Give them an "
                f"account of their own that reads {DATASET} only (FACEWARDEN_DOWNLOAD_IMPERSONATE or "
                "FACEWARDEN_DOWNLOAD_CONNECTION). A query by its name needs none"
            )


def _may_read(bq: bigquery.Client, address: str) -> bool:
    try:
        bq.query(f"SELECT COUNT(*) FROM {address}", job_config=bigquery.QueryJobConfig(dry_run=True))
    except (Forbidden, NotFound):
        return False
    return True


def _text_of_view(bq: bigquery.Client, name: str) -> str | None:
    """What a view says; None of a table. A Mistake for anything else, of which nobody knows what it reads."""
    try:
        table = bq.get_table(f"{DATASET}.{name}")
    except NotFound:
        raise Mistake(f"BigQuery does not take this query: there is no table {DATASET}.{name}. Nothing was run or "
                      "downloaded") from None  # fmt: skip
    if table.table_type == "TABLE":
        return None
    text = table.mview_query if table.table_type == "MATERIALIZED_VIEW" else table.view_query
    if table.table_type not in VIEWS or not text:
        raise Mistake(f"{DATASET}.{name} is no table and no view of tables: nothing was run or downloaded")
    return str(text)


def _within(name: str, text: str, project: str, routines: set[str]) -> frozenset[str]:
    try:
        return reads(text, project, routines).tables
    except Mistake as mistake:
        raise Mistake(f"the view {DATASET}.{name} is not taken: {mistake}") from None
