"""Draw the evidence page of a subject, without Airflow: `python -m include.matching SUBJECT`. Prints where it lies."""

import argparse
import sys

from include.core.command_line import run_by_hand
from include.core.errors import Mistake
from include.matching.evidence import draw_page


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m include.matching", description=__doc__)
    parser.add_argument("subject", help="a subject_id")
    asked = parser.parse_args()
    try:
        print(draw_page(run_by_hand(_say), asked.subject)["evidence"])
    except (Mistake, LookupError) as reason:
        print(reason, file=sys.stderr)
        return 1
    return 0


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
