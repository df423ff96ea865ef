"""Which posts are there: list pages read until nothing further down is new or wanted."""

import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TypedDict

from include.core.errors import Mistake
from include.core.run import Log
from include.crawl.adapters import Adapter, Gallery, ListPage, PostLink
from include.crawl.net.fetch import Away, Disallowed, FetchedPage, Fetcher, Refused, Stopped, Unreachable
from include.crawl.statuses import ListStatus, PostStatus
from include.crawl.unparsed import UnparsedPages

MAX_PAGES = 20_000
# Posts of one list page, more than any site shows; and of a gallery in one run, which is work for days: the next run
# finds the rest.
MAX_ROWS = 1_000
MAX_POSTS = 100_000
MAX_BROKEN = 3  # pages in a row that nobody can read; more, and it is not the page but the site that has changed
# A post that is deleted while a list is read moves the others up, past us: a day is read over again by the next run.
OVERLAP = timedelta(days=1)
BEGINNING = datetime(1990, 1, 1, tzinfo=UTC)


class KnownPost(TypedDict):
    """A row of queries/known_posts."""

    post_no: int
    listed: str | None
    status: str
    settled: bool


Known = Callable[[list[int]], dict[int, KnownPost]]


class ListUnreadable(Exception):
    """A list page did not come: the run stops here, and the next one begins where this one did."""

    def __init__(self, status: ListStatus, message: str) -> None:
        super().__init__(message)
        self.status = status


class NoSuchGallery(ListUnreadable, Mistake):
    """The site says that there is no such list: asking again is no use."""


@dataclass(frozen=True)
class Scope:
    """How far back to look, and from where. `covered` is the time in which earlier runs left no gap.

    A page on which every post is known is the end of a run without `pages`, if the rest of what it was to read is
    covered.
    """

    pages: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    covered: tuple[datetime, datetime] | None = None

    def wants(self, link: PostLink) -> bool:
        """Whether a post was published within the run's time; one without a date may have been."""
        at = link.posted_at
        return at is None or not ((self.since and at < self.since) or (self.until and at > self.until))

    def ends_at(self, links: Collection[PostLink]) -> bool:
        """Whether below a page of these posts, all of them known, nothing can be new."""
        if self.pages is not None or self.covered is None or not links:
            return False
        first, last = self.covered
        dates = [link.posted_at for link in links if link.posted_at]
        return first <= (self.since or BEGINNING) and (not dates or min(dates) <= last - OVERLAP)


@dataclass
class Found:
    """What the lists of a gallery came to. `covered` is the time of which every post was listed, where that is so.

    `error` is why reading ended early; what was found until then stands.
    """

    links: dict[int, PostLink] = field(default_factory=dict)
    covered: tuple[datetime, datetime] | None = None
    error: ListUnreadable | None = None


class Listing:
    """The list pages of one gallery."""

    def __init__(
        self,
        fetcher: Fetcher,
        adapter: Adapter,
        gallery: Gallery,
        unparsed: UnparsedPages,
        log: Log,
        seconds: float = float("inf"),
    ) -> None:
        self.fetcher, self.adapter, self.gallery, self.unparsed, self.log = fetcher, adapter, gallery, unparsed, log
        self._seconds = seconds
        self._first: ListPage | None = None
        self._whole = self._cut = False  # cut: a page had more rows than are taken

    def open(self) -> None:
        """Read the first page. Only then is it known which gallery the address means: a list may have moved."""
        self._first = self.read(1)

    def find(self, scope: Scope, known: Known, now: datetime) -> Found:
        """Posts that are not known yet, or changed since; each once, however often the list shows it."""
        found = Found()
        try:
            self._find(scope, known, found)
        except ListUnreadable as error:
            found.error = error
        if self._whole and not self._cut and found.error is None and not self.gallery.partial:
            found.covered = (scope.since or BEGINNING, min(scope.until or now, now))
        return found

    def _find(self, scope: Scope, known: Known, found: Found) -> None:
        self._whole, until = True, time.monotonic() + self._seconds
        for page, links in self._pages(scope):
            wanted, fresh = self._take(links, scope, known, found)
            self.log(f"{self.gallery.key}: list page {page}, {len(links)} posts, {len(found.links)} to read so far")
            if _all_too_old(links, scope) or (not fresh and scope.ends_at(wanted)):
                return
            if why := self._has_enough(found, until):
                self.log(f"WARNING, {self.gallery.key}: {why}; the list is left there, the next run finds the rest")
                self._whole = False
                return
            if fresh and page > 1 and scope.pages is None:
                # A post that was deleted meanwhile has moved the others up: one may now stand where we have been.
                self._take(self._again(page - 1), scope, known, found)

    def _has_enough(self, found: Found, until: float) -> str | None:
        if len(found.links) >= MAX_POSTS:
            return f"{len(found.links)} posts to read already"
        return "reading its list takes too long" if time.monotonic() > until else None

    def _again(self, page: int) -> list[PostLink]:
        try:
            return self.read(page).posts
        except ListUnreadable as error:
            if error.status != ListStatus.UNREADABLE:
                raise
            self._whole = False
            return []

    def _take(self, links: list[PostLink], scope: Scope, known: Known, found: Found) -> tuple[list[PostLink], bool]:
        """The posts of a page that are of the run's time, and whether one of them is to be read and is newly found."""
        wanted = [link for link in links if scope.wants(link)]
        records = known([link.post_no for link in wanted if link.post_no not in found.links])
        due = [link for link in wanted if _is_due(link, records.get(link.post_no))]
        fresh = any(link.post_no not in found.links for link in due)
        found.links.update((link.post_no, link) for link in due)
        return wanted, fresh

    def _pages(self, scope: Scope) -> Iterator[tuple[int, list[PostLink]]]:
        """List pages until two in a row hold nothing, or nothing but what the one before them held.

        Past the end, some sites repeat the last page; but while a list grows quickly, a page may for once be the one
        that we have just read, and a page may come without its rows for once.
        """
        before: set[int] = set()
        idle = broken = 0
        first = self._first_page(scope.until) if scope.until else 1
        for page in range(first, first + (scope.pages or MAX_PAGES)):
            try:
                links = self.read(page).posts
            except ListUnreadable as error:
                broken += 1
                self._whole = False
                if error.status != ListStatus.UNREADABLE or page == first or broken > MAX_BROKEN:
                    raise
                self.log(f"WARNING, {self.gallery.key}: {error}; the page after it is read")
                continue
            numbers = {link.post_no for link in links}
            idle, broken = (idle + 1 if not links or numbers == before else 0), 0
            if page == 1 and not links:
                self.log(f"{self.gallery.key}: WARNING, no posts on its list page: the pages may have changed")
                self._whole = False
            if idle > 1:
                return
            if not idle:
                before = numbers
                yield page, links
        self._whole = False

    def _first_page(self, until: datetime) -> int:
        """The page on which a time in the past begins: doubled until it is passed, then halved."""
        low, high = 1, 2
        while high < MAX_PAGES and self._is_newer(high, until):
            low, high = high, high * 2
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self._is_newer(middle, until) else (low, middle)
        return low

    def _is_newer(self, page: int, until: datetime) -> bool:
        """Whether all of a page was published after that time. Past the end, nothing was."""
        dates = [link.posted_at for link in self.read(page).posts if link.posted_at]
        return bool(dates) and min(dates) > until

    def read(self, page: int) -> ListPage:
        """One list page. A list that moved to another address is read there from now on."""
        if page == 1 and self._first:
            first, self._first = self._first, None
            return first
        read = self._read(page)
        if read.status == ListStatus.MOVED and read.moved_to:
            self.log(f"{self.gallery.key}: its list is at {read.moved_to}")
            self.gallery = self.adapter.gallery(read.moved_to)
            read = self._read(page)
        if read.status == ListStatus.OPEN:
            return self._bounded(read, page)
        url = self.adapter.page_url(self.gallery, page)
        if read.status == ListStatus.GONE:
            raise NoSuchGallery(read.status, f"{url}: there is no such gallery (any more)")
        if read.status in (ListStatus.BLOCKED, ListStatus.UNREACHABLE):
            raise ListUnreadable(read.status, f"{url}: {read.status}. Nothing was lost; run the crawl again later")
        raise ListUnreadable(read.status, f"{url} lists nothing: {read.status}")

    def _bounded(self, read: ListPage, page: int) -> ListPage:
        if len(read.posts) <= MAX_ROWS:
            return read
        self.log(f"WARNING, {self.gallery.key}: list page {page} has {len(read.posts)} rows; {MAX_ROWS} are taken")
        self._cut = True
        return replace(read, posts=read.posts[:MAX_ROWS])

    def _read(self, page: int) -> ListPage:
        url = self.adapter.page_url(self.gallery, page)
        answer = self._asked(url)
        if answer.url and answer.url != url and (moved := self._elsewhere(answer.url)):
            return moved
        try:
            read = self.adapter.parse_list(self.gallery, answer.status, answer.body)
        except Exception as error:  # as with posts: what the parser chokes on is said, and ends nothing but this list
            self.unparsed.keep(url, answer.body)
            raise ListUnreadable(
                ListStatus.UNREADABLE, f"{url}: the adapter fails on it ({type(error).__name__})"
            ) from error
        if read.status == ListStatus.UNREADABLE:
            self.unparsed.keep(url, answer.body)
        return read

    def _asked(self, url: str) -> FetchedPage:
        later = "nothing was lost, run the crawl again later"
        try:
            return self.fetcher.page(url)
        except Disallowed as error:
            raise ListUnreadable(ListStatus.DISALLOWED, f"{url}: {error}") from error
        except Away as error:
            raise ListUnreadable(ListStatus.MOVED, f"{url}: {error}") from error
        except Stopped as error:
            raise ListUnreadable(ListStatus.BLOCKED, f"{url}: {error}; {later}") from error
        except (Refused, Unreachable) as error:
            raise ListUnreadable(ListStatus.UNREACHABLE, f"{url}: {error}; {later}") from error
        except Exception as error:  # whatever it is, it is this list's affair and not the run's
            failure = f"{url}: asking for it fails ({type(error).__name__}); {later}"
            raise ListUnreadable(ListStatus.UNREACHABLE, failure) from error

    def _elsewhere(self, url: str) -> ListPage | None:
        """The site has led us to another address: another list, or none."""
        try:
            gallery = self.adapter.gallery(url)
        except ValueError:  # a Mistake too: an address of no list, or none at all
            return None
        same = gallery.list_url == self.gallery.list_url
        return None if same else ListPage(ListStatus.MOVED, moved_to=gallery.list_url)


def _all_too_old(links: list[PostLink], scope: Scope) -> bool:
    since = scope.since
    return since is not None and all(link.posted_at is not None and link.posted_at < since for link in links)


def _is_due(link: PostLink, record: KnownPost | None) -> bool:
    """New, changed on the list, or published but read without a kind that is asked for now.

    What could not be read is planned from the warehouse, wherever it stands on the list by now.
    """
    if record is None or (record["listed"] and link.listed and record["listed"] != link.listed):
        return True
    return not record["settled"] and record["status"] in (PostStatus.PUBLISHED, PostStatus.CLOSED)
