"""One run of a DAG: its progress as lines, its end, its result."""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tools.runs.api import Api, Json, Refused, quoted

FINAL = {"success", "failed"}
_FAILED = {"failed", "upstream_failed"}
_DONE = {"success", "skipped", "removed", *_FAILED}
_LOG_LINES = 15

Say = Callable[[str], None]


@dataclass
class Watch:
    """Looks at one run again and again, and says what is new."""

    api: Api
    dag_id: str
    run_id: str
    say: Say = print
    _told: dict[str, str] = field(default_factory=dict)

    @property
    def path(self) -> str:
        return f"/dags/{quoted(self.dag_id)}/dagRuns/{quoted(self.run_id)}"

    def until_it_ends(self, between: Callable[[], None] = lambda: None, pause: float = 1) -> str:
        """The state in which the run ended; `between` is called after every look."""
        while True:
            state = str(self.api.get(self.path)["state"])
            self._tell_news()
            if state in FINAL:
                return state
            between()
            time.sleep(pause)

    def tell_failures(self) -> None:
        """Which tasks failed by themselves, and the end of each one's log; of mapped ones the first three."""
        shown: Counter[str] = Counter()
        for task in self._tasks():
            if task["state"] != "failed":
                continue
            shown[task["task_id"]] += 1
            if shown[task["task_id"]] <= 3:
                self.say(f"{self.dag_id}.{_name(task)} failed (attempt {task['try_number']}). Its log ends with:")
                for line in self._log(task):
                    self.say(f"    {line}")
        for name, count in shown.items():
            if count > 3:
                self.say(f"{self.dag_id}.{name}: {count - 3} more of them failed")

    def results(self) -> dict[str, Any]:
        """What the tasks that nothing follows returned; of those that returned anything."""
        tasks = self.api.get(f"/dags/{quoted(self.dag_id)}/tasks")["tasks"]
        found = {}
        for task in tasks:
            if not task["downstream_task_ids"] and not task["is_mapped"]:
                value = self._returned(str(task["task_id"]))
                if value is not None:
                    found[str(task["task_id"])] = value
        return found

    def _tasks(self) -> list[Json]:
        return list(self.api.pages(f"{self.path}/taskInstances", "task_instances"))

    def _tell_news(self) -> None:
        by_task: dict[str, list[Json]] = {}
        for task in self._tasks():
            by_task.setdefault(task["task_id"], []).append(task)
        for name, instances in sorted(by_task.items(), key=lambda item: _moment(item[1])):
            line = progress(instances)
            if line and self._told.get(name) != line:
                self._told[name] = line
                self.say(f"  {self.dag_id:20} {name:24} {line}")

    def _log(self, task: Json) -> list[str]:
        path = f"{self.path}/taskInstances/{quoted(task['task_id'])}/logs/{task['try_number']}"
        try:
            content = self.api.get(path, map_index=task["map_index"])["content"]
        except (Refused, KeyError) as error:
            return [f"(the log could not be read: {error})"]
        lines = [line for entry in content for line in _log_lines(entry)]
        return lines[-_LOG_LINES:]

    def _returned(self, task_id: str) -> Any:
        path = f"{self.path}/taskInstances/{quoted(task_id)}/xcomEntries/return_value"
        try:
            return self.api.get(path, stringify="false")["value"]
        except Refused:  # it returned nothing, or was skipped
            return None


def progress(instances: list[Json]) -> str:
    """`running`, `success`, …; for mapped tasks how many of them are done. Empty before anything happens."""
    states = Counter(task["state"] for task in instances)
    if len(instances) == 1 and instances[0]["map_index"] < 0:
        return "" if instances[0]["state"] in (None, "scheduled", "queued") else str(instances[0]["state"])
    done, bad = sum(states[state] for state in _DONE), sum(states[state] for state in _FAILED)
    retry = states["up_for_retry"]
    extra = [f"{bad} failed"] * bool(bad) + [f"{retry} to be tried again"] * bool(retry)
    return f"{done}/{len(instances)} done" + (f" ({', '.join(extra)})" if extra else "")


def _moment(instances: list[Json]) -> str:
    return min(task["start_date"] or "9" for task in instances)


def _name(task: Json) -> str:
    return str(task["task_id"]) + (f"[{task['map_index']}]" if task["map_index"] >= 0 else "")


def _log_lines(entry: Any) -> list[str]:
    """A line of a task's log, and what was raised there; without the lines that only fold it in the UI."""
    if not isinstance(entry, dict):
        return str(entry).splitlines()
    event = str(entry.get("event", ""))
    raised = [f"{one.get('exc_type')}: {one.get('exc_value')}" for one in entry.get("error_detail") or []]
    return ([] if event.startswith("::") else event.splitlines()) + raised
