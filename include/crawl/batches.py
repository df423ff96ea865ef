"""What a crawl run does: plan batches of posts, crawl one of them. Small specifications pass through the bucket."""

from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from google.cloud import bigquery, storage

from include.crawl.adapters import Gallery, PostLink, load_adapter
from include.crawl.fetch import Fetcher
from include.crawl.listing import Scope, new_posts
from include.crawl.posts import PostCrawler
from include.crawl.sites import Site, load_sites, site_for
from include.lake.objects import read_json, write_json
from include.warehouse.shards import write_shard
from include.warehouse.sql import rows

Log = Callable[[str], None]
POSTS_A_BATCH = 25
LOOKBACK = timedelta(days=7)


def plan_crawl(
    bq: bigquery.Client,
    gcs: storage.Client,
    bucket: str,
    sites_file: Path,
    run_key: str,
    params: dict[str, Any],
    log: Log,
) -> list[str]:
    """Addresses of this run's batches; posts that the warehouse knows are left out."""
    sites = load_sites(sites_file)
    addresses = params["galleries"] or [url for site in sites for url in site.galleries]
    if not addresses:
        log("WARNING, nothing to crawl: name galleries in the run's params, or list them in the sites file")
    scope = scope_of(params)
    planned: list[str] = []
    for site, gallery in _galleries(sites, addresses):
        known = {
            row["post_no"] for row in rows(bq, "queries/known_posts", {"platform": site.name, "gallery": gallery.key})
        }
        links = new_posts(Fetcher(site), load_adapter(site.adapter), gallery, scope, known, log)
        for batch in _sliced(links):
            address = f"gs://{bucket}/staging/crawl/{run_key}/{len(planned):04}.json"
            spec = {"site": site.name, "kinds": params["kinds"], "posts": [asdict(link) for link in batch]}
            planned.append(write_json(gcs, address, spec))
    log(f"{len(planned)} batches of at most {POSTS_A_BATCH} posts")
    return planned


def _galleries(sites: list[Site], addresses: list[str]) -> Iterator[tuple[Site, Gallery]]:
    """Each gallery once, whatever form its address has; a wrong address fails before anything is fetched."""
    found: dict[tuple[str, str], tuple[Site, Gallery]] = {}
    for address in addresses:
        site = site_for(sites, address)
        gallery = load_adapter(site.adapter).gallery(site.base, address)
        found[site.name, gallery.key] = (site, gallery)
    yield from found.values()


def scope_of(params: dict[str, Any]) -> Scope:
    """Without `pages` and `since`: back to a page of known posts, a week at most."""
    pages, since = params.get("pages"), params.get("since")
    if since:
        moment = datetime.fromisoformat(since)
        return Scope(pages, moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    return Scope(pages, None if pages else datetime.now(UTC) - LOOKBACK)


def _sliced(links: list[PostLink]) -> Iterator[list[PostLink]]:
    for start in range(0, len(links), POSTS_A_BATCH):
        yield links[start : start + POSTS_A_BATCH]


def crawl_batch(
    gcs: storage.Client, bucket: str, sites_file: Path, run_key: str, batch: str, log: Log
) -> dict[str, int]:
    """Crawl the posts of one batch and write its two shards; run again, it writes the same two again."""
    spec = read_json(gcs, batch)
    site = next(site for site in load_sites(sites_file) if site.name == spec["site"])
    crawler = PostCrawler(Fetcher(site), load_adapter(site.adapter), gcs, bucket, spec["kinds"])
    harvest = crawler.crawl(spec["posts"], log)
    name = batch.rsplit("/", 1)[-1].removesuffix(".json")
    write_shard(gcs, bucket, "media", run_key, name, harvest.media)
    write_shard(gcs, bucket, "post", run_key, name, harvest.posts)
    return harvest.summary()
