"""Calibrating on a table of embeddings: what is written, what is refused, what is never told."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from google.cloud import bigquery, storage

from include.calibration import labelled_tables
from include.calibration.labelled_faces import MAX_PICTURES, Labelled
from include.calibration.labelled_tables import read
from include.calibration.measure import DISTANCES, measured
from include.core.errors import Mistake
from include.warehouse.publish import publish
from include.warehouse.rows import Table
from include.warehouse.shards import write_shard
from include.warehouse.sql import rows as query
from tests.calibration.conftest import people
from tests.conftest import MakeRun

Row = dict[str, Any]


def four_people(engine: str = "test/unit-16", names: str = "Kim Mira") -> list[Row]:
    """The old report's set: twenty pictures of four people, one of them without a face."""
    embeddings, numbers = people([5, 5, 5, 5])
    found = [
        {"person": f"{names} {number}", "engine": engine, "group_name": f"g{number // 2}", "embedding": row.tolist()}
        for row, number in zip(embeddings, numbers, strict=True)
    ]
    found[0]["embedding"] = []
    return found


def test_the_old_reports_table_is_repeated_in_rows_in_the_report_and_in_the_log(
    run: Callable[..., Any], table: Callable[..., str]
) -> None:
    rows, report, log = run(table=table(four_people()))
    sweep = sorted((row for row in rows if row["measure"] == "sweep"), key=lambda row: row["step"])
    assert [row["threshold"] for row in sweep] == list(DISTANCES)
    assert {(row["people"], row["pictures"], row["without_face"]) for row in sweep} == {(4, 20, 1)}
    assert {(row["same_pairs"], row["stranger_pairs"]) for row in sweep} == {(40, 135)}
    embeddings, numbers = people([5, 5, 5, 5])
    embeddings[0] = np.nan
    expected = measured(Labelled("test/unit-16", embeddings, numbers, [""] * 20, np.zeros(20, bool)), [0.1]).rows
    wanted = [(row["hits"], row["false_hits"]) for row in expected if row["measure"] == "sweep"]
    assert [(row["hits"], row["false_hits"]) for row in sweep] == wanted
    for row in sweep:
        assert re.search(rf"^ +{row['threshold']} +{row['hits']} .* {row['false_hits']} ", "\n".join(log), re.MULTILINE)
        assert f"<td>{row['threshold']}</td><td>{row['hits']} ({100 * row['hit_rate']:.1f} %) / 40</td>" in report
    assert [row["threshold"] for row in rows if row["false_match_rate"] == 0.001] == [None] * 6
    assert "too few" in report


def test_nobodys_name_is_told_and_nothing_in_a_row_is_markup(
    run: Callable[..., Any], table: Callable[..., str]
) -> None:
    hostile = "<script>alert(1)</script>$\\frac{"
    faces = [{**row, "group_name": hostile} for row in four_people(engine=hostile)]
    rows, report, log = run(table=table(faces), groups=True)
    told = report + "\n".join(log) + json.dumps(rows, default=str)
    assert "Mira" not in told
    assert "<script" not in report and "&lt;script&gt;" in report
    assert re.findall(r"""(?:src|href)=["'](?!data:image/png;base64,)""", report) == []


def test_run_twice_no_row_is_written_twice(run: Callable[..., Any], table: Callable[..., str]) -> None:
    name = table(four_people())
    once, _, _ = run(table=name, groups=True)
    again, _, _ = run(table=name, groups=True)
    assert len(again) == len(once) == 3 * 24 + 2 * 2 * 2 + 11


def test_the_last_calibration_of_each_engine_can_be_asked_for(
    bq: bigquery.Client, clean_tables: None, make_run: MakeRun
) -> None:
    embeddings, numbers = people([2, 2])
    found = measured(Labelled("test/a", embeddings, numbers, [""] * 4, np.zeros(4, bool)), [0.1]).rows
    runs = [("older", "test/a", 1), ("newer", "test/a", 2), ("other", "test/b", 1)]
    rows = [
        {**row, "run_key": run_key, "engine": engine, "measured_at": datetime(2026, 1, day, tzinfo=UTC)}
        for run_key, engine, day in runs
        for row in found
    ]
    write_shard(make_run("three"), Table[Any]("calibration"), "0000", rows)
    assert publish(make_run("three"), "calibration") == 3 * len(found)
    last = query(bq, "queries/calibrated", {})
    assert len(last) == 2 * len(found)
    assert {(row["engine"], row["run_key"]) for row in last} == {("test/a", "newer"), ("test/b", "other")}


def test_every_plot_is_a_picture_in_the_bucket_and_in_the_report(
    measure: Callable[..., Any], table: Callable[..., str], gcs: storage.Client, bucket: str
) -> None:
    measure("plotted", table=table(four_people()), groups=True)
    plots = {blob.name: blob.download_as_bytes() for blob in gcs.list_blobs(bucket, prefix="calibration/plotted/")}
    names = ("1-test-unit-16-distances.png", "1-test-unit-16-roc.png", "report.html")
    assert sorted(plots) == [f"calibration/plotted/{name}" for name in names]
    report = plots["calibration/plotted/report.html"].decode()
    pngs = [data for name, data in plots.items() if name.endswith(".png")]
    assert all(data.startswith(b"\x89PNG") for data in pngs) and report.count("data:image/png;base64,") == len(pngs)


ONE = {"person": "a", "engine": "e", "group_name": "g", "embedding": [1.0, 0.0]}


@pytest.mark.parametrize(
    ("rows", "columns", "params", "message"),
    [
        ([], ["person", "engine", "embedding"], {}, "empty"),
        ([ONE], [], {}, "1 people"),
        ([ONE, {**ONE, "person": None}], [], {}, "which person"),
        ([ONE, {**ONE, "person": "b", "engine": None}], [], {}, "no engine"),
        ([ONE, {**ONE, "person": "b", "embedding": [1.0]}], [], {}, "different lengths"),
        ([ONE, {**ONE, "group_name": "h"}], [], {"groups": True}, "two groups"),
        ([ONE, {**ONE, "person": "b", "group_name": "all"}], [], {"groups": True}, 'called "all"'),
        ([{"person": "a", "engine": "e"}], [], {}, "lacks file_path STRING"),
        ([{"person": "a", "embedding": [1.0]}], [], {}, "lacks engine STRING"),
        ([{"person": "a", "engine": "e", "embedding": [1.0]}], [], {"groups": True}, "lacks group_name"),
        ([ONE, {**ONE, "person": "b"}], [], {"engines": ["f"]}, "no row of engine f"),
        ([{"person": "a", "file_path": "/etc/passwd"}], [], {}, "gs://"),
    ],
)
def test_a_table_that_says_nothing_is_refused_with_the_reason(
    bq: bigquery.Client, table: Callable[..., str], rows: list[Row], columns: list[str], params: Row, message: str
) -> None:
    with pytest.raises(Mistake, match=message):
        read(bq, table(rows, *columns), params.get("groups", False), params.get("engines", []))


HOSTILE = "facewarden.post; DROP TABLE facewarden.post"


@pytest.mark.parametrize("name", ["facewarden.nothing", "nothing", HOSTILE, "`facewarden`.post", "a.b.c.d"])
def test_a_name_that_is_no_tables_is_refused(bq: bigquery.Client, warehouse: None, name: str) -> None:
    with pytest.raises(Mistake, match="no such table"):
        read(bq, name, False, [])


def test_a_view_is_refused(bq: bigquery.Client, warehouse: None) -> None:
    with pytest.raises(Mistake, match="VIEW"):
        read(bq, "facewarden_biometrics.subject_template", False, [])


def test_each_engine_of_a_table_is_measured_by_itself_or_those_that_are_asked_for(
    bq: bigquery.Client, table: Callable[..., str]
) -> None:
    name = table(four_people("test/b") + four_people("test/a"))
    assert [(it.engine, len(it.people)) for it in read(bq, name, False, [])[0]] == [("test/a", 20), ("test/b", 20)]
    assert [it.engine for it in read(bq, name, False, ["test/b"])[0]] == ["test/b"]


def test_embeddings_of_any_length_are_compared_as_of_length_one_and_rubbish_is_no_face(
    bq: bigquery.Client, table: Callable[..., str]
) -> None:
    rows = [{"person": str(n), "engine": "e", "embedding": each} for n, each in enumerate([[3.0, 4.0], [0.0, 0.0], []])]
    [labelled], _ = read(bq, table(rows), False, [])
    by_person = dict(zip(labelled.people.tolist(), labelled.embeddings.tolist(), strict=True))
    assert by_person[0] == pytest.approx([0.6, 0.8])
    assert np.isnan([by_person[1], by_person[2]]).all()


def test_more_than_can_be_compared_is_refused(
    bq: bigquery.Client, table: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(labelled_tables, "MAX_PICTURES", 1)
    rows = [{"person": str(n), "engine": "e", "embedding": [1.0]} for n in range(11)]
    with pytest.raises(Mistake, match="more than 10 rows"):
        read(bq, table(rows), False, [])
    assert MAX_PICTURES > 1
