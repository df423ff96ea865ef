"""Labelled faces in a table of BigQuery: embeddings, or where the pictures lie. Rows are read without any SQL.

    person STRING, embedding ARRAY<FLOAT64>, engine STRING      or      person STRING, file_path STRING

and group_name STRING with `groups`. A row without an embedding is a picture without a usable face.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from google.api_core.exceptions import GoogleAPICallError
from google.cloud import bigquery

from include.calibration.labelled_faces import MAX_PICTURES, Labelled, NotCalibrated, checked, unit
from include.calibration.labelled_pictures import LabelledPicture

COLUMNS = {"person": "STRING", "engine": "STRING", "file_path": "STRING", "group_name": "STRING", "embedding": "FLOAT"}
MAX_ENGINES = 10


def read(
    bq: bigquery.Client, name: str, grouped: bool, engines: Sequence[str]
) -> tuple[list[Labelled], list[LabelledPicture]]:
    """Embeddings by engine (of these engines, or all), or pictures that have to be looked at yet."""
    table = _table(bq, name)
    columns = _columns(table, grouped)
    rows = _numbered(_rows(bq, table, columns))
    if "embedding" in columns:
        return _by_engine(rows, engines), []
    if not rows["file_path"].str.startswith("gs://").all():
        raise NotCalibrated("file_path must be a gs:// address in every row of the table: nothing was measured")
    checked(rows["number"].nunique(), len(rows), set(rows["group_name"]))
    # A table has no order, but a picture is called by its number: the same one in every run.
    rows = rows.sort_values(["number", "file_path"])
    return [], list(map(LabelledPicture, rows["file_path"], rows["number"], rows["group_name"]))


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


def _rows(bq: bigquery.Client, table: bigquery.Table, columns: list[str]) -> pd.DataFrame:
    fields = [column for column in table.schema if column.name in columns]
    most = MAX_PICTURES * MAX_ENGINES + 1
    found = [dict(row) for row in bq.list_rows(table, selected_fields=fields, max_results=most)]
    if len(found) == most:
        raise NotCalibrated(f"the table has more than {most - 1} rows: give a part of it; nothing was measured")
    texts = {column: "" for column in columns if column != "embedding"}
    return pd.DataFrame(found, columns=columns, dtype=object).fillna(texts)


def _numbered(rows: pd.DataFrame) -> pd.DataFrame:
    """With people by number, and a group for each. One in two groups would be their own stranger."""
    if (rows["person"] == "").any():
        raise NotCalibrated("a row of the table does not say which person it is: nothing was measured")
    rows = rows if "group_name" in rows else rows.assign(group_name="")
    if (rows.groupby("person")["group_name"].nunique() > 1).any():
        raise NotCalibrated("the table has one person in two groups: nothing was measured")
    return rows.assign(number=pd.factorize(rows["person"], sort=True)[0])


def _by_engine(rows: pd.DataFrame, engines: Sequence[str]) -> list[Labelled]:
    by = {str(engine): its_rows for engine, its_rows in rows.groupby("engine")}
    if missing := [engine for engine in engines if engine not in by]:
        raise NotCalibrated(f"the table has no row of engine {', '.join(missing)}: nothing was measured")
    if len(by) > MAX_ENGINES or "" in by:
        raise NotCalibrated(f"a row of the table names no engine, or there are more than {MAX_ENGINES} of them")
    if rows.empty:
        raise NotCalibrated("the table is empty: nothing was measured")
    return [_labelled(engine, by[engine]) for engine in engines or by]


def _labelled(engine: str, rows: pd.DataFrame) -> Labelled:
    checked(rows["number"].nunique(), len(rows), set(rows["group_name"]))
    lengths = rows["embedding"].str.len()
    if lengths[lengths > 0].nunique() > 1:
        raise NotCalibrated(f"embeddings of engine {engine} have different lengths: nothing was measured")
    nobody = [np.nan] * max(lengths.max(), 1)
    embeddings = unit(np.array([embedding or nobody for embedding in rows["embedding"]]))
    return Labelled(
        engine, embeddings, rows["number"].to_numpy(), rows["group_name"].tolist(), np.zeros(len(rows), bool)
    )
