"""What a crawl run does after its plan: crawl one batch of posts, publish what all of them found."""

import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from typing import Any

from include.core.run import Log, Run
from include.crawl.adapters import load_adapter
from include.crawl.batch_spec import BatchSpec, PostToRead
from include.crawl.browser.browser import Browser
from include.crawl.counts import WHOLE_RUN, count_reads, told, write_counts
from include.crawl.journal import Journal, Key, key_of
from include.crawl.meter import PHASES, Meter
from include.crawl.net.fetch import Fetcher
from include.crawl.net.shared_state import SharedState
from include.crawl.post_files import Keeper
from include.crawl.posts import PostCrawler, Read
from include.crawl.sites import BrowserMode, load_sites
from include.crawl.unparsed import UnparsedPages
from include.lake import layout
from include.lake.objects import read_json
from include.media.inspector import Inspector
from include.warehouse.publish import publish, publish_all
from include.warehouse.rows import MEDIA, POST, POST_OUTCOME
from include.warehouse.shards import write_shard
from include.warehouse.sql import rows

# Posts of a batch that are read at once, over all hosts. How many requests one host gets at once is the site's affair;
# twice as many threads, so that others ask while some store.
THREADS = 8
TABLES = ("media", "post", "post_outcome", "gallery")


def crawl_batch(run: Run, batch: str) -> dict[str, float]:
    """Crawl the posts of one batch and write its shards. Killed and run again, it goes on where it was."""
    spec: BatchSpec = read_json(run.gcs, batch)
    site = next(site for site in load_sites(run.settings.sites) if site.name == spec["site"])
    site = replace(site, browser=BrowserMode(spec["browser"])) if spec["browser"] else site
    adapter, meter, shared = load_adapter(site), Meter(), SharedState(run)
    journal = Journal(run.gcs, batch.removesuffix(".json") + ".done")
    name = batch.rpartition("/")[2].removesuffix(".json")
    with (
        meter.phase("whole"),
        Fetcher(site, adapter, shared, meter, run.log) as fetcher,
        Browser(fetcher) as browser,
        Inspector() as inspector,
    ):
        keeper = Keeper(run, fetcher, adapter, meter, browser, inspector)
        unparsed = UnparsedPages(run.gcs, run.address(layout.unparsed_folder(run.key, name)))
        crawler = PostCrawler(fetcher, adapter, keeper, unparsed, meter, run.key, spec["kinds"])
        reads = list(_read_all(crawler, spec["posts"], max(THREADS, 2 * site.connections), journal, run.log))
    count_reads(meter, reads)
    write_shard(run, MEDIA, name, [row for read in reads for row in read.media])
    write_shard(run, POST, name, [read.post for read in reads])
    write_shard(run, POST_OUTCOME, name, [read.outcome for read in reads])
    write_counts(run, name, {site.name: meter.values()})
    return summary(meter, run.log)


def _read_all(
    crawler: PostCrawler, posts: list[PostToRead], threads: int, journal: Journal, log: Log
) -> Iterator[Read]:
    """All posts of a batch, several at once, in their order; what an earlier try of this batch read is taken over."""
    wanted = {key_of(post): post for post in posts}
    done = {key: read for key, read in journal.load().items() if key in wanted}
    if done:
        log(f"{len(done)} of {len(posts)} posts were read by an earlier try of this batch")
    progress = PostProgress(len(posts), log)
    with ThreadPoolExecutor(threads) as pool:
        reading: dict[Future[Read], Key] = {
            pool.submit(crawler.read, post): key for key, post in wanted.items() if key not in done
        }
        try:
            for future in as_completed(reading):
                done[reading[future]] = read = future.result()
                progress.show(len(done), read)
                journal.save(done.values())
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    return (done[key] for key in wanted)


@dataclass
class PostProgress:
    """Counts, and says how far a batch has come."""

    total: int
    log: Log
    media: int = 0

    def show(self, done: int, read: Read) -> None:
        self.media += sum(row["file_path"] is not None for row in read.media)
        number, status = read.post["post_no"], read.post["status"]
        self.log(f"post {done}/{self.total}: {number} {status}, {len(read.media)} files; {self.media} stored so far")


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
    """All shards of the run into their tables, one load and one MERGE each; rows changed, and the run's summary."""
    start = time.perf_counter()
    changed = publish_all(run, TABLES)
    load = {"seconds.load": time.perf_counter() - start}
    write_counts(run, "publish", {WHOLE_RUN: load})
    publish(run, "crawl_count")
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
