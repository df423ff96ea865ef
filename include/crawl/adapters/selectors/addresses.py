"""Addresses of a site that is described by selectors: which ones it understands, and how it writes its own."""

import re
import string
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, unquote, urlencode, urljoin, urlsplit

from include.core.errors import Mistake
from include.crawl.adapters import Gallery, PostLink
from include.crawl.adapters.html import LONGEST_ADDRESS
from include.crawl.adapters.selectors.table_reader import Table
from include.crawl.sites import Site

_KEY = re.compile(r"[^\s/\x00-\x1f\x7f]{1,100}")
_POST_NO = re.compile(r"[0-9]{1,15}")
Groups = dict[str, str]


@dataclass(frozen=True)
class Form:
    """One form of address: a regular expression for its path, and one for each option of its query."""

    path: re.Pattern[str]
    query: Mapping[str, re.Pattern[str]]
    without: tuple[str, ...]

    @property
    def groups(self) -> set[str]:
        return {name for pattern in (self.path, *self.query.values()) for name in pattern.groupindex}

    def read(self, path: str, options: Groups) -> Groups | None:
        """What an address of this form says; None for one of another form."""
        found = [self.path.fullmatch(path)]
        found += [pattern.fullmatch(options.get(name, "")) for name, pattern in self.query.items()]
        if not all(found) or any(name in options for name in self.without):
            return None
        return {name: value or "" for one in found if one for name, value in one.groupdict().items()}


@dataclass(frozen=True)
class Addresses:
    """How lists and posts are asked for, and which addresses of people are understood as theirs."""

    site: Site
    lists: tuple[Form, ...]
    posts: tuple[Form, ...]
    key: str
    list_url: str
    page_url: str
    post_url: str
    filters: tuple[str, ...]
    keep: tuple[str, ...]
    first_page: int
    page_step: int

    def gallery(self, url: str) -> Gallery | None:
        """The gallery that an address of one of its list pages means."""
        groups = self._groups(url, self.lists)
        key = self.key.format(**groups) if groups else ""
        if groups is None or not _KEY.fullmatch(key):
            return None
        kept, address = self._kept(url), self._filled(self.list_url, groups)
        if self._groups(address, self.lists) is None:
            raise Mistake(f"[sites.{self.site.name}] addresses list_url: {address} has none of the forms under list")
        partial = any(name in self.filters for name, _ in kept)
        return Gallery(key, _with_options(address, kept), partial)

    def post(self, url: str) -> PostLink | None:
        """The post that an address means, with the one address that we use for it."""
        groups = self._groups(url, self.posts)
        if groups is None or not _POST_NO.fullmatch(groups["post_no"]):
            return None
        number, key = int(groups["post_no"]), self.key.format(**groups)
        if not _KEY.fullmatch(key):
            return None
        return PostLink(key, number, self._filled(self.post_url, groups | {"post_no": str(number)}))

    def page(self, gallery: Gallery, page: int) -> str:
        """The address of the n-th list page."""
        groups = self._groups(gallery.list_url, self.lists) or {}
        number = self.first_page + (page - 1) * self.page_step
        address = self._filled(self.page_url, groups | {"page": str(number)})
        return _with_options(address, self._kept(gallery.list_url))

    def _groups(self, url: str, forms: tuple[Form, ...]) -> Groups | None:
        if len(url) > LONGEST_ADDRESS or not self.site.means(url):
            return None
        path, options = unquote(urlsplit(url).path), _options(url)
        return next((groups for groups in (form.read(path, options) for form in forms) if groups is not None), None)

    def _kept(self, url: str) -> list[tuple[str, str]]:
        options = _options(url)
        return [(name, options[name]) for name in (*self.filters, *self.keep) if options.get(name)]

    def _filled(self, template: str, groups: Groups) -> str:
        quoted = {name: quote(value, safe="") for name, value in groups.items()}
        return urljoin(f"{self.site.base}/", template.format(**quoted))


def _options(url: str) -> Groups:
    return dict(parse_qsl(urlsplit(url).query, keep_blank_values=True))


def _with_options(url: str, options: list[tuple[str, str]]) -> str:
    return f"{url}{'&' if '?' in url else '?'}{urlencode(options)}" if options else url


def read_addresses(site: Site, table: Table) -> Addresses:
    """The table `addresses` of a definition."""
    found = Addresses(
        site=site,
        lists=tuple(_form(one) for one in table.tables("list", needed=True)),
        posts=tuple(_form(one) for one in table.tables("post", needed=True)),
        key=table.text("key", "{gallery}"),
        list_url=table.text("list_url"),
        page_url=table.text("page_url"),
        post_url=table.text("post_url"),
        filters=table.texts("filters"),
        keep=table.texts("keep"),
        first_page=table.number("first_page", 1),
        page_step=table.number("page_step", 1),
    )
    table.done()
    _check(found, table)
    return found


def _form(table: Table) -> Form:
    found = Form(table.pattern("path"), table.patterns("query"), table.texts("without"))
    table.done()
    return found


def _check(found: Addresses, table: Table) -> None:
    for name, text, forms, also in (
        ("key", found.key, (*found.lists, *found.posts), set[str]()),
        ("list_url", found.list_url, found.lists, set[str]()),
        ("page_url", found.page_url, found.lists, {"page"}),
        ("post_url", found.post_url, found.posts, set[str]()),
    ):
        names = _check_template(table, name, text, [form.groups | also for form in forms])
        filled = urljoin(f"{found.site.base}/", text.format(**dict.fromkeys(names, "1")))
        if name != "key" and not found.site.owns(filled):
            raise table.wrong(name, f"{text!r} is not below the site's base, {found.site.base}")
    if "{page}" not in found.page_url:
        raise table.wrong("page_url", "needs {page}")
    if found.page_step < 1:
        raise table.wrong("page_step", "is 1 or more")
    if any("post_no" not in form.groups for form in found.posts):
        raise table.wrong("post", "every form needs a group (?P<post_no>…), the post's number")


def _check_template(table: Table, name: str, text: str, groups: list[set[str]]) -> set[str]:
    """The groups that a template uses: plain ones, and such as every form of address has."""
    try:
        fields = [field for field in string.Formatter().parse(text) if field[1] is not None]
    except ValueError as error:
        raise table.wrong(name, f"{text!r} is no good: {error}") from None
    if any(spec or conversion for _, _, spec, conversion in fields):
        raise table.wrong(name, f"{text!r}: write {{name}}, and nothing more between the braces")
    names = {field for _, field, _, _ in fields if field is not None}
    for at, known in enumerate(groups, 1):
        if missing := sorted(names - known):
            raise table.wrong(name, f"uses {{{missing[0]}}}, a group that form {at} of its addresses does not have")
    return names
