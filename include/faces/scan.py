"""The scan of a batch: stored pictures and videos in, `scan` and `face` rows out. A poison file fails alone."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Container, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass

from include.faces.file_scanner import FileResult, FileScanner, ScanEngine, ScanItem
from include.faces.nets.net import threads
from include.faces.scan_progress import ScanProgress
from include.faces.scan_rows import face_row, scan_row
from include.lake.attempts import Attempts, NoAttempts
from include.lake.prefetch import Fetch, Prefetch
from include.warehouse.rows import FaceRow, ScanRow

# Pictures whose faces share embedding batches. A video fills its own.
GROUP = 8
# From so many bytes on a file has a thread to itself: nobody waits behind it.
ALONE = 8 << 20
# What a batch has not begun by then is left to the next run, so that what it has done is not lost to a time-out.
MAX_SECONDS = 2 * 60 * 60.0


@dataclass(frozen=True)
class Scanned:
    """The rows of a batch, and what it took."""

    scans: list[ScanRow]
    faces: list[FaceRow]
    frames: int
    megapixels: float
    seconds: float


def scan_files(
    fetch: Fetch,
    items: list[ScanItem],
    engine: ScanEngine,
    log: Callable[[str], None],
    attempts: Attempts = NoAttempts(),  # noqa: B008 (it has no state)
    most_seconds: float = MAX_SECONDS,
) -> Scanned:
    """One `scan` row for every item, whatever it holds; `face` rows for every face found, of a video the best ones.

    Items have sha256, file_path, type and size; `fetch` writes what lies at a file_path into an open file. Broken
    content is "rejected" for good; what went wrong on our side is an "error" that a later scan replaces. Running it
    again gives the same face ids. Only a batch that takes more than `most_seconds` leaves items without a row.
    """
    left, killed, alone = _after_a_killed_try(items, attempts.earlier())
    results = [_passed_over(item) for item in killed]
    progress = ScanProgress(len(left), sum(item["size"] for item in left), log)
    deadline = time.monotonic() + most_seconds
    with (
        Prefetch(fetch, [item["file_path"] for item in left]) as files,
        _Scanners(engine, files, progress, attempts, deadline) as scanners,
        ThreadPoolExecutor(threads(), thread_name_prefix="scan") as pool,
    ):
        try:
            for done in as_completed([pool.submit(scanners.group, group) for group in groups(left, alone)]):
                results += done.result()
        except BaseException:  # a time-out, the end of the worker: nobody goes on behind our back
            pool.shutdown(wait=False, cancel_futures=True)
            scanners.stop()
            raise
    if unbegun := len(items) - len(results):
        log(f"WARNING, {unbegun} files were not begun in {most_seconds:.0f} s: the next run scans them")
    return _rows(engine.name, results, progress)


def _after_a_killed_try(
    items: list[ScanItem], unended: list[list[str]]
) -> tuple[list[ScanItem], list[ScanItem], set[str]]:
    """What to look at, what to pass over, and which files (by sha256) to look at one by one."""
    begun = Counter(sha256 for group in unended for sha256 in group)
    killers = {group[0] for group in unended if len(group) == 1 and begun[group[0]] > 1}
    alone = {sha256 for group in unended for sha256 in group} - killers
    left = [item for item in items if item["sha256"] not in killers]
    return left, [item for item in items if item["sha256"] in killers], alone


def _passed_over(item: ScanItem) -> FileResult:
    result = FileResult(item)
    result.fail("the worker was killed while looking at it, more than once")
    return result


def groups(items: list[ScanItem], alone: Container[str] = ()) -> Iterator[list[ScanItem]]:
    """The batch in the pieces that threads take, in order: pictures together, large files and videos alone."""
    group: list[ScanItem] = []
    for item in items:
        if item["size"] >= ALONE or (item["type"] or "").startswith("video/") or item["sha256"] in alone:
            yield [item]
            continue
        group.append(item)
        if len(group) == GROUP:
            yield group
            group = []
    if group:
        yield group


class _Scanners:
    """A scanner for each thread that asks; their decoders end together."""

    def __init__(
        self, engine: ScanEngine, files: Prefetch, progress: ScanProgress, attempts: Attempts, deadline: float
    ) -> None:
        self._make = lambda: FileScanner(engine, files, progress, self._is_over)
        self._attempts, self._deadline = attempts, deadline
        self._own = threading.local()
        self._all: list[FileScanner] = []

    def __enter__(self) -> "_Scanners":
        return self

    def __exit__(self, *_: object) -> None:
        for scanner in self._all:
            scanner.decoder.close()

    def group(self, items: list[ScanItem]) -> list[FileResult]:
        if self._is_over():
            return []
        if not hasattr(self._own, "scanner"):
            self._own.scanner = self._make()
            self._all.append(self._own.scanner)
        names = [item["sha256"] for item in items]
        self._attempts.begin(names)
        results: list[FileResult] = self._own.scanner.group(items)
        self._attempts.end(names)
        return results

    def stop(self) -> None:
        """No file is begun any more, and what is being decoded ends."""
        self._deadline = 0.0
        for scanner in self._all:
            scanner.decoder.kill()

    def _is_over(self) -> bool:
        return time.monotonic() > self._deadline


def _rows(engine: str, results: list[FileResult], progress: ScanProgress) -> Scanned:
    scans = [scan_row(engine, result) for result in results]
    faces = [face_row(engine, result.item["sha256"], *found) for result in results for found in result.found]
    return Scanned(scans, faces, progress.frames, progress.pixels / 1e6, progress.seconds)
