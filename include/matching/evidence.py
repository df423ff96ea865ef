"""The evidence page of a subject: self-contained HTML, reference beside candidate, other people covered."""

import contextlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from google.api_core.exceptions import NotFound
from google.cloud import bigquery
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from include.core.run import Run
from include.lake.layout import EVIDENCE, evidence_page
from include.lake.objects import write
from include.matching.cards import cards, last_day, one_in, sections, seoul
from include.matching.crops import crops, reference_crop
from include.matching.viewer import Viewer
from include.matching.warning_texts import text_of
from include.warehouse.sql import rows

Row = dict[str, Any]
MAX_SHOWN = 200


def write_pages(run: Run, subject_id: str | None) -> list[dict[str, Any]]:
    """A page for each live subject, written again from the tables: where it lies, and how many faces it shows.

    A page of anybody else, whose consent has ended, is removed, whichever subject this was asked for.
    """
    pages = []
    with Viewer(run) as viewer:
        for subject in rows(run.bq, "queries/live_subjects", {"subject_id": subject_id}):
            html, shown = page(run.bq, viewer, subject)
            address = run.address(evidence_page(subject["subject_id"]))
            write(run.gcs, address, html, "text/html; charset=utf-8")
            pages.append({"subject_id": subject["subject_id"], "faces": shown, "evidence": address})
            run.log(f"subject {subject['subject_id']}: {shown} faces shown, {address}")
    # Afterwards: a consent may have ended while pages were written.
    if removed := remove_pages(run):
        run.log(f"{removed} pages removed: there is no consent any more")
    return pages


def remove_pages(run: Run) -> int:
    """Deletes the pages of subjects without a live consent; how many there were."""
    subjects = rows(run.bq, "queries/live_subjects", {"subject_id": None})
    live = {evidence_page(subject["subject_id"]) for subject in subjects}
    pages = (blob for blob in run.gcs.list_blobs(run.bucket, prefix=EVIDENCE.name) if blob.name.endswith(".html"))
    gone = [blob for blob in pages if blob.name not in live]
    for blob in gone:
        with contextlib.suppress(NotFound):  # another run was quicker
            blob.delete()
    return len(gone)


def page(bq: bigquery.Client, viewer: Viewer, subject: Row) -> tuple[str, int]:
    """The HTML, and how many faces it shows. "Nothing found" is a page too."""
    of_subject = {"subject_id": subject["subject_id"]}
    found = cards(rows(bq, "queries/evidence", of_subject))
    searches = rows(bq, "queries/searches", of_subject)
    by_state = {
        state: [card for card in found if card["state"] == state] for state in ("open", "confirmed", "rejected")
    }
    shown = [*by_state["open"], *by_state["confirmed"]][:MAX_SHOWN]
    _add_pictures(bq, viewer, shown)
    html = _template().render(
        subject=subject,
        consent_until=last_day(subject["valid_until"]),
        written_at=seoul(datetime.now(UTC)),
        references=[reference_crop(viewer, reference) for reference in rows(bq, "queries/references", of_subject)],
        searches=searches,
        warnings=sorted({search["warning"] for search in searches if search["warning"]}),
        counts={state: len(those) for state, those in by_state.items()},
        open=sections(card for card in shown if card["state"] == "open"),
        confirmed=sections(card for card in shown if card["state"] == "confirmed"),
        rejected=by_state["rejected"][:MAX_SHOWN],
        left_out=len(found) - len(shown) - len(by_state["rejected"][:MAX_SHOWN]),
    )
    return html, len(shown)


def _add_pictures(bq: bigquery.Client, viewer: Viewer, shown: list[Row]) -> None:
    contents = sorted({card["sha256"] for card in shown})
    faces = rows(bq, "queries/faces_of_contents", {"contents": contents}) if contents else []
    pictures = crops(viewer, shown, faces)
    for card in shown:
        card.update(pictures.get(card["face_id"], {}))


def _template() -> Any:
    folder = Path(__file__).parent
    environment = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(one_in=one_in, seoul=seoul, text_of=text_of)
    return environment.get_template("evidence.html.j2")
