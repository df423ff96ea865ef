"""DCInside's post and player pages: what they are, and what a post shows."""

import re
from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from itertools import chain, takewhile
from typing import cast
from urllib.parse import urlsplit

from lxml import etree
from lxml.html import HtmlElement

from include.core.seoul_time import KST
from include.crawl.adapters import Player, PostPage
from include.crawl.adapters.css import Css
from include.crawl.adapters.html import Found, absolute, by_status, enough, kind_by_name, numbered, tree, within
from include.crawl.statuses import PostStatus
from include.media.file_types import MediaKind

_LAZY = ("data-gif", "data-original", "data-src", "src")
_GOES_TO = re.compile(r"location(?:\.href)?\s*(?:=|\.(?:replace|assign)\s*\()\s*[\"']([^\"'\s]{1,500})[\"']")
_HEAD, _BODY, _BOX = "gallview_head", "writing_view_box", "appending_file_box"
_MARKED = etree.XPath(
    f"descendant::*[contains(@class, '{_HEAD}') or contains(@class, '{_BODY}') or contains(@class, '{_BOX}')]"
)
_LED_TO = {"/derror/deleted": PostStatus.DELETED, "/error/adult": PostStatus.ADULT}
# Scripts that stand for a page are short; a long page is not searched for them.
_SCRIPT_BYTES = 65_536


def script_target(url: str, page: HtmlElement, html: bytes) -> tuple[PostStatus, str]:
    """Pages that are one script: the site answers 200 and lets the browser find out. What it is, where it leads."""
    if find(page, ".mini_pwcheck"):
        return PostStatus.SECRET, ""
    if find(page, ".adult_certify"):
        return PostStatus.ADULT, ""
    code = html[:_SCRIPT_BYTES].decode("utf-8", "replace")
    goes = _GOES_TO.search(code)
    target = absolute(url, goes[1]) if goes else ""
    if status := _led_to(target):
        return status, target
    if re.search(r"alert\s*\(\s*[\"'][^\"']{0,200}갤러리", code):
        return PostStatus.CLOSED, target
    return (PostStatus.MOVED if target else PostStatus.UNREADABLE), target


def _led_to(address: str) -> PostStatus | None:
    """What it means that the site leads there, by a script or by a redirect."""
    path = urlsplit(address).path
    return next((status for start, status in _LED_TO.items() if path.startswith(start)), None)


def read_post(url: str, http_status: int, html: bytes) -> tuple[PostPage, str]:
    """The page, and where it leads if it only leads elsewhere."""
    if known := _led_to(url) or by_status(http_status, html):
        return PostPage(known), ""
    page = tree(html)
    parts = _parts(page)
    if not parts[_HEAD] or not parts[_BODY]:
        status, target = script_target(url, page, html)
        # A head without a body is half a post: its pictures must not count as none.
        return PostPage(PostStatus.UNREADABLE if parts[_HEAD] else status), target
    media = chain(
        enough(found for body in parts[_BODY] for found in _body_images(url, body)),
        enough(found for box in parts[_BOX] for found in _attachments(url, box)),
        enough(found for body in parts[_BODY] for found in _videos(url, body)),
    )
    head = parts[_HEAD][0]
    return PostPage(PostStatus.PUBLISHED, _title(head), moment(head, ".gall_date"), numbered(media)), ""


def _parts(page: HtmlElement) -> dict[str, list[HtmlElement]]:
    """Head, body and attachment box. A search of a whole page costs as much as parsing it, so there is only one."""
    parts: dict[str, list[HtmlElement]] = {name: [] for name in (_HEAD, _BODY, _BOX)}
    taken: dict[str, set[HtmlElement]] = {name: set() for name in parts}
    for element in cast(list[HtmlElement], _MARKED(page)):
        for name, found in parts.items():
            # One in another of its kind is that other's content.
            if name in (element.get("class") or "").split() and not within(element, taken[name]):
                taken[name].add(element)
                found.append(element)
    return parts


def read_player(url: str, html: bytes) -> Player:
    page = tree(html)
    for selector, name in (("video.dc_mv source[src]", "src"), ('input[type="hidden"][value*="viewmovie"]', "value")):
        for element in find(page, selector):
            if source := absolute(url, element.get(name) or ""):
                return Player(source)
    return Player(button=bool(find(page, ".btn_down")))


def _body_images(url: str, body: HtmlElement) -> Iterator[Found]:
    for element in find(body, ".write_div img, .write_div video"):
        if _is_decoration(element) or any(_is_decoration(above) for above in _below(element, body)):
            continue
        sources = (absolute(url, element.get(name) or "") for name in _LAZY)
        source = next((source for source in sources if _is_picture_address(source)), None)
        if source:
            yield MediaKind.IMAGE, source, False


def _below(element: HtmlElement, body: HtmlElement) -> Iterator[HtmlElement]:
    """What an element stands in, up to the body."""
    return takewhile(lambda above: above is not body, element.iterancestors())


def _is_picture_address(url: str) -> bool:
    """What the site serves a post's pictures by; the page's own furniture lies elsewhere."""
    return urlsplit(url).path.endswith("/viewimage.php")


def _is_decoration(element: HtmlElement) -> bool:
    """Stickers, link previews: pictures of the site, not of the post."""
    return any(name in (element.get("class") or "") for name in ("written_dccon", "og-img", "og-div"))


def _attachments(url: str, box: HtmlElement) -> Iterator[Found]:
    for link in find(box, "ul.appending_file li a[href]"):
        kind, address = kind_by_name(link.text_content().strip()), absolute(url, link.get("href") or "")
        if kind and address:
            yield kind, address, False


def _videos(url: str, body: HtmlElement) -> Iterator[Found]:
    for frame in find(body, "iframe[id^=movieIcon]"):
        if address := absolute(url, frame.get("src") or frame.get("data-src") or ""):
            yield MediaKind.VIDEO, address, True


def _title(head: HtmlElement) -> str | None:
    for heading in find(head, ".title_subject"):
        return " ".join("".join(heading.xpath(".//text()[not(parent::script)]")).split()) or None
    return None


def moment(element: HtmlElement, selector: str) -> datetime | None:
    """The time of a post as the site shows it, without a zone: it is Seoul's."""
    for found in find(element, selector):
        try:
            read = datetime.strptime(found.get("title") or "", "%Y-%m-%d %H:%M:%S").replace(tzinfo=KST)
        except ValueError:
            continue
        return read if 1990 <= read.year <= 8999 else None  # the warehouse ends where the calendar does
    return None


def text(element: HtmlElement, selector: str) -> str:
    return next((found.text_content().strip() for found in find(element, selector)), "")


@lru_cache(maxsize=64)
def _compiled(selector: str) -> Css:
    return Css(selector)


def find(element: HtmlElement, selector: str) -> list[HtmlElement]:
    """All that a selector matches, in the page's order; each selector is translated once."""
    return _compiled(selector).find(element)
