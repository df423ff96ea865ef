"""What adapters need of HTML, whatever site it comes from. Pages are anybody's: nothing here raises over one."""

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import PurePosixPath
from typing import Any, cast
from urllib.parse import urljoin, urlsplit

from lxml import etree
from lxml import html as lxml_html
from lxml.html import HtmlElement

from include.crawl.adapters import MOST_OF_A_KIND, MediaLink
from include.crawl.statuses import PostStatus
from include.media.file_types import MediaKind

LONGEST_ADDRESS = 4000
# Of what one rule finds on a page, more than is ever taken: an address may stand there several times.
_LOOKED_AT = 5 * MOST_OF_A_KIND
_VIDEO_EXTENSIONS = {"mp4", "m4v", "mov", "webm", "avi", "flv", "mkv", "3gp", "wmv", "mpg", "mpeg", "ts"}
_DOCUMENT_EXTENSIONS = {
    *("hwp", "hwpx", "doc", "docx", "xls", "xlsx", "ppt", "pptx", "pdf", "txt", "rtf", "csv", "odt", "ods", "odp"),
    *("html", "htm", "xml", "json", "psd", "ai", "svg", "ttf", "otf", "srt", "smi", "ass", "torrent", "iso", "exe"),
    *("zip", "rar", "7z", "gz", "tar", "alz", "egg", "msi", "apk", "dll", "jar"),
    *("mp3", "m4a", "wav", "flac", "ogg", "wma", "mid"),
}
_SHOWN = etree.XPath(".//text()[not(parent::script or parent::style)]")
Found = tuple[MediaKind, str, bool]
Text = Any  # lxml's: a str that knows where it stands
# A tag up to its end, and the values in it that may be long.
_TAG = re.compile(rb"""<[A-Za-z](?>[^>=]++|=\s*+(?>"[^"]*"|'[^']*')|=)*+""")
_QUOTED = re.compile(rb"""=\s*+(?>"[^"]*"|'[^']*')""")
_LONGEST_TAG = 65_536
_NOTHING: set[HtmlElement] = set()


def tree(html: bytes, encoding: str = "utf-8") -> HtmlElement:
    """The page as a tree; one that holds nothing, or that no parser should be given, is an empty page."""
    plain = html.decode(encoding, "replace").replace("\0", "").encode("utf-8", "replace")
    parser = lxml_html.HTMLParser(encoding="utf-8")
    try:
        if not _is_overlong(max(_TAG.findall(plain), key=len, default=b"")):
            return lxml_html.document_fromstring(plain, parser=parser, ensure_head_body=True)
    except etree.ParserError:  # nothing but white space, comments, a doctype
        pass
    return lxml_html.document_fromstring("<html></html>", ensure_head_body=True)


def _is_overlong(tag: bytes) -> bool:
    """Whether a tag has attributes beyond all measure: each is compared with all before it, and that takes hours."""
    return len(tag) > _LONGEST_TAG and len(_QUOTED.sub(b"", tag)) > _LONGEST_TAG


def by_status(http_status: int, html: bytes) -> PostStatus | None:
    """What an answer is before anything is parsed; None where only the page itself can say."""
    if http_status in (404, 410):
        return PostStatus.DELETED
    if http_status in (403, 429):
        return PostStatus.BLOCKED
    if http_status != 200:
        return PostStatus.UNREACHABLE
    return None if html.strip() else PostStatus.BLOCKED


def shown(element: HtmlElement, without: set[HtmlElement] = _NOTHING) -> str:
    """The text of an element in one line, without its scripts and without what lies in some others."""
    texts = cast(list[Text], _SHOWN(element))
    return " ".join("".join(text for text in texts if not (without and within(_holder(text), without))).split())


def _holder(text: Text) -> HtmlElement:
    """The element that a text stands in; lxml keeps one that follows an element with that element."""
    parent = text.getparent()
    return parent.getparent() if text.is_tail else parent


def within(element: HtmlElement, others: set[HtmlElement]) -> bool:
    """Whether an element is one of the others, or lies in one."""
    return bool(others) and (element in others or any(above in others for above in element.iterancestors()))


def holders(elements: Iterable[HtmlElement]) -> set[HtmlElement]:
    """Everything that one of the elements lies in."""
    found: set[HtmlElement] = set()
    for element in elements:
        for above in element.iterancestors():
            if above in found:
                break
            found.add(above)
    return found


def absolute(base: str, address: str) -> str:
    """An http(s) address in full, or nothing when it is none: pages hold what people typed."""
    try:
        full = urljoin(base, address.strip()) if address.strip() else ""
        parts = urlsplit(full)
    except ValueError:
        return ""
    return full if parts.scheme in ("http", "https") and parts.hostname and len(full) <= LONGEST_ADDRESS else ""


def kind_by_name(name: str) -> MediaKind | None:
    """What an attachment's own name promises: a document is left; what says nothing (2024.05.01) is worth a look."""
    ext = PurePosixPath(name).suffix.lower().lstrip(".")
    if ext in _VIDEO_EXTENSIONS:
        return MediaKind.VIDEO
    return None if ext in _DOCUMENT_EXTENSIONS else MediaKind.IMAGE


def enough(found: Iterable[Found]) -> Iterator[Found]:
    """What one rule finds, and no more of it than a post can be meant to hold: a page may name 100,000 files."""
    return islice(found, _LOOKED_AT)


def numbered(found: Iterable[Found]) -> list[MediaLink]:
    """Kind, address and whether it is a player: each kind counts from 1; an address that stands twice counts once.

    The last one of a kind may be one too many (`MOST_OF_A_KIND`), and stands for all that come after it.
    """
    links: dict[str, MediaLink] = {}
    counts = dict.fromkeys(MediaKind, 0)
    for kind, url, player in found:
        if url not in links and counts[kind] <= MOST_OF_A_KIND:
            counts[kind] += 1
            links[url] = MediaLink(kind, counts[kind], url, player)
    return list(links.values())
