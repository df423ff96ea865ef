"""What is shown of each sighting and of a reference: every file opened once, everybody else in it covered."""

import contextlib
from itertools import groupby
from operator import itemgetter
from typing import Any

from include.matching.thumbnails import context_picture, face_picture
from include.matching.viewer import Viewer
from include.media.box import Box
from include.media.cover import cover

Row = dict[str, Any]


def crops(viewer: Viewer, sightings: list[Row], faces: list[Row]) -> dict[str, dict[str, str]]:
    """The face and its whole picture, by face_id; what cannot be shown any more is not there.

    `faces` are all that the table knows in these files: whoever is not the sighting has to be covered.
    """
    found: dict[str, dict[str, str]] = {}
    there = [sighting for sighting in sightings if sighting["box"] is not None and sighting["file_path"] is not None]
    for address, group in groupby(sorted(there, key=itemgetter("file_path")), key=itemgetter("file_path")):
        # A picture that has gone must not take the other evidence with it; the page says so.
        with contextlib.suppress(Exception):
            wanted = list(group)
            frames = viewer.frames(address, {sighting["at_ms"] for sighting in wanted})
            for sighting in wanted:
                if sighting["at_ms"] in frames:
                    found[sighting["face_id"]] = _crop(viewer, frames[sighting["at_ms"]], sighting, faces)
    return found


def reference_crop(viewer: Viewer, reference: Row) -> str | None:
    """The subject in their own photograph, and nothing around them: somebody may stand cheek to cheek."""
    try:
        return face_picture(viewer.frames(reference["file_path"])[0], Box.from_row(reference["box"]), margin=0)
    except Exception:  # as above: the page says that it is missing
        return None


def _crop(viewer: Viewer, image: Any, sighting: Row, faces: list[Row]) -> dict[str, str]:
    box = Box.from_row(sighting["box"])
    covered = cover(image, _bystanders(viewer, image, sighting, faces), box)
    return {"face": face_picture(covered, box), "context": context_picture(covered, box, _caption(sighting))}


def _bystanders(viewer: Viewer, image: Any, sighting: Row, faces: list[Row]) -> list[Box]:
    """Who else is in the frame: of a video the table has only the best faces, so it is looked at once more."""
    known = [
        Box.from_row(face["box"])
        for face in faces
        if face["sha256"] == sighting["sha256"] and face["at_ms"] == sighting["at_ms"] and face["box"]
        and face["face_id"] != sighting["face_id"]
    ]  # fmt: skip
    return known if sighting["track"] is None else [*known, *viewer.faces(image)]


def _caption(sighting: Row) -> str:
    return "" if sighting["score"] is None else f"{sighting['score']:.2f}"
