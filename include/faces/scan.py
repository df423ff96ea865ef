"""The scan of a batch: stored pictures and videos in, `scan` and `face` rows out. A poison file fails alone."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from typing import Any

from include.faces.fetching import Fetch, Fetching
from include.faces.looking import Looker, Looks, Result
from include.faces.progress import Progress
from include.faces.rows import Row, face_row, scan_row
from include.faces.runtime import threads

Item = dict[str, Any]
# Pictures whose faces share embedding batches. A video fills its own.
GROUP = 16
# From so many bytes on a file has a thread to itself: nobody waits behind it.
ALONE = 8 << 20


@dataclass(frozen=True)
class Scanned:
    """The rows of a batch, and what it took."""

    scans: list[Row]
    faces: list[Row]
    frames: int
    megapixels: float
    seconds: float


def scan_batch(fetch: Fetch, items: list[Item], engine: Looks, log: Callable[[str], None]) -> Scanned:
    """One `scan` row for every item, whatever it holds; `face` rows for every face found, of a video the best ones.

    Items have sha256, file_path, type and size; `fetch` writes what lies at a file_path into an open file. Broken
    content is "rejected" for good; what went wrong on our side is an "error" that a later scan replaces. Running it
    again gives the same face ids.
    """
    progress = Progress(len(items), sum(item["size"] for item in items), log)
    results: list[Result] = []
    with (
        Fetching(fetch, [item["file_path"] for item in items]) as fetching,
        _Lookers(engine, fetching, progress) as lookers,
        ThreadPoolExecutor(threads(), thread_name_prefix="look") as pool,
    ):
        for done in as_completed([pool.submit(lookers.group, group) for group in groups(items)]):
            results += done.result()
    return _rows(engine.name, results, progress)


def groups(items: list[Item]) -> Iterator[list[Item]]:
    """The batch in the pieces that threads take, in order: pictures together, large files and videos alone."""
    group: list[Item] = []
    for item in items:
        if item["size"] >= ALONE or (item["type"] or "").startswith("video/"):
            yield [item]
            continue
        group.append(item)
        if len(group) == GROUP:
            yield group
            group = []
    if group:
        yield group


class _Lookers:
    """A looker for each thread that asks; their decoders end together."""

    def __init__(self, engine: Looks, fetching: Fetching, progress: Progress) -> None:
        self._make = lambda: Looker(engine, fetching, progress)
        self._own = threading.local()
        self._all: list[Looker] = []

    def __enter__(self) -> "_Lookers":
        return self

    def __exit__(self, *_: object) -> None:
        for looker in self._all:
            looker.decoder.close()

    def group(self, items: list[Item]) -> list[Result]:
        if not hasattr(self._own, "looker"):
            self._own.looker = self._make()
            self._all.append(self._own.looker)
        results: list[Result] = self._own.looker.group(items)
        return results


def _rows(engine: str, results: list[Result], progress: Progress) -> Scanned:
    scans = [scan_row(engine, result) for result in results]
    faces = [face_row(engine, result.item["sha256"], *found) for result in results for found in result.found]
    return Scanned(scans, faces, progress.frames, progress.pixels / 1e6, progress.seconds)
