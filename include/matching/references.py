"""References: the one face a photograph is about, embedded by an engine; and again when another engine comes."""

import hashlib
from datetime import UTC, datetime
from typing import TypedDict, cast

from include.core.errors import Mistake
from include.core.run import Run
from include.faces.engine import Engine, engine_for
from include.faces.face import Face
from include.lake.objects import StoredObject, read
from include.media.caps import Unreadable
from include.media.decoder import Decoder
from include.warehouse.publish import publish
from include.warehouse.rows import REFERENCE, ReferenceRow
from include.warehouse.shards import write_shard
from include.warehouse.sql import rows

# In a photograph with several faces the subject is the one that dominates it; when in doubt, nobody is.
DOMINANCE = 3.0


class Photograph(TypedDict):
    """A reference photograph that lies in the bucket: a row of queries/references_to_embed."""

    subject_id: str
    sha256: str
    file_path: str


class NotUsable(Mistake):
    """The photograph shows no face that could be meant, or several."""


def the_subject(faces: list[Face]) -> Face:
    """The one face a reference photograph is about. A wrong reference would accuse strangers, so doubt refuses."""
    usable = sorted((face for face in faces if face.embedding), key=lambda face: face.box.area, reverse=True)
    if not usable:
        raise NotUsable(next((f"face not usable: {face.reason}" for face in faces), "no face was found in it"))
    if len(usable) > 1 and usable[0].box.area < DOMINANCE * usable[1].box.area:
        raise NotUsable(f"{len(usable)} faces of similar size: crop it to the one that is meant")
    return usable[0]


def reference_row(subject_id: str, photo: StoredObject, engine: Engine, face: Face, now: datetime) -> ReferenceRow:
    """A row of table `reference`; its id follows from subject, photograph and engine."""
    return {
        "reference_id": hashlib.sha256(f"{subject_id}|{photo.sha256}|{engine.name}".encode()).hexdigest()[:32],
        "subject_id": subject_id,
        "sha256": photo.sha256,
        "engine": engine.name,
        "file_path": photo.file_path,
        "box": face.box.as_row(),
        "landmarks": [{"x": float(px), "y": float(py)} for px, py in face.landmarks],
        "score": face.score,
        "sharpness": face.sharpness,
        "embedding": face.embedding or [],
        "enrolled_at": now,
    }


def embed_missing(run: Run) -> int:
    """Photographs of live subjects that this engine has not seen, embedded; nothing is loaded when there are none.

    A face is compared with references of its own engine only. Without this, a better engine would find nobody who was
    enrolled before it came.
    """
    photos = cast(list[Photograph], rows(run.bq, "queries/references_to_embed", {"engine": run.settings.engine}))
    if not photos:
        return 0
    engine = engine_for(run)
    with Decoder() as decoder:
        found = [row for photo in photos if (row := _embedded(run, engine, decoder, photo))]
    write_shard(run, REFERENCE, "0000", found)
    publish(run, "reference")
    run.log(f"{len(found)} of {len(photos)} reference photographs embedded by {engine.name}")
    return len(found)


def _embedded(run: Run, engine: Engine, decoder: Decoder, photo: Photograph) -> ReferenceRow | None:
    try:
        data = read(run.gcs, photo["file_path"])
        face = the_subject(engine.faces(decoder.picture(data)))
    except (Unreadable, NotUsable) as reason:
        run.log(f"WARNING, a reference of subject {photo['subject_id']} cannot be embedded by {engine.name}: {reason}")
        return None
    stored = StoredObject(photo["file_path"], photo["sha256"], len(data), created=False)
    return reference_row(photo["subject_id"], stored, engine, face, datetime.now(UTC))
