"""What time it is by the bucket: a worker's own clock may be wrong, and what it stamps would count for years."""

from datetime import UTC, datetime, timedelta

from include.core.run import Log, Run
from include.lake import layout

WORTH_SAYING = timedelta(minutes=1)


class Clock:
    """The moment by this worker's clock, put right by as much as the bucket's differed when it was asked."""

    def __init__(self, ahead: timedelta = timedelta()) -> None:
        self._ahead = ahead

    def now(self) -> datetime:
        return datetime.now(UTC) - self._ahead


def bucket_clock(run: Run, task: str) -> Clock:
    """Asks the bucket once. One that does not answer is believed to agree with us."""
    before = datetime.now(UTC)
    blob = run.gcs.bucket(run.bucket).blob(layout.clock_name(run.key, task))
    try:
        blob.upload_from_string(b"")
        written: datetime = blob.time_created
    except Exception:  # a help, and no more: whatever needs the bucket will say so itself
        return Clock()
    after = datetime.now(UTC)
    ahead = before - written if written < before else after - written if written > after else timedelta()
    _say(ahead, run.log)
    return Clock(ahead)


def _say(ahead: timedelta, log: Log) -> None:
    if abs(ahead) > WORTH_SAYING:
        which = "ahead of" if ahead > timedelta() else "behind"
        log(f"WARNING, this worker's clock is {abs(ahead)} {which} the bucket's, which counts. Set it right (NTP)")
