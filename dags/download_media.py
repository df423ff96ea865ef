"""
### Download media

Files of whatever a SELECT answers, with a manifest (Parquet and CSV) that has a row for each of its rows: in a folder
below `FACEWARDEN_DOWNLOADS`, or else in one zip in the bucket, which deletes itself after a week. A column `label`
makes a folder a label, as tools that train want it. Run again, it fetches only what is missing.

Only a single SELECT is run, and only when it is known what it reads and how much. A typed one reads the dataset
`facewarden` and nothing else. What is known of a subject whose consent holds is had by a query with a name.
"""

from typing import Any

import wiring
from airflow.sdk import Param, dag
from linked_task import task

from include.download.question import named_queries

PARAMS = {
    "sql": Param(
        None,
        type=["null", "string"],
        format="multiline",
        title="SELECT",
        description="One SELECT that gives file_path, and what else the manifest shall say. It reads tables and views "
        "of facewarden, and no others. For example: SELECT file_path FROM image WHERE file_path LIKE '%.gif'",
    ),
    "query": Param(
        None,
        type=["null", "string"],
        examples=named_queries(),
        title="Or a query by its name",
        description='pictures_of_subject asks for query_params {"subject_id": …}, and answers while a consent holds.',
    ),
    "query_params": Param(
        {},
        type=["null", "object"],
        title="The query's values",
        description='By name, for what is written as @name: {"gallery": "demo"}.',
    ),
    "label": Param(
        None,
        type=["null", "string"],
        title="Label",
        description="The column that names each file's folder. Empty: label, where there is one.",
    ),
    "folder": Param(
        None,
        type=["null", "string"],
        maxLength=200,
        title="Folder",
        description="Its name below FACEWARDEN_DOWNLOADS; what it holds already is not fetched again. Empty: one of "
        "this run's own.",
    ),
    "zip": Param(
        False,
        type="boolean",
        title="As a zip",
        description="One file in the place of a folder. Without FACEWARDEN_DOWNLOADS it is always one, in the bucket.",
    ),
    "most_read_gib": Param(
        10,
        type="number",
        exclusiveMinimum=0,
        maximum=10_000,
        title="GiB that BigQuery may read",
        description="A query that would read more is not run.",
    ),
    "most_fetched_gib": Param(
        50,
        type="number",
        exclusiveMinimum=0,
        maximum=100_000,
        title="GiB that the files may have",
        description="If they have more, none is fetched.",
    ),
}


@dag(
    schedule=None,
    start_date=wiring.START,
    catchup=False,
    is_paused_upon_creation=False,
    max_active_runs=1,
    default_args=wiring.DEFAULT_ARGS,
    params=PARAMS,
    description="Files of a SELECT's answer, in a folder or a zip, with a manifest",
    doc_md=__doc__,
    tags=["facewarden", "download"],
)
def download_media() -> None:
    @task
    @wiring.final_mistakes
    def download() -> dict[str, Any]:
        """All of it in one task, by threads: workers share no disk. A try that follows a killed one goes on."""
        from include.download.download import download_asked

        return download_asked(wiring.run(typed=True), wiring.params())

    download()


download_media()
