"""
### Record a verdict

What a person decided, looking at the evidence: it is the subject (`confirmed`), it is not (`rejected`), or nobody can
say yet (`unsure`). It holds for the faces that are named, or for all of one file, and for copies of it: what was
answered once is not asked again (view `match_verdict`). Whoever changes their mind records another one; nothing that
was said is ever overwritten. An evidence page that the subject has is drawn again at the end.
"""

from typing import Any

import wiring
from airflow.sdk import Metadata, Param, dag
from linked_task import task

from include.matching.verdict_words import Verdict  # noqa: TID253 (of the room this alone is light)

PARAMS = {
    "subject_id": Param(
        "", type="string", minLength=1, maxLength=64, title="Subject", description="Whom it is about: the subject_id."
    ),
    "face_ids": Param(
        [],
        type="array",
        items={"type": "string"},
        maxItems=1000,
        title="Faces",
        description="The face_id of each match that is judged, one a line, as the evidence page shows them.",
    ),
    "sha256": Param(
        "",
        type="string",
        maxLength=64,
        title="Whole file",
        description="Instead of faces: the sha256 of a file, for all that is to be seen in it.",
    ),
    "verdict": Param(
        Verdict.UNSURE.value,
        type="string",
        enum=[it.value for it in Verdict],
        title="Verdict",
        description="confirmed: it is the subject; rejected: it is somebody else; unsure: ask again.",
    ),
    "given_by": Param(
        "", type="string", minLength=1, maxLength=200, title="Given by", description="Who decided it: a name or a role."
    ),
    "reason": Param(
        "", type="string", minLength=1, maxLength=2000, title="Reason", description="Why: what was seen, or said."
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
    description="A person's decision on matches of a subject: confirmed, rejected or unsure",
    doc_md=__doc__,
    tags=["facewarden", "matching"],
)
def record_verdict() -> None:
    @task
    @wiring.final_mistakes
    def record() -> dict[str, Any]:
        """Checked against the subject's matches and consent; writes a shard and nothing else."""
        from include.matching.verdicts import record

        return record(wiring.run(), wiring.params())

    @task(outlets=[wiring.VERDICT])
    def publish(recorded: dict[str, Any]) -> Any:
        """The verdicts into their table, each once."""
        from include.warehouse.publish import publish

        publish(wiring.run(), "verdict")
        yield Metadata(wiring.VERDICT, recorded)
        return recorded

    @task(queue=wiring.FACES_QUEUE)
    @wiring.final_mistakes
    def draw_again(recorded: dict[str, Any]) -> dict[str, Any]:
        """The subject's evidence page once more, if there is one: without the pictures of whoever was rejected."""
        from include.matching.evidence import draw_again

        return draw_again(wiring.run(), recorded["subject_id"])

    draw_again(publish(record()))


record_verdict()
