"""Files in a folder, a folder a label. What is there and right stays: a run goes on where another was killed."""

import fcntl
import os
import shutil
import uuid
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from include.core.errors import Mistake
from include.core.run import Run
from include.download.download_progress import DownloadProgress
from include.download.file_plan import Content
from include.download.names import MANIFESTS
from include.download.verified_fetch import (
    MISSING,
    THREADS,
    FileOutcome,
    FileStatus,
    Lost,
    allow,
    digest,
    fetch,
    full,
    sizes,
    writable,
)

# After so many failures it is not the files: what is left is not asked for.
MAX_FAILURES = 50
PARTS = ".parts"


class Folder:
    """A folder that only one download fills at a time. Under its final name a file is whole, or is not there."""

    kept = "every file in the folder is whole, and is not fetched again"

    def __init__(self, run: Run, folder: Path) -> None:
        self._run = run
        self._folder, self._parts = folder, folder / PARTS
        self._own = set(MANIFESTS)
        self.fetched = 0

    def __enter__(self) -> Self:
        with writable(self._folder):
            self._parts.mkdir(parents=True, exist_ok=True)
            self._lock = os.open(self._parts, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._lock)
            raise Mistake(f"another download fills {self._folder}: wait for its end, or name another") from None
        for left in self._parts.iterdir():  # of a run that was killed
            left.unlink()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        with suppress(OSError):
            self._parts.rmdir()
        os.close(self._lock)

    def take(self, contents: list[Content], most: int) -> dict[str, FileOutcome]:
        """What became of each content, by sha256. What there is no room for is a Mistake before any is fetched."""
        self._own.update(path for it in contents for path in it.paths)
        with ThreadPoolExecutor(THREADS, thread_name_prefix="look") as threads:
            there = dict(zip((it.sha256 for it in contents), threads.map(self._there, contents), strict=True))
        outcomes = {
            it.sha256: FileOutcome(FileStatus.OK, size=size)
            for it in contents
            if (size := there[it.sha256]) is not None
        }
        lacking = [it for it in contents if it.sha256 not in outcomes]
        if outcomes:
            self._run.log(f"{len(outcomes)} files are there already, and right")
        found = sizes(self._run, lacking)
        known = {it: size for it in lacking if (size := found[it.sha256]) is not None}
        outcomes |= {it.sha256: FileOutcome(FileStatus.MISSING, MISSING) for it in lacking if it not in known}
        needed = sum(size * len(it.paths) for it, size in known.items())
        allow(sum(known.values()), most, needed, shutil.disk_usage(self._folder).free)
        return outcomes | self._fetch_all(known)

    def write(self, name: str, data: bytes) -> None:
        """A small file of our own, whole or not at all."""
        with self._part() as part:
            part.write(data)
            self._place(part, self._folder / name)

    def finish(self) -> None:
        """Each file has its name already. What lies here besides is not ours to remove, but a trainer would take it."""
        found = {it.relative_to(self._folder).as_posix() for it in self._folder.rglob("*") if it.is_file()}
        if others := len(found - self._own):
            self._run.log(f"WARNING, {others} files in the folder are of none of these rows, and were left alone")

    def _fetch_all(self, known: dict[Content, int]) -> dict[str, FileOutcome]:
        progress = DownloadProgress(len(known), sum(known.values()), self._run.log)
        outcomes: dict[str, FileOutcome] = {}
        failures = 0
        threads = ThreadPoolExecutor(THREADS, thread_name_prefix="fetch")
        try:
            running: dict[Future[FileOutcome], Content] = {threads.submit(self._fetch, it): it for it in known}
            for future in as_completed(running):
                content = running[future]
                outcomes[content.sha256] = future.result()
                progress.done(known[content])
                failures += outcomes[content.sha256].status is FileStatus.FAILED
                if failures >= MAX_FAILURES:
                    break
        finally:
            threads.shutdown(cancel_futures=True)
        return {
            it.sha256: outcomes.get(it.sha256, FileOutcome(FileStatus.FAILED, "not asked for any more")) for it in known
        }

    def _fetch(self, content: Content) -> FileOutcome:
        """One content into all of its places. A full disk ends everything; another failure is this content's."""
        try:
            with self._part() as part:
                size = fetch(self._run, content, part)
                for path in content.paths[1:]:
                    self._copy(part, self._folder / path)
                self._place(part, self._folder / content.paths[0])
        except Lost as lost:
            return lost.outcome
        except Exception as error:
            if full(error):
                raise
            return FileOutcome(FileStatus.FAILED, type(error).__name__)
        self.fetched += 1
        return FileOutcome(FileStatus.OK, size=size)

    def _there(self, content: Content) -> int | None:
        """The size of a content that lies in all of its places, with the right bytes."""
        size = None
        for path in content.paths:
            try:
                with (self._folder / path).open("rb") as file:
                    if digest(file) != content.sha256:
                        return None
                    size = file.tell()
            except OSError:
                return None
        return size

    def _copy(self, source: BinaryIO, to: Path) -> None:
        source.seek(0)
        with self._part() as part:
            shutil.copyfileobj(source, part)
            self._place(part, to)

    @contextmanager
    def _part(self) -> Iterator[BinaryIO]:
        """A file that is gone at the end, unless it was given its place."""
        path = self._parts / uuid.uuid4().hex
        try:
            with path.open("x+b") as part:
                yield part
        finally:
            path.unlink(missing_ok=True)

    def _place(self, part: BinaryIO, to: Path) -> None:
        """On the disk before it has its name: not even a power cut leaves half a file under it."""
        part.flush()
        os.fsync(part.fileno())
        to.parent.mkdir(parents=True, exist_ok=True)
        os.replace(part.name, to)
