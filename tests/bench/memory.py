"""Does a long crawl grow? 10,000 posts in batches of 25, all in one process, and its memory after each thousand.

make bench BENCH=memory [COUNT=10000]

A worker of Airflow takes a new process for each batch, so this is harder than what happens there.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.bench.servers import emulators, replica
from tests.bench.table import report

IMAGES = 2000


def main() -> None:
    count = int(os.environ.get("COUNT", "10000"))
    with (
        tempfile.TemporaryDirectory() as folder,
        emulators(Path(folder)) as endpoints,
        replica(count, IMAGES) as site,
    ):
        asked = {"way": "long", "site": site, "connections": 8, "pace": 0.0, "posts": count, "bucket": "long"}
        command = [sys.executable, "-m", "tests.bench.crawlers", json.dumps(asked)]
        done = subprocess.run(command, env={**os.environ, **endpoints}, stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    first = found["memory"][0]["MiB"]
    report("memory", [{**row, "of the first": round(row["MiB"] / first, 3)} for row in found["memory"]])


if __name__ == "__main__":
    main()
