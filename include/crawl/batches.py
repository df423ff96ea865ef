"""What a crawl run does: plan batches of posts, crawl one of them. Small specifications pass through the bucket."""

from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any

from google.cloud import bigquery, storage

from include.clock import midnight
from include.crawl.adapters import Gallery, PostLink, load_adapter
from include.crawl.fetch import Fetcher
from include.crawl.files import Keeper
from include.crawl.listing import ListUnreadable, Scope, new_posts
from include.crawl.posts import PostCrawler
from include.crawl.sites import Site, load_sites, site_for
from include.lake.objects import read_json, write_json
from include.mistakes import Mistake
from include.warehouse.shards import write_shard
from include.warehouse.sql import rows

Log = Callable[[str], None]
POSTS_A_BATCH = 25
# Airflow maps over a thousand at most, and grows slow long before.
MOST_BATCHES = 200
# Unfinished posts of a gallery that are tried again in one run: enough to recover from a block in days, and polite.
MOST_UNFINISHED = 200
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
    """Addresses of this run's batches: posts that are new, and those that an earlier run could not finish."""
    sites = load_sites(sites_file)
    addresses = params["galleries"] or [url for site in sites for url in site.galleries]
    if not addresses:
        log("WARNING, nothing to crawl: name galleries in the run's params, or list them in the sites file")
    posts = _posts_of_all(bq, _galleries(sites, addresses), params, log)
    size = max(POSTS_A_BATCH, -(-len(posts) // MOST_BATCHES))
    planned = [
        write_json(gcs, f"gs://{bucket}/staging/crawl/{run_key}/{number:04}.json", spec)
        for number, spec in enumerate(_specs(posts, params["kinds"], size))
    ]
    log(f"{len(posts)} posts in {len(planned)} batches")
    return planned


def _posts_of_all(
    bq: bigquery.Client, galleries: list[tuple[Site, Gallery]], params: dict[str, Any], log: Log
) -> list[tuple[Site, PostLink]]:
    """The posts of all galleries. One that cannot be read is left to the next run; all of them is a failure."""
    posts: list[tuple[Site, PostLink]] = []
    unread: list[ListUnreadable] = []
    fetchers = {site: Fetcher(site) for site, _ in galleries}
    for site, gallery in galleries:
        try:
            links = _posts_of(bq, fetchers[site], site, gallery, params, log)
            posts.extend((site, link) for link in links)
        except ListUnreadable as error:
            log(f"WARNING, {gallery.key} is left to the next run: {error}")
            unread.append(error)
    if galleries and len(unread) == len(galleries):
        raise unread[0]
    return posts


def _posts_of(
    bq: bigquery.Client, fetcher: Fetcher, site: Site, gallery: Gallery, params: dict[str, Any], log: Log
) -> list[PostLink]:
    place = {"platform": site.name, "gallery": gallery.key}
    known = {row["post_no"] for row in rows(bq, "queries/known_posts", {**place, "kinds": params["kinds"]})}
    links = new_posts(fetcher, load_adapter(site.adapter), gallery, scope_of(params), known, log)
    listed = {link.post_no for link in links}
    again = [
        PostLink(gallery.key, row["post_no"], row["post_url"], row["posted_at"])
        for row in rows(bq, "queries/unfinished_posts", {**place, "most": MOST_UNFINISHED})
        if row["post_no"] not in listed and site.owns(row["post_url"])
    ]
    if again:
        log(f"{gallery.key}: {len(again)} posts of earlier runs are tried again")
    return links + again


def _galleries(sites: list[Site], addresses: list[str]) -> list[tuple[Site, Gallery]]:
    """Each gallery once, whatever form its address has; a wrong address fails before anything is fetched."""
    found: dict[tuple[str, str], tuple[Site, Gallery]] = {}
    for address in addresses:
        site = site_for(sites, address)
        gallery = load_adapter(site.adapter).gallery(site.base, address)
        found[site.name, gallery.key] = (site, gallery)
    return list(found.values())


def scope_of(params: dict[str, Any]) -> Scope:
    """Without `pages` and `since`: back to a page of known posts, a week at most."""
    pages, since = params.get("pages"), params.get("since")
    if not since:
        return Scope(pages, None if pages else datetime.now(UTC) - LOOKBACK)
    try:
        return Scope(pages, midnight(since))
    except ValueError:
        raise Mistake(f"since is {since!r}; write a day as YYYY-MM-DD") from None


def _specs(posts: list[tuple[Site, PostLink]], kinds: list[str], size: int) -> Iterator[dict[str, Any]]:
    """Batches of posts of one site each."""
    for site_name, group in groupby(posts, key=lambda post: post[0].name):
        links = [asdict(link) for _, link in group]
        for start in range(0, len(links), size):
            yield {"site": site_name, "kinds": kinds, "posts": links[start : start + size]}


def crawl_batch(
    gcs: storage.Client, bucket: str, sites_file: Path, run_key: str, batch: str, log: Log
) -> dict[str, int]:
    """Crawl the posts of one batch and write its two shards; run again, it writes the same two again."""
    spec = read_json(gcs, batch)
    site = next(site for site in load_sites(sites_file) if site.name == spec["site"])
    fetcher, adapter = Fetcher(site), load_adapter(site.adapter)
    crawler = PostCrawler(fetcher, adapter, Keeper(fetcher, adapter, gcs, bucket), spec["kinds"])
    harvest = crawler.crawl(spec["posts"], log)
    name = batch.rsplit("/", 1)[-1].removesuffix(".json")
    write_shard(gcs, bucket, "media", run_key, name, harvest.media)
    write_shard(gcs, bucket, "post", run_key, name, harvest.posts)
    return harvest.summary()
