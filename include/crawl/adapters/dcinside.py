"""DCInside: major, minor, mini and person galleries."""

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import PurePosixPath
from urllib.parse import parse_qs, urljoin, urlsplit

from lxml import html as lxml_html
from lxml.html import HtmlElement

from include.clock import KST
from include.crawl.adapters import Gallery, MediaLink, PostLink, PostPage
from include.mistakes import Mistake

# Major and minor galleries share one space of ids (a minor one may be promoted); mini and person have their own.
_KINDS = {"": "", "mgallery": "", "mini": "mini:", "person": "person:"}
_LIST_PATH = re.compile(r"/(?:(mgallery|mini|person)/)?board/lists/?")
_GALLERY_ID = re.compile(r"[A-Za-z0-9_]{1,64}")
_POST_NO = re.compile(r"[0-9]{1,15}")
_IMAGE_EXTENSIONS = {"jpg", "jpeg", "jfif", "png", "gif", "webp", "bmp", "avif", "heic", "heif"}
_VIDEO_EXTENSIONS = {"mp4", "m4v", "mov", "webm", "avi", "flv", "mkv", "3gp"}
_LAZY = ("data-gif", "data-original", "data-src", "src")


def gallery(base: str, url: str) -> Gallery:
    parts = urlsplit(url)
    path = _LIST_PATH.fullmatch(parts.path)
    ids = parse_qs(parts.query).get("id", [""])
    if not path or not _GALLERY_ID.fullmatch(ids[0]):
        raise Mistake(f"{url} is no list page of a gallery (…/board/lists/?id=…)")
    kind = path.group(1) or ""
    prefix = f"/{kind}" if kind else ""
    return Gallery(_KINDS[kind] + ids[0], f"{base}{prefix}/board/lists/?id={ids[0]}")


def page_url(gallery: Gallery, page: int) -> str:
    return f"{gallery.list_url}&page={page}"


def list_posts(gallery: Gallery, html: bytes) -> list[PostLink]:
    rows = _tree(html).cssselect("table.gall_list tbody tr.ub-content.us-post[data-no]")
    return [link for link in (_row(gallery, row) for row in rows) if link]


def _row(gallery: Gallery, row: HtmlElement) -> PostLink | None:
    number = _text(row, "td.gall_num")
    if not _POST_NO.fullmatch(number) or row.get("data-no") != number or not _leads_to_post(gallery, row):
        return None
    url = gallery.list_url.replace("/board/lists/", "/board/view/") + f"&no={int(number)}"
    return PostLink(gallery.key, int(number), url, _time(row, "td.gall_date"))


def _leads_to_post(gallery: Gallery, row: HtmlElement) -> bool:
    """An advertisement's row may carry a number, but not a link into this gallery's own pages."""
    link = next(iter(row.cssselect("td.gall_tit > a:first-child[href]")), None)
    if link is None:
        return False
    try:
        target = urlsplit(urljoin(gallery.list_url, link.get("href")))
    except ValueError:
        return False
    return target.netloc == urlsplit(gallery.list_url).netloc and "/board/view" in target.path


def parse_post(url: str, http_status: int, html: bytes) -> PostPage:
    status = _status(http_status, html)
    if status != "published":
        return PostPage(status)
    tree = _tree(html)
    if not tree.cssselect(".gallview_head"):
        return PostPage("secret" if tree.cssselect(".mini_pwcheck") else _scripted(html))
    media = [*_body_images(url, tree), *_attachments(url, tree), *_videos(url, tree)]
    return PostPage("published", _title(tree), _time(tree, ".gallview_head .gall_date"), _numbered(media))


def _status(http_status: int, html: bytes) -> str:
    if http_status in (404, 410):
        return "deleted"
    if http_status in (403, 429):
        return "blocked"
    if http_status != 200:
        return "unreachable"
    return "published" if html.strip() else "blocked"


def _scripted(html: bytes) -> str:
    """Pages that are one script: the site answers 200 and lets the browser find out."""
    text = html.decode("utf-8", "replace")
    if "/derror/deleted" in text:
        return "deleted"
    if "/error/adult" in text or "adult_certify" in text:
        return "adult"
    if re.search(r"alert\([\"'][^\"']*갤러리", text):
        return "closed"
    return "moved" if re.search(r"location\.(replace|href)", text) else "unreadable"


def _body_images(url: str, tree: HtmlElement) -> Iterator[tuple[str, str, bool]]:
    for element in tree.cssselect(".writing_view_box .write_div img, .writing_view_box .write_div video"):
        if _is_decoration(element):
            continue
        sources = (_absolute(url, element.get(name) or "") for name in _LAZY)
        source = next((source for source in sources if _is_picture_address(source)), None)
        if source:
            yield "image", source, False


def _is_picture_address(url: str) -> bool:
    """What the site serves a post's pictures by; the page's own furniture lies elsewhere."""
    return urlsplit(url).path.endswith("/viewimage.php")


def _is_decoration(element: HtmlElement) -> bool:
    """Stickers, link previews: pictures of the site, not of the post."""
    return any(name in (element.get("class") or "") for name in ("written_dccon", "og-img"))


def _attachments(url: str, tree: HtmlElement) -> Iterator[tuple[str, str, bool]]:
    for link in tree.cssselect("div.appending_file_box ul.appending_file li a[href]"):
        kind = _kind_by_name(link.text_content().strip())
        if kind:
            yield kind, _absolute(url, link.get("href")), False


def _kind_by_name(name: str) -> str | None:
    """What an attachment's own name promises; without an extension it is worth a look, a document is not."""
    ext = PurePosixPath(name).suffix.lower().lstrip(".")
    if ext in _VIDEO_EXTENSIONS:
        return "video"
    return None if re.fullmatch(r"[a-z0-9]{2,5}", ext) and ext not in _IMAGE_EXTENSIONS else "image"


def _videos(url: str, tree: HtmlElement) -> Iterator[tuple[str, str, bool]]:
    for frame in tree.cssselect(".writing_view_box iframe[id^=movieIcon][src]"):
        yield "video", _absolute(url, frame.get("src")), True


def _numbered(found: list[tuple[str, str, bool]]) -> list[MediaLink]:
    """Each kind counts from 1, in the page's order; an address that stands twice counts once."""
    links: dict[str, MediaLink] = {}
    counts = {"image": 0, "video": 0}
    for kind, url, player in found:
        if url and url not in links:
            counts[kind] += 1
            links[url] = MediaLink(kind, counts[kind], url, player)
    return list(links.values())


def video_source(url: str, html: bytes) -> str | None:
    tree = _tree(html)
    for selector, name in (("video.dc_mv source[src]", "src"), ('input[type="hidden"][value*="viewmovie"]', "value")):
        for element in tree.cssselect(selector):
            return _absolute(url, element.get(name)) or None
    return None


def _title(tree: HtmlElement) -> str | None:
    for heading in tree.cssselect(".gallview_head .title_subject"):
        return " ".join("".join(heading.xpath(".//text()[not(parent::script)]")).split()) or None
    return None


def _time(element: HtmlElement, selector: str) -> datetime | None:
    for found in element.cssselect(selector):
        try:
            return datetime.strptime(found.get("title") or "", "%Y-%m-%d %H:%M:%S").replace(tzinfo=KST)
        except ValueError:
            continue
    return None


def _text(element: HtmlElement, selector: str) -> str:
    return next((found.text_content().strip() for found in element.cssselect(selector)), "")


def _absolute(base: str, url: str) -> str:
    """The address in full, or nothing when it is no address at all: pages hold what people typed."""
    try:
        full = urljoin(base, url.strip())
        urlsplit(full)
    except ValueError:
        return ""
    return full


def _tree(html: bytes) -> HtmlElement:
    parser = lxml_html.HTMLParser(encoding="utf-8")
    return lxml_html.document_fromstring(html or b"<html/>", parser=parser, ensure_head_body=True)
