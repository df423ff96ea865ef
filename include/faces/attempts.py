"""What a try of a batch has begun and not ended, kept in the bucket: how a file that kills its worker is found out.

A group of files is written down before it is looked at and struck out behind. A try that follows a killed one looks
at the files of such groups one by one, and passes over a file that was alone when the worker was killed again.
"""

import contextlib
from typing import Protocol

from include.core.run import Run
from include.lake import layout
from include.lake.objects import read_json, write_json


class Attempts(Protocol):
    """Who remembers it. A help, and no more: what it cannot keep it lets go."""

    def earlier(self) -> list[list[str]]:
        """Groups, by sha256, that earlier tries began and did not end."""
        ...

    def begin(self, group: list[str]) -> None: ...

    def end(self, group: list[str]) -> None: ...


class NoAttempts:
    """Remembers nothing: for a file that is looked at by hand."""

    def earlier(self) -> list[list[str]]:
        return []

    def begin(self, group: list[str]) -> None:
        pass

    def end(self, group: list[str]) -> None:
        pass


class BucketAttempts:
    """One small object a group, as long as it is being looked at."""

    def __init__(self, run: Run, batch: str) -> None:
        self._run, self._folder = run, layout.scan_attempts(run.key, batch)

    def earlier(self) -> list[list[str]]:
        found: list[list[str]] = []
        with contextlib.suppress(Exception):
            for blob in self._run.gcs.list_blobs(self._run.bucket, prefix=self._folder):
                found.append(read_json(self._run.gcs, self._run.address(blob.name)))
        return found

    def begin(self, group: list[str]) -> None:
        with contextlib.suppress(Exception):
            write_json(self._run.gcs, self._run.address(self._name(group)), group)

    def end(self, group: list[str]) -> None:
        with contextlib.suppress(Exception):
            self._run.gcs.bucket(self._run.bucket).blob(self._name(group)).delete()

    def _name(self, group: list[str]) -> str:
        return f"{self._folder}{len(group)}-{group[0]}.json"
