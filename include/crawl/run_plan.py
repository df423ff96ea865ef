"""What a run has planned, kept beside its batches: by it publish knows which posts nobody has told of."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from google.api_core.exceptions import NotFound

from include.core.errors import Mistake
from include.core.run import Run
from include.crawl.batch_spec import BatchSpec
from include.lake import layout
from include.lake.objects import read_json, write_json

# What passes through a run is deleted after seven days, bit by bit. From here on it may not be whole.
TRUSTED = timedelta(days=6)
# A run that takes so long begins nothing more, so that what it has read is published in time.
BEGINS_FOR = timedelta(days=4)
_NOT_LOST = "nothing of it is published now, and nothing was lost: run the crawl anew, it reads what this one did not"


@dataclass(frozen=True)
class RunPlan:
    """The addresses of a run's batches, when they were planned, and the names of those that are published."""

    planned_at: datetime
    batches: tuple[str, ...]
    published: frozenset[str] = frozenset()


def batch_name(address: str) -> str:
    """What the shards of a batch are called after."""
    return address.rpartition("/")[2].removesuffix(".json")


def write_plan(run: Run, plan: RunPlan) -> None:
    value = {
        "planned_at": plan.planned_at.isoformat(),
        "batches": list(plan.batches),
        "published": sorted(plan.published),
    }
    write_json(run.gcs, run.address(layout.crawl_plan_name(run.key)), value)


def write_published(run: Run, plan: RunPlan) -> None:
    """All that the plan names is in the tables now."""
    write_plan(run, replace(plan, published=frozenset(map(batch_name, plan.batches))))


def read_plan(run: Run, now: datetime) -> RunPlan:
    """The plan of this run. A Mistake where there is none, or none that can be trusted any more."""
    try:
        value = read_json(run.gcs, run.address(layout.crawl_plan_name(run.key)))
    except NotFound:
        raise Mistake(f"this run has no plan (it failed, or is over seven days old): {_NOT_LOST}") from None
    plan = RunPlan(datetime.fromisoformat(value["planned_at"]), tuple(value["batches"]), frozenset(value["published"]))
    if now - plan.planned_at > TRUSTED:
        days = (now - plan.planned_at).days
        raise Mistake(f"this run was planned {days} days ago, and it may not be whole any more: {_NOT_LOST}")
    return plan


def read_batch_in_time(run: Run, address: str, now: datetime) -> BatchSpec:
    """What one batch is to read; a Mistake where its run is so old that it begins nothing more."""
    days = (now - read_plan(run, now).planned_at).days
    if days >= BEGINS_FOR.days:
        raise Mistake(
            f"this run was planned {days} days ago and begins nothing more: what it has read is published, and the next"
            " run reads the rest"
        )
    return read_batch(run, address)


def read_batch(run: Run, address: str) -> BatchSpec:
    """What one batch is to read."""
    try:
        spec: BatchSpec = read_json(run.gcs, address)
    except NotFound:
        raise Mistake(f"{address} is gone: {_NOT_LOST}") from None
    return spec
