"""What it takes to turn a live schema into the wanted one, and what BigQuery cannot do. It changes nothing itself."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from google.cloud.bigquery import SchemaField

from include.warehouse.schemas import type_of


@dataclass
class SchemaChanges:
    """The schema to set (in the live order, new columns last), what that changes, and what must be refused."""

    schema: list[SchemaField] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


def compare(live: Sequence[SchemaField], wanted: Sequence[SchemaField], inside: str = "") -> SchemaChanges:
    """Columns are paired by name, as BigQuery does: without regard to case, and to their order."""
    changes = SchemaChanges()
    names = {column.name.casefold(): column for column in wanted}
    for column in live:
        target = names.pop(column.name.casefold(), None)
        path = inside + column.name
        if target is None:
            changes.refused.append(f"{path} is gone or renamed: a column that exists must stay in the schema")
            changes.schema.append(column)
        else:
            changes.schema.append(_paired(column, target, path, changes))
    _add(names.values(), inside, changes)
    return changes


def _paired(live: SchemaField, wanted: SchemaField, path: str, changes: SchemaChanges) -> SchemaField:
    resource: dict[str, Any] = dict(live.to_api_repr())
    if type_of(live) != type_of(wanted):
        changes.refused.append(f"{path} is {type_of(live)} and cannot become {type_of(wanted)}")
        return live
    _mode(live, wanted, path, changes, resource)
    if (live.description or "") != (wanted.description or ""):
        changes.lines.append(f"describes {path}")
        resource["description"] = wanted.description
    if wanted.policy_tags and wanted.policy_tags != live.policy_tags:
        changes.lines.append(f"sets policy tags of {path}")
        resource["policyTags"] = wanted.policy_tags.to_api_repr()
    if type_of(live) == "RECORD":
        nested = compare(live.fields, wanted.fields, f"{path}.")
        changes.lines += nested.lines
        changes.refused += nested.refused
        resource["fields"] = [child.to_api_repr() for child in nested.schema]
    return SchemaField.from_api_repr(resource)


def _mode(live: SchemaField, wanted: SchemaField, path: str, changes: SchemaChanges, resource: dict[str, Any]) -> None:
    if live.mode == wanted.mode:
        return
    if (live.mode, wanted.mode) == ("REQUIRED", "NULLABLE"):
        changes.lines.append(f"lets {path} be NULL")
        resource["mode"] = "NULLABLE"
    else:
        changes.refused.append(f"{path} is {live.mode} and cannot become {wanted.mode}")


def _add(columns: Iterable[SchemaField], inside: str, changes: SchemaChanges) -> None:
    for column in columns:
        path = inside + column.name
        if column.mode == "REQUIRED":
            changes.refused.append(f"{path} is new and REQUIRED: rows there have no value for it, add it as NULLABLE")
        else:
            changes.lines.append(f"adds {path}")
            changes.schema.append(column)
