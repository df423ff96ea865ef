"""Does anything get lost or doubled, whatever happens? The whole path on the replica, undisturbed and then disturbed.

make bench BENCH=faults [SEED=1] [KILLS=50] [DAYS=2] [GALLERIES=singer,clips,broken] [PAGES=10000] [FILES=2000]

Workers are killed with -9, the emulators are restarted, what workers ask of them comes late, is lost, broken off,
carried out twice or refused, disks are full, and the site fails too; all of it out of the seed. Afterwards tables,
objects, pages and downloads are those of the undisturbed run, or this ends with what differs. Then so many malformed
pages are read and redacted, and so many broken files are crawled and scanned, as the disturbed world goes on.
"""

import os
import sys
import tempfile
import threading
import time
from collections import Counter
from functools import partial
from pathlib import Path

from include.media.pictures import decode
from replica import photos
from replica.server import Replica, Server
from tests.bench.servers import Emulators
from tests.bench.table import report
from tests.crawl.mutations import whole_pages
from tests.faults.comparison import Comparison, Dose, compare
from tests.faults.pages import read_malformed
from tests.faults.pipeline import crawl_galleries, find_faces
from tests.faults.rubbish import what_became
from tests.faults.rubbish_site import definition, rubbish_server
from tests.faults.stand_in import Airflow
from tests.faults.world import World
from tests.media.broken import spoiled, whole
from tools.local.state import REPO

ROOT = REPO / ".local" / "replica"


def number(name: str, usual: int) -> int:
    return int(os.environ.get(name, usual))


GALLERIES = tuple(os.environ.get("GALLERIES", "singer,clips,broken").split(","))
SEED, KILLS, DAYS = number("SEED", 1), number("KILLS", 50), number("DAYS", 2)
PAGES, FILES = number("PAGES", 10_000), number("FILES", 2_000)


def main() -> None:
    print(f"seed {SEED}, galleries {', '.join(GALLERIES)}, {DAYS} days")
    with tempfile.TemporaryDirectory(prefix="faults-") as folder:
        wrong = run(Path(folder))
    if wrong:
        sys.exit("\n".join(["what went wrong:", *wrong]))


def run(folder: Path) -> list[str]:
    """All of it; what went wrong, a line each."""
    files = dict(spoiled(_whole_files(folder), FILES, SEED))
    emulators, site, rubbish = Emulators(folder / "state"), Replica(ROOT), rubbish_server(list(files.values()))
    calm, wild = (World(f"faults-{name}", folder / name, site, ROOT, GALLERIES, definition(rubbish))
                  for name in ("calm", "wild"))  # fmt: skip
    for server in (site, rubbish):
        threading.Thread(target=server.serve_forever, daemon=True).start()
    emulators.up()
    try:
        began = time.monotonic()
        dose, withheld = Dose(KILLS, DAYS + 1, 2 * DAYS, 9), [4 * day for day in range(DAYS)][::-1]
        found = compare((calm, wild), emulators.endpoints.__getitem__, emulators.restart, withheld, dose, SEED)
        tell(found, time.monotonic() - began)
        airflow = Airflow(wild.environment, folder / "rubbish", emulators.endpoints.__getitem__)
        return found.differs + read_pages(site, calm) + read_files(airflow, wild, rubbish, list(files))
    finally:
        emulators.down()
        site.shutdown()
        rubbish.shutdown()


def _whole_files(folder: Path) -> dict[str, bytes]:
    photos.fetch(ROOT / "photos")
    return whole(decode((ROOT / "photos" / "astronaut.png").read_bytes())[:320, 60:380].copy(), folder)


def tell(found: Comparison, seconds: float) -> None:
    """What was done, by the task it was done to, and what came of it."""
    killed = Counter(kill.split("/")[0] + "/" + kill.split("/")[2].partition(":")[0] for kill in found.wild.kills)
    report("faults", [{"task": task, "kills": times} for task, times in sorted(killed.items())])
    for kill in found.wild.kills:
        print(f"killed: {kill}")
    for error, times in Counter(found.wild.errors).most_common():
        print(f"{times} times a try ended by itself: {error[:200]}")
    tries = [sum(told.tries.values()) for told in (found.calm, found.wild)]
    print(f"{len(found.wild.kills)} kills of {KILLS}; {len(found.wild.failed)} tasks failed for good and were cleared, "
          f"or another run followed; {tries[0]} tries undisturbed, {tries[1]} disturbed; {seconds:.0f} s")  # fmt: skip
    print(", ".join(f"{times} times {what}" for what, times in sorted(found.wild.done.items())))
    print(f"compared: {dict(Counter(what for what, _ in found.compared))}; {len(found.differs)} differ")


def read_pages(site: Replica, world: World) -> list[str]:
    began, read = time.monotonic(), read_malformed(whole_pages(site, world.truth), PAGES, SEED)
    print(f"{PAGES} malformed pages in {time.monotonic() - began:.0f} s, {read.redacted} redacted; as posts "
          f"{dict(read.posts)}, as lists {dict(read.lists)}")  # fmt: skip
    return read.broke


def read_files(airflow: Airflow, world: World, server: Server, names: list[str]) -> list[str]:
    began = time.monotonic()
    airflow.settle("crawl_galleries/rubbish", partial(crawl_galleries, [f"{server.address}/heap"]))
    airflow.settle("find_faces/rubbish", find_faces)
    became = what_became(world, names)
    print(f"{FILES} broken files in {time.monotonic() - began:.0f} s: {dict(became.crawled)}; those that were stored "
          f"{dict(became.scanned)}; tries that failed: {len(airflow.told.errors)}")  # fmt: skip
    return became.unaccounted + airflow.told.errors


if __name__ == "__main__":
    main()
