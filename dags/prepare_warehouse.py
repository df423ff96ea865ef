"""
### Prepare the warehouse

Datasets, tables, views, routines and the bucket, as `bq_schemas/` and `include/sql/` define them; the engine's model
files into the bucket, where workers fetch them. Only what changed is applied. A change that BigQuery cannot make is
refused before anything is touched. Run it before the first crawl, and after every deployment.
"""

import wiring
from airflow.sdk import dag
from linked_task import task


@dag(
    schedule=None,
    start_date=wiring.START,
    catchup=False,
    is_paused_upon_creation=False,
    max_active_runs=1,
    default_args=wiring.DEFAULT_ARGS,
    description="Datasets, tables, views, routines and the bucket: applies only what changed",
    doc_md=__doc__,
    tags=["facewarden", "warehouse"],
)
def prepare_warehouse() -> None:
    @task
    @wiring.final_mistakes
    def apply_changes() -> list[str]:
        """One line for each change made; none when everything was in place."""
        from include.warehouse.apply import prepare

        run = wiring.run()
        changes = prepare(run)
        for change in changes or ["nothing to change"]:
            run.log(change)
        return changes

    @task
    def store_models() -> list[str]:
        """The engine's files into the bucket, each once."""
        from include.faces.models.bucket import put_models

        return put_models(wiring.run())

    apply_changes() >> store_models()


prepare_warehouse()
