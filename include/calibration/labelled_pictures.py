"""Which pictures there are, and who is in them: a folder or a prefix in a bucket, one folder a person.

    person/picture            group/person/picture with `groups`

What lies less or more deep is not looked at, nor what is hidden. Names become numbers here and are told to nobody.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from google.api_core.exceptions import NotFound
from google.cloud import storage

from include.calibration.labelled_faces import MAX_PICTURES, NotCalibrated, checked

Named = tuple[tuple[str, ...], str]  # the names of folders and file, and the address


@dataclass(frozen=True)
class LabelledPicture:
    """A path or gs:// address, the number of who is in it, and their group ("" without groups)."""

    address: str
    person: int
    group: str


def listed(gcs: storage.Client | None, faces: str, grouped: bool) -> list[LabelledPicture]:
    """All pictures, in the order of their names. Raises NotCalibrated where there are not two people."""
    depth = 3 if grouped else 2
    if faces.startswith("gs://"):
        if gcs is None:
            raise NotCalibrated("a bucket is read by the DAG only: give a folder")
        found = _in_bucket(gcs, faces, depth)
    else:
        found = _in_folder(Path(faces).expanduser(), depth)
    return numbered(_at_most(found), grouped)


def numbered(found: list[Named], grouped: bool) -> list[LabelledPicture]:
    """People get numbers by the order of their names; the same name in two groups is two people."""
    if not found:
        form = "group/person/picture" if grouped else "person/picture"
        raise NotCalibrated(f"there is no picture that lies as {form} in what `faces` names: nothing was measured")
    people = {names: number for number, names in enumerate(sorted({names[:-1] for names, _ in found}))}
    pictures = [
        LabelledPicture(address, people[names[:-1]], names[0] if grouped else "") for names, address in sorted(found)
    ]
    checked(len(people), len(pictures), {picture.group for picture in pictures})
    return pictures


def _at_most(found: Iterator[Named]) -> list[Named]:
    kept: list[Named] = []
    for names, address in found:
        if not any(name.startswith(".") for name in names):
            kept.append((names, address))
        if len(kept) > MAX_PICTURES:
            break  # `checked` says so
    return kept


def _in_folder(root: Path, depth: int) -> Iterator[Named]:
    if not root.is_dir():
        raise NotCalibrated("`faces` is no folder that this worker can read: put it into the bucket and give its gs://")
    for path in root.absolute().glob("/".join("*" * depth)):
        if path.is_file():
            yield path.relative_to(root.absolute()).parts, str(path)


def _in_bucket(gcs: storage.Client, address: str, depth: int) -> Iterator[Named]:
    bucket, _, prefix = address.removeprefix("gs://").rstrip("/").partition("/")
    folder = f"{prefix}/" if prefix else ""
    try:
        blobs: Iterable[storage.Blob] = gcs.list_blobs(bucket, prefix=folder)
        for blob in blobs:
            names = tuple(blob.name.removeprefix(folder).split("/"))
            if len(names) == depth and all(names):
                yield names, f"gs://{bucket}/{blob.name}"
    except (NotFound, ValueError):
        raise NotCalibrated("there is no such bucket as `faces` names: nothing was measured") from None
