"""
### Crawl galleries

Reads list pages, then every post that is new or was changed; puts pictures and videos into the lake once, under
their hash; writes `post`, `media`, what became of each post (`post_outcome`) and what the run did (`crawl_stats`).
Without `pages` and `since` it looks back to what earlier runs have read without a gap, a week at most. Runs every day
over the galleries of the sites file, or by hand over the addresses given. Killed at any point, it can be run again:
nothing doubles, nothing is lost. A host that blocks us is left alone, and its posts are read by a later run. So are
those of a batch that failed: what the others read is published all the same.
"""

from typing import Any

import wiring
from airflow.sdk import Metadata, Param, dag
from linked_task import task

from include.crawl.sites import BrowserMode
from include.media.file_types import MediaKind  # noqa: TID253 (of the room this alone is light)

KINDS = [it.value for it in MediaKind]
PARAMS = {
    "galleries": Param(
        [],
        type=["null", "array"],
        items={"type": "string", "format": "uri"},
        title="Galleries",
        description="Addresses of list pages or of single posts, one a line, in any form that the site has. "
        "Empty: the galleries that the sites file lists.",
    ),
    "pages": Param(
        None,
        type=["null", "integer"],
        minimum=1,
        maximum=20_000,
        title="List pages",
        description="Read exactly so many list pages of each gallery. Empty: back to where everything is known.",
    ),
    "since": Param(
        None,
        type=["null", "string"],
        format="date",
        title="Since",
        description="Only posts from this day on. Empty: a week, or no limit where pages are given.",
    ),
    "until": Param(
        None,
        type=["null", "string"],
        format="date",
        title="Until",
        description="Only posts up to this day; with Since, a range of the past is read. Empty: up to now.",
    ),
    "kinds": Param(
        KINDS,
        type="array",
        items={"type": "string", "enum": KINDS},
        examples=KINDS,
        minItems=1,
        title="Kinds",
        description="What to fetch from a post.",
    ),
    "browser": Param(
        "as defined",
        type="string",
        enum=["as defined", *(it.value for it in BrowserMode)],
        title="Browser",
        description="Videos by a headless Chromium: as the sites file says, never, where plain requests find no file, "
        "or always.",
    ),
}


@dag(
    schedule="@daily",
    start_date=wiring.START,
    catchup=False,
    max_active_runs=1,
    default_args=wiring.DEFAULT_ARGS,
    params=PARAMS,
    description="Galleries into Cloud Storage and BigQuery: new posts, their pictures and videos",
    doc_md=__doc__,
    tags=["facewarden", "crawl"],
)
def crawl_galleries() -> None:
    @task(queue=wiring.CRAWL_QUEUE)
    @wiring.final_mistakes
    def plan() -> list[str]:
        """List pages read; posts that are not known yet, in batches."""
        from include.crawl.crawl_plan import plan_crawl

        return plan_crawl(wiring.run(), wiring.params())

    # As many at once as there are workers: they share each host's pace, which is the limit. One try more than others
    # have: a post that kills its worker is found out by the third, and the fourth ends without it.
    @task(queue=wiring.CRAWL_QUEUE, retries=3)
    @wiring.final_mistakes
    def crawl_batch(batch: str) -> dict[str, Any]:
        """Posts and files of one batch; writes shards and nothing else."""
        from include.crawl.crawl_run import crawl_batch

        return crawl_batch(wiring.run(), batch)

    # Also when a batch failed: its posts are told as not begun, and found so by the next run. Without a plan: nothing.
    @task(outlets=[wiring.MEDIA], trigger_rule="all_done")
    @wiring.final_mistakes
    def publish() -> Any:
        """All shards of the run into their tables: one load and one MERGE each; then what the run came to."""
        from include.crawl.crawl_run import publish_crawl

        counts = publish_crawl(wiring.run())
        yield Metadata(wiring.MEDIA, counts)
        return counts

    @task(trigger_rule="none_failed")
    def finish(counts: dict[str, Any]) -> dict[str, Any]:
        """The run has failed when a batch has, whatever was published."""
        return counts

    batches = crawl_batch.expand(batch=plan())
    published = publish()
    batches >> published
    batches >> finish(published)


crawl_galleries()
