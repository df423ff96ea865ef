"""What a run of the harness did, and what came of it: for whoever reads the bench, or looks for a failure."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Told:
    """Tasks are named DAG/NUMBER/TASK; NUMBER counts the days."""

    kills: list[str] = field(default_factory=list)  # which task, and at which moment
    done: Counter[str] = field(default_factory=Counter)  # mischief on the road, restarts, small disks
    tries: Counter[str] = field(default_factory=Counter)  # of each task
    requests: dict[str, int] = field(default_factory=dict)  # of each task's last try
    seconds: dict[str, float] = field(default_factory=dict)
    written: Counter[str] = field(default_factory=Counter)  # objects that are to be written once: how often each was
    left_behind: list[str] = field(default_factory=list)  # processes and files that outlived a killed try
    errors: list[str] = field(default_factory=list)  # the last line of what a try died of by itself
    failed: list[str] = field(default_factory=list)  # tasks that used up their tries
