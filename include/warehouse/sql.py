"""The SQL of `include/sql`: one statement a file, read, filled in and run."""

import datetime
import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from string import Template
from typing import Any

from google.api_core.exceptions import GoogleAPICallError, NotFound
from google.cloud import bigquery

from include.core.command_line import bigquery_client
from include.core.errors import Mistake

FOLDER = Path(__file__).resolve().parents[1] / "sql"
# bool before int and datetime before date: each is also an instance of the other.
TYPES = {
    bool: "BOOL",
    int: "INT64",
    float: "FLOAT64",
    str: "STRING",
    bytes: "BYTES",
    datetime.datetime: "TIMESTAMP",
    datetime.date: "DATE",
}
Parameter = bigquery.ScalarQueryParameter | bigquery.ArrayQueryParameter


def sql_text(name: str, **names: str) -> str:
    """The statement in `include/sql/<name>.sql` with its `$names` filled in.

    Names are for what a parameter cannot be (a table, a list of columns); never pass a value from outside here.
    """
    template = Template((FOLDER / f"{name}.sql").read_text("utf-8"))
    try:
        return template.substitute(names)
    except KeyError as missing:
        raise LookupError(f"include/sql/{name}.sql needs ${missing.args[0]}, which was not given") from None


def rows(
    bq: bigquery.Client, name: str, params: Mapping[str, Any], labels: Mapping[str, str] | None = None
) -> list[dict[str, Any]]:
    """Runs a query of `include/sql` and gives its rows: all in memory, so not for results of millions.

    A list may be empty where the file says of what it is: `-- @name is ARRAY<INT64>`.
    """
    text = sql_text(name)
    config = bigquery.QueryJobConfig(
        query_parameters=[parameter(key, value, array_type(text, key)) for key, value in params.items()],
        labels=dict(labels or {}),
    )
    try:
        return [dict(row) for row in bq.query_and_wait(text, job_config=config)]
    except NotFound as missing:
        raise Mistake(f"{missing.message}: the warehouse is not prepared, run prepare_warehouse first") from None


def parameter(name: str, value: Any, element_type: str | None = None) -> Parameter:
    """A query parameter of the value's own type. None is a STRING; an empty list needs the type of its elements."""
    if isinstance(value, (bigquery.ScalarQueryParameter, bigquery.ArrayQueryParameter)):
        return value
    if isinstance(value, (list, tuple)):
        if not value and not element_type:
            raise ValueError(f"@{name} is an empty list and so has no type: write -- @{name} is ARRAY<...> in the file")
        return bigquery.ArrayQueryParameter(name, element_type or _type(name, value[0]), list(value))
    return bigquery.ScalarQueryParameter(name, "STRING" if value is None else _type(name, value), value)


def array_type(text: str, name: str) -> str | None:
    """Of what a statement's own comment says that a parameter is an array; None where it says nothing."""
    found = re.search(rf"^-- @{name} is ARRAY<(\w+)>", text, re.MULTILINE)
    return found[1] if found else None


def _type(name: str, value: Any) -> str:
    for kind, sql_type in TYPES.items():
        if isinstance(value, kind):
            return sql_type
    raise TypeError(f"@{name}: no BigQuery type for a {type(value).__name__}")


def main() -> None:
    """`python -m include.warehouse.sql NAME_OR_STATEMENT`: prints the rows of a query of `include/sql`, or of any."""
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        names = sorted(path.stem for path in (FOLDER / "queries").glob("*.sql"))
        sys.exit(f"usage: python -m include.warehouse.sql queries/NAME | 'SELECT …'\nnames: {', '.join(names)}")
    text = sys.argv[1]
    statement = sql_text(text) if (FOLDER / f"{text}.sql").is_file() else text
    try:
        for row in bigquery_client().query(statement).result():
            print(json.dumps(dict(row), ensure_ascii=False, default=str))
    except GoogleAPICallError as error:
        sys.exit(str(error.message))
    except Mistake as mistake:
        sys.exit(str(mistake))


if __name__ == "__main__":
    main()
