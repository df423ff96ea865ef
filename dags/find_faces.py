"""
### Find faces

Every stored picture and video that this engine has not scanned: faces found, measured and embedded; rows in `scan`
and `face`. Of a video the best faces of each person while they stay in view. A file that was posted ten times is
scanned once. A broken one is a row that says so. Running it again finds nothing left to do. A run takes 20,000 files
at most; as long as files are left that nobody has looked at, another one follows. What a run came to: the log of its
task `summarise`, or `SELECT * FROM facewarden_biometrics.scan_stats`.
"""

from typing import Any

import wiring
from airflow.sdk import Metadata, dag
from airflow.sdk.exceptions import AirflowSkipException
from linked_task import task


@dag(
    schedule=(wiring.MEDIA | wiring.UNSCANNED),
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

    @task(queue=wiring.FACES_QUEUE, max_active_tis_per_dag=wiring.SCANS_AT_ONCE)
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

    @task(outlets=[wiring.UNSCANNED])
    def go_on(counts: dict[str, Any]) -> Any:
        """Another run follows, if this one came further and there is more to look at; else it is skipped."""
        from include.faces.scan_run import left_to_scan

        left = left_to_scan(wiring.run(), counts["files"])
        if not left:
            raise AirflowSkipException("nothing is left that another run would do")
        yield Metadata(wiring.UNSCANNED, {"files": left})

    @task(trigger_rule="none_failed")
    def finish(counts: dict[str, Any]) -> dict[str, Any]:
        """The run has failed when a batch has, whatever was published."""
        return counts

    scans = scan_batch.expand(batch=plan())
    published = publish()
    summarised = summarise()
    scans >> published >> summarised
    scans >> finish(summarised)
    go_on(summarised)


find_faces()
