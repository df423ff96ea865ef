"""What a query would read before it is run: refused when that is more than was allowed, and told with its price."""

from collections.abc import Sequence

from google.cloud import bigquery

from include.core.errors import Mistake
from include.core.sizes import readable
from include.warehouse.sql import Parameter

TIB = 2**40
# List price on demand, in dollars; what a region or a contract really costs differs.
DOLLARS_A_TIB = 6.25


def would_read(bq: bigquery.Client, statement: str, parameters: Sequence[Parameter], most_bytes: int | None) -> int:
    """Bytes by a dry run. A Mistake says how much it would be, when that is more than `most_bytes`."""
    config = bigquery.QueryJobConfig(query_parameters=list(parameters), dry_run=True, use_query_cache=False)
    total = int(bq.query(statement, job_config=config).total_bytes_processed or 0)
    if most_bytes is not None and total > most_bytes:
        raise Mistake(
            f"the query would read {told(total)}, and {told(most_bytes)} are allowed: nothing was run. "
            "Ask for less, or allow more"
        )
    return total


def told(size: int) -> str:
    """A number of bytes with its price, as a person reads it."""
    return f"{readable(size)} (about ${size / TIB * DOLLARS_A_TIB:.2g})"
