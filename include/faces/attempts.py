"""What a try of a batch has begun and not ended, kept in the bucket: how a file that kills its worker is found out.

A group of files is written down before it is looked at and struck out behind. A try that follows a killed one looks
at the files of such groups one by one, and passes over a file that was alone when the worker was killed again.
"""

import contextlib
from typing import Protocol

from google.cloud import storage

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

    def __init__(self, gcs: storage.Client, bucket: str, run_key: str, batch: str) -> None:
        self._gcs, self._bucket = gcs, bucket
        self._folder = f"staging/scan_begun/{run_key}/{batch}/"

    def earlier(self) -> list[list[str]]:
        found: list[list[str]] = []
        with contextlib.suppress(Exception):
            for blob in self._gcs.list_blobs(self._bucket, prefix=self._folder):
                found.append(read_json(self._gcs, f"gs://{self._bucket}/{blob.name}"))
        return found

    def begin(self, group: list[str]) -> None:
        with contextlib.suppress(Exception):
            write_json(self._gcs, f"gs://{self._bucket}/{self._name(group)}", group)

    def end(self, group: list[str]) -> None:
        with contextlib.suppress(Exception):
            self._gcs.bucket(self._bucket).blob(self._name(group)).delete()

    def _name(self, group: list[str]) -> str:
        return f"{self._folder}{len(group)}-{group[0]}.json"
