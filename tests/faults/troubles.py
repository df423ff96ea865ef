"""What befalls each try of each task: out of a seed, so that a run that went wrong can be had again.

The moments are requests, as an undisturbed run counted them: a kill at the seventh request is one wherever the clock
stands. A third of the kills come by the clock, for what works long and asks for little. What the threads of a task ask
for first is their own affair, so two runs of a seed are much alike, and not the same.
"""

import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from tests.faults.road import Befalls, Mischief, Moment
from tests.faults.told import Told

# Of a thousand requests, how many each befalls.
OFTEN = {
    Mischief.LATE: 60,
    Mischief.LOST: 15,
    Mischief.UNHEARD: 15,
    Mischief.BROKEN: 10,
    Mischief.TWICE: 25,
    Mischief.REFUSED: 15,
}
DISKS = (8 << 10, 64 << 10, 512 << 10)
NEED_DISK = ("crawl_batch", "scan_batch", "download")


@dataclass(frozen=True)
class Trouble:
    """What befalls one try. `moments`: something else that happens when its n-th request arrives."""

    befalls: Befalls = lambda number: None
    kill_before: int = 0
    kill_after: int = 0
    kill_seconds: float = 0.0
    disk: int | None = None
    moments: dict[int, Moment] = field(default_factory=dict)

    @property
    def kills(self) -> bool:
        return bool(self.kill_before or self.kill_after or self.kill_seconds)

    @property
    def moment(self) -> str:
        """When the kill comes, in words."""
        if self.kill_before:
            return f"before request {self.kill_before}"
        return f"behind request {self.kill_after}, which nobody answered"


class Troubles:
    """None at all: what an undisturbed run has."""

    def of(self, task: str, number: int) -> Trouble:
        """What befalls the try of this number."""
        return Trouble()


CALM = Troubles()


class Seeded(Troubles):
    """So many kills, restarts and small disks, spread over the tasks of an undisturbed run; mischief everywhere."""

    def __init__(
        self, seed: int, calm: Told, kills: int, restarts: int, disks: int, restart: Callable[[], None]
    ) -> None:
        self._seed, self._calm, self._restart = seed, calm, restart
        chance = random.Random(seed)
        tasks = sorted(calm.requests)
        self.kills = Counter(_spread(chance, tasks, kills))
        self.restarts = Counter(_spread(chance, [task for task in tasks if calm.requests[task] > 5], restarts))
        wanting = [task for task in tasks if task.rpartition("/")[2].partition("-")[0] in NEED_DISK]
        self.disks = Counter(_spread(chance, wanting, disks))

    def of(self, task: str, number: int) -> Trouble:
        """The first tries of a task have its kills; the one behind them has the small disk and the restart."""
        chance = random.Random(f"{self._seed}/{task}/{number}")
        known, rest = max(1, self._calm.requests.get(task, 1)), number - self.kills[task]
        trouble = Trouble(self._mischief(task, number))
        if rest <= 0:
            return self._deadly(trouble, chance, task, known)
        small = chance.choice(DISKS) if rest <= self.disks[task] else None
        moments = {chance.randint(1, known): self._restart} if rest <= self.restarts[task] else {}
        return replace(trouble, disk=small, moments=moments)

    def _deadly(self, trouble: Trouble, chance: random.Random, task: str, known: int) -> Trouble:
        way, request = chance.randrange(3), chance.randint(1, known)
        if way == 0:
            return replace(trouble, kill_before=request)
        if way == 1:
            return replace(trouble, kill_after=request)
        return replace(trouble, kill_seconds=max(0.01, chance.random() * self._calm.seconds.get(task, 1.0)))

    def _mischief(self, task: str, number: int) -> Befalls:
        def befalls(request: int) -> Mischief | None:
            drawn = random.Random(f"{self._seed}/{task}/{number}/{request}").randrange(1000)
            for what, often in OFTEN.items():
                if drawn < often:
                    return what
                drawn -= often
            return None

        return befalls


def _spread(chance: random.Random, tasks: Sequence[str], number: int) -> list[str]:
    """So many draws. None is drawn a second time before all others were, in every round in another order."""
    drawn: list[str] = []
    while tasks and len(drawn) < number:
        drawn += chance.sample(tasks, min(len(tasks), number - len(drawn)))
    return drawn
