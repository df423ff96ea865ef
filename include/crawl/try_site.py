"""Shows what a site's definition makes of its pages: `python -m include.crawl.try_site SITES.toml ADDRESS`.

ADDRESS is one of a list page (its first post is read too) or of a post. Pages are asked for as in a crawl: at the
site's pace, of its hosts only, by its robots.txt; no file is fetched. Titles and names are not shown.
"""

import argparse
import sys
from collections.abc import Generator, Iterator
from pathlib import Path

from include.core.errors import Mistake
from include.crawl.adapters import Adapter, ListPage, PostLink, PostPage, load_adapter
from include.crawl.adapters.selectors.adapter import SelectorsAdapter
from include.crawl.net.fetch import FetchedPage, Fetcher, Refused, Unreachable
from include.crawl.sites import load_sites, site_for
from include.crawl.statuses import ListStatus, PostStatus

SHOWN = 5


def seen(sites_file: Path, address: str) -> Iterator[str]:
    """What there is to say about an address, line by line."""
    site = site_for(load_sites(sites_file), address)
    adapter = load_adapter(site)
    with Fetcher(site, adapter) as fetcher:
        post = adapter.post(address)
        if post is None:
            posts = yield from _list(fetcher, adapter, address)
            post = posts[0] if posts else None
        if post is not None:
            yield from _post(fetcher, adapter, post)


def _list(fetcher: Fetcher, adapter: Adapter, address: str) -> Generator[str, None, list[PostLink]]:
    gallery = adapter.gallery(address)
    url = adapter.page_url(gallery, 1)
    yield f"list page {url}: gallery {gallery.key!r}{', some of its posts only' if gallery.partial else ''}"
    answer = fetcher.page(url)
    page = adapter.parse_list(gallery, answer.status, answer.body)
    yield f"  {page.status}, {len(page.posts)} posts{_leads(page)}"
    for link in page.posts[:SHOWN]:
        yield f"  {link.post_no}  {link.posted_at or 'no date'}  {link.url}"
    if page.posts and not any(link.posted_at for link in page.posts):
        yield "  no post has a date: a run over this list ends at `pages`, not at `since`"
    if page.status in (ListStatus.UNREADABLE, ListStatus.OPEN) and not page.posts:
        yield from _why(adapter, "list", answer)
    return page.posts


def _post(fetcher: Fetcher, adapter: Adapter, post: PostLink) -> Iterator[str]:
    yield f"post {post.url}: gallery {post.gallery!r}, number {post.post_no}"
    answer = fetcher.page(post.url)
    page = adapter.parse_post(post.url, answer.status, answer.body)
    found = f"{'a' if page.title else 'no'} title, {page.posted_at or 'no date'}, {len(page.media)} files"
    yield f"  {page.status}{_leads(page)}" + (f": {found}" if page.status == PostStatus.PUBLISHED else "")
    for link in page.media:
        where = " (a page that names it)" if link.player else ""
        foreign = "" if fetcher.site.allows(link.url) else ": no host of the site, recorded and not fetched"
        yield f"  {link.kind} {link.ordinal}{where}  {link.url}{foreign}"
    complete = page.title and page.posted_at and page.media
    if page.status == PostStatus.UNREADABLE or (page.status == PostStatus.PUBLISHED and not complete):
        yield from _why(adapter, "post", answer)


def _leads(page: ListPage | PostPage) -> str:
    return f", to {page.moved_to}" if page.moved_to else ""


def _why(adapter: Adapter, what: str, answer: FetchedPage) -> Iterator[str]:
    """Which settings found nothing on a page."""
    yield f"  (the site answered HTTP {answer.status} with {len(answer.body)} bytes)"
    found = adapter.matched(what, answer.body) if isinstance(adapter, SelectorsAdapter) else []
    for name, css, number in found:
        yield f"  {name} = {css!r} matches {f'{number} times' if number else 'NOTHING'}"
    if {"list.rows", "list.link"} <= {name for name, _, number in found if number}:
        yield "  rows and links there are: none leads to a post of this gallery as addresses.post has it,"
        yield "  or none lies in a row, or list.number shows another number, or list.skip leaves all of them out"


def main(arguments: list[str] | None = None) -> int:
    """Print it; 1 when there is something to mend first."""
    parser = argparse.ArgumentParser(prog="python -m include.crawl.try_site", description=__doc__.partition("\n")[0])
    parser.add_argument("sites", type=Path, help="the sites file")
    parser.add_argument("address", help="of a list page or a post")
    options = parser.parse_args(arguments)
    try:
        for line in seen(options.sites, options.address):
            print(line, flush=True)
    except (Mistake, Refused, Unreachable) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
