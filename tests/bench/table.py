"""What every bench does with its rows: print them as a table, and keep them in .local/bench."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tools.runs.table import table

FOLDER = Path(__file__).resolve().parents[2] / ".local" / "bench"


def report(bench: str, rows: Sequence[dict[str, Any]]) -> Path:
    """Print the rows and write the same ones to .local/bench/<bench>.json: a list of flat objects."""
    nested = [name for row in rows for name, value in row.items() if isinstance(value, (dict, list))]
    if nested:
        raise ValueError(f"rows of a bench are flat; these columns are not: {sorted(set(nested))}")
    print(table(rows))
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER / f"{bench}.json"
    path.write_text(json.dumps(list(rows), indent=1, ensure_ascii=False) + "\n")
    return path
