"""What a run sets off through its assets: which DAGs consume them, and the runs that these got."""

import time
from dataclasses import dataclass, field

from tools.runs.api import Api, Json, Refused
from tools.runs.watch import Say, Watch

TRIGGERED_WITHIN = 90  # seconds from the end of a run to the runs that its assets trigger


@dataclass
class Chain:
    """A run and everything that follows from it."""

    api: Api
    say: Say = print
    _unpaused: set[str] = field(default_factory=set)

    def unpause_followers(self, dag_id: str) -> None:
        """Unpause every DAG that a run of `dag_id` can set off: Airflow passes no asset to a paused one."""
        for follower in _downstream(self._consumers_by_producer(), dag_id) - self._unpaused:
            self.api.unpause(follower)
            self._unpaused.add(follower)

    def watch(self, dag_id: str, run_id: str, follow: bool) -> list[Watch]:
        """Wait for the run, and with `follow` for all that follow; raises RunFailed at the first that failed."""
        ended, waiting = dict[tuple[str, str], Watch](), [(dag_id, run_id)]
        while waiting:
            key = waiting.pop(0)
            if key in ended:
                continue
            ended[key] = self._watch_one(Watch(self.api, *key, say=self.say), follow)
            if follow:
                waiting += self._triggered_by(*key)
        return list(ended.values())

    def _watch_one(self, watch: Watch, follow: bool) -> Watch:
        # Once more while it runs: on a system that has just started, a follower may not be parsed yet.
        state = watch.until_it_ends(lambda: self.unpause_followers(watch.dag_id) if follow else None)
        if state != "success":
            watch.tell_failures()
            raise RunFailed(f"{watch.dag_id} ended as {state}: {self.api.address}/dags/{watch.dag_id}")
        return watch

    def _triggered_by(self, dag_id: str, run_id: str) -> list[tuple[str, str]]:
        """The runs that the assets of a run triggered; waits until every DAG that consumes them has one."""
        until = time.monotonic() + TRIGGERED_WITHIN
        while True:
            expected, created = self._expected_and_created(dag_id, run_id)
            late = expected - {dag for dag, _ in created}
            if not late:
                return sorted(created)
            if time.monotonic() > until:
                raise RunFailed(
                    f"{dag_id} changed assets, but no run of {', '.join(sorted(late))} came within {TRIGGERED_WITHIN} s"
                )
            time.sleep(1)

    def _expected_and_created(self, dag_id: str, run_id: str) -> tuple[set[str], set[tuple[str, str]]]:
        consumers = {
            asset["id"]: {dag["dag_id"] for dag in asset["scheduled_dags"]}
            for asset in self.api.pages("/assets", "assets")
        }
        expected, created = set[str](), set[tuple[str, str]]()
        for event in self._events(dag_id, run_id):
            expected |= consumers.get(event["asset_id"], set())
            created |= {(run["dag_id"], run["run_id"]) for run in event["created_dagruns"]}
        return expected, created

    def _events(self, dag_id: str, run_id: str) -> list[Json]:
        """The asset events of a run. Airflow 3.2 answers 500 as long as a run that one of them made has not started."""
        until = time.monotonic() + TRIGGERED_WITHIN
        while True:
            try:
                return list(
                    self.api.pages("/assets/events", "asset_events", source_dag_id=dag_id, source_run_id=run_id)
                )
            except Refused as refused:
                if refused.status != 500 or time.monotonic() > until:
                    raise
            time.sleep(1)

    def _consumers_by_producer(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for asset in self.api.pages("/assets", "assets"):
            for task in asset["producing_tasks"]:
                found.setdefault(task["dag_id"], set()).update(dag["dag_id"] for dag in asset["scheduled_dags"])
        return found


class RunFailed(Exception):
    """A run did not succeed, or did not come."""


def _downstream(consumers: dict[str, set[str]], dag_id: str) -> set[str]:
    """Everything that can be reached from a DAG, itself not counted."""
    reached, waiting = set[str](), [dag_id]
    while waiting:
        new = consumers.get(waiting.pop(), set()) - reached
        reached |= new
        waiting += new
    return reached - {dag_id}
