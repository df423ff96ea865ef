"""Files in one zip, written as they come: into the bucket, or into a file. It is there whole, or not at all."""

import shutil
import tempfile
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self, cast
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from include.core.run import Run
from include.download.download_progress import DownloadProgress
from include.download.file_plan import Content
from include.download.sinks import BucketSink, FileSink
from include.download.verified_fetch import MISSING, PIECE, FileOutcome, FileStatus, Lost, allow, fetch, sizes
from include.lake.prefetch import AHEAD, Prefetch

# The same answer is the same zip, to the byte.
_MOMENT = (1980, 1, 1, 0, 0, 0)
_READABLE = 0o644 << 16


class Zip:
    """Pictures and videos are compressed already, so they are only stored. No more than a few lie on the disk at once.

    `to` is the path of a file, or a gs:// address; beside the latter the manifest lies once more, to be looked into.
    """

    kept = "nothing is left of this zip"

    def __init__(self, run: Run, to: Path | str) -> None:
        self._run, self._to = run, to
        self._beside: dict[str, bytes] = {}
        self.fetched = 0

    def __enter__(self) -> Self:
        self._sink = FileSink(self._to) if isinstance(self._to, Path) else BucketSink(self._run.gcs, self._to)
        self._zip = ZipFile(cast(BinaryIO, self._sink), "w", ZIP_STORED)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """What was not finished leaves nothing."""
        self._sink.give_up()
        self._zip.close()

    def take(self, contents: list[Content], most: int) -> dict[str, FileOutcome]:
        """What became of each content, by sha256. One that another try may bring ends this one: a zip lacks nothing."""
        found = sizes(self._run, contents)
        known = {it: size for it in contents if (size := found[it.sha256]) is not None}
        outcomes = {it.sha256: FileOutcome(FileStatus.MISSING, MISSING) for it in contents if it not in known}
        ahead = sum(sorted(known.values())[-AHEAD:])
        allow(sum(known.values()), most, ahead, shutil.disk_usage(tempfile.gettempdir()).free)
        self._sink.allow(sum(size * len(it.paths) for it, size in known.items()))
        return outcomes | self._fetch_all(known)

    def write(self, name: str, data: bytes) -> None:
        """A small file of our own."""
        self._zip.writestr(_entry(name, len(data)), data)
        self._beside[name] = data

    def finish(self) -> None:
        """It has its name from here on, and not before."""
        self._zip.close()
        self._sink.finish(self._beside)

    def _fetch_all(self, known: dict[Content, int]) -> dict[str, FileOutcome]:
        progress = DownloadProgress(len(known), sum(known.values()), self._run.log)
        by_name = {it.object_name: it for it in known}
        outcomes = {}

        def get(name: str, file: BinaryIO) -> None:
            fetch(self._run, by_name[name], file)

        with Prefetch(get, list(by_name)) as ahead:
            for content, size in known.items():
                outcomes[content.sha256] = self._put(ahead, content)
                progress.done(size)
        return outcomes

    def _put(self, ahead: Prefetch, content: Content) -> FileOutcome:
        try:
            with ahead.file(content.object_name) as path:
                size = path.stat().st_size
                for place in content.paths:
                    with path.open("rb") as file, self._zip.open(_entry(place, size), "w") as entry:
                        shutil.copyfileobj(file, entry, PIECE)
        except Lost as lost:
            return lost.outcome
        self.fetched += 1
        return FileOutcome(FileStatus.OK, size=size)


def _entry(name: str, size: int) -> ZipInfo:
    entry = ZipInfo(name, _MOMENT)
    entry.compress_type, entry.external_attr, entry.file_size = ZIP_STORED, _READABLE, size
    return entry
