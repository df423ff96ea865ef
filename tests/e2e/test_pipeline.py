"""One path through the whole house: crawled, scanned, enrolled, matched, shown."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from google.cloud import bigquery, storage

from include.core.errors import Mistake
from include.crawl import crawl_plan, crawl_run
from include.crawl.adapters.dcinside import DCInside
from include.crawl.unended import UNENDED
from include.warehouse.sql import rows
from replica.server import Replica

pytestmark = pytest.mark.slow

CONSENT = {"given_by": "the tests", "basis": "public photographs", "until": "2099-12-31"}
Row = dict[str, Any]


def counts(bq: bigquery.Client) -> Row:
    return rows(bq, "queries/totals", {})[0]


@pytest.fixture
def played(
    run: Callable[..., Any], clean_tables: None, site: Replica, truth: Row, replica_root: Path
) -> Callable[..., Any]:
    """The path walked once: the demo gallery and the smallest of another kind."""
    galleries = [site.address + truth["galleries"][name]["list"] for name in ("demo", "singer")]
    run("crawl_galleries", {"galleries": galleries, "pages": 9})
    run("find_faces")
    photos = [str(replica_root / photo) for photo in truth["subject"]["photos"]]
    run("enrol_subject", {"label": "case 1", "consent": CONSENT, "photos": photos})
    run("match_subjects")
    return run


def placed(site: Replica, truth: Row, name: str) -> set[tuple[str, int]]:
    gallery = DCInside(site.address).gallery(site.address + truth["galleries"][name]["list"])
    posts = [truth[where].get(name, []) for where in ("found_in", "found_in_videos")]
    return {(gallery.key, number) for numbers in posts for number in numbers}


def test_the_subject_is_found_where_they_are_and_nowhere_else_and_again_changes_nothing(
    played: Callable[..., Any], bq: bigquery.Client, gcs: storage.Client, bucket: str, site: Replica, truth: Row,
    replica_root: Path,
) -> None:  # fmt: skip
    matches = rows(bq, "queries/matches", {"subject_id": None})
    found = {(match["gallery"], match["post_no"]) for match in matches}
    assert found == placed(site, truth, "demo") | placed(site, truth, "singer")
    assert {match["band"] for match in matches} <= {"likely", "possible"}

    before = counts(bq)
    assert before["posts"] == sum(len(truth["galleries"][name]["posts"]) for name in ("demo", "singer"))
    galleries = [site.address + truth["galleries"]["demo"]["list"]]
    for dag_id, conf in (("crawl_galleries", {"galleries": galleries}), ("find_faces", None), ("match_subjects", None)):
        played(dag_id, conf)
    assert counts(bq) == before

    older = "UPDATE facewarden_biometrics.reference SET engine = 'older', reference_id = CONCAT('o', reference_id)"
    bq.query(f"{older} WHERE TRUE; TRUNCATE TABLE facewarden_biometrics.match").result()
    played("match_subjects")
    again = rows(bq, "queries/matches", {"subject_id": None})
    assert {(match["gallery"], match["post_no"]) for match in again} == found, (
        "a new engine lost who was enrolled before"
    )

    subject_id = matches[0]["subject_id"]
    assert not gcs.bucket(bucket).blob(f"evidence/{subject_id}.html").exists(), "nobody has asked for a page"
    played("show_evidence", {"subject_id": subject_id})
    page = gcs.bucket(bucket).blob(f"evidence/{subject_id}.html").download_as_text()
    assert page.count("<article>") == len({match["face_id"] for match in matches})
    assert not re.search(r"""(src|href)=["']?(?!data:image/jpeg;base64,|http://127\.0\.0\.1:)[^"' >]""", page)
    photos = [str(replica_root / photo) for photo in reversed(truth["subject"]["photos"])]
    played("enrol_subject", {"label": "case 1", "consent": CONSENT, "photos": photos})
    live = rows(bq, "queries/live_subjects", {"subject_ids": []})
    assert [row["subject_id"] for row in live] == [subject_id], "a form that was sent twice is one subject"
    assert live[0]["label"] == "case 1"


def test_a_batch_that_fails_for_good_keeps_nothing_of_the_others_from_the_tables(
    run: Callable[..., Any],
    clean_tables: None,
    bq: bigquery.Client,
    site: Replica,
    truth: Row,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fails(run: Any, batch: str) -> Any:
        if batch.endswith("0000.json"):
            raise Mistake("for good")
        return crawl(run, batch)

    crawl = crawl_run.crawl_batch
    monkeypatch.setattr(crawl_run, "crawl_batch", fails)
    monkeypatch.setattr(crawl_plan, "POSTS_A_BATCH", 10)
    posts = truth["galleries"]["singer"]["posts"]
    galleries = [site.address + truth["galleries"]["singer"]["list"]]
    run("crawl_galleries", {"galleries": galleries, "pages": 9}, state="failed")
    reasons = [row["reason"] for row in bq.query("SELECT reason FROM facewarden.post_outcome").result()]
    assert len(reasons) == len(posts) > 10
    assert reasons.count(UNENDED) == 10


def test_a_mistake_fails_at_once_and_enrols_nobody(
    run: Callable[..., Any], clean_tables: None, bq: bigquery.Client, truth: Row, replica_root: Path
) -> None:
    photos = [str(replica_root / photo) for photo in truth["subject"]["photos"]]
    for consent in ({**CONSENT, "basis": " "}, {**CONSENT, "until": "2001-01-01"}, {**CONSENT, "until": "2027-02-30"}):
        ended = run("enrol_subject", {"label": "case 2", "consent": consent, "photos": photos}, state="failed")
        assert [task.try_number for task in ended.get_task_instances() if task.task_id == "embed_photos"] == [1]
    assert rows(bq, "queries/live_subjects", {"subject_ids": []}) == []


def test_a_run_with_nothing_new_is_a_success(run: Callable[..., Any], clean_tables: None, bq: bigquery.Client) -> None:
    for dag_id in ("crawl_galleries", "find_faces", "match_subjects"):
        run(dag_id)
    assert set(counts(bq).values()) == {0}


@pytest.mark.parametrize(
    ("dag_id", "conf"),
    [
        ("match_subjects", {"subject_id": "nobody"}),
        ("match_subjects", {"subject": "x"}),
        ("crawl_galleries", {"page": 1}),
    ],
)
def test_a_run_for_what_does_not_exist_fails_at_once(
    run: Callable[..., Any], clean_tables: None, dag_id: str, conf: Row
) -> None:
    ended = run(dag_id, conf, state="failed")
    assert max(task.try_number for task in ended.get_task_instances()) == 1
