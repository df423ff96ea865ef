"""
### Calibrate a threshold

Labelled faces (one folder a person, or a table) to measured error: how many pairs of one person are found at stated
false-match rates, how sure that is, what it means for each group, and hits and false hits at fixed distances. Rows of
`calibration`, plots and a report in the bucket's `calibration/`. It changes no threshold by itself.
"""

from typing import Any

import wiring
from airflow.sdk import Param, dag
from linked_task import task

PARAMS = {
    "faces": Param(
        "",
        type="string",
        title="Folder",
        description="A folder that the workers can read, or gs://bucket/prefix, with one folder a person. "
        "Empty where a table is given.",
    ),
    "table": Param(
        "",
        type="string",
        title="Table",
        description="dataset.table with person, and either embedding and engine, or file_path (gs:// addresses); "
        "group_name too where groups are compared. Empty where a folder is given.",
    ),
    "engines": Param(
        [],
        type="array",
        items={"type": "string"},
        maxItems=10,
        title="Engines",
        description="Names of engines, one a line; empty for the one that scans (of a table: all that it has).",
    ),
    "groups": Param(
        False,
        type="boolean",
        title="Groups",
        description="Whether people stand in groups that are to be compared: group/person/picture, or group_name.",
    ),
    "rates": Param(
        [0.1, 0.01, 0.001, 0.0001],
        type="array",
        items={"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1},
        minItems=1,
        maxItems=10,
        title="False-match rates",
        description="Shares of strangers that a threshold may let through, one a line.",
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
    description="How often an engine is wrong, measured on labelled faces, with a report",
    doc_md=__doc__,
    tags=["facewarden", "matching"],
)
def calibrate_threshold() -> None:
    @task(queue=wiring.FACES_QUEUE)
    @wiring.final_mistakes
    def measure() -> dict[str, Any]:
        """Faces embedded and compared; plots, report and a shard into the bucket, nothing into the warehouse."""
        from include.calibration.calibrate import calibrate

        return calibrate(wiring.run(), wiring.params())

    @task
    def publish(measured: dict[str, Any]) -> dict[str, Any]:
        """The rows of `calibration`."""
        from include.warehouse.publish import publish

        return {**measured, "new_rows": publish(wiring.run(), "calibration")}

    publish(measure())


calibrate_threshold()
