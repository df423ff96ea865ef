"""Batches that did not end: what they had read is taken from their journals, and all else is told as not begun."""

from collections.abc import Sequence
from pathlib import PurePosixPath

from include.core.run import Run
from include.crawl.counts import count_reads, write_counts
from include.crawl.journal import journal_of, key_of
from include.crawl.meter import Meter
from include.crawl.posts import NOT_BEGUN, Read, not_begun
from include.crawl.run_plan import RunPlan, batch_name, read_batch
from include.warehouse.rows import MEDIA, POST, POST_OUTCOME
from include.warehouse.shards import folder, write_shard

UNENDED = f"{NOT_BEGUN}its batch did not end"


def write_reads(run: Run, batch: str, reads: Sequence[Read]) -> None:
    """The shards of a batch. That of the outcomes comes last: where it is, the others are."""
    write_shard(run, MEDIA, batch, [row for read in reads for row in read.media])
    write_shard(run, POST, batch, [read.post for read in reads])
    write_shard(run, POST_OUTCOME, batch, [read.outcome for read in reads])


def report_unended(run: Run, plan: RunPlan) -> int:
    """Shards in place of those that a batch left unwritten; how many batches that are.

    What nobody read counts as seen when the run was planned: whatever a batch of this run finds out about a post,
    before or after, is later and holds. So it may be called again at any time.
    """
    shards = run.gcs.list_blobs(run.bucket, prefix=folder(POST_OUTCOME, run.key))
    # Not those of a plan before this one: a run may be cleared as a whole.
    ended = {PurePosixPath(shard.name).stem for shard in shards if shard.time_created >= plan.planned_at}
    lacking = [address for address in plan.batches if batch_name(address) not in ended | plan.published]
    for address in lacking:
        spec = read_batch(run, address)
        read = journal_of(run, address).saved()
        reads = [
            read.get(key_of(post)) or not_begun(spec["site"], run.key, post, UNENDED, plan.planned_at)
            for post in spec["posts"]
        ]
        _report(run, batch_name(address), spec["site"], reads, plan)
    return len(lacking)


def _report(run: Run, batch: str, site: str, reads: list[Read], plan: RunPlan) -> None:
    meter = Meter()
    begun = [read for read in reads if read.outcome["reason"] != UNENDED]
    count_reads(meter, begun)
    write_counts(run, batch, {site: meter.values()}, plan.planned_at)
    write_reads(run, batch, reads)
    run.log(f"WARNING, batch {batch} did not end: {len(reads) - len(begun)} of its {len(reads)} posts are left to the"
            " next run, and nothing is lost")  # fmt: skip
