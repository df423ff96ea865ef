"""
### Crawl galleries

Reads list pages, then every post that is not known yet; puts pictures and videos into the lake once, under
their hash; writes `post` and `media`. Without `pages` and `since` it looks back to the last page it knows,
a week at most. Runs every day over the galleries of the sites file, or by hand over the addresses given.
Killed at any point, it can be run again: nothing doubles, nothing is lost.
"""

from typing import Any

import wiring
from airflow.sdk import Metadata, Param, dag, task

PARAMS = {
    "galleries": Param(
        [],
        type=["null", "array"],
        items={"type": "string", "format": "uri"},
        title="Galleries",
        description="Addresses of list pages, one a line. Empty: those that the sites file lists.",
    ),
    "pages": Param(
        None,
        type=["null", "integer"],
        minimum=1,
        maximum=1000,
        title="List pages",
        description="Read exactly so many list pages of each gallery. Empty: back to a page of known posts.",
    ),
    "since": Param(
        None,
        type=["null", "string"],
        format="date",
        title="Since",
        description="Only posts from this day on. Empty: a week, or no limit where pages are given.",
    ),
    "kinds": Param(
        ["image", "video"],
        type="array",
        items={"type": "string", "enum": ["image", "video"]},
        examples=["image", "video"],
        minItems=1,
        title="Kinds",
        description="What to fetch from a post.",
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
        from include.crawl.batches import plan_crawl

        own = wiring.settings()
        bq, gcs = wiring.bigquery_client(), wiring.storage_client()
        return plan_crawl(bq, gcs, own.bucket, own.sites, wiring.this_run(), wiring.params(), wiring.log())

    # One batch at a time: the pace of a host is kept inside a process, and so it holds for all of them.
    @task(queue=wiring.CRAWL_QUEUE, max_active_tis_per_dag=1)
    def crawl_batch(batch: str) -> dict[str, int]:
        """Posts and files of one batch; writes shards and nothing else."""
        from include.crawl.batches import crawl_batch

        own = wiring.settings()
        return crawl_batch(wiring.storage_client(), own.bucket, own.sites, wiring.this_run(), batch, wiring.log())

    @task(outlets=[wiring.MEDIA], trigger_rule="none_failed")
    def publish() -> Any:
        """All shards of the run into `media` and `post`: one load and one MERGE each."""
        from include.warehouse.publish import publish_all

        counts = publish_all(
            wiring.bigquery_client(),
            wiring.storage_client(),
            wiring.settings().bucket,
            ("media", "post"),
            wiring.this_run(),
        )
        yield Metadata(wiring.MEDIA, counts)
        return counts

    crawl_batch.expand(batch=plan()) >> publish()


crawl_galleries()
