"""Pages that an adapter could not read, kept for whoever mends it: their structure stays, and nothing of a person.

Names are not looked for: what is known to be code stays (see code_words.py), and all else is replaced by its shape,
Korean letters by 가, other letters by x, digits by 0.
"""

import re
from collections.abc import Collection

from include.crawl.redaction.code_words import ATTRIBUTES, ELEMENTS, FLAGS
from include.crawl.redaction.shapes import code, decoded, names, shape, url, words

MAX_BYTES = 256 * 1024
_URLS = ("href", "src", "action", "formaction", "poster", "cite", "background")
_CODES = (
    *("type", "rel", "name", "property", "for", "method", "target", "role", "http-equiv", "itemprop", "media"),
    "data-type",
)
_ELEMENT = re.compile(r"</?([A-Za-z][A-Za-z0-9]{0,15})(?=[\s/>])")
_DOCTYPE = re.compile(r"<!doctype html>", re.IGNORECASE)
_GAP = re.compile(r"[\s/]*")
_NAME = re.compile(r"[^\s/>=<\"']+")
_EQUALS = re.compile(r"\s*=\s*")
_UNQUOTED = re.compile(r"[^\s>]*")
_OWN_NAME = re.compile(r"(?:data|aria)-[a-z_-]{1,40}")
_END_OF = {name: re.compile(rf"</{name}\b", re.IGNORECASE) for name in ("script", "style")}
_PERSON = re.compile(r"data-(?:nick|uid|user|name|writer|author|member|ip)[\w-]{0,20}=[\"']?([^\"'\s>]{2,64})")


def redact(html: bytes) -> bytes:
    """The page with everything masked that could be a person's: texts, values, comments, strings in scripts.

    What stays: elements, classes, ids, names of attributes and parameters, addresses' words of code. It never raises,
    takes time in proportion to the page, and gives at most MAX_BYTES.
    """
    text = html[:MAX_BYTES].decode("utf-8", "replace")
    persons = {decoded(name).lower() for name in _PERSON.findall(text)}
    return _Page(text, persons).redacted().encode()[:MAX_BYTES].decode("utf-8", "ignore").encode()


class _Page:
    """Reads a page from its start to its end, once: no place is come back to, whatever is missing."""

    def __init__(self, text: str, persons: Collection[str]) -> None:
        self._text, self._persons, self._at = text, persons, 0
        self._out: list[str] = []
        self._without: set[str] = set()  # what does not come again in the rest of the page

    def redacted(self) -> str:
        while self._at < len(self._text):
            self._plain(self._next("<", self._at))
            if self._at < len(self._text):
                self._markup()
        return "".join(self._out)

    def _next(self, what: str, at: int) -> int:
        """Where something comes next, or the page's end; what is nowhere is looked for once."""
        found = -1 if what in self._without else self._text.find(what, at)
        if found < 0:
            self._without.add(what)
        return found if found >= 0 else len(self._text)

    def _plain(self, until: int) -> None:
        self._out.append(shape(decoded(self._text[self._at : until])))
        self._at = until

    def _markup(self) -> None:
        doctype = _DOCTYPE.match(self._text, self._at)
        if doctype:
            self._out.append(doctype[0])
            self._at = doctype.end()
            return
        if self._text.startswith("<!--", self._at):
            end = min(self._next("-->", self._at + 4), len(self._text) - 3)
            self._out.append(f"<!--{shape(self._text[self._at + 4 : end]).replace('-', '.')}-->")
            self._at = end + 3
            return
        element = _ELEMENT.match(self._text, self._at)
        name = element[1].lower() if element else ""
        if element is None or name not in ELEMENTS:
            self._plain(self._at + 1)
            return
        self._out.append(element[0])
        self._at = element.end()
        self._attributes()
        if name in _END_OF and element[0][1] != "/":
            self._raw(name)

    def _raw(self, name: str) -> None:
        end = _END_OF[name].search(self._text, self._at)
        until = end.start() if end else len(self._text)
        self._out.append(code(self._text[self._at : until]))
        self._at = until

    def _attributes(self) -> None:
        """Up to the tag's end, or to the next tag where there is none."""
        while True:
            gap = _GAP.match(self._text, self._at)
            self._out.append(gap[0] if gap else "")
            self._at = gap.end() if gap else self._at
            sign = self._text[self._at : self._at + 1]
            if sign in ("", ">", "<"):
                self._out.append(">")
                self._at += sign == ">"
                return
            self._attribute()

    def _attribute(self) -> None:
        found = _NAME.match(self._text, self._at)
        if found is None:  # a quote or an equals sign that belongs to nothing
            self._out.append(" ")
            self._at += 1
            return
        name = found[0].lower()
        equals = _EQUALS.match(self._text, found.end())
        known = name in FLAGS or (equals and (name in ATTRIBUTES or _OWN_NAME.fullmatch(name)))
        self._out.append(name if known else re.sub(r"\W", "x", shape(name)))
        self._at = found.end()
        if equals:
            self._at = equals.end()
            self._out.append(f'="{self._masked(name, decoded(self._value()))}"')

    def _value(self) -> str:
        quote = self._text[self._at : self._at + 1]
        end = self._next(quote, self._at + 1) if quote in ('"', "'") else len(self._text)
        if quote in ('"', "'") and end < len(self._text):
            value, self._at = self._text[self._at + 1 : end], end + 1
            return value
        found = _UNQUOTED.match(self._text, self._at)
        self._at = found.end() if found else self._at
        return found[0] if found else ""

    def _masked(self, name: str, value: str) -> str:
        if name in ("class", "id"):
            return names(value, self._persons)
        if name in _CODES:
            return words(value)
        if name.startswith("on"):
            return code(value).replace('"', "'")
        if name in _URLS or (name.startswith("data-") and "/" in value):
            return url(value).replace("&", "&amp;")
        return shape(value)
