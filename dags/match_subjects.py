"""
### Match subjects

Every subject with a live consent against every face, in SQL: how near a face has to be follows from a stated
false-match rate, and from how far strangers are apart in what was crawled. Faces that an earlier search compared are
left out, unless something else has changed. Writes new rows of `match` only, and a row of `search` a subject, also when
there is no match. `show_evidence` draws the page of a subject. Pages of those whose consent has ended are removed.
"""

from typing import Any

import wiring
from airflow.sdk import Metadata, Param, dag
from linked_task import task

PARAMS = {
    "subject_id": wiring.SUBJECT_ID,
    "false_match_rate": Param(
        1e-4,
        type="number",
        exclusiveMinimum=0,
        maximum=0.5,
        title="False-match rate",
        description="Of how many strangers' faces one may be let through: 0.0001 is one in 10,000. A larger rate finds "
        "more of the subject's faces, and more strangers'.",
    ),
    "whole": Param(
        False,
        type="boolean",
        title="All faces",
        description="Compare all faces once more, also those that an earlier search compared.",
    ),
    "most_gib": Param(
        100,
        type="number",
        exclusiveMinimum=0,
        title="Most gibibytes a query may read",
        description="A search that would read more is refused before it runs. A million faces of 512 numbers are 4.",
    ),
}


@dag(
    schedule=(wiring.FACE | wiring.REFERENCE),
    start_date=wiring.START,
    catchup=False,
    is_paused_upon_creation=False,
    max_active_runs=1,
    default_args=wiring.DEFAULT_ARGS,
    params=PARAMS,
    description="Whose face is this: subjects against faces in SQL",
    doc_md=__doc__,
    tags=["facewarden", "matching"],
)
def match_subjects() -> None:
    @task(queue=wiring.FACES_QUEUE)
    @wiring.final_mistakes
    def embed_references() -> int:
        """After a change of engine: the subjects' photographs embedded by the new one."""
        from include.matching.references import embed_missing

        return embed_missing(wiring.run())

    @task
    @wiring.final_mistakes
    def measure_population() -> int:
        """How far strangers are apart, where the faces have changed since it was last measured."""
        from include.matching.population import measure_populations

        return measure_populations(wiring.run(), wiring.params()["most_gib"])

    @task(outlets=[wiring.MATCH])
    @wiring.final_mistakes
    def match() -> Any:
        """One batched query for all subjects."""
        from include.matching.match import Search, match_faces

        counts = match_faces(wiring.run(), Search(**wiring.params()))
        yield Metadata(wiring.MATCH, counts)
        return counts

    # Also when the search failed: a page must not outlive its consent.
    @task(trigger_rule="all_done")
    def remove_evidence() -> int:
        """Evidence pages of subjects whose consent has ended."""
        from include.matching.evidence import remove_pages

        return remove_pages(wiring.run())

    @task(trigger_rule="none_failed")
    def finish() -> None:
        """The run has failed when its search has, whatever was removed."""

    matched = embed_references() >> measure_population() >> match()
    matched >> [remove_evidence(), finish()]


match_subjects()
