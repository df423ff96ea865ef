"""What is shown of each sighting and of a reference: every file opened once, everybody else in it covered."""

import contextlib
import time
from collections.abc import Iterable
from typing import NamedTuple

from include.matching.case import ReferenceFacts, Sighting
from include.matching.thumbnails import context_picture, face_picture
from include.matching.viewer import Viewer
from include.media.box import Box
from include.media.cover import cover
from include.media.image import Image

# A film is read from its start to the frame that is wanted: what is not open by then is left without a picture.
MAX_SECONDS = 900.0


class Crop(NamedTuple):
    """The face and its whole picture, as data: addresses."""

    face: str
    context: str


def crops(viewer: Viewer, sightings: Iterable[Sighting]) -> dict[str, Crop]:
    """Pictures by face_id, the first sightings' first; what cannot be shown, or would take too long, is not there."""
    deadline = time.monotonic() + MAX_SECONDS
    by_file: dict[str, list[Sighting]] = {}
    for sighting in sightings:
        if sighting.file_path is not None:
            by_file.setdefault(sighting.file_path, []).append(sighting)
    found: dict[str, Crop] = {}
    for address, those in by_file.items():
        if time.monotonic() > deadline:
            break
        # A picture that has gone must not take the other evidence with it; the page says so.
        with contextlib.suppress(Exception):
            _add_crops(viewer, address, those, found)
    return found


def reference_crop(viewer: Viewer, reference: ReferenceFacts) -> str | None:
    """The subject in their own photograph, and nothing around them: somebody may stand cheek to cheek."""
    try:
        return face_picture(viewer.frames(reference.file_path)[0], reference.box, margin=0) if reference.box else None
    except Exception:  # as above: the page says that it is missing
        return None


def _add_crops(viewer: Viewer, address: str, sightings: list[Sighting], found: dict[str, Crop]) -> None:
    """Adds the sightings of one file: those before one that fails stay."""
    placed = [(one, one.box, one.at_ms) for one in sightings if one.box is not None and one.at_ms is not None]
    if not placed:
        return
    frames = viewer.frames(address, {at_ms for _, _, at_ms in placed})
    for sighting, box, at_ms in placed:
        if at_ms in frames:
            found[sighting.face_id] = _crop(viewer, frames[at_ms], sighting, box)


def _crop(viewer: Viewer, image: Image, sighting: Sighting, box: Box) -> Crop:
    covered = cover(image, _bystanders(viewer, image, sighting), box)
    return Crop(face_picture(covered, box), context_picture(covered, box, _caption(sighting)))


def _bystanders(viewer: Viewer, image: Image, sighting: Sighting) -> list[Box]:
    """Who else is in the frame: of a video the table has only the best faces, so it is looked at once more."""
    known = [face.box for face in sighting.others if face.at_ms == sighting.at_ms]
    return known if sighting.track is None else [*known, *viewer.faces(image)]


def _caption(sighting: Sighting) -> str:
    return "" if sighting.score is None else f"{sighting.score:.2f}"
