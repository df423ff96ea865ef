"""What a run did and what it spent its time on: written beside its rows, and told at its end."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime

from include.core.run import Run
from include.crawl.media_rows import TWIN
from include.crawl.meter import Meter
from include.crawl.posts import Read
from include.warehouse.rows import CRAWL_COUNT, CrawlCountRow
from include.warehouse.shards import write_shard

# Stands for a platform where something was done once for the whole run (views/crawl_stats.sql knows it too).
WHOLE_RUN = "*"
_WITH_FIGURES = re.compile(r": .*[0-9].*", re.DOTALL)  # what differs from file to file, and is no reason of its own


def count_reads(meter: Meter, reads: Iterable[Read]) -> None:
    """What a batch's posts came to. From its rows, which a killed try and the one after it read together."""
    for read in reads:
        meter.count(f"posts.{read.post['status']}")
        for row in read.media:
            if row["rejected"] is None:
                meter.count(f"media.{row['kind']}")
                meter.count("media.bytes", row["size"] or 0)
            elif not row["rejected"].startswith(TWIN):
                meter.count(f"rejected.{_WITH_FIGURES.sub('', row['rejected'])[:80]}")


def write_counts(run: Run, batch: str, counts: Mapping[str, Mapping[str, float]], at: datetime) -> None:
    """The sums of a batch, by platform, as one shard of `crawl_count`."""
    rows: list[CrawlCountRow] = [
        {"run_key": run.key, "batch": batch, "platform": name, "name": what, "value": float(value), "counted_at": at}
        for name, values in counts.items()
        for what, value in sorted(values.items())
    ]
    write_shard(run, CRAWL_COUNT, batch, rows)


def told(seconds: float) -> str:
    """A length of time as a person says it."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s" if minutes else f"{seconds:.1f} s"
