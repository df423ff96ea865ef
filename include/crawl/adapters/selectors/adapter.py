"""The adapter for any site that its table of the sites file describes by selectors."""

import hashlib

from lxml.html import HtmlElement

from include.core.errors import Mistake
from include.crawl.adapters import Gallery, ListPage, Player, PostLink, PostPage
from include.crawl.adapters.html import absolute, holders, numbered, shown, tree, within
from include.crawl.adapters.selectors.definition import PageKind
from include.crawl.adapters.selectors.pages import (
    Page,
    classify,
    media,
    moment,
    read_player,
    title,
    values,
)
from include.crawl.adapters.selectors.reading import read, selectors_of
from include.crawl.sites import Site
from include.crawl.statuses import ListStatus, PostStatus


class SelectorsAdapter:
    """One site, read as its definition says."""

    def __init__(self, site: Site) -> None:
        self._site, self._rules = site, read(site)

    def gallery(self, url: str) -> Gallery:
        found = self._rules.addresses.gallery(url)
        if found is None:
            name = self._site.name
            raise Mistake(
                f"{url} is no list page of a gallery, and no post, as [sites.{name}] describes their addresses"
            )
        return found

    def post(self, url: str) -> PostLink | None:
        return self._rules.addresses.post(url)

    def page_url(self, gallery: Gallery, page: int) -> str:
        return self._rules.addresses.page(gallery, page)

    def parse_list(self, gallery: Gallery, http_status: int, html: bytes) -> ListPage:
        status, page, target = classify(self._rules, PageKind.LIST, self._rules.list.present, http_status, html)
        if status is None:
            return ListPage(ListStatus.OPEN, self._posts(gallery, page.tree))
        moved = self._rules.addresses.gallery(absolute(gallery.list_url, target))
        same = moved and moved.key == gallery.key and moved.list_url != gallery.list_url
        return ListPage(_of_list(status), moved_to=moved.list_url if moved and same else None)

    def parse_post(self, url: str, http_status: int, html: bytes) -> PostPage:
        rules = self._rules.post
        status, page, target = classify(self._rules, PageKind.POST, rules.present, http_status, html)
        if status is None:
            links = numbered(media(url, page.tree, rules.media))
            return PostPage(PostStatus.PUBLISHED, title(page.tree, rules.title), moment(page.tree, rules.date), links)
        here, moved = self.post(url), self.post(absolute(url, target))
        same = here and moved and (here.gallery, here.post_no) == (moved.gallery, moved.post_no)
        return PostPage(status, moved_to=moved.url if moved and same and moved.url != url else None)

    def parse_player(self, url: str, html: bytes) -> Player:
        return read_player(url, Page(html, self._rules.encoding), self._rules.player)

    def headers(self, url: str, referer: str | None) -> dict[str, str]:
        return {**self._rules.headers, **({"Referer": referer} if referer and self._rules.referer else {})}

    def matched(self, what: str, html: bytes) -> list[tuple[str, str, int]]:
        """How often each selector for a "list" or a "post" finds something: setting, selector, number."""
        page = tree(html, self._rules.encoding)
        return [(name, css.css, len(css.find(page))) for name, css in selectors_of(self._rules, what)]

    def _posts(self, gallery: Gallery, page: HtmlElement) -> list[PostLink]:
        rules = self._rules.list
        left_out = set(rules.skip.find(page)) if rules.skip else set()
        marked = left_out | holders(left_out)
        rows = (row for row in rules.rows.find(page) if row not in marked and not within(row, left_out))
        posts: dict[int, PostLink] = {}
        for link in filter(None, (self._row(gallery, row) for row in rows)):
            posts.setdefault(link.post_no, link)
        return list(posts.values())

    def _row(self, gallery: Gallery, row: HtmlElement) -> PostLink | None:
        """A row's post: of the first link in it that leads to one of this gallery."""
        rules = self._rules.list
        for anchor in rules.link.find(row):
            link = self.post(absolute(gallery.list_url, anchor.get("href") or ""))
            if link and link.gallery == gallery.key:
                break
        else:
            return None
        if rules.number and str(link.post_no) not in values(row, rules.number):
            return None
        return PostLink(link.gallery, link.post_no, link.url, moment(row, rules.date), self._listed(row, anchor))

    def _listed(self, row: HtmlElement, anchor: HtmlElement) -> str:
        rules = self._rules.list
        titles = rules.title.find(row) if rules.title else [anchor]
        icons = [_icon(icon) for icon in (rules.icons.find(row) if rules.icons else ())]
        left_out = set(rules.leave_out.find(row)) if rules.leave_out else set()
        seen = "|".join((*icons, *(shown(title, left_out) for title in titles)))
        return hashlib.sha256(seen.encode("utf-8", "replace")).hexdigest()[:16]


def make(site: Site) -> SelectorsAdapter:
    return SelectorsAdapter(site)


def _of_list(status: PostStatus) -> ListStatus:
    """A secret list is a closed one: a definition's words are those of posts."""
    return ListStatus.CLOSED if status is PostStatus.SECRET else ListStatus.of(status)


def _icon(element: HtmlElement) -> str:
    names = (element.get("class"), element.get("alt"), (element.get("src") or "").rpartition("/")[2])
    return " ".join(name for name in names if name)
