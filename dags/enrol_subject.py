"""
### Enrol a subject

Somebody who asked to be searched for: a label, their consent, and photographs with one clear face each.
Ends with a `subject_id`, and `match_subjects` looks for it at once. No consent, or one that has run out: no
reference face is made.
"""

from typing import Any

import wiring
from airflow.sdk import Metadata, Param, dag
from linked_task import task

PARAMS = {
    "label": Param(
        "",
        type="string",
        minLength=1,
        maxLength=200,
        title="Label",
        description="What your centre calls this person: a case number rather than a name.",
    ),
    "consent": Param(
        {"given_by": "", "basis": "", "until": ""},
        type="object",
        required=["given_by", "basis", "until"],
        properties={
            "given_by": {"type": "string", "minLength": 1},
            "basis": {"type": "string", "minLength": 1},
            "until": {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$"},
        },
        title="Consent",
        description="given_by: who gave it; basis: on what ground (a signed form and its number, say); "
        "until: the last day on which it holds, as 2027-12-31.",
    ),
    "photos": Param(
        [],
        type="array",
        items={"type": "string"},
        minItems=1,
        title="Photographs",
        description="Paths that the workers can read, or gs:// addresses, one a line. Three or more are best.",
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
    description="A person who consented to be searched for: references from photographs",
    doc_md=__doc__,
    tags=["facewarden", "matching"],
)
def enrol_subject() -> None:
    @task(queue=wiring.FACES_QUEUE)
    @wiring.final_mistakes
    def embed_photos() -> str:
        """Consent checked, one face found in each photograph; writes shards and nothing else."""
        from include.matching.enrol import enrol

        return enrol(wiring.run(), wiring.params())

    @task(outlets=[wiring.REFERENCE])
    def publish(subject_id: str) -> Any:
        """Consent before subject before reference: no row of a person stands without its ground."""
        from include.warehouse.publish import publish_all

        counts = publish_all(wiring.run(), ("consent", "subject", "reference"))
        yield Metadata(wiring.REFERENCE, counts)
        return subject_id

    publish(embed_photos())


enrol_subject()
