"""What a try of a batch has begun and not ended, kept in the bucket: how work that kills its worker is found out.

A group of keys (files, posts) is written down before it is looked at and struck out behind. A try that follows a
killed one looks at what such groups hold one by one, and passes over what was alone when the worker was killed again.
Once is no proof, also of what is always looked at alone: workers are killed for many reasons.
"""

import contextlib
from collections import defaultdict
from typing import Protocol
from uuid import uuid4

from include.core.run import Run
from include.lake.objects import read_json, write_json


class Attempts(Protocol):
    """Who remembers it. A help, and no more: what it cannot keep it lets go."""

    def earlier(self) -> list[list[str]]:
        """Groups of keys that earlier tries began and did not end; each as often as it was begun."""
        ...

    def begin(self, group: list[str]) -> None: ...

    def end(self, group: list[str]) -> None: ...


class NoAttempts:
    """Remembers nothing: for what is looked at by hand."""

    def earlier(self) -> list[list[str]]:
        return []

    def begin(self, group: list[str]) -> None:
        pass

    def end(self, group: list[str]) -> None:
        pass


class BucketAttempts:
    """One small object a group and try, in a folder of the batch, as long as it is being looked at."""

    def __init__(self, run: Run, folder: str) -> None:
        self._run, self._folder = run, folder
        self._try = uuid4().hex[:8]
        self._notes: dict[str, list[str]] = defaultdict(list)  # of a group, by its stem

    def earlier(self) -> list[list[str]]:
        found: list[list[str]] = []
        with contextlib.suppress(Exception):
            for blob in self._run.gcs.list_blobs(self._run.bucket, prefix=self._folder):
                found.append(read_json(self._run.gcs, self._run.address(blob.name)))
                self._notes[self._stem(found[-1])].append(blob.name)
        return found

    def begin(self, group: list[str]) -> None:
        name = f"{self._stem(group)}-{self._try}.json"
        self._notes[self._stem(group)].append(name)
        with contextlib.suppress(Exception):
            write_json(self._run.gcs, self._run.address(name), group)

    def end(self, group: list[str]) -> None:
        """What went well now was not what killed an earlier try."""
        for name in self._notes.pop(self._stem(group), []):
            with contextlib.suppress(Exception):
                self._run.gcs.bucket(self._run.bucket).blob(name).delete()

    def _stem(self, group: list[str]) -> str:
        return f"{self._folder}{len(group)}-{group[0]}"
