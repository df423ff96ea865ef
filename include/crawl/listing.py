"""Which posts are there: list pages read until nothing on them is new or wanted."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from include.crawl.adapters import Adapter, Gallery, PostLink
from include.crawl.fetch import Fetcher, Refused, Unreachable
from include.mistakes import Mistake

Log = Callable[[str], None]
MOST_PAGES = 1000


class ListUnreadable(Exception):
    """A list page did not come: the run stops here, and the next one begins where this one did."""


class NoSuchGallery(ListUnreadable, Mistake):
    """The site says that there is no such list: asking again is no use."""


@dataclass(frozen=True)
class Scope:
    """How far back to look. Without `pages`, a page on which every post is known is the end."""

    pages: int | None = None
    since: datetime | None = None

    @property
    def until_known(self) -> bool:
        return self.pages is None


def new_posts(
    fetcher: Fetcher, adapter: Adapter, gallery: Gallery, scope: Scope, known: set[int], log: Log
) -> list[PostLink]:
    """Posts of a gallery that are not known yet, each once however often the list shows it."""
    found: dict[int, PostLink] = {}
    page = 0
    for page, links in _pages(fetcher, adapter, gallery, scope):
        wanted = [link for link in links if not _too_old(link, scope)]
        fresh = [link for link in wanted if link.post_no not in known]
        found.update((link.post_no, link) for link in fresh)
        log(f"{gallery.key}: list page {page}, {len(links)} posts, {len(found)} new so far")
        if not wanted or (scope.until_known and not fresh):
            break
    if not page:
        log(f"{gallery.key}: WARNING, no posts on its list page: closed, for members only, or the pages have changed")
    return list(found.values())


def _pages(fetcher: Fetcher, adapter: Adapter, gallery: Gallery, scope: Scope) -> Iterator[tuple[int, list[PostLink]]]:
    """List pages until one shows nothing that an earlier one did not: past the end, some sites repeat the last."""
    seen: set[int] = set()
    for page in range(1, (scope.pages or MOST_PAGES) + 1):
        links = _read_page(fetcher, adapter, gallery, page)
        numbers = {link.post_no for link in links}
        if numbers <= seen:
            return
        seen |= numbers
        yield page, links


def _read_page(fetcher: Fetcher, adapter: Adapter, gallery: Gallery, page: int) -> list[PostLink]:
    url = adapter.page_url(gallery, page)
    try:
        answer = fetcher.page(url)
    except (Refused, Unreachable) as error:
        raise ListUnreadable(f"{url}: {error}; nothing was lost, run the crawl again later") from error
    if answer.status in (404, 410):
        raise NoSuchGallery(f"{url} answered HTTP {answer.status}: there is no such gallery (any more)")
    if answer.status != 200 or not answer.body.strip():
        raise ListUnreadable(
            f"{url} answered HTTP {answer.status} with {len(answer.body)} bytes: the site may be blocking us. "
            "Nothing was lost; wait, and run the crawl again with a slower pace"
        )
    return adapter.list_posts(gallery, answer.body)


def _too_old(link: PostLink, scope: Scope) -> bool:
    return bool(scope.since and link.posted_at and link.posted_at < scope.since)
