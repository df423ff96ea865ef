"""A person who consented to be searched for: their consent, and references from their photographs."""

import hashlib
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from google.api_core.exceptions import NotFound
from google.resumable_media import InvalidResponse

from include.core.errors import Mistake
from include.core.run import Run
from include.core.seoul_time import midnight
from include.faces.engine import Engine, engine_for
from include.faces.face import Face
from include.lake import layout
from include.lake.objects import put_once, read
from include.matching.references import NotUsable, reference_row, the_subject
from include.media.caps import MAX_BYTES, Unreadable
from include.media.decoder import Decoder
from include.media.file_types import FileType, MediaKind, sniff
from include.warehouse.rows import CONSENT, REFERENCE, SUBJECT, ConsentRow, SubjectRow
from include.warehouse.shards import write_shard
from include.warehouse.sql import rows

CONSENT_KEYS = ("given_by", "basis", "until")
_NAMESPACE = uuid.UUID("9a3f6a52-6f5c-4ef1-9d62-9d1f2c4f6f10")


class NotEnrolled(Mistake):
    """No reference was made; the message says what to change. Nothing was written."""


def enrol(run: Run, params: dict[str, Any]) -> str:
    """Shards of consent, subject and reference. The id follows from the run, so a retry enrols nobody twice.

    A form that was sent twice is one subject: the second run writes nothing and gives the first one's id. That holds
    while enrolments run one after another, as the DAG's do.
    """
    now = datetime.now(UTC)
    subject_id = str(uuid.uuid5(_NAMESPACE, run.key))
    consent = consent_row(subject_id, params["consent"], now)
    engine = engine_for(run)
    with Decoder() as decoder:
        photos = [_checked(run, engine, decoder, photo, number) for number, photo in enumerate(params["photos"], 1)]
    if (there := _same_enrolment(run, params["label"], consent, photos)) not in (None, subject_id):
        run.log(f"subject {there}: this very enrolment is there already, and nothing was written")
        return str(there)
    # Only now: until all are good, no photograph of a person who is not enrolled lies anywhere.
    place = partial(layout.reference, subject_id)
    references = [
        reference_row(subject_id, put_once(run, photo.data, photo.file_type, place), engine, photo.face, now)
        for photo in photos
    ]
    subject: SubjectRow = {"subject_id": subject_id, "label": params["label"], "created_at": now}
    write_shard(run, CONSENT, "0000", [consent])
    write_shard(run, SUBJECT, "0000", [subject])
    write_shard(run, REFERENCE, "0000", references)
    run.log(f"subject {subject_id}: {len(references)} references by {engine.name}")
    return subject_id


def consent_row(subject_id: str, consent: dict[str, Any], now: datetime) -> ConsentRow:
    """The consent as an event; refused when it does not say who, why and until when, or has run out."""
    missing = [key for key in CONSENT_KEYS if not str(consent.get(key) or "").strip()]
    if missing:
        raise NotEnrolled(f"consent lacks {', '.join(missing)}: say who gave it, on what basis, and until which day")
    until = _end_of(str(consent["until"]))
    if until <= now:
        raise NotEnrolled(f"the consent ended on {consent['until']}: ask for a new one first")
    return {
        "consent_id": str(uuid.uuid5(_NAMESPACE, f"{subject_id}/given")),
        "subject_id": subject_id,
        "event": "given",
        "given_by": str(consent["given_by"]).strip(),
        "basis": str(consent["basis"]).strip(),
        "valid_until": until,
        "recorded_at": now,
    }


def _end_of(day: str) -> datetime:
    try:
        return midnight(day) + timedelta(days=1)
    except (ValueError, OverflowError):
        raise NotEnrolled(f"consent: until is {day!r}; write the last day as YYYY-MM-DD") from None


@dataclass(frozen=True)
class ReferencePhoto:
    """A reference photograph that is good: its bytes, what they are, and the one face it is about."""

    data: bytes
    file_type: FileType
    face: Face


def _same_enrolment(run: Run, label: str, consent: ConsentRow, photos: list[ReferencePhoto]) -> str | None:
    wanted = {
        "label": label,
        "given_by": consent["given_by"],
        "basis": consent["basis"],
        "valid_until": consent["valid_until"],
        "photos": " ".join(sorted({hashlib.sha256(photo.data).hexdigest() for photo in photos})),
    }
    return next((row["subject_id"] for row in rows(run.bq, "queries/same_enrolment", wanted)), None)


def _checked(run: Run, engine: Engine, decoder: Decoder, photo: str, number: int) -> ReferencePhoto:
    """The photograph is told by its number: its name may be a person's, and what is raised stands in a log."""
    try:
        data = _bytes(run, photo)
        file_type = sniff(data)
        if file_type is None or file_type.kind is not MediaKind.IMAGE:
            raise Unreadable("it is no picture")
        return ReferencePhoto(data, file_type, the_subject(engine.faces(decoder.picture(data))))
    except (Unreadable, NotUsable, NotEnrolled) as reason:
        raise NotEnrolled(f"photograph {number}: {reason}; nobody was enrolled") from None


def _bytes(run: Run, photo: str) -> bytes:
    if photo.startswith("gs://"):
        try:
            return read(run.gcs, photo)
        except (NotFound, InvalidResponse, ValueError):
            raise NotEnrolled("there is no such object in the bucket") from None
    path = Path(photo).expanduser()
    if not path.is_file():
        raise NotEnrolled("no file that this worker can read; put it into the bucket and give its gs:// address")
    if path.stat().st_size > MAX_BYTES:
        raise NotEnrolled(f"too many bytes: at most {MAX_BYTES} are read")
    return path.read_bytes()
