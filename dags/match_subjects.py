"""
### Match subjects

Every subject with a live consent against every face, in SQL: `face_distance` over the embeddings, a threshold
from how far strangers are apart in what was crawled. Writes new rows of `match` only, and one evidence page a
subject into the bucket's `evidence/`, also when there is no match.
"""

from typing import Any

import wiring
from airflow.sdk import Metadata, dag, task


@dag(
    schedule=(wiring.FACE | wiring.REFERENCE),
    start_date=wiring.START,
    catchup=False,
    is_paused_upon_creation=False,
    max_active_runs=1,
    default_args=wiring.DEFAULT_ARGS,
    params={"subject_id": wiring.SUBJECT_ID},
    description="Whose face is this: subjects against faces in SQL, with evidence to look at",
    doc_md=__doc__,
    tags=["facewarden", "matching"],
)
def match_subjects() -> None:
    @task(queue=wiring.FACES_QUEUE)
    @wiring.final_mistakes
    def embed_references() -> int:
        """After a change of engine: the subjects' photographs embedded by the new one."""
        from include.matching.references import embed_missing

        bq, gcs = wiring.bigquery_client(), wiring.storage_client()
        return embed_missing(bq, gcs, wiring.settings(), wiring.this_run(), wiring.log())

    @task(outlets=[wiring.MATCH])
    @wiring.final_mistakes
    def match() -> Any:
        """One batched query for all subjects."""
        from include.matching.match import match_faces

        subject_id = wiring.params()["subject_id"]
        counts = match_faces(wiring.bigquery_client(), wiring.this_run(), subject_id, wiring.log())
        yield Metadata(wiring.MATCH, counts)
        return counts

    @task(queue=wiring.FACES_QUEUE)
    @wiring.final_mistakes
    def write_evidence() -> list[dict[str, Any]]:
        """The evidence page of each subject."""
        from include.matching.evidence import write_pages

        bq, gcs = wiring.bigquery_client(), wiring.storage_client()
        return write_pages(bq, gcs, wiring.settings(), wiring.params()["subject_id"], wiring.log())

    embed_references() >> match() >> write_evidence()


match_subjects()
