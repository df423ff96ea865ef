"""Plays Airflow, many times as quick: tasks in processes of their own, tried again as the DAGs have it.

What is kept of Airflow: a task is a process that may be killed; it has as many tries as its DAG file says, under the
same run's key; a Mistake is not tried again; what failed for good is cleared (the same run goes on), or the next run
finds what is missing. What is not: its scheduler, its database, the half minute between two tries. tests/e2e runs the
DAGs themselves.
"""

import random
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tests.faults.dag_files import rule
from tests.faults.road import Road
from tests.faults.told import Told
from tests.faults.tries import Try
from tests.faults.troubles import CALM, Troubles
from tests.faults.worker import Order, Said

AT_ONCE = 2
MOST_RUNS = 12
ENDPOINTS = ("BIGQUERY_EMULATOR_HOST", "STORAGE_EMULATOR_HOST")


class Failed(Exception):
    """A task failed for good, with what its last try said."""


@dataclass
class Airflow:
    """Runs DAGs against emulators. `upstream` says where these are, `troubles` what befalls each try."""

    environment: dict[str, str]
    folder: Path
    upstream: Callable[[str], str]
    troubles: Troubles = CALM
    told: Told = field(default_factory=Told)
    seed: int = 0

    def settle(self, name: str, dag: "Callable[[DagRun], Any]", again: bool = True) -> Any:
        """Runs a DAG until a run of it has gone well; what it gave. One that failed is cleared, or the next run begins.

        Without `again` it is always cleared: another run would be another thing (another person, who is enrolled).
        """
        chance, run = random.Random(f"{self.seed}/{name}"), DagRun(self, name, name.replace("/", "_"))
        for number in range(MOST_RUNS):
            try:
                return dag(run)
            except Failed as failed:
                self.told.failed.append(str(failed).strip().rpartition("\n")[2])
                if again and chance.random() < 0.5:
                    run = DagRun(self, name, f"{name.replace('/', '_')}_again_{number}")
        raise Failed(f"{name} did not end well in {MOST_RUNS} runs: {self.told.failed[-1]}")

    def calmed(self) -> "Airflow":
        """The same, and nothing befalls anybody any more."""
        return replace(self, troubles=CALM)

    def one_try(self, task: str, function: str, key: str, arguments: tuple[Any, ...]) -> Said | None:
        """One try of a task; None when it was killed, or when nobody heard of its end."""
        self.told.tries[task] += 1
        trouble = self.troubles.of(task, self.told.tries[task])
        road = Road(self.upstream, ENDPOINTS, trouble.befalls)
        home = self.folder / f"{task.replace('/', '-')}-{self.told.tries[task]}"
        home.mkdir(parents=True)
        began = time.monotonic()
        with road.open():
            # A download writes where it is to lie; all others write temporary files alone.
            at = Path(self.environment["FACEWARDEN_DOWNLOADS"]) if task.endswith("/download") else home
            order = Order(function, key, arguments, {**self.environment, **road.endpoints}, home, trouble.disk, at)
            one = Try(order, road, trouble)
            said = one.said()
        self._note(task, road, one, home)
        if said is not None:
            self.told.requests[task], self.told.seconds[task] = road.requests, time.monotonic() - began
        self.told.done["a small disk"] += trouble.disk is not None
        return said

    def _note(self, task: str, road: Road, one: Try, home: Path) -> None:
        self.told.done.update({str(what): times for what, times in road.done.items()})
        self.told.written.update(road.written)
        self.told.kills += [f"{task}: {one.killed}"] if one.killed else []
        left = [*one.orphans(), *(str(it.relative_to(home)) for it in home.rglob("*"))]
        self.told.left_behind += [f"{task}: {it}" for it in left]


@dataclass
class DagRun:
    """One run of a DAG. Dealt with a second time (cleared), it goes on where a task had failed."""

    airflow: Airflow
    name: str
    key: str
    _done: dict[str, Any] = field(default_factory=dict)

    def task(self, task: str, function: str, *arguments: Any) -> Any:
        """What a task returned, now or when this run was dealt with before."""
        if task in self._done:
            return self._done[task]
        self._done[task] = value = self._tried(f"{self.name}/{task}", function, arguments)
        return value

    def mapped(self, task: str, function: str, arguments: Sequence[Any]) -> list[str]:
        """A task for each, two at once, whatever becomes of the others; why those failed that did."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            running = [pool.submit(self._one, f"{task}-{at}", function, one) for at, one in enumerate(arguments)]
        return [failed for it in running if (failed := it.result())]

    def behind(self, failed: list[str], task: str, function: str, *arguments: Any) -> Any:
        """A task with the trigger rule "all_done": run whatever failed before it, and again when that was cleared."""
        value = self.task(task, function, *arguments)
        if failed:
            del self._done[task]
        return value

    @staticmethod
    def none_failed(failed: list[str]) -> None:
        """Ends a run that goes on only where all tasks of a kind went well."""
        if failed:
            raise Failed(failed[0])

    def _one(self, task: str, function: str, argument: Any) -> str:
        try:
            self.task(task, function, argument)
        except Failed as failed:
            return str(failed)
        return ""

    def _tried(self, task: str, function: str, arguments: tuple[Any, ...]) -> Any:
        error = "killed each time"
        dag, _, name = task.replace("/", " ").split()
        for _ in range(rule(dag, name.partition("-")[0]).tries):
            said = self.airflow.one_try(task, function, self.key, arguments)
            if said is not None and not said.error:
                return said.value
            error = said.error if said else error
            self.airflow.told.errors += [f"{task}: {error.strip().rpartition(chr(10))[2]}"] if said else []
            if said is not None and said.mistake:
                break
        raise Failed(f"{task}: {error}")
