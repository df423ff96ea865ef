"""Brings datasets, bucket, tables, views and routines to what the files say. All is planned before any is done."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from google.api_core.exceptions import NotFound
from google.cloud import bigquery, storage

from include.core.errors import Mistake
from include.core.run import Run
from include.lake import lifetimes
from include.warehouse.definitions import Definition, is_applied, load_definitions
from include.warehouse.jobs import finish
from include.warehouse.schema_changes import compare
from include.warehouse.schemas import DatasetSpec, TableSpec, load_datasets, load_specs
from include.warehouse.sql import rows, sql_text
from include.warehouse.tables import differences, new_table, update

# Google makes no index of fewer rows.
MIN_INDEXED = 5000


class RefusedChange(Mistake):
    """The files ask for what BigQuery cannot do to a table that exists. Nothing at all was changed."""

    def __init__(self, reasons: list[str]) -> None:
        super().__init__(
            "Nothing was changed in the warehouse, because BigQuery cannot do this to a table that exists:\n"
            + "".join(f"  - {reason}\n" for reason in reasons)
            + "Take it back in bq_schemas/, or add a new column beside the old one and fill it from there."
        )
        self.reasons = reasons


@dataclass(frozen=True)
class Step:
    """One change: the line that tells of it, and what makes it."""

    line: str
    do: Callable[[], object]


def prepare(run: Run) -> list[str]:
    """Applies what is missing or changed; one line for each change, none when all is as it should be.

    Raises RefusedChange before anything is changed. A table, view or column that the files no longer name stays.
    Two that prepare at once do not harm each other: what the other made first counts as made, and a table that
    the other changed in between is an error (412) after which prepare can simply run again.
    """
    search = run.settings.search
    steps = plan(run.bq, run.gcs, run.bucket, load_datasets(), load_specs(), load_definitions(search=search))
    for step in steps:
        step.do()
    return [*(step.line for step in steps), *(_index(run.bq) if search == "vector_index" else [])]


def plan(
    bq: bigquery.Client,
    gcs: storage.Client,
    bucket: str,
    datasets: dict[str, DatasetSpec],
    specs: dict[str, TableSpec],
    definitions: list[Definition],
) -> list[Step]:
    """What there is to do, in order. It only reads."""
    refused: list[str] = []
    steps = [
        *_bucket(bq, gcs, bucket),
        *(step for spec in datasets.values() for step in _dataset(bq, spec)),
        *(step for spec in specs.values() for step in _table(bq, spec, refused)),
        *(step for definition in definitions for step in _definition(bq, definition)),
    ]
    if refused:
        raise RefusedChange(refused)
    return steps


def _bucket(bq: bigquery.Client, gcs: storage.Client, name: str) -> Iterator[Step]:
    live = gcs.lookup_bucket(name)
    if live is None:
        yield Step(f"creates bucket {name}", lambda: lifetimes.create(gcs, name, bq.location))
        return
    if folders := lifetimes.lacking(live):
        yield Step(f"bucket {name}: empties {', '.join(folders)}", lambda: lifetimes.update(live, folders))
    if lifetimes.keeps_removed(live):
        yield Step(f"bucket {name}: keeps nothing that was removed", lambda: lifetimes.forget_removed(live))


def _dataset(bq: bigquery.Client, spec: DatasetSpec) -> Iterator[Step]:
    try:
        live = bq.get_dataset(spec.name)
    except NotFound:
        fresh = _described(bigquery.Dataset(f"{bq.project}.{spec.name}"), spec)
        yield Step(f"creates dataset {spec.name}", lambda: bq.create_dataset(fresh, exists_ok=True))
        return
    lines = []
    if live.description != spec.description or not spec.labels.items() <= live.labels.items():
        lines.append("description")
    if spec.time_travel_hours not in (None, _time_travel(live)):
        lines.append(f"what was removed can be read for {spec.time_travel_hours} hours more, and no longer")
    if lines:
        changed = _described(live, spec)
        fields = ["description", "labels", "max_time_travel_hours"]
        yield Step(f"{spec.name}: {'; '.join(lines)}", lambda: bq.update_dataset(changed, fields))


def _described(dataset: bigquery.Dataset, spec: DatasetSpec) -> bigquery.Dataset:
    dataset.description = spec.description
    dataset.labels = {**dataset.labels, **spec.labels}
    if spec.time_travel_hours:
        dataset.max_time_travel_hours = spec.time_travel_hours
    return dataset


def _time_travel(live: bigquery.Dataset) -> int:
    """Google's own is a week, where nothing is said."""
    return int(live.max_time_travel_hours or 7 * 24)


def _table(bq: bigquery.Client, spec: TableSpec, refused: list[str]) -> Iterator[Step]:
    try:
        live = bq.get_table(spec.address)
    except NotFound:
        fresh = new_table(bq.project, spec)
        yield Step(f"creates table {spec.address}", lambda: bq.create_table(fresh, exists_ok=True))
        return
    columns = compare(live.schema, spec.fields)
    rest = differences(live, spec)
    refused += [f"{spec.address}: {reason}" for reason in (*columns.refused, *rest.refused)]
    if lines := columns.lines + rest.lines:
        yield Step(f"{spec.address}: {'; '.join(lines)}", lambda: update(bq, live, spec, columns.schema))


def _index(bq: bigquery.Client) -> list[str]:
    """Makes the vector index, where there is none yet, once there are faces enough. Only Google has them."""
    (there,) = rows(bq, "google/indexes", {})
    if there["indexes"]:
        return []
    if there["faces"] < MIN_INDEXED:
        return [f"no vector index yet: it needs {MIN_INDEXED} faces, and there are {there['faces']}"]
    finish(bq.query(sql_text("google/face_embedding")))
    return ["creates vector index face_embedding"]


def _definition(bq: bigquery.Client, it: Definition) -> Iterator[Step]:
    if not is_applied(bq, it):
        yield Step(f"creates {it.kind.lower()} {it.address}", lambda: finish(bq.query(it.statement)))
