"""A verdict by its DAG: recorded once and on the page, or refused at once."""

from collections.abc import Callable
from typing import Any

import pytest
from google.cloud import bigquery, storage

from tests.matching.gallery import Gallery

pytestmark = pytest.mark.slow
SAID = {
    "subject_id": "anna",
    "face_ids": ["hers"],
    "verdict": "rejected",
    "given_by": "a counsellor",
    "reason": "a twin",
}


@pytest.fixture
def gallery(clean_tables: None, bq: bigquery.Client) -> None:
    anna = Gallery()
    anna.enrolled()
    anna.file("f")
    anna.seen("hers", "f")
    anna.load(bq)


def recorded(bq: bigquery.Client) -> list[str]:
    return [row["verdict"] for row in bq.query("SELECT verdict FROM facewarden_biometrics.verdict").result()]


def test_a_verdict_is_recorded_and_the_page_that_is_there_says_so(
    run: Callable[..., Any], gallery: None, bq: bigquery.Client, gcs: storage.Client, bucket: str
) -> None:
    run("show_evidence", {"subject_id": "anna"})
    run("record_verdict", SAID)
    assert recorded(bq) == ["rejected"]
    page = gcs.bucket(bucket).blob("evidence/anna.html").download_as_text()
    assert "a twin" in page and "<article>" not in page


@pytest.mark.parametrize(
    "change", [{"face_ids": ["not hers"]}, {"reason": " "}, {"subject_id": "nobody"}, {"face": "hers"}]
)
def test_what_cannot_be_judged_fails_at_once_and_records_nothing(
    run: Callable[..., Any], gallery: None, bq: bigquery.Client, change: dict[str, Any]
) -> None:
    ended = run("record_verdict", {**SAID, **change}, state="failed")
    assert max(task.try_number for task in ended.get_task_instances()) == 1
    assert recorded(bq) == []
