"""Does anything get lost or doubled, whatever happens? The whole path on the replica, undisturbed and then disturbed.

make bench BENCH=faults [SEED=1] [KILLS=50] [DAYS=2] [GALLERIES=singer,…] [PAGES=10000] [FILES=2000]

Workers are killed with -9, the emulators are restarted, what workers ask of them comes late, is lost, broken off,
carried out twice or refused, disks are full, and the site fails too; all of it out of the seed. Afterwards tables,
objects, pages and downloads are those of the undisturbed run, or this ends with what differs. Then so many malformed
pages are read and redacted, and so many broken files are crawled and scanned.
"""

import os
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

from replica.server import Replica
from tests.bench.servers import Emulators
from tests.bench.table import report
from tests.faults.comparison import Comparison, Dose, compare
from tests.faults.world import World
from tools.local.state import REPO

GALLERIES = tuple(os.environ.get("GALLERIES", "singer,clips,broken").split(","))
SEED = int(os.environ.get("SEED", "1"))


def main() -> None:
    kills, number = int(os.environ.get("KILLS", "50")), int(os.environ.get("DAYS", "2"))
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="faults-") as folder:
        found = run(Path(folder), Dose(kills, 1 + number, 2 * number, 9), [4 * day for day in range(number)][::-1])
    tell(found)
    print(f"seed {SEED}, {number} days, {time.monotonic() - began:.0f} s")
    if found.differs:
        sys.exit("\n".join(["what differs:", *found.differs]))
    print(f"nothing differs: {dict(Counter(what for what, _ in found.compared))}")


def run(folder: Path, dose: Dose, withheld: list[int]) -> Comparison:
    emulators, site = Emulators(folder / "state"), Replica(REPO / ".local" / "replica")
    threading.Thread(target=site.serve_forever, daemon=True).start()
    worlds = [World(f"faults-{name}", folder / name, site, REPO / ".local" / "replica", GALLERIES)
              for name in ("calm", "wild")]  # fmt: skip
    emulators.up()
    os.environ.update(emulators.endpoints)
    try:
        upstream = emulators.endpoints.__getitem__
        return compare((worlds[0], worlds[1]), upstream, emulators.restart, withheld, dose, SEED)
    finally:
        emulators.down()
        site.shutdown()


def tell(found: Comparison) -> None:
    """What was done, by the task it was done to, and what else went wrong by it."""
    killed = Counter(kill.split("/")[0] + "/" + kill.split("/")[2].partition(":")[0] for kill in found.wild.kills)
    report("faults", [{"task": task, "kills": times} for task, times in sorted(killed.items())])
    for kill in found.wild.kills:
        print(f"killed: {kill}")
    for error, times in Counter(found.wild.errors).most_common():
        print(f"{times} times a try ended by itself: {error[:200]}")
    print(
        f"{len(found.wild.kills)} kills, {len(found.wild.failed)} runs failed and were cleared or followed by another"
    )
    print(", ".join(f"{times} {what}" for what, times in sorted(found.wild.done.items())))
    print(f"{sum(found.calm.tries.values())} tries undisturbed, {sum(found.wild.tries.values())} disturbed")


if __name__ == "__main__":
    main()
