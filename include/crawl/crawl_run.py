"""What a crawl run does after its plan: crawl one batch of posts, publish what all of them found."""

import time
from dataclasses import replace
from typing import Any

from include.core.run import Log, Run
from include.crawl.adapters import load_adapter
from include.crawl.batch_reader import BatchReader
from include.crawl.browser.browser import Browser
from include.crawl.counts import WHOLE_RUN, count_reads, told, write_counts
from include.crawl.journal import journal_of
from include.crawl.meter import PHASES, Meter
from include.crawl.net.fetch import Fetcher
from include.crawl.net.shared_state import SharedState
from include.crawl.post_files import Keeper
from include.crawl.posts import PostCrawler
from include.crawl.run_plan import batch_name, read_batch_in_time, read_plan, write_published
from include.crawl.sites import BrowserMode, load_sites
from include.crawl.unended import report_unended, write_reads
from include.crawl.unparsed import UnparsedPages
from include.lake import layout
from include.lake.attempts import BucketAttempts
from include.lake.clock import bucket_clock
from include.media.inspector import Inspector
from include.warehouse.publish import publish, publish_all
from include.warehouse.sql import rows

# Posts of a batch that are read at once, over all hosts. How many requests one host gets at once is the site's affair;
# twice as many threads, so that others ask while some store.
THREADS = 8
TABLES = ("media", "post", "post_outcome", "gallery")


def crawl_batch(run: Run, batch: str) -> dict[str, float]:
    """Crawl the posts of one batch and write its shards. Killed and run again, it goes on where it was."""
    name = batch_name(batch)
    clock = bucket_clock(run, name)
    spec = read_batch_in_time(run, batch, clock.now())
    site = next(site for site in load_sites(run.settings.sites) if site.name == spec["site"])
    site = replace(site, browser=BrowserMode(spec["browser"])) if spec["browser"] else site
    adapter, meter, shared = load_adapter(site), Meter(), SharedState(run)
    with (
        meter.phase("whole"),
        Fetcher(site, adapter, shared, meter, run.log) as fetcher,
        Browser(fetcher) as browser,
        Inspector() as inspector,
    ):
        keeper = Keeper(run, fetcher, adapter, meter, browser, inspector, clock=clock)
        unparsed = UnparsedPages(run.gcs, run.address(layout.unparsed_folder(run.key, name)))
        crawler = PostCrawler(fetcher, adapter, keeper, unparsed, meter, run.key, spec["kinds"], clock=clock)
        attempts = BucketAttempts(run, layout.crawl_attempts(run.key, name))
        threads = max(THREADS, 2 * site.connections)
        reads = BatchReader(crawler, journal_of(run, batch), attempts, threads, run.log).read(spec["posts"])
    count_reads(meter, reads)
    write_reads(run, name, reads)
    write_counts(run, name, {site.name: meter.values()}, clock.now())
    return summary(meter, run.log)


def summary(meter: Meter, log: Log) -> dict[str, float]:
    """What a batch came to, in the log and for whoever asks the task."""
    values = meter.values()
    of = lambda prefix: sum(value for name, value in values.items() if name.startswith(prefix))  # noqa: E731
    seconds = {name.partition(".")[2]: value for name, value in values.items() if name.startswith("seconds.")}
    log("time, over all threads: " + ", ".join(f"{name} {told(value)}" for name, value in sorted(seconds.items())))
    return {
        "posts": of("posts."),
        "media": values.get("media.image", 0) + values.get("media.video", 0),
        "bytes": values.get("media.bytes", 0),
        "rejected": of("rejected."),
        "requests": values.get("requests", 0),
        **{f"seconds_{name}": round(value, 1) for name, value in sorted(seconds.items())},
    }


def publish_crawl(run: Run) -> dict[str, int]:
    """All that the run's batches read into the tables, one load and one MERGE each; rows changed, and the summary.

    Posts whose batch did not end are told as not begun, so that a later run reads them. A run that has no plan, or one
    so old that a part of it may be gone, is refused.
    """
    clock = bucket_clock(run, "publish")
    plan = read_plan(run, clock.now())
    report_unended(run, plan)
    start = time.perf_counter()
    changed = publish_all(run, TABLES)
    load = {"seconds.load": time.perf_counter() - start}
    write_counts(run, "publish", {WHOLE_RUN: load}, clock.now())
    publish(run, "crawl_count")
    write_published(run, plan)
    for row in rows(run.bq, "queries/crawl_summary", {"run_key": run.key}):
        tell(row, run.log)
    return changed


def tell(row: dict[str, Any], log: Log) -> None:
    """The summary of a run and platform in a few lines."""
    log(f"{row['platform']}: {row['posts']} posts, {row['media']} pictures and videos, {row['bytes'] / 1e6:.1f} MB, "
        f"{row['objects_new']} of them not in the lake before, {row['rejected']} rejected")  # fmt: skip
    log("  posts: " + _listed(row["posts_by_status"], "posts", "status"))
    if row["rejects"]:
        log("  rejected: " + _listed(row["rejects"], "files", "reason"))
    log(f"  {row['requests']} requests, {row['retries']} of them again, {row['blocks']} blocks")
    log("  " + ", ".join(f"{phase} {told(row[f'seconds_{phase}'] or 0)}" for phase in PHASES))


def _listed(found: list[dict[str, Any]], number: str, name: str) -> str:
    return ", ".join(f"{one[number]} {one[name]}" for one in found)
