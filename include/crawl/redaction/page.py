"""Pages that an adapter could not read, kept for whoever mends it: their structure stays, and nothing of a person.

Names are not looked for: what is known to be code stays (see code_words.py), and all else is replaced by its shape,
Korean letters by 가, other letters by x, digits by 0.

The page is read by the parser that adapters have, lxml's: what is kept is what an adapter was given. Python's own,
html.parser, goes back over what is not closed, and takes minutes over 256 KiB of "<a ".
"""

import re
from collections.abc import Collection
from html import unescape

from bs4 import BeautifulSoup
from bs4.element import Comment, Doctype, NavigableString, Script, Stylesheet, Tag
from bs4.exceptions import ParserRejectedMarkup

from include.crawl.redaction.code_words import ATTRIBUTES, ELEMENTS, EMPTY, FLAGS
from include.crawl.redaction.shapes import code, names, shape, url, words

MAX_BYTES = 256 * 1024
# The parser looks through all open elements at each end tag: a page of nothing but tags would take its time squared.
MAX_TAGS = 20_000
# Beautiful Soup goes up and down the tree, in part by recursion.
MAX_DEPTH = 100
_URLS = ("href", "src", "action", "formaction", "poster", "cite", "background")
_CODES = (
    *("type", "rel", "name", "property", "for", "method", "target", "role", "http-equiv", "itemprop", "media"),
    "data-type",
)
_OWN_NAME = re.compile(r"(?:data|aria)-[a-z_-]{1,40}")
_PERSON = re.compile(r"data-(?:nick|uid|user|name|writer|author|member|ip)[\w-]{0,20}=[\"']?([^\"'\s>]{2,64})")


def redact(html: bytes) -> bytes:
    """The page with everything masked that could be a person's: texts, values, comments, strings in scripts.

    What stays: elements, classes, ids, names of attributes and parameters, addresses' words of code. It never raises,
    takes time in proportion to the page, and gives at most MAX_BYTES.
    """
    text = html[:MAX_BYTES].decode("utf-8-sig", "replace")
    persons = {unescape(name).lower() for name in _PERSON.findall(text)}
    try:
        page = _page("<".join(text.split("<", MAX_TAGS + 1)[: MAX_TAGS + 1]))
    except ParserRejectedMarkup:  # no page is known that brings this about
        return b""
    for tag in page.find_all(True):
        _mask(tag, persons)
    return page.decode().encode()[:MAX_BYTES].decode("utf-8", "ignore").encode()


def _page(text: str) -> BeautifulSoup:
    """Behind an empty line: without it Beautiful Soup wonders aloud whether this is the name of a file, or XML."""
    return _Page("\n" + text, "lxml", multi_valued_attributes=None)


class _Text(NavigableString):
    """A text that is masked before it comes into the tree."""

    def __new__(cls, value: str | bytes) -> "_Text":
        return super().__new__(cls, cls.masked(str(value)))

    @staticmethod
    def masked(text: str) -> str:
        return shape(text)


class _Code(_Text):
    masked = staticmethod(code)


class _Comment(_Text, Comment):
    @staticmethod
    def masked(text: str) -> str:
        return shape(text).replace("-", ".")


class _Doctype(_Text, Doctype):
    @staticmethod
    def masked(text: str) -> str:
        return text if text.lower() == "html" else shape(text)


_KINDS = {Comment: _Comment, Doctype: _Doctype, Script: _Code, Stylesheet: _Code}


class _Page(BeautifulSoup):
    """Takes no text as it is; what lies too deep stands beside what it lies in."""

    def string_container(self, base_class: type[NavigableString] | None = None) -> type[NavigableString]:
        return _KINDS.get(super().string_container(base_class), _Text)

    def pushTag(self, tag: Tag) -> None:
        super().pushTag(tag)
        if len(self.tagStack) > MAX_DEPTH:
            self.popTag()


def _mask(tag: Tag, persons: Collection[str]) -> None:
    tag.name = tag.name if tag.name in ELEMENTS else "unknown"
    tag.attrs = {_shown(name, str(value)): _masked(name, str(value), persons) for name, value in tag.attrs.items()}


def _shown(name: str, value: str) -> str:
    known = name in FLAGS or name in (ATTRIBUTES if value else EMPTY) or _OWN_NAME.fullmatch(name)
    return name if known else re.sub(r"\W", "x", shape(name))


def _masked(name: str, value: str, persons: Collection[str]) -> str:
    if name in ("class", "id"):
        return names(value, persons)
    if name in _CODES:
        return words(value)
    if name.startswith("on"):
        return code(value).replace('"', "'")
    if name in _URLS or (name.startswith("data-") and "/" in value):
        return url(value)
    return shape(value)
