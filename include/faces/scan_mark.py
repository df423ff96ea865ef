"""From when on there may be files that an engine has not scanned: so that no run looks through all there ever was.

One small object an engine. It deletes itself after a month, by the bucket's rule: then the next run looks through all
once more, for what was stored under a moment that had passed already. The moment in it is of the warehouse's clock.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from google.api_core.exceptions import NotFound

from include.core.run import Run
from include.lake import layout
from include.lake.objects import read_json, write_json

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
# A file may be published so long after it was fetched: a shard of it lives for a week.
MARGIN = timedelta(days=40)
# So far behind, a mark is one of a backlog that is done with, and is written anew. It lags by less when it goes.
LAG = timedelta(days=60)


def read_mark(run: Run, engine: str) -> datetime | None:
    """From when on to look for unscanned files; None where all are to be looked through."""
    try:
        return datetime.fromisoformat(read_json(run.gcs, run.address(layout.scan_mark(engine)))["since"])
    except NotFound:
        return None


def write_mark(run: Run, engine: str, mark: datetime | None, waiting: dict[str, Any]) -> None:
    """After a look at what waits (queries/unscanned_total): what lies far enough before the oldest of it is done."""
    since = min(waiting["oldest"] or waiting["asked_at"], waiting["asked_at"]) - MARGIN
    if mark is None or since - mark > LAG:
        write_json(run.gcs, run.address(layout.scan_mark(engine)), {"since": since.isoformat()})
