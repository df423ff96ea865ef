"""The evidence page of a subject: self-contained HTML, reference beside candidate, other people covered."""

import contextlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

from google.cloud import bigquery, storage
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from include.clock import KST
from include.lake.objects import write
from include.matching.pictures import Box, context_picture, cover, face_picture
from include.matching.viewer import Viewer
from include.settings import Settings
from include.warehouse.sql import rows

Row = dict[str, Any]
Log = Callable[[str], None]
MOST_SHOWN = 200


def write_pages(
    bq: bigquery.Client, gcs: storage.Client, own: Settings, subject_id: str | None, log: Log
) -> list[dict[str, Any]]:
    """A page for each live subject, written again from the tables: where it lies, and how many faces it shows."""
    pages = []
    with Viewer(gcs, own) as viewer:
        for subject in rows(bq, "queries/live_subjects", {"subject_id": subject_id}):
            html, cards = page(bq, viewer, subject)
            address = f"gs://{own.bucket}/evidence/{subject['subject_id']}.html"
            write(gcs, address, html, "text/html; charset=utf-8")
            pages.append({"subject_id": subject["subject_id"], "faces": cards, "evidence": address})
            log(f"subject {subject['subject_id']}: {cards} faces shown, {address}")
    return pages


def page(bq: bigquery.Client, viewer: Viewer, subject: Row) -> tuple[str, int]:
    """The HTML, and how many faces it shows. "Nothing found" is a page too."""
    matches = rows(bq, "queries/matches", {"subject_id": subject["subject_id"]})
    references = rows(bq, "queries/references", {"subject_id": subject["subject_id"]})
    cards = [list(found) for _, found in groupby(matches, key=lambda match: match["face_id"])]
    shown = cards[:MOST_SHOWN]
    others = _faces_by_content(bq, [card[0]["sha256"] for card in shown])
    pictures = _pictures(viewer, [card[0] for card in shown], others)
    html = _template().render(
        subject=subject,
        searched=rows(bq, "queries/faces_searched", {"subject_id": subject["subject_id"]})[0]["faces"],
        consent_until=_last_day(subject["valid_until"]),
        written_at=_seoul(datetime.now(UTC)),
        references=[_reference(viewer, reference) for reference in references],
        cards=[_card(card, pictures.get(card[0]["face_id"], {})) for card in shown],
        left_out=len(cards) - len(shown),
    )
    return html, len(shown)


def _faces_by_content(bq: bigquery.Client, contents: list[str]) -> dict[str, list[Row]]:
    """All faces of the pictures that will be shown: what is not the match has to be covered."""
    found: dict[str, list[Row]] = {}
    for face in rows(bq, "queries/faces_of_contents", {"contents": contents}) if contents else []:
        found.setdefault(face["sha256"], []).append(face)
    return found


def _card(copies: list[Row], pictures: dict[str, str]) -> Row:
    """One face: what it looks like, how sure, where in a video, and every post that the same file stands in."""
    match = copies[0]
    at = _clock(match["at_ms"]) if match["track"] is not None else ""
    posts = [_post(copy) for copy in copies if copy["media_id"]]
    return {**match, "at": at, "face": "", "context": "", **pictures, "copies": posts}


def _pictures(viewer: Viewer, matches: list[Row], others: dict[str, list[Row]]) -> dict[str, dict[str, str]]:
    """What is shown of each face, by face_id. Each file is opened once, however many of its faces matched."""
    found: dict[str, dict[str, str]] = {}
    there = [match for match in matches if match["box"] is not None and match["file_path"] is not None]
    for address, group in groupby(sorted(there, key=itemgetter("file_path")), key=itemgetter("file_path")):
        faces = list(group)
        # A picture that has gone must not take the other evidence with it; the page says so.
        with contextlib.suppress(Exception):
            frames = viewer.frames(address, {match["at_ms"] for match in faces})
            for match in faces:
                if match["at_ms"] in frames:
                    found[match["face_id"]] = _picture(viewer, frames[match["at_ms"]], match, others)
    return found


def _picture(viewer: Viewer, image: Any, match: Row, others: dict[str, list[Row]]) -> dict[str, str]:
    box = Box(**match["box"])
    covered = cover(image, _bystanders(viewer, image, match, others), box)
    return {"face": face_picture(covered, box), "context": context_picture(covered, box, _caption(match))}


def _bystanders(viewer: Viewer, image: Any, match: Row, others: dict[str, list[Row]]) -> list[Box]:
    """Who else is in the frame: of a video the table has only the best faces, so it is looked at once more."""
    known = [face for face in others[match["sha256"]] if face["face_id"] != match["face_id"]]
    boxes = [Box(**face["box"]) for face in known if face["at_ms"] == match["at_ms"] and face["box"]]
    return boxes if match["track"] is None else [*boxes, *viewer.faces(image)]


def _caption(match: Row) -> str:
    return "" if match["score"] is None else f"{match['score']:.2f}"


def _clock(at_ms: int) -> str:
    minutes, seconds = divmod(at_ms / 1000, 60)
    return f"{minutes:.0f}:{seconds:04.1f}"


def _post(copy: Row) -> Row:
    link = copy["post_url"] if copy["post_url"].startswith(("https://", "http://")) else None
    return {**copy, "link": link, "posted_at": _seoul(copy["posted_at"]), "seen_at": _seoul(copy["fetched_at"])}


def _reference(viewer: Viewer, reference: Row) -> str | None:
    try:
        # No margin: the photograph may show somebody cheek to cheek.
        return face_picture(viewer.frames(reference["file_path"])[0], Box(**reference["box"]), margin=0)
    except Exception:  # as above: the page says that it is missing
        return None


def _seoul(moment: datetime | None) -> str:
    return moment.astimezone(KST).strftime("%Y-%m-%d %H:%M KST") if moment else "?"


def _last_day(end: datetime) -> str:
    """The consent's end is the first moment at which it no longer holds."""
    return (end.astimezone(KST) - timedelta(seconds=1)).date().isoformat()


def _template() -> Any:
    folder = Path(__file__).parent
    environment = Environment(loader=FileSystemLoader(folder), autoescape=True, undefined=StrictUndefined)
    return environment.get_template("evidence.html.j2")
