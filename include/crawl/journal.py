"""What a batch has read so far, kept in the bucket: a try after a killed one asks the site for none of it again."""

import time
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from typing import Any, cast

from google.api_core.exceptions import NotFound
from google.cloud import storage

from include.core.run import Run
from include.crawl.batch_spec import PostToRead
from include.crawl.posts import Read
from include.crawl.statuses import PostStatus
from include.lake.objects import read_json, write_json
from include.warehouse.rows import MEDIA, POST, POST_OUTCOME, PostRow, Row, Table
from include.warehouse.schemas import load_specs

Key = tuple[str, int]
SECONDS = 5.0
_SHARE = 20  # so many times as long as writing it took
_OUT_OF_REACH = (PostStatus.BLOCKED, PostStatus.UNREACHABLE, PostStatus.INCOMPLETE, PostStatus.UNREADABLE)


def key_of(post: PostToRead | PostRow) -> Key:
    """What tells a post apart in its batch, whichever plan the batch is of."""
    return post["gallery"], post["post_no"]


class Journal:
    """One object a batch, written anew every few seconds; what was read since then is read again."""

    def __init__(self, gcs: storage.Client, address: str) -> None:
        self._gcs, self._address = gcs, address
        self._next = time.monotonic() + SECONDS

    def load(self) -> dict[Key, Read]:
        """What earlier tries read, by gallery and number. What was out of their reach is not among it."""
        return {key: read for key, read in self.saved().items() if read.post["status"] not in _OUT_OF_REACH}

    def saved(self) -> dict[Key, Read]:
        """All that the last try has told, also what was out of its reach."""
        try:
            saved = read_json(self._gcs, self._address)
        except NotFound:
            return {}
        return {key_of(read.post): read for read in map(_read, saved)}

    def save(self, reads: Iterable[Read], now: bool = False) -> None:
        """Write it, if the last time was long enough ago. A journal is a help: without it more is read again."""
        start = time.monotonic()
        if not now and start < self._next:
            return
        with suppress(Exception):  # whatever keeps the bucket from us must not end a batch that gets on
            write_json(self._gcs, self._address, [read.as_json() for read in reads])
        end = time.monotonic()
        self._next = end + max(SECONDS, _SHARE * (end - start))  # a long one is not written all the time


def journal_of(run: Run, batch: str) -> Journal:
    """The journal of the batch at an address."""
    return Journal(run.gcs, f"{batch.removesuffix('.json')}.done")


def _read(entry: dict[str, Any]) -> Read:
    media = [_row(MEDIA, row) for row in entry["media"]]
    return Read(_row(POST, entry["post"]), _row(POST_OUTCOME, entry["outcome"]), media)


def _row(table: Table[Row], row: dict[str, Any]) -> Row:
    """A row as it was: JSON has no moments."""
    moments = {column.name for column in load_specs()[table].fields if column.field_type == "TIMESTAMP"}
    whole = {name: datetime.fromisoformat(value) if value and name in moments else value for name, value in row.items()}
    return cast(Row, whole)
