"""What a batch has read so far, kept in the bucket: a try after a killed one asks the site for none of it again."""

import time
from datetime import datetime
from typing import Any

from google.api_core.exceptions import NotFound
from google.cloud import storage

from include.crawl.posts import Read
from include.lake.objects import read_json, write_json
from include.warehouse.schemas import load_specs

Row = dict[str, Any]
SECONDS = 5.0


class Journal:
    """One object a batch, written anew every few seconds; what was read since then is read again."""

    def __init__(self, gcs: storage.Client, address: str) -> None:
        self._gcs, self._address, self._saved = gcs, address, time.monotonic()

    def load(self) -> dict[int, Read]:
        """What earlier tries read, by the number of the post in its batch."""
        try:
            saved = read_json(self._gcs, self._address)
        except NotFound:
            return {}
        return {int(index): _read(entry) for index, entry in saved.items()}

    def save(self, done: dict[int, Read]) -> None:
        """Write it, if the last time was long enough ago. A journal is a help: without it more is read again."""
        if time.monotonic() - self._saved < SECONDS:
            return
        self._saved = time.monotonic()
        try:
            write_json(self._gcs, self._address, {index: read.as_json() for index, read in done.items()})
        except Exception:  # whatever keeps the bucket from us must not end a batch that gets on
            return


def _read(entry: Row) -> Read:
    media = [_row("media", row) for row in entry["media"]]
    return Read(_row("post", entry["post"]), _row("post_outcome", entry["outcome"]), media)


def _row(table: str, row: Row) -> Row:
    """A row as it was: JSON has no moments."""
    moments = {column.name for column in load_specs()[table].fields if column.field_type == "TIMESTAMP"}
    return {name: datetime.fromisoformat(value) if value and name in moments else value for name, value in row.items()}
