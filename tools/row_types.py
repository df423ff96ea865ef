"""The types of rows, `include/warehouse/rows.py`: made from bq_schemas/, or held against it.

    .local/venv/bin/python -m tools.row_types make|check

`check` writes nothing, and fails where the two are out of step.
"""

import json
import sys
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

REPO = Path(__file__).resolve().parents[1]
SCHEMAS = REPO / "bq_schemas"
TARGET = REPO / "include" / "warehouse" / "rows.py"
Column = dict[str, Any]
# What a column's value is here. A RECORD is a class of its own.
TYPES = {
    "STRING": "str",
    "BYTES": "bytes",
    "INTEGER": "int",
    "FLOAT": "float",
    "BOOLEAN": "bool",
    "DATE": "date",
    "TIMESTAMP": "datetime",
}
_HEAD = '''\
"""The rows of every table, as types. Made from bq_schemas/ by `make types`: change a column there, and nothing here.

A REQUIRED column must be there. What a row lacks of the others is NULL, or an empty list of what is REPEATED.
"""

from datetime import {moments}
from typing import Generic, NotRequired, TypedDict, TypeVar

Row = TypeVar("Row")


class Table(str, Generic[Row]):
    """The name of a table, which knows the type of its rows."""
'''


def module(folder: Path = SCHEMAS) -> str:
    """The whole text of rows.py: a class a table and a RECORD, and the tables by name."""
    names = list(tomllib.loads((folder / "tables.toml").read_text("utf-8"))["tables"])
    columns: dict[str, list[Column]] = {it: json.loads((folder / f"{it}.json").read_text("utf-8")) for it in names}
    classes = [text for name in names for text in _table(name, columns[name])]
    tables = "\n".join(f'{name.upper()}: Table[{_camel(name)}Row] = Table("{name}")' for name in names)
    moments = [name for name in ("date", "datetime") if any(_uses(columns[table], name) for table in names)]
    return "\n\n".join([_HEAD.format(moments=", ".join(moments)), *classes, tables]) + "\n"


def _table(name: str, columns: Iterable[Column]) -> list[str]:
    """Classes of a table, those of its RECORDs before it: a name must be there before it is used."""
    return _class(f"{_camel(name)}Row", _camel(name), f"A row of table `{name}`.", columns)


def _class(name: str, stem: str, says: str, columns: Iterable[Column]) -> list[str]:
    before: list[str] = []
    lines = [f"class {name}(TypedDict):", f'    """{says}"""', ""]
    for column in columns:
        kind = stem + _camel(column["name"])
        if column["type"] == "RECORD":
            before += _class(kind, kind, f"A value in column `{column['name']}` of that table.", column["fields"])
        else:
            kind = TYPES[column["type"]]
        lines.append(f"    {column['name']}: {_annotation(column, kind)}")
    return [*before, "\n".join(lines) + "\n"]


def _annotation(column: Column, kind: str) -> str:
    mode = column.get("mode", "NULLABLE")
    if mode == "REQUIRED":
        return kind
    return f"NotRequired[list[{kind}]]" if mode == "REPEATED" else f"NotRequired[{kind} | None]"


def _uses(columns: Iterable[Column], name: str) -> bool:
    return any(TYPES.get(column["type"]) == name or _uses(column.get("fields", ()), name) for column in columns)


def _camel(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))


def main(verb: str) -> int:
    fresh = module()
    if verb == "make":
        TARGET.write_text(fresh, "utf-8")
    elif not TARGET.is_file() or TARGET.read_text("utf-8") != fresh:
        print(f"{TARGET.relative_to(REPO)} is not what bq_schemas/ says. `make types` makes it anew.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in ("make", "check"):
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1]))
