"""Do broken files kill a batch? So many of every kind, spoiled from a seed, scanned as one batch.

make bench BENCH=broken [COUNT=2000] [SEED=1]
"""

import json
import os
import tempfile
import time
from collections import Counter
from pathlib import Path

from include.faces.engine import load_engine
from include.media.pictures import decode
from replica import photos
from tests.bench.table import report
from tests.faces.test_scan import Lake
from tests.media.broken import spoiled, whole
from tools.local.state import REPO


def main() -> None:
    models, photographs = REPO / ".local" / "models", REPO / ".local" / "replica" / "photos"
    photos.fetch(photographs)
    engine = load_engine(json.loads((models / "engine.json").read_text())["engine"], models)
    picture = decode((photographs / "astronaut.png").read_bytes())[:320, 60:380].copy()
    with tempfile.TemporaryDirectory() as folder:
        good = whole(picture, Path(folder))
    count, seed = int(os.environ.get("COUNT", "2000")), int(os.environ.get("SEED", "1"))
    lake = Lake(dict(spoiled(good, count, seed)))
    began = time.monotonic()
    scanned = lake.scan(engine, print)
    seconds = time.monotonic() - began
    ways = {lake.names[row["sha256"]]: row for row in scanned.scans}
    assert set(ways) == set(lake.files), "files without a row"
    by_way: dict[str, Counter[str]] = {}
    for name, row in ways.items():
        by_way.setdefault(name.split()[-1], Counter())[row["outcome"]] += 1
    slowest = max(scanned.scans, key=lambda row: row["seconds"] or 0.0)
    kinds = ("faces", "no_face", "rejected", "error")
    report("broken", [{"way": way, **{kind: count[kind] for kind in kinds}} for way, count in sorted(by_way.items())])
    for row in scanned.scans:
        if row["outcome"] == "error" or "its decoder" in (row["reason"] or ""):
            print(f"{lake.names[row['sha256']]}: {row['outcome']}, {row['reason']}")
    print(f"{count} files in {seconds:.0f} s; slowest: {lake.names[slowest['sha256']]}, {slowest['seconds']:.1f} s")


if __name__ == "__main__":
    main()
