"""What a crawl run is to read: list pages read, posts in batches; small specifications pass through the bucket."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import chain, zip_longest
from typing import Any, TypedDict, cast

from include.core.errors import Mistake
from include.core.run import Run
from include.core.seoul_time import midnight
from include.crawl.adapters import Adapter, Gallery, PostLink, load_adapter
from include.crawl.batch_spec import BatchSpec, KnownMedia, PostToRead
from include.crawl.counts import write_counts
from include.crawl.listing import BEGINNING, Found, Known, KnownPost, Listing, ListUnreadable, Scope
from include.crawl.meter import Meter
from include.crawl.net.fetch import Fetcher
from include.crawl.net.shared_state import SharedState
from include.crawl.run_plan import RunPlan, write_plan
from include.crawl.sites import BrowserMode, Site, load_sites, site_for
from include.crawl.statuses import ListStatus
from include.crawl.unparsed import UnparsedPages
from include.lake import layout
from include.lake.clock import Clock, bucket_clock
from include.lake.objects import write_json
from include.warehouse.publish import publish_all
from include.warehouse.rows import GALLERY, GalleryRow
from include.warehouse.shards import write_shard
from include.warehouse.sql import rows

POSTS_A_BATCH = 25
# Airflow maps over a thousand at most, and grows slow long before.
MAX_BATCHES = 200
# Unfinished posts of a gallery that are tried again in one run, and in how many runs each is.
MAX_UNFINISHED = 5_000
TRIES = 14
LOOKBACK = timedelta(days=7)
# What is unfinished is looked for among the posts looked at so long before the gallery's last crawl; what was not
# finished by then is given up, like what was tried too often.
UNFINISHED_FOR = timedelta(days=90)
# Numbers in one request: of 15 digits each they are a quarter of a megabyte, and BigQuery takes ten.
NUMBERS_AT_ONCE = 10_000
# All lists of a run together. Past that a list ends where it is, and what is below it does not count as covered.
LIST_SECONDS = 4 * 60 * 60.0


class GalleryKey(TypedDict):
    """A gallery, as queries are asked for it."""

    platform: str
    gallery: str


@dataclass
class CrawlPlan:
    """A run in the making. Everything that it reads of a site goes through one fetcher."""

    run: Run
    kinds: list[str]
    clock: Clock = field(default_factory=Clock)
    posts: dict[str, dict[tuple[str, int], PostToRead]] = field(default_factory=dict)
    galleries: list[GalleryRow] = field(default_factory=list)
    meters: dict[str, Meter] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.now = self.clock.now()
        self._shared = SharedState(self.run)
        self._unparsed = UnparsedPages(self.run.gcs, self.run.address(layout.unparsed_folder(self.run.key, "plan")))

    def read_all(self, wanted: "WantedAddresses", scope: Scope) -> ListUnreadable | None:
        """All galleries and single posts. A gallery that cannot be read is left to the next run.

        Returns why, where none of them could be read.
        """
        for site, links in wanted.posts.items():
            self._add(site, links)
        errors: list[ListUnreadable | None] = []
        # No list takes the time of the others.
        seconds = LIST_SECONDS / max(1, sum(map(len, wanted.galleries.values())))
        for site, galleries in wanted.galleries.items():
            adapter, meter = load_adapter(site), self._meter(site)
            with Fetcher(site, adapter, self._shared, meter, self.run.log) as fetcher:
                for gallery in galleries:
                    listing = Listing(fetcher, adapter, gallery, self._unparsed, self.run.log, seconds)
                    errors.append(self._read(site, listing, scope))
        if errors and all(errors) and not any(self.posts.values()):
            return errors[0]
        return None

    def _read(self, site: Site, listing: Listing, scope: Scope) -> ListUnreadable | None:
        try:
            listing.open()
        except ListUnreadable as error:
            found = Found(error=error)
            self._tell(site, listing.gallery, found)
            return error
        place: GalleryKey = {"platform": site.name, "gallery": listing.gallery.key}
        found = listing.find(self._scope(place, scope), self._known(place), self.now)
        self._tell(site, listing.gallery, found)
        self._add(site, [*found.links.values(), *self._unfinished(site, place)])
        return found.error

    def _tell(self, site: Site, gallery: Gallery, found: Found) -> None:
        """The gallery's row. Of one that was also read whole, the part that was asked for has none."""
        status = found.error.status if found.error else ListStatus.OPEN
        if found.error:
            self.run.log(f"WARNING, {gallery.key}: {found.error}")
            self._meter(site).count(f"lists.{status}")
        place = (site.name, gallery.key)
        if gallery.partial and any((row["platform"], row["gallery"]) == place for row in self.galleries):
            return
        first, last = found.covered or (None, None)
        self.galleries.append(
            {
                "platform": site.name,
                "gallery": gallery.key,
                "list_url": gallery.list_url,
                "status": status,
                "covered_from": first,
                "covered_to": last,
                "seen_at": self.clock.now(),
            }
        )

    def _scope(self, place: GalleryKey, scope: Scope) -> Scope:
        found = rows(self.run.bq, "queries/galleries_covered", place)
        covered = (found[0]["covered_from"], found[0]["covered_to"]) if found and found[0]["covered_to"] else None
        return Scope(scope.pages, scope.since, scope.until, covered)

    def _known(self, place: GalleryKey) -> Known:
        def known(numbers: list[int]) -> dict[int, KnownPost]:
            found: dict[int, KnownPost] = {}
            for some in _some(numbers):
                wanted = {**place, "post_nos": some, "kinds": self.kinds}
                known = cast(list[KnownPost], rows(self.run.bq, "queries/known_posts", wanted))
                found.update((row["post_no"], row) for row in known)
            return found

        return known

    def _unfinished(self, site: Site, place: GalleryKey) -> list[PostLink]:
        [gallery] = rows(self.run.bq, "queries/galleries_covered", place) or [{"seen_at": self.now}]
        since = min(gallery["seen_at"], self.now) - UNFINISHED_FOR
        wanted = {**place, "since": since, "most": MAX_UNFINISHED, "tries": TRIES, "kinds": self.kinds}
        found = [row for row in rows(self.run.bq, "queries/unfinished_posts", wanted) if site.owns(row["post_url"])]
        if found:
            self.run.log(f"{place['gallery']}: {len(found)} posts of earlier runs are tried again")
        return [PostLink(place["gallery"], row["post_no"], row["post_url"], row["posted_at"]) for row in found]

    def _add(self, site: Site, links: list[PostLink]) -> None:
        """Each post once, with what is known of its files; what a list shows of it counts more than a mere address."""
        posts = self.posts.setdefault(site.name, {})
        known = self._known_media(site, links)
        for link in links:
            key = (link.gallery, link.post_no)
            if key not in posts or (link.listed and not posts[key]["listed"]):
                posts[key] = {
                    "gallery": link.gallery,
                    "post_no": link.post_no,
                    "url": link.url,
                    "posted_at": str(link.posted_at) if link.posted_at else None,
                    "listed": link.listed,
                    "media": known.get(key, []),
                }

    def _known_media(self, site: Site, links: list[PostLink]) -> dict[tuple[str, int], list[KnownMedia]]:
        found: dict[tuple[str, int], list[KnownMedia]] = {}
        for gallery in {link.gallery for link in links}:
            of_it = [link for link in links if link.gallery == gallery]
            place = {"platform": site.name, "gallery": gallery, "since": _oldest(of_it, self.now)}
            for numbers in _some([link.post_no for link in of_it]):
                wanted = {**place, "post_nos": numbers}
                for row in cast(list[KnownMedia], rows(self.run.bq, "queries/known_media", wanted)):
                    found.setdefault((gallery, row["post_no"]), []).append(row)
        return found

    def _meter(self, site: Site) -> Meter:
        return self.meters.setdefault(site.name, Meter())

    def batches(self, params: dict[str, Any]) -> Iterator[BatchSpec]:
        """Batches of posts of one site each; the sites in turn, so that two batches at once are of two sites."""
        size = max(POSTS_A_BATCH, -(-sum(map(len, self.posts.values())) // MAX_BATCHES))
        # "as defined", or nothing, leaves it to the site's definition.
        browser = params.get("browser")
        mode = browser if browser in [*BrowserMode] else None
        by_site: list[list[BatchSpec]] = [
            [
                {"site": name, "kinds": self.kinds, "browser": mode, "posts": links[start : start + size]}
                for start in range(0, len(links), size)
            ]
            for name, links in ((name, list(posts.values())) for name, posts in self.posts.items())
        ]
        return (spec for spec in chain.from_iterable(zip_longest(*by_site)) if spec)


@dataclass
class WantedAddresses:
    """What the addresses of a run mean, by site."""

    galleries: dict[Site, list[Gallery]] = field(default_factory=dict)
    posts: dict[Site, list[PostLink]] = field(default_factory=dict)


def wanted_of(sites: list[Site], addresses: list[str]) -> WantedAddresses:
    """Each gallery and post once, whatever form its address has; a wrong one fails before anything is fetched."""
    found = WantedAddresses()
    galleries: dict[tuple[Site, str], Gallery] = {}
    for address in addresses:
        site = site_for(sites, address)
        adapter: Adapter = load_adapter(site)
        if post := adapter.post(address):
            found.posts.setdefault(site, []).append(post)
        else:
            gallery = adapter.gallery(address)
            # One that was also given whole is read whole.
            key = (site, gallery.list_url if gallery.partial else gallery.key)
            galleries[key] = gallery
    for (site, _), gallery in sorted(galleries.items(), key=lambda one: one[1].partial):  # the whole ones first
        found.galleries.setdefault(site, []).append(gallery)
    return found


def scope_of(params: dict[str, Any], now: datetime | None = None) -> Scope:
    """Without `pages` and `since`: a week back at most, or to where everything is known. `until` is a day, whole."""
    now = now or datetime.now(UTC)
    pages, since, until = params.get("pages"), _day(params, "since"), _day(params, "until")
    if until is not None:
        until += timedelta(days=1)
    if since is None and pages is None:
        since = (until or now) - LOOKBACK
    if since and until and since >= until:
        raise Mistake(f"since is {params['since']}, which is after until ({params['until']})")
    return Scope(pages, since, until)


def _some(numbers: list[int]) -> Iterator[list[int]]:
    """So many as one request may hold."""
    return (numbers[start : start + NUMBERS_AT_ONCE] for start in range(0, len(numbers), NUMBERS_AT_ONCE))


def _oldest(links: list[PostLink], now: datetime) -> datetime:
    """Before this no file of one of these posts can have been fetched: a day before the first was published."""
    dates = [link.posted_at for link in links if link.posted_at and link.posted_at <= now]
    return min(dates) - timedelta(days=1) if len(dates) == len(links) else BEGINNING


def _day(params: dict[str, Any], name: str) -> datetime | None:
    if not params.get(name):
        return None
    try:
        return midnight(params[name])
    except ValueError:
        raise Mistake(f"{name} is {params[name]!r}; write a day as YYYY-MM-DD") from None


def plan_crawl(run: Run, params: dict[str, Any]) -> list[str]:
    """Addresses of this run's batches: posts that are new or changed, and those that earlier runs could not finish."""
    sites = load_sites(run.settings.sites)
    addresses = params["galleries"] or [url for site in sites for url in site.galleries]
    if not addresses:
        run.log("WARNING, nothing to crawl: name galleries in the run's params, or list them in the sites file")
    clock = bucket_clock(run, "plan")
    plan = CrawlPlan(run, params["kinds"], clock)
    error = plan.read_all(wanted_of(sites, addresses), scope_of(params, plan.now))
    planned = [
        write_json(run.gcs, run.address(layout.crawl_batch_name(run.key, number)), spec)
        for number, spec in enumerate(plan.batches(params))
    ]
    if plan.galleries:
        write_shard(run, GALLERY, "plan", plan.galleries)
    write_counts(run, "plan", {name: meter.values() for name, meter in plan.meters.items()}, clock.now())
    if error:  # nobody comes after us to publish what is known of the galleries
        publish_all(run, ("gallery", "crawl_count"))
        raise error
    write_plan(run, RunPlan(plan.now, tuple(planned)))
    run.log(f"{sum(map(len, plan.posts.values()))} posts in {len(planned)} batches")
    return planned
