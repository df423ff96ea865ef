"""Labelled faces in a table of BigQuery: embeddings, or where the pictures lie. Rows are read without any SQL.

    person STRING, embedding ARRAY<FLOAT64>, engine STRING      or      person STRING, file_path STRING

and group_name STRING with `groups`. A row without an embedding is a picture without a usable face.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from google.api_core.exceptions import GoogleAPICallError
from google.cloud import bigquery

from include.calibration.labelled_faces import MAX_PICTURES, Labelled, NotCalibrated, checked, unit
from include.calibration.labelled_pictures import LabelledPicture

Row = dict[str, Any]
COLUMNS = {"person": "STRING", "engine": "STRING", "file_path": "STRING", "group_name": "STRING", "embedding": "FLOAT"}
MAX_ENGINES = 10


def read(
    bq: bigquery.Client, name: str, grouped: bool, engines: Sequence[str]
) -> tuple[list[Labelled], list[LabelledPicture]]:
    """Embeddings by engine (of these engines, or all), or pictures that have to be looked at yet."""
    table = _table(bq, name)
    columns = _columns(table, grouped)
    rows = _rows(bq, table, columns)
    people, groups = _people(rows), [row.get("group_name") or "" for row in rows]
    if "embedding" in columns:
        return _by_engine(rows, people, groups, engines), []
    pictures = [
        LabelledPicture(str(row["file_path"] or ""), people[row["person"]], group)
        for row, group in zip(rows, groups, strict=True)
    ]
    if any(not picture.address.startswith("gs://") for picture in pictures):
        raise NotCalibrated("file_path must be a gs:// address in every row of the table: nothing was measured")
    checked(len(people), len(pictures), set(groups))
    return [], pictures


def _table(bq: bigquery.Client, name: str) -> bigquery.Table:
    """What the warehouse itself says the name is: nothing of it ever becomes part of a statement."""
    try:
        table = bq.get_table(bigquery.TableReference.from_string(name, default_project=bq.project))
    except (ValueError, GoogleAPICallError):
        raise NotCalibrated("there is no such table: `table` is written dataset.table; nothing was measured") from None
    if table.table_type != "TABLE":
        raise NotCalibrated(f"`table` names a {table.table_type}: make a table of it (CREATE TABLE … AS SELECT …)")
    return table


def _columns(table: bigquery.Table, grouped: bool) -> list[str]:
    there = {column.name for column in table.schema if _is_typed(column)}
    wanted = ["person", *(["group_name"] if grouped else [])]
    wanted += ["embedding", "engine"] if "embedding" in there else ["file_path"]
    if missing := [column for column in wanted if column not in there]:
        needs = ", ".join("embedding ARRAY<FLOAT64>" if name == "embedding" else f"{name} STRING" for name in missing)
        raise NotCalibrated(f"the table lacks {needs}: nothing was measured")
    return wanted


def _is_typed(column: bigquery.SchemaField) -> bool:
    kind = {"FLOAT64": "FLOAT"}.get(column.field_type, column.field_type)
    return COLUMNS.get(column.name) == kind and (column.mode == "REPEATED") == (column.name == "embedding")


def _rows(bq: bigquery.Client, table: bigquery.Table, columns: list[str]) -> list[Row]:
    fields = [column for column in table.schema if column.name in columns]
    most = MAX_PICTURES * MAX_ENGINES + 1
    found = [dict(row) for row in bq.list_rows(table, selected_fields=fields, max_results=most)]
    if len(found) == most:
        raise NotCalibrated(f"the table has more than {most - 1} rows: give a part of it; nothing was measured")
    if any(not row["person"] for row in found):
        raise NotCalibrated("a row of the table does not say which person it is: nothing was measured")
    return found


def _people(rows: list[Row]) -> dict[str, int]:
    """People by number. One in two groups would be their own stranger."""
    groups: dict[str, str] = {}
    for row in rows:
        group = row.get("group_name") or ""
        if groups.setdefault(row["person"], group) != group:
            raise NotCalibrated("the table has one person in two groups: nothing was measured")
    return {person: number for number, person in enumerate(sorted(groups))}


def _by_engine(rows: list[Row], people: dict[str, int], groups: list[str], engines: Sequence[str]) -> list[Labelled]:
    by: dict[str, list[int]] = {}
    for place, row in enumerate(rows):
        by.setdefault(row["engine"] or "", []).append(place)
    if missing := [engine for engine in engines if engine not in by]:
        raise NotCalibrated(f"the table has no row of engine {', '.join(missing)}: nothing was measured")
    if len(by) > MAX_ENGINES or "" in by:
        raise NotCalibrated(f"a row of the table names no engine, or there are more than {MAX_ENGINES} of them")
    return [_labelled(engine, rows, by[engine], people, groups) for engine in engines or sorted(by)] or _nobody()


def _nobody() -> list[Labelled]:
    raise NotCalibrated("the table is empty: nothing was measured")


def _labelled(engine: str, rows: list[Row], places: list[int], people: dict[str, int], groups: list[str]) -> Labelled:
    numbers = np.array([people[rows[place]["person"]] for place in places])
    own = [groups[place] for place in places]
    checked(len(np.unique(numbers)), len(places), set(own))
    lengths = {len(rows[place]["embedding"]) for place in places} - {0}
    if len(lengths) > 1:
        raise NotCalibrated(f"embeddings of engine {engine} have different lengths: nothing was measured")
    embeddings = np.full((len(places), max(lengths, default=1)), np.nan)
    for at, place in enumerate(places):
        if rows[place]["embedding"]:
            embeddings[at] = rows[place]["embedding"]
    return Labelled(engine, unit(embeddings), numbers, own, np.zeros(len(places), bool))
