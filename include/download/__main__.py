"""`python -m include.download "SELECT file_path FROM image" --to FOLDER`: files and their manifest, on a laptop.

Instead of a SELECT the name of a query of `include/sql/queries` does. A folder that ends in .zip is a zip.
"""

import argparse
import json
import sys
from pathlib import Path

from include.core.command_line import run_by_hand
from include.core.errors import Mistake
from include.download.download import download
from include.download.question import named_queries, question


def main() -> int:
    asked = _arguments()
    named = asked.select in named_queries()
    form = {**vars(asked), "sql": None if named else asked.select, "query": asked.select if named else None}
    try:
        download(run_by_hand(_say), question(form), asked.to)
    except (Mistake, RuntimeError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m include.download", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("select", help=f"one SELECT that gives file_path, or a name: {', '.join(named_queries())}")
    parser.add_argument("--to", type=Path, required=True, help="a folder, or a file that ends in .zip")
    parser.add_argument(
        "--params", dest="query_params", type=json.loads, default={}, help="the query's @values, as JSON"
    )
    parser.add_argument("--label", help="the column that names folders; `label` without it")
    parser.add_argument("--most-read-gib", type=float, default=10, help="that BigQuery may read")
    parser.add_argument("--most-fetched-gib", type=float, default=50, help="that the files may have")
    return parser.parse_args()


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
