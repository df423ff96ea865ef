"""Two runs of the whole path, one undisturbed and one with every trouble of a seed; and what differs afterwards."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from replica.server import Replica
from tests.faults.pipeline import days
from tests.faults.snapshot import Snapshot, differences, doubled, snapshot
from tests.faults.stand_in import Airflow
from tests.faults.told import Told
from tests.faults.troubles import Seeded
from tests.faults.world import World

# What the site does to so many of its answers; a block (an empty page, 429) leaves its posts to a later run.
SITE_FAULTS = ("drop", "cut", "503", "500", "slow", "drip", "stall", "empty", "429")


@dataclass(frozen=True)
class Dose:
    """How much trouble there is in all."""

    kills: int
    restarts: int
    disks: int
    site: int


@dataclass
class Comparison:
    """What was done to the second run, and what differed."""

    calm: Told
    wild: Told
    differs: list[str] = field(default_factory=list)
    compared: Snapshot = field(default_factory=dict)


def compare(
    worlds: tuple[World, World],
    upstream: Callable[[str], str],
    restart: Callable[[], None],
    withheld: list[int],
    dose: Dose,
    seed: int,
    between: Callable[[], None] = lambda: None,
) -> Comparison:
    """Runs both, one after the other; `between` them whatever the caller has to clear."""
    one, other = worlds
    calm = Airflow(one.environment, one.folder / "tries", upstream)
    days(calm, one, withheld)
    expected = snapshot(one)
    between()
    wild = Airflow(other.environment, other.folder / "tries", upstream, seed=seed)

    def restarted() -> None:
        restart()
        wild.told.done["emulators restarted"] += 1

    wild.troubles = Seeded(seed, calm.told, dose.kills, dose.restarts, dose.disks, restarted)
    days(wild, other, withheld, lambda day: trouble_at(other.site, dose.site, f"{seed}/{day}"))
    return Comparison(calm.told, wild.told, _differs(expected, other, wild.told), expected)


def trouble_at(site: Replica, number: int, seed: str) -> None:
    """So many faults of the site itself, one answer each, somewhere among its first."""
    chance = random.Random(seed)
    for at in range(number):
        wish = {
            "fault": SITE_FAULTS[at % len(SITE_FAULTS)],
            "after": chance.randrange(40),
            "seconds": 0.1,
            "size": 1 << 14,
        }
        site.control.change({**wish, "retry_after": "0"})


def _differs(expected: Snapshot, world: World, told: Told) -> list[str]:
    twice = [f"object {name}: written {times} times" for name, times in told.written.items() if times > 1]
    return [*differences(expected, snapshot(world)), *doubled(world), *twice, *told.left_behind]
