"""What the rules of a definition find on a page, be it list, post or player: its status, its values, its media."""

import re
from collections.abc import Iterator
from datetime import datetime
from html import unescape
from urllib.parse import unquote

from lxml.html import HtmlElement

from include.crawl.adapters import Player
from include.crawl.adapters.css import Css
from include.crawl.adapters.html import Found, absolute, by_status, enough, kind_by_name, shown, tree, within
from include.crawl.adapters.selectors.definition import (
    MediaRule,
    Moment,
    PageKind,
    PlayerRules,
    SiteDefinition,
    StatusRule,
    Value,
)
from include.crawl.statuses import PostStatus

# Pages that are one script are short; a long page is not searched for what only such pages say.
SEARCHED = 65_536
_LONGEST_VALUE = 2000


class Page:
    """One answer of the site: its tree, and as much of its source as is searched."""

    def __init__(self, html: bytes, encoding: str) -> None:
        self.tree = tree(html, encoding)
        self.source = html[:SEARCHED].decode(encoding, "replace")


def classify(
    definition: SiteDefinition, on: PageKind, present: Css, http_status: int, html: bytes
) -> tuple[PostStatus | None, Page, str]:
    """What a page is (None if it is what was asked for), the page, and where it leads if it leads elsewhere."""
    page = Page(html, definition.encoding)
    there = bool(present.find(page.tree))
    for outcome in definition.outcomes:
        if outcome.on in (PageKind.BOTH, on) and _is(outcome, http_status, page, there):
            return outcome.status, page, _leads_to(outcome, page)
    return by_status(http_status, html) or (None if there else PostStatus.UNREADABLE), page, ""


def _is(outcome: StatusRule, http_status: int, page: Page, there: bool) -> bool:
    if http_status in outcome.http:
        return True
    # A post may quote the very words by which the site says that it is gone.
    if there and not outcome.always:
        return False
    by_css = outcome.css is not None and bool(outcome.css.find(page.tree))
    return by_css or (outcome.text is not None and bool(outcome.text.search(page.source)))


def _leads_to(outcome: StatusRule, page: Page) -> str:
    found = outcome.moved_to.search(page.source) if outcome.moved_to else None
    return unescape((found[1] or "").replace("\\/", "/")) if found else ""


def values(element: HtmlElement, wanted: Value) -> Iterator[str]:
    """Every text that a setting finds within an element."""
    for found in wanted.css.find(element) if wanted.css else [element]:
        for text in [found.get(name) or "" for name in wanted.attributes] if wanted.attributes else [shown(found)]:
            if taken := _matched(text[:_LONGEST_VALUE], wanted.pattern):
                yield taken


def _matched(text: str, pattern: re.Pattern[str] | None) -> str:
    found = pattern.search(text) if pattern else None
    if pattern is None or found is None:
        return text if pattern is None else ""
    return (found[1] if pattern.groups else found[0]) or ""


def moment(element: HtmlElement, wanted: Moment | None) -> datetime | None:
    """The first text that is a time in one of the forms. A time without a zone is the site's."""
    for text in values(element, wanted.value) if wanted else ():
        for form in wanted.formats if wanted else ():
            try:
                found = datetime.strptime(text.strip(), form)
            except ValueError:
                continue
            if 1970 <= found.year < 9000:  # others are nobody's, and no table takes them in every zone
                return found if found.tzinfo else found.replace(tzinfo=wanted.zone if wanted else None)
    return None


def title(page: HtmlElement, css: Css | None) -> str | None:
    return next((text for text in map(shown, css.find(page)) if text), None) if css else None


def media(url: str, page: HtmlElement, rules: tuple[MediaRule, ...]) -> Iterator[Found]:
    """Pictures and videos, rule by rule, each in the page's order."""
    for rule in rules:
        yield from enough(_of_rule(url, page, rule))


def _of_rule(url: str, page: HtmlElement, rule: MediaRule) -> Iterator[Found]:
    left_out = set(rule.skip.find(page)) if rule.skip else set()
    for element in rule.css.find(page):
        if not within(element, left_out) and (found := _medium(url, element, rule)):
            yield found


def _medium(url: str, element: HtmlElement, rule: MediaRule) -> Found | None:
    kind = rule.kind
    if kind is None:
        kind = kind_by_name(next(values(element, rule.name), "") if rule.name else shown(element))
    addresses = (_address(url, element.get(name) or "", rule) for name in rule.attributes)
    address = next((address for address in addresses if address), None)
    return (kind, address, rule.player) if kind and address else None


def _address(url: str, written: str, rule: MediaRule) -> str:
    """The address that an attribute means; nothing where the rule does not want it."""
    address = absolute(url, written)
    for rewrite in rule.rewrite:
        if rewrite.pattern.search(address):
            address = rewrite.pattern.sub(rewrite.to, address, count=1)
            address = absolute(url, unquote(address) if rewrite.unquote else address)
    wanted = rule.must_match is None or rule.must_match.search(address)
    unwanted = rule.must_not_match is not None and rule.must_not_match.search(address)
    return address if wanted and not unwanted else ""


def read_player(url: str, page: Page, rules: PlayerRules) -> Player:
    """The first address that the page names for its file, else whether it has a button."""
    named = [*values(page.tree, rules.source)] if rules.source else []
    if rules.script:
        named += [unescape((found[1] or "").replace("\\/", "/")) for found in rules.script.finditer(page.source)]
    source = next((address for address in (absolute(url, one) for one in named) if address), None)
    return Player(source, bool(not source and rules.button and rules.button.find(page.tree)))
