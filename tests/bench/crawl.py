"""How quick is a crawl? The old loop, ours without its pace, and Scrapy, at the same job and on the same machine.

make bench BENCH=crawl [CONNECTIONS=16] [ROUNDS=3]

The job: 200 posts and their 600 pictures from a replica that answers after 50 ms, into the emulated lake under their
hash. The old loop asks for each post twice, one request at a time, a new connection for each, and makes a new cloud
client for each picture. Scrapy has as many connections as we have, and stores and looks at pictures with our own
functions in its threads. Rounds are run in turn; the table shows the medians. Then ours with a pace, against what its
limiter permits.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.bench.servers import emulators, replica
from tests.bench.table import report

POSTS, IMAGES, LATENCY_MS = 200, 600, 50
WAYS = ("old", "scrapy", "ours")
PACE, PACED_POSTS = 0.02, 50
Row = dict[str, Any]


def main() -> None:
    connections, rounds = int(os.environ.get("CONNECTIONS", "16")), int(os.environ.get("ROUNDS", "3"))
    with (
        tempfile.TemporaryDirectory() as folder,
        emulators(Path(folder)) as endpoints,
        replica(POSTS, IMAGES, LATENCY_MS) as site,
    ):
        runs: dict[str, list[Row]] = {way: [] for way in WAYS}
        for number in range(rounds):
            for way in WAYS:
                # The old loop is the same every time, and takes a minute.
                if way != "old" or number == 0:
                    runs[way].append(_run(way, site, connections, 0.0, POSTS, endpoints, f"r{number}"))
        compare = [_row(way, found, runs, connections) for way, found in runs.items()]
        report("crawl", compare)
        report("crawl_phases", [_phases("pace off", runs["ours"][0])])
        paced = _run("ours", site, connections, PACE, PACED_POSTS, endpoints, "paced")
        report("crawl_paced", [_paced(paced)])


def _run(way: str, site: str, connections: int, pace: float, posts: int, endpoints: Row, bucket: str) -> Row:
    """One crawl in a process and into a bucket of its own, so that nothing of an earlier one helps it."""
    asked = {
        "way": way,
        "site": site,
        "connections": connections,
        "pace": pace,
        "posts": posts,
        "bucket": f"{way}-{bucket}",
    }
    command = [sys.executable, "-m", "tests.bench.crawlers", json.dumps(asked)]
    done = subprocess.run(command, env={**os.environ, **endpoints}, stdout=subprocess.PIPE, text=True, check=True)
    found: Row = json.loads(done.stdout.splitlines()[-1])
    expected = IMAGES * posts // POSTS
    if posts == POSTS and found["stored"] != expected:
        said = f"{way} stored {found['stored']} pictures, not {expected}: these seconds compare nothing"
        raise SystemExit(f"{said}; {found.get('summary', '')}")
    print(f"{way}: {found['seconds']:.2f} s", file=sys.stderr, flush=True)
    return found


def _row(way: str, found: list[Row], runs: dict[str, list[Row]], connections: int) -> Row:
    seconds = {name: statistics.median(run["seconds"] for run in of) for name, of in runs.items()}
    names = {"old": "old loop", "scrapy": "Scrapy", "ours": "Facewarden"}
    return {
        "way": names[way],
        "connections": 1 if way == "old" else connections,
        "posts": POSTS,
        "pictures": found[0]["stored"],
        "seconds": round(seconds[way], 2),
        "least": round(min(run["seconds"] for run in found), 2),
        "CPU seconds": round(found[0]["cpu"], 2),
        "times quicker than the old loop": round(seconds["old"] / seconds[way], 1),
        "times quicker than Scrapy": round(seconds["scrapy"] / seconds[way], 2),
    }


def _phases(name: str, run: Row) -> Row:
    phases = {
        key.removeprefix("seconds_"): value for key, value in run["summary"].items() if key.startswith("seconds_")
    }
    return {"run": name, **phases}


def _paced(run: Row) -> Row:
    """The limiter permits a request every pace * (1 + jitter / 2) seconds on average, one host after the other."""
    permitted = run["summary"]["requests"] * PACE * 1.125
    return {
        **_phases("pace on", run),
        "requests": run["summary"]["requests"],
        "pace": PACE,
        "permitted seconds": round(permitted, 2),
        "seconds": round(run["seconds"], 2),
        "share of what is permitted": round(permitted / run["seconds"], 3),
    }


if __name__ == "__main__":
    main()
