"""DCInside: major, minor, mini and person galleries. Here: addresses and list pages; dcinside_posts.py reads posts."""

import hashlib
import re
from urllib.parse import parse_qs, urlencode, urlsplit

from lxml.html import HtmlElement

from include.core.errors import Mistake
from include.crawl.adapters import Gallery, ListPage, Player, PostLink, PostPage
from include.crawl.adapters.dcinside_posts import find, moment, read_player, read_post, script_target, text
from include.crawl.adapters.html import absolute, by_status, tree
from include.crawl.sites import Site
from include.crawl.statuses import ListStatus, PostStatus

# Major and minor galleries share one space of ids (a minor one may be promoted); mini and person have their own.
_KEYS = {"": "", "mgallery": "", "mini": "mini:", "person": "person:"}
_BOARD = re.compile(r"/(?:(mgallery|mini|person)/)?board/(lists|view)/?")
# Short forms, and those of the mobile site: its /board/ is a major gallery or a minor one, the page will say.
_SHORT = re.compile(r"/(?:(board|m|mini|person)/)?([A-Za-z0-9_]{1,64})(?:/([0-9]{1,15}))?/?")
_SHORT_KINDS = {None: "", "board": "", "m": "mgallery", "mini": "mini", "person": "person"}
_NO_GALLERIES = {"board", "lists", "view", "m", "mini", "mgallery", "person", "error", "derror"}
_GALLERY_ID = re.compile(r"[A-Za-z0-9_]{1,64}")
_POST_NO = re.compile(r"[0-9]{1,15}")
# Which posts a list shows, and how many of them; the rest of its query (page, and what else is clicked) is not kept.
_SOME_ONLY = ("exception_mode", "search_head", "search_pos", "s_type", "s_keyword")
_KEPT = (*_SOME_ONLY, "list_num")
# What the icon says of a post's content; best, hit and issue say nothing of it.
_CONTENT = {
    **dict.fromkeys(("icon_txt", "icon_recomtxt"), "text"),
    **dict.fromkeys(("icon_pic", "icon_recomimg"), "image"),
    **dict.fromkeys(("icon_movie", "icon_recomovie", "icon_recmovie"), "video"),
}


class DCInside:
    """The site under one base address."""

    def __init__(self, base: str) -> None:
        self._base = base

    def gallery(self, url: str) -> Gallery:
        kind, name, options = _list_address(url)
        kept = [(option, options[option][0]) for option in _KEPT if options.get(option)]
        some_only = any(option in _SOME_ONLY and value != "all" for option, value in kept)
        address = self._address(kind, "lists", name)
        return Gallery(_KEYS[kind] + name, f"{address}&{urlencode(kept)}" if kept else address, some_only)

    def post(self, url: str) -> PostLink | None:
        parts = urlsplit(url)
        board, short, options = _BOARD.fullmatch(parts.path), _SHORT.fullmatch(parts.path), parse_qs(parts.query)
        if board and board[2] == "view":
            kind, name, number = board[1] or "", options.get("id", [""])[0], options.get("no", [""])[0]
        elif not board and short and short[3] and short[2] not in _NO_GALLERIES:
            kind, name, number = _SHORT_KINDS[short[1]], short[2], short[3]
        else:
            return None
        if not _GALLERY_ID.fullmatch(name) or not _POST_NO.fullmatch(number):
            return None
        return PostLink(_KEYS[kind] + name, int(number), self._post_url(kind, name, int(number)))

    def page_url(self, gallery: Gallery, page: int) -> str:
        return f"{gallery.list_url}&page={page}"

    def parse_list(self, gallery: Gallery, http_status: int, html: bytes) -> ListPage:
        if known := by_status(http_status, html):
            return ListPage(ListStatus.of(known))
        page = tree(html)
        if find(page, "table.gall_list"):
            rows = find(page, "table.gall_list tbody tr.ub-content.us-post[data-no]")
            return ListPage(ListStatus.OPEN, [link for link in (self._row(gallery, row) for row in rows) if link])
        status, target = script_target(gallery.list_url, page, html)
        kind, name = _kind_and_id(target)
        same = name and name == _kind_and_id(gallery.list_url)[1]
        moved_to = self._moved(kind, name, gallery.list_url) if status is PostStatus.MOVED and same else None
        return ListPage(ListStatus.of(status), moved_to=moved_to)

    def parse_post(self, url: str, http_status: int, html: bytes) -> PostPage:
        page, target = read_post(url, http_status, html)
        link, (kind, name) = self.post(url), _kind_and_id(target)
        if page.status is not PostStatus.MOVED or link is None or not name or link.gallery.rpartition(":")[2] != name:
            return page
        # The script leads to the list of the right kind; the post stands beside it.
        moved_to = self._post_url(kind, name, link.post_no)
        return page if moved_to == link.url else PostPage(PostStatus.MOVED, moved_to=moved_to)

    def parse_player(self, url: str, html: bytes) -> Player:
        return read_player(url, html)

    def headers(self, url: str, referer: str | None) -> dict[str, str]:
        return {"Referer": referer} if referer else {}

    def _row(self, gallery: Gallery, row: HtmlElement) -> PostLink | None:
        number = text(row, "td.gall_num")
        title = next(iter(find(row, "td.gall_tit > a:first-child[href]")), None)
        if not _POST_NO.fullmatch(number) or row.get("data-no") != number or title is None:
            return None
        kind, name = _kind_and_id(gallery.list_url)
        # An advertisement's row may carry a number, but not a link to a post of this gallery.
        target = absolute(gallery.list_url, title.get("href") or "")
        linked = self.post(target) if urlsplit(target).netloc == urlsplit(self._base).netloc else None
        if linked is None or linked.gallery != gallery.key or linked.post_no != int(number):
            return None
        url = self._post_url(kind, name, int(number))
        return PostLink(gallery.key, int(number), url, moment(row, "td.gall_date"), _listed(row, title))

    def _moved(self, kind: str, name: str, list_url: str) -> str:
        """The same list of the right kind, with the options that it was asked with."""
        options = urlsplit(list_url).query.partition("&")[2]
        address = self._address(kind, "lists", name)
        return f"{address}&{options}" if options else address

    def _address(self, kind: str, page: str, name: str) -> str:
        return f"{self._base}{f'/{kind}' if kind else ''}/board/{page}/?id={name}"

    def _post_url(self, kind: str, name: str, number: int) -> str:
        return f"{self._address(kind, 'view', name)}&no={number}"


def make(site: Site) -> DCInside:
    return DCInside(site.base)


def _list_address(url: str) -> tuple[str, str, dict[str, list[str]]]:
    """Kind, id and options of a list address; a Mistake when it is none."""
    parts = urlsplit(url)
    kind, name = _kind_and_id(url)
    short = _SHORT.fullmatch(parts.path)
    if not name and short and not short[3] and short[2] not in _NO_GALLERIES:
        kind, name = _SHORT_KINDS[short[1]], short[2]
    if not name:
        raise Mistake(f"{url} is no list page of a gallery (…/board/lists/?id=…), and no post")
    return kind, name, parse_qs(parts.query)


def _kind_and_id(url: str) -> tuple[str, str]:
    """What a list page's address says in its long form; two empty texts where it is none."""
    parts = urlsplit(url)
    path, names = _BOARD.fullmatch(parts.path), parse_qs(parts.query).get("id", [""])
    if not path or path[2] != "lists" or not _GALLERY_ID.fullmatch(names[0]):
        return "", ""
    return path[1] or "", names[0]


def _listed(row: HtmlElement, title: HtmlElement) -> str:
    icon = row.get("data-type") or ""
    shown = " ".join(title.text_content().split())
    return hashlib.sha256(f"{_CONTENT.get(icon, '')}|{shown}".encode("utf-8", "replace")).hexdigest()[:16]
