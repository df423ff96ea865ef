"""The scan of a batch: stored pictures in, `scan` and `face` rows out. A poison file fails alone."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from include.faces.face import Face, Image
from include.faces.pictures import Unreadable, decode
from include.faces.rows import Row, face_row, scan_row

Item = dict[str, Any]

# Pictures whose faces share embedding batches: enough to fill one, few enough to hold in memory.
GROUP_PICTURES, GROUP_PIXELS = 16, 48_000_000


class Looks(Protocol):
    """What a scan needs of an engine."""

    name: str

    def faces(self, image: Image) -> list[Face]: ...

    def faces_many(self, images: list[Image]) -> list[list[Face]]: ...


@dataclass(frozen=True)
class Opened:
    """A picture that could be read, and the seconds that took."""

    item: Item
    image: Image
    seconds: float


def scan_batch(
    read: Callable[[str], bytes], items: list[Item], engine: Looks, log: Callable[[str], None]
) -> tuple[list[Row], list[Row]]:
    """One `scan` row for every item, whatever it holds, and one `face` row for every face found.

    Items have sha256, file_path and type; `read` turns a file_path into bytes. Broken content is "rejected" for good;
    what went wrong on our side is an "error" that a later scan replaces. Running it again gives the same face ids.
    """
    scans: list[Row] = []
    faces: list[Row] = []
    progress = _Progress(len(items), log)
    for refused, group in _groups(read, items, engine.name):
        scans += refused
        for opened, result, seconds in _look(engine, group):
            scans.append(_result_row(engine.name, opened, result, seconds))
            if isinstance(result, list):
                faces += [face_row(opened.item["sha256"], engine.name, i, face) for i, face in enumerate(result)]
        progress.show(len(scans), len(faces), sum(each.image.size // 3 for each in group))
    return scans, faces


def _groups(read: Callable[[str], bytes], items: list[Item], engine: str) -> Iterator[tuple[list[Row], list[Opened]]]:
    """Readable pictures in groups that fit in memory, beside the rows of those that are not readable."""
    refused: list[Row] = []
    group: list[Opened] = []
    for item in items:
        opened = _open(read, item, engine)
        if isinstance(opened, Opened):
            group.append(opened)
        else:
            refused.append(opened)
        if len(group) >= GROUP_PICTURES or sum(each.image.size // 3 for each in group) >= GROUP_PIXELS:
            yield refused, group
            refused, group = [], []
    yield refused, group


def _open(read: Callable[[str], bytes], item: Item, engine: str) -> Opened | Row:
    start = time.perf_counter()
    try:
        data = read(item["file_path"])
        return Opened(item, decode(data), time.perf_counter() - start)
    except Unreadable as error:
        return scan_row(item["sha256"], engine, "rejected", str(error), seconds=time.perf_counter() - start)
    except Exception as error:  # a failed read, no memory: this file's row, not the batch's end
        return scan_row(item["sha256"], engine, "error", _reason(error), seconds=time.perf_counter() - start)


def _look(engine: Looks, group: list[Opened]) -> list[tuple[Opened, list[Face] | Exception, float]]:
    """All pictures at once; if that fails, one at a time, so that only the one at fault fails."""
    start = time.perf_counter()
    try:
        results: list[list[Face] | Exception] = list(engine.faces_many([each.image for each in group]))
    except Exception:  # whatever it was, it is looked for one by one
        results = [_alone(engine, each) for each in group]
    share = (time.perf_counter() - start) / max(len(group), 1)
    return [(opened, result, opened.seconds + share) for opened, result in zip(group, results, strict=True)]


def _alone(engine: Looks, opened: Opened) -> list[Face] | Exception:
    try:
        return engine.faces(opened.image)
    except Exception as error:  # becomes the reason in this picture's row
        return error


def _reason(error: Exception) -> str:
    return f"{type(error).__name__}: {str(error)[:300]}"


def _result_row(engine: str, opened: Opened, result: list[Face] | Exception, seconds: float) -> Row:
    height, width = opened.image.shape[:2]
    size = {"width": width, "height": height, "seconds": seconds}
    sha256 = opened.item["sha256"]
    if isinstance(result, Exception):
        return scan_row(sha256, engine, "error", _reason(result), **size)
    return scan_row(sha256, engine, "faces" if result else "no_face", None, faces=len(result), **size)


class _Progress:
    """Counts, and says how far a batch has come."""

    def __init__(self, total: int, log: Callable[[str], None]) -> None:
        self.total, self.log, self.pixels, self.start = total, log, 0, time.perf_counter()

    def show(self, pictures: int, faces: int, pixels: int) -> None:
        self.pixels += pixels
        speed = self.pixels / 1e6 / max(time.perf_counter() - self.start, 1e-6)
        self.log(f"{pictures} of {self.total} pictures, {faces} faces, {speed:.1f} megapixels a second")
