"""
### Find faces

Every stored picture and video that this engine has not scanned: faces found, measured and embedded; rows in `scan`
and `face`. Of a video the best faces of each person while they stay in view. A file that was posted ten times is
scanned once. A broken one is a row that says so. Running it again finds nothing left to do. What a run came to:
its last task's log, or `SELECT * FROM facewarden_biometrics.scan_stats`.
"""

from typing import Any

import wiring
from airflow.sdk import Metadata, dag
from linked_task import task


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
        from include.faces.scan_run import plan_scans

        return plan_scans(wiring.run())

    @task(queue=wiring.FACES_QUEUE, max_active_tis_per_dag=2)
    def scan_batch(batch: str) -> dict[str, Any]:
        """Decode, detect and embed one batch; writes shards and nothing else."""
        from include.faces.scan_run import scan_batch

        return scan_batch(wiring.run(), batch)

    # Also when a batch failed: each scan stands for itself, and what is missing is found unscanned by the next run.
    @task(outlets=[wiring.FACE], trigger_rule="all_done")
    def publish() -> Any:
        """All shards of the run into `face` and `scan`; faces first, so that a scan row never promises too much."""
        from include.warehouse.publish import publish_all

        counts = publish_all(wiring.run(), ("face", "scan"))
        yield Metadata(wiring.FACE, counts)
        return counts

    # A summary of what there is, also when a batch failed.
    @task(trigger_rule="all_done")
    def summarise() -> dict[str, Any]:
        """What the run came to, in the log and as a result."""
        from include.faces.scan_run import summary

        return summary(wiring.run())

    @task(trigger_rule="none_failed")
    def finish(counts: dict[str, Any]) -> dict[str, Any]:
        """The run has failed when a batch has, whatever was published."""
        return counts

    scans = scan_batch.expand(batch=plan())
    published = publish()
    summarised = summarise()
    scans >> published >> summarised
    scans >> finish(summarised)


find_faces()
