"""Start a store with its front, on one port of 127.0.0.1. Run by the supervisor, with the emulators' Python.

python -m tools.local.front.serve gcs --state DIR --port N --binary PATH [--open]
python -m tools.local.front.serve bigquery --state DIR --port N
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from tools.local.front import gcs, warehouse
from tools.local.state import State


def main() -> int:
    os.umask(0o077)
    parser = argparse.ArgumentParser(description="A store behind its front.")
    parser.add_argument("store", choices=("gcs", "bigquery"))
    parser.add_argument("--state", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--binary", type=Path, help="fake-gcs-server")
    parser.add_argument("--open", action="store_true", help="without a network of its own: this machine refuses it")
    given = parser.parse_args()
    state = State(given.state)
    if given.store == "gcs":
        return gcs.serve(state, given.port, given.binary, own_network=not given.open)
    return warehouse.serve(state, given.port)


if __name__ == "__main__":
    sys.exit(main())
