"""
### Find faces

Every stored picture that this engine has not scanned: faces found, measured and embedded; rows in `scan` and
`face`. A file that was posted ten times is scanned once. A broken one is a row that says so. Running it again
finds nothing left to do.
"""

from typing import Any

import wiring
from airflow.sdk import Metadata, dag, task


@dag(
    schedule=wiring.MEDIA,
    start_date=wiring.START,
    catchup=False,
    is_paused_upon_creation=False,
    max_active_runs=1,
    default_args=wiring.DEFAULT_ARGS,
    description="Faces of unscanned media into BigQuery, with their embeddings in an ARRAY column",
    doc_md=__doc__,
    tags=["facewarden", "faces"],
)
def find_faces() -> None:
    @task
    @wiring.final_mistakes
    def plan() -> list[str]:
        """Unscanned content, in batches of a bounded size."""
        from include.faces.batches import plan_scans

        own = wiring.settings()
        bq, gcs = wiring.bigquery_client(), wiring.storage_client()
        return plan_scans(bq, gcs, own.bucket, own.engine, wiring.this_run(), wiring.log())

    @task(queue=wiring.FACES_QUEUE, max_active_tis_per_dag=2)
    def scan_batch(batch: str) -> dict[str, int]:
        """Detect and embed one batch; writes shards and nothing else."""
        from include.faces.batches import scan_planned

        own = wiring.settings()
        return scan_planned(wiring.storage_client(), own.bucket, own.models, wiring.this_run(), batch, wiring.log())

    # Also when a batch failed: each scan stands for itself, and what is missing is found unscanned by the next run.
    @task(outlets=[wiring.FACE], trigger_rule="all_done")
    def publish() -> Any:
        """All shards of the run into `face` and `scan`; faces first, so that a scan row never promises too much."""
        from include.warehouse.publish import publish_all

        counts = publish_all(
            wiring.bigquery_client(),
            wiring.storage_client(),
            wiring.settings().bucket,
            ("face", "scan"),
            wiring.this_run(),
        )
        yield Metadata(wiring.FACE, counts)
        return counts

    @task(trigger_rule="none_failed")
    def finish(counts: dict[str, int]) -> dict[str, int]:
        """The run has failed when a batch has, whatever was published."""
        return counts

    scans = scan_batch.expand(batch=plan())
    published = publish()
    scans >> published
    scans >> finish(published)


find_faces()
