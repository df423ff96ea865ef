"""What the DAG files say of their tasks: how often each is tried, and whether it is run whatever failed before it."""

import re
from dataclasses import dataclass
from functools import cache

from tools.local.state import REPO

RETRIES = 2  # DEFAULT_ARGS of dags/wiring.py


@dataclass(frozen=True)
class Rule:
    """Of one task."""

    tries: int
    whatever_failed: bool


def is_there(dag: str) -> bool:
    """Whether there is a DAG of this name."""
    return (REPO / "dags" / f"{dag}.py").is_file()


@cache
def rule(dag: str, task: str) -> Rule:
    """Read from the decorator; a mapped task is asked for by its name without the number."""
    text = (REPO / "dags" / f"{dag}.py").read_text("utf-8")
    found = re.search(rf"@task(?:\(([^@]*)\))?\n(?:    @[^\n]*\n)*    def {task}\(", text)
    if found is None:
        raise LookupError(f"dags/{dag}.py has no task {task} any more: tests/faults/pipeline.py has to follow it")
    said = found[1] or ""
    retries = re.search(r"retries=(\d+)", said)
    return Rule(1 + int(retries[1] if retries else RETRIES), 'trigger_rule="all_done"' in said)
