"""
### Show evidence

The evidence page of one subject, drawn now and from the tables as they are: reference beside candidate, everybody else
covered, at most 200 sightings. It ends with the page's address in the bucket's `evidence/`. The page says when it was
drawn; it goes when the consent ends. Nobody's page is drawn unasked.
"""

from typing import Any

import wiring
from airflow.sdk import Param, dag
from linked_task import task

PARAMS = {
    "subject_id": Param(
        "", type="string", minLength=1, maxLength=64, title="Subject", description="Whose page: the subject_id."
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
    description="The evidence page of one subject, drawn now",
    doc_md=__doc__,
    tags=["facewarden", "matching"],
)
def show_evidence() -> None:
    @task(queue=wiring.FACES_QUEUE)
    @wiring.final_mistakes
    def draw() -> dict[str, Any]:
        """Faces cut out of their files, everybody else covered; one page into the bucket."""
        from include.matching.evidence import draw_page

        return draw_page(wiring.run(), wiring.params()["subject_id"])

    draw()


show_evidence()
