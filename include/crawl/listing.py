"""Which posts are there: list pages read until nothing further down is new or wanted."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from include.crawl.adapters import Adapter, Gallery, ListPage, PostLink
from include.crawl.net.fetch import Fetcher, Refused, Unreachable
from include.mistakes import Mistake

Log = Callable[[str], None]
Known = Callable[[list[int]], dict[int, dict[str, Any]]]
MOST_PAGES = 20_000
# A post that is deleted while a list is read moves the others up, past us: a day is read over again by the next run.
OVERLAP = timedelta(days=1)
BEGINNING = datetime(1990, 1, 1, tzinfo=UTC)


class ListUnreadable(Exception):
    """A list page did not come: the run stops here, and the next one begins where this one did."""

    def __init__(self, status: str, message: str) -> None:
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
    """What the lists of a gallery came to. `covered` is the time of which every post was listed, where that is so."""

    links: dict[int, PostLink] = field(default_factory=dict)
    again: set[int] = field(default_factory=set)
    covered: tuple[datetime, datetime] | None = None


class Listing:
    """The list pages of one gallery."""

    def __init__(self, fetcher: Fetcher, adapter: Adapter, gallery: Gallery, log: Log) -> None:
        self.fetcher, self.adapter, self.gallery, self.log = fetcher, adapter, gallery, log
        self._more_pages = True

    def find(self, scope: Scope, known: Known, now: datetime) -> Found:
        """Posts that are not known yet, or changed since; each once, however often the list shows it."""
        found, whole = Found(), False
        for page, links in self._pages(scope):
            wanted = [link for link in links if scope.wants(link)]
            records = known([link.post_no for link in wanted])
            fresh = [link for link in wanted if _is_due(link, records.get(link.post_no))]
            found.links.update((link.post_no, link) for link in fresh)
            found.again.update(link.post_no for link in fresh if link.post_no in records)
            self.log(f"{self.gallery.key}: list page {page}, {len(links)} posts, {len(found.links)} to read so far")
            if _all_too_old(links, scope) or (not fresh and scope.ends_at(wanted)):
                whole = True
                break
        else:
            whole = not self._more_pages
        if whole and not self.gallery.partial:
            found.covered = (scope.since or BEGINNING, scope.until or now)
        return found

    def _pages(self, scope: Scope) -> Iterator[tuple[int, list[PostLink]]]:
        """List pages until one is empty, or is the same as the one before twice over: past the end, some sites repeat
        the last page; and while a list grows quickly, a page may for once be the one that we have just read."""
        before: set[int] = set()
        same = 0
        first = self._first_page(scope.until) if scope.until else 1
        last = first + (scope.pages or MOST_PAGES) - 1
        for page in range(first, last + 1):
            links = self.read(page).posts
            numbers = {link.post_no for link in links}
            same = same + 1 if numbers == before else 0
            if not links or same > 1:
                self._more_pages = False
                if page == 1:
                    self.log(f"{self.gallery.key}: WARNING, no posts on its list page: the pages may have changed")
                return
            before = numbers
            if not same:
                yield page, links

    def _first_page(self, until: datetime) -> int:
        """The page on which a time in the past begins: doubled until it is passed, then halved."""
        low, high = 1, 2
        while high < MOST_PAGES and self._is_newer(high, until):
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
        read = self._read(page)
        if read.status == "moved" and read.moved_to:
            self.log(f"{self.gallery.key}: its list is at {read.moved_to}")
            self.gallery = replace(self.adapter.gallery(read.moved_to), partial=self.gallery.partial)
            read = self._read(page)
        if read.status == "open":
            return read
        url = self.adapter.page_url(self.gallery, page)
        if read.status == "gone":
            raise NoSuchGallery("gone", f"{url}: there is no such gallery (any more)")
        if read.status in ("blocked", "unreachable"):
            raise ListUnreadable(read.status, f"{url}: {read.status}. Nothing was lost; run the crawl again later")
        raise ListUnreadable(read.status, f"{url} lists nothing: {read.status}")

    def _read(self, page: int) -> ListPage:
        url = self.adapter.page_url(self.gallery, page)
        try:
            answer = self.fetcher.page(url)
        except (Refused, Unreachable) as error:
            message = f"{url}: {error}; nothing was lost, run the crawl again later"
            raise ListUnreadable("unreachable", message) from error
        try:
            return self.adapter.parse_list(self.gallery, answer.status, answer.body)
        except Exception as error:  # as with posts: what the parser chokes on is said, and ends nothing but this list
            raise ListUnreadable("unreadable", f"{url}: the adapter fails on it ({type(error).__name__})") from error


def _all_too_old(links: list[PostLink], scope: Scope) -> bool:
    since = scope.since
    return since is not None and all(link.posted_at is not None and link.posted_at < since for link in links)


def _is_due(link: PostLink, record: dict[str, Any] | None) -> bool:
    """New, changed on the list, or published but read without a kind that is asked for now.

    What could not be read is planned from the warehouse, wherever it stands on the list by now.
    """
    if record is None or (record["listed"] and link.listed and record["listed"] != link.listed):
        return True
    return not record["settled"] and record["status"] in ("published", "closed")
