"""The evidence page of a subject: self-contained HTML, reference beside candidate, other people covered.

It is drawn when somebody asks for it, and says when that was.
"""

import contextlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from google.api_core.exceptions import NotFound, PreconditionFailed
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from include.core.errors import Mistake
from include.core.run import Run
from include.lake.layout import EVIDENCE, evidence_page
from include.matching.cards import Card, last_day, link, one_in, sections, seoul
from include.matching.case import Case, cases
from include.matching.crops import crops, reference_crop
from include.matching.viewer import Viewer
from include.matching.warning_texts import text_of
from include.warehouse.sql import rows


def draw_page(run: Run, subject_id: str) -> dict[str, Any]:
    """The page of one subject, from the tables as they are now: where it lies, and how many faces it shows.

    Refused (Mistake) without a live consent. Pages of those whose consent has ended are removed, whatever comes of it.
    """
    try:
        for case in cases(run, [subject_id]):
            with Viewer(run) as viewer:
                html, shown = page(case, viewer)
            address = _write(run, case, html)
            run.log(f"subject {subject_id}: {shown} faces shown, {address}")
            return {"subject_id": subject_id, "faces": shown, "evidence": address}
        raise Mistake("there is no such subject with a live consent: no page was drawn")
    finally:  # a consent may have ended while the page was drawn, however that came to its end
        remove_pages(run)


def draw_again(run: Run, subject_id: str) -> dict[str, Any]:
    """The same where the subject has a page already: who was rejected must not stay on it. Else none is drawn."""
    if run.gcs.bucket(run.bucket).blob(evidence_page(subject_id)).exists():
        return draw_page(run, subject_id)
    remove_pages(run)
    run.log(f"subject {subject_id} has no page: nobody asked for one")
    return {"subject_id": subject_id}


def remove_pages(run: Run) -> int:
    """Deletes the pages of subjects without a live consent; how many there were."""
    subjects = rows(run.bq, "queries/live_subjects", {"subject_ids": []})
    live = {evidence_page(subject["subject_id"]) for subject in subjects}
    pages = (blob for blob in run.gcs.list_blobs(run.bucket, prefix=EVIDENCE.name) if blob.name.endswith(".html"))
    gone = [blob for blob in pages if blob.name not in live]
    for blob in gone:
        with contextlib.suppress(NotFound):  # another run was quicker
            blob.delete()
    if gone:
        run.log(f"{len(gone)} pages removed: there is no consent any more")
    return len(gone)


def page(case: Case, viewer: Viewer) -> tuple[str, int]:
    """The HTML, and how many faces it shows. "Nothing found" is a page too."""
    shown = case.shown
    pictures = crops(viewer, shown)
    cards = [Card(sighting, pictures.get(sighting.face_id)) for sighting in shown]
    html = _template().render(
        case=case,
        consent_until=last_day(case.subject.consent.valid_until),
        written_at=seoul(datetime.now(UTC)),
        references=[reference_crop(viewer, reference) for reference in case.references],
        warnings=sorted({search.warning for search in case.searches if search.warning}),
        open=sections(card for card in cards if card.sighting.state == "open"),
        confirmed=sections(card for card in cards if card.sighting.state == "confirmed"),
    )
    return html, len(shown)


def _write(run: Run, case: Case, html: str) -> str:
    """Writes the page, unless one is there that knows more: a verdict may be told on it while others are drawn."""
    bucket, name = run.gcs.bucket(run.bucket), evidence_page(case.subject.subject_id)
    asked_at = case.asked_at.isoformat(timespec="microseconds")
    while (there := bucket.get_blob(name)) is None or (there.metadata or {}).get("asked_at", "") <= asked_at:
        blob = bucket.blob(name)
        blob.metadata = {"asked_at": asked_at}
        replaces = there.generation if there else 0
        try:
            blob.upload_from_string(html, content_type="text/html; charset=utf-8", if_generation_match=replaces)
        except PreconditionFailed:  # another was written meanwhile: it may know more
            continue
        break
    return run.address(name)


def _template() -> Any:
    folder = Path(__file__).parent
    environment = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(link=link, one_in=one_in, seoul=seoul, text_of=text_of)
    return environment.get_template("evidence.html.j2")
