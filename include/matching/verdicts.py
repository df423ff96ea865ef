"""What a person decided of a subject's matches, as events: who, why, and by what the content is known again."""

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypedDict, cast

from include.core.errors import Mistake
from include.core.run import Run
from include.matching.verdict_words import Verdict
from include.warehouse.rows import VERDICT, VerdictRow
from include.warehouse.shards import write_shard
from include.warehouse.sql import rows

MAX_FACES = 1000
LONGEST_NAME, LONGEST_REASON = 200, 2000
_ID = re.compile(r"[0-9A-Za-z_-]{1,64}")


class Judged(TypedDict):
    """A match that a verdict is about, or a whole file: a row of queries/matches_to_judge."""

    face_id: str | None
    sha256: str
    phash: str | None
    phash_quality: int | None
    x: float | None
    y: float | None
    width: float | None
    track: int | None


@dataclass(frozen=True)
class Said:
    """Which verdict, by whom and why."""

    verdict: Verdict
    given_by: str
    reason: str


class NotRecorded(Mistake):
    """No verdict was recorded; the message says what to change. Nothing was written."""


def record(run: Run, params: dict[str, Any]) -> dict[str, int | str]:
    """A shard of verdicts on faces, or on one whole file; all of them or none. A retry records nothing twice.

    Only what is a match of a subject with a live consent can be judged.
    """
    said = _said(params)
    subject_id, face_ids, sha256 = _about(params)
    if not rows(run.bq, "queries/live_subjects", {"subject_ids": [subject_id]}):
        raise NotRecorded("there is no such subject with a live consent: nothing was recorded")
    wanted = {"subject_id": subject_id, "face_ids": face_ids, "sha256": sha256}
    matches = cast(list[Judged], rows(run.bq, "queries/matches_to_judge", wanted))
    judged = _whole_file(matches, sha256) if sha256 else _each(matches, face_ids)
    now = datetime.now(UTC)
    found = [_verdict_row(run.key, subject_id, match, said, now) for match in judged]
    write_shard(run, VERDICT, "0000", found)
    run.log(f"subject {subject_id}: {len(found)} {said.verdict}")
    return {"subject_id": subject_id, "verdicts": len(found)}


def _said(params: dict[str, Any]) -> Said:
    """What is said; refused when a part of it is missing."""
    if params.get("verdict") not in [*Verdict]:
        raise NotRecorded(f"verdict must be one of {', '.join(Verdict)}: nothing was recorded")
    given_by, reason = _text(params, "given_by", LONGEST_NAME), _text(params, "reason", LONGEST_REASON)
    return Said(Verdict(params["verdict"]), given_by, reason)


def _text(params: dict[str, Any], name: str, longest: int) -> str:
    text = str(params.get(name) or "").strip()
    if not 1 <= len(text) <= longest:
        raise NotRecorded(f"{name} must be said, in at most {longest} characters: nothing was recorded")
    return text


def _about(params: dict[str, Any]) -> tuple[str, list[str], str]:
    """Subject, faces and file. What is no id is not repeated in a message: it may be somebody's name."""
    subject_id, sha256 = (str(params.get(key) or "").strip() for key in ("subject_id", "sha256"))
    face_ids = sorted({str(face_id).strip() for face_id in params.get("face_ids") or []})
    if bool(face_ids) == bool(sha256):
        raise NotRecorded("give either face_ids, or the sha256 of a whole file: nothing was recorded")
    if not all(_ID.fullmatch(given) for given in (subject_id, *face_ids, *([sha256] if sha256 else []))):
        raise NotRecorded("an id is made of letters, digits, - and _; copy it from the page: nothing was recorded")
    if len(face_ids) > MAX_FACES:
        raise NotRecorded(f"{len(face_ids)} faces are too many for one verdict, at most {MAX_FACES} may be given")
    return subject_id, face_ids, sha256


def _each(matches: list[Judged], face_ids: list[str]) -> list[Judged]:
    if unknown := sorted(set(face_ids) - {match["face_id"] for match in matches}):
        more = " …" if len(unknown) > 5 else ""
        raise NotRecorded(
            f"{len(unknown)} of {len(face_ids)} faces are no match of this subject: {', '.join(unknown[:5])}{more}. "
            "Nothing was recorded, of the others neither"
        )
    return matches


def _whole_file(matches: list[Judged], sha256: str) -> list[Judged]:
    if not matches:
        raise NotRecorded(f"this subject has no match in file {sha256}: nothing was recorded")
    return [{**matches[0], "face_id": None, "track": None, "x": None}]


def _verdict_row(run_key: str, subject_id: str, match: Judged, said: Said, now: datetime) -> VerdictRow:
    what = match["face_id"] or f"file {match['sha256']}"
    known = match["x"] is not None
    return {
        "verdict_id": hashlib.sha256(f"{run_key}|{subject_id}|{what}".encode()).hexdigest()[:32],
        "subject_id": subject_id,
        "sha256": match["sha256"],
        "face_id": match["face_id"],
        "verdict": said.verdict,
        "given_by": said.given_by,
        "reason": said.reason,
        "phash": match["phash"],
        "phash_quality": match["phash_quality"],
        "place": {"x": match["x"], "y": match["y"], "width": match["width"]} if known else None,
        "track": match["track"],
        "recorded_at": now,
    }
