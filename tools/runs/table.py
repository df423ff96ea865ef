"""Values as a small table for a terminal."""

import json
from collections.abc import Sequence
from typing import Any

WIDEST = 90


def table(rows: Sequence[dict[str, Any]]) -> str:
    """One line a row under the names of the columns; long cells are cut."""
    if not rows:
        return "(no rows)"
    columns = list(dict.fromkeys(name for row in rows for name in row))
    cells = [columns, *([_cell(row.get(name)) for name in columns] for row in rows)]
    widths = [max(len(line[at]) for line in cells) for at in range(len(columns))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in cells]
    return "\n".join([lines[0], "  ".join("-" * width for width in widths), *lines[1:]])


def table_of(value: Any) -> str:
    """Any JSON value: a list of objects as rows, an object as one row, all else as itself."""
    if isinstance(value, list) and value and all(isinstance(row, dict) for row in value):
        return table(value)
    return table([value]) if isinstance(value, dict) and value else _cell(value)


def _cell(value: Any) -> str:
    text = value if isinstance(value, str) else "" if value is None else json.dumps(value, ensure_ascii=False)
    text = " ".join(text.split())
    return text if len(text) <= WIDEST else text[: WIDEST - 1] + "…"
