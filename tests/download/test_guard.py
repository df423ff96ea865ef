"""What is not a single SELECT of a bounded size is refused with a reason, and nothing of it has run."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from google.cloud import bigquery

from include.core.errors import Mistake
from include.core.sizes import GIB
from include.download.answer import answer
from include.download.guard import check, columns, judge
from include.download.question import Question, named_queries, question
from tests.conftest import MakeRun

FORM = {
    "sql": None,
    "query": None,
    "query_params": {},
    "label": None,
    "most_read_gib": 10,
    "most_fetched_gib": 50,
}
REFUSED = {
    "DROP TABLE facewarden.post": "DROP",
    "SELECT '' AS file_path; DROP TABLE facewarden.post": "SCRIPT",
    "SELECT '' AS file_path; SELECT '' AS file_path": "SCRIPT",
    "/* SELECT */ DELETE FROM facewarden.gallery WHERE TRUE": "DELETE",
    "INSERT INTO facewarden.gallery (platform) VALUES ('x')": "INSERT",
    "UPDATE facewarden.gallery SET status = 'x' WHERE TRUE": "UPDATE",
    "MERGE facewarden.gallery T USING (SELECT 'a' AS p) S ON T.platform = S.p WHEN MATCHED THEN DELETE": "MERGE",
    "TRUNCATE TABLE facewarden.gallery": "TRUNCATE",
    "CREATE TABLE facewarden.copied AS SELECT '' AS file_path": "CREATE",
    "CREATE OR REPLACE VIEW facewarden.image AS SELECT '' AS file_path": "CREATE",
    "ALTER TABLE facewarden.gallery ADD COLUMN z INT64": "ALTER",
    "EXPORT DATA OPTIONS (uri = 'gs://ours/x*.csv', format = 'CSV') AS SELECT '' AS file_path": "EXPORT",
    "EXECUTE IMMEDIATE 'SELECT 1'": "EXECUTE",
    "BEGIN SELECT '' AS file_path; END": "BEGIN",
    "DECLARE x INT64 DEFAULT 1; SELECT '' AS file_path": "DECLARE",
    "CALL facewarden.nothing()": "CALL",
    "IF TRUE THEN DROP TABLE facewarden.post; END IF": "IF",
    "ASSERT TRUE": "ASSERT",
    "-- SELECT '' AS file_path": "no statement",
    ";": "no statement",
    "SELEKT": "SELEKT",
    "SELECT file_path FROM nothing_of_this_name": "does not take",
    "SELECT nothing_of_this_name FROM image": "does not take",
    "SELECT file_path FROM image WHERE file_path = @forgotten": "does not take",
}


@pytest.mark.parametrize(("sql", "reason"), REFUSED.items(), ids=lambda it: it[:40])
def test_what_is_no_single_select_is_refused(
    sql: str, reason: str, warehouse: None, bq: bigquery.Client, make_run: MakeRun
) -> None:
    before = datetime.now(UTC)
    with pytest.raises(Mistake, match=f"(?i){reason}.*nothing was run or downloaded"):
        answer(make_run(), Question(sql))
    assert list(bq.list_jobs(min_creation_time=before)) == [], "a dry run leaves no job: nothing else was started"


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT '' AS file_path",
        "SELECT '' AS file_path;",
        "WITH it AS (SELECT '' AS file_path) SELECT * FROM it",
        "(SELECT '' AS file_path) UNION ALL SELECT 'DROP TABLE post; --'",
        "-- DROP TABLE post;\nSELECT file_path FROM image WHERE file_path LIKE '%.gif'",
        "SELECT FILE_PATH FROM facewarden.video",
    ],
)
def test_a_select_is_taken_however_it_is_written(sql: str, warehouse: None, make_run: MakeRun) -> None:
    columns_of_it = answer(make_run(), Question(sql)).column_names
    assert [name.casefold() for name in columns_of_it] == ["file_path"]


INJECTIONS = [
    "' OR '1'='1",
    "x'; DROP TABLE facewarden.post; --",
    "') UNION ALL SELECT embedding FROM face --",
    "\\'",
    "@x",
]


@pytest.mark.parametrize("value", [*INJECTIONS, "{{ 7 * 6 }}", 1, 0.5, True, None])
def test_a_value_is_a_value_whatever_it_says(value: Any, warehouse: None, make_run: MakeRun) -> None:
    table = answer(make_run(), Question("SELECT '' AS file_path, @x AS x", {"x": value}))
    assert table.column("x").to_pylist() == [value]


@pytest.mark.parametrize("value", [{"a": 1}, [], [{"a": 1}]])
def test_a_value_that_no_query_can_have_is_refused(value: Any, warehouse: None, make_run: MakeRun) -> None:
    with pytest.raises(Mistake, match=r"@x.*(?i:nothing was run)"):
        answer(make_run(), Question("SELECT '' AS file_path, @x AS x", {"x": value}))


def dry_run(bq: bigquery.Client, read: int, tables: int = 1, dataset: str = "facewarden") -> bigquery.QueryJob:
    """As Google's server would tell of it: the emulator says of every query that it reads nothing."""
    names = [{"projectId": bq.project, "datasetId": dataset, "tableId": f"t{number}"} for number in range(tables)]
    statistics = {"statementType": "SELECT", "totalBytesProcessed": str(read), "referencedTables": names}
    resource = {
        "jobReference": {"projectId": bq.project, "jobId": "j"},
        "configuration": {"query": {"query": "SELECT"}, "dryRun": True},
        "statistics": {"totalBytesProcessed": str(read), "query": statistics},
    }
    return bigquery.QueryJob.from_api_repr(resource, bq)


def test_a_scan_of_a_terabyte_is_refused_with_its_size_and_what_to_do(bq: bigquery.Client) -> None:
    judge(dry_run(bq, 10 * GIB), Question("SELECT"))
    with pytest.raises(Mistake, match=r"would read 1 TiB, and 10 GiB are allowed: nothing was run.*fewer columns"):
        judge(dry_run(bq, 2**40), Question("SELECT"))
    judge(dry_run(bq, 2**40), Question("SELECT", most_read=2**40))


def test_only_the_dataset_of_what_was_published_may_be_read(bq: bigquery.Client) -> None:
    for job in (
        dry_run(bq, 1, dataset="facewarden_biometrics"),
        dry_run(bq, 1, tables=50),
        dry_run(bq, 1, dataset="x"),
    ):
        with pytest.raises(Mistake, match=r"only what lies in facewarden may be: nothing was run"):
            judge(job, Question("SELECT"))
    judge(dry_run(bq, 1, tables=49), Question("SELECT"))


def test_embeddings_are_never_in_the_answer(warehouse: None, make_run: MakeRun) -> None:
    told: list[str] = []
    sql = """SELECT '' AS file_path, [0.5, 1.5] AS embedding, STRUCT([0.5] AS e, 1 AS x) AS wrapped,
             STRUCT(1 AS x, 'a' AS y) AS box, INTERVAL 1 DAY AS span"""
    assert answer(make_run(log=told.append), Question(sql)).column_names == ["file_path", "box"]
    assert told == [
        "not in the manifest, because they hold arrays or no file format has them: embedding, wrapped, span"
    ]


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("SELECT 1 AS x", "no column file_path"),
        ("SELECT [''] AS file_path", "one of arrays"),
        ("SELECT '' AS file_path, 1 AS a, 2 AS A", "two columns of one name"),
    ],
)
def test_an_answer_that_no_manifest_can_have_is_refused(
    sql: str, reason: str, warehouse: None, make_run: MakeRun
) -> None:
    with pytest.raises(Mistake, match=f"{reason}.*nothing was run"):
        answer(make_run(), Question(sql))


def test_a_query_is_typed_or_named_and_one_of_the_two() -> None:
    assert question({**FORM, "sql": " SELECT 1 "}).sql == "SELECT 1"
    assert "'%.gif'" in question({**FORM, "query": "gifs"}).sql
    for both in ({"sql": "SELECT 1", "query": "gifs"}, {}, {"sql": "  "}):
        with pytest.raises(Mistake, match="one of the two"):
            question({**FORM, **both})


@pytest.mark.parametrize("name", ["nothing", "../merges/post", "/etc/passwd", "gifs.sql", "../queries/gifs"])
def test_a_name_is_one_of_those_that_there_are(name: str) -> None:
    with pytest.raises(Mistake, match=r"no query of that name.*gifs"):
        question({**FORM, "query": name})


def test_what_the_form_offers_gives_files(warehouse: None, bq: bigquery.Client) -> None:
    values = {"platform": "x", "gallery": "x", "subject_id": "x"}
    assert set(named_queries()) >= {"gifs", "pictures_of_gallery", "pictures_of_subject"}
    for name in named_queries():
        check(bq, question({**FORM, "query": name, "query_params": values}))


def test_a_mistake_leaves_no_folder(get: Callable[..., Any], tmp_path: Path) -> None:
    with pytest.raises(Mistake, match="DROP"):
        get(Question("DROP TABLE facewarden.post"), tmp_path / "new")
    assert list(tmp_path.iterdir()) == []


def test_columns_without_a_server_are_judged_alike() -> None:
    fields = [bigquery.SchemaField("File_Path", "STRING"), bigquery.SchemaField("e", "FLOAT", "REPEATED")]
    assert columns(fields) == (fields[:1], ["e"])
