"""Reads a definition for the adapter "selectors". A mistake in it is named before anything is fetched."""

import re
from dataclasses import fields
from typing import Any

from include.crawl.adapters.css import Css
from include.crawl.adapters.selectors.addresses import read_addresses
from include.crawl.adapters.selectors.definition import (
    ListRules,
    MediaRule,
    Moment,
    PageKind,
    PlayerRules,
    PostRules,
    Rewrite,
    SiteDefinition,
    StatusRule,
    Value,
)
from include.crawl.adapters.selectors.table_reader import Table
from include.crawl.sites import Site
from include.crawl.statuses import PostStatus
from include.media.file_types import MediaKind

STATUSES = (
    PostStatus.DELETED,
    PostStatus.ADULT,
    PostStatus.SECRET,
    PostStatus.CLOSED,
    PostStatus.MOVED,
    PostStatus.BLOCKED,
)
BY_NAME = "by name"
# Of people who ask, and of connections: those are not a definition's to set.
NO_HEADERS = ("host", "cookie", "authorization", "user-agent", "referer", "connection", "content-length", "te",
              "transfer-encoding", "accept-encoding", "upgrade", "expect", "range")  # fmt: skip
_HEADER = re.compile(r"[A-Za-z0-9-]{1,64}")
_HEADER_VALUE = re.compile(r"[\x20-\x7e]{1,500}")
# Directives without which a date is of no year: a list that shows such dates is read as one without any.
_YEARS = ("%Y", "%y", "%c", "%x", "%G")


def read(site: Site) -> SiteDefinition:
    """The definition of a site; a Mistake when anything in it cannot be meant."""
    table = Table(f"[sites.{site.name}]", dict(site.options))
    headers = table.table_or_none("headers") or Table("", {})
    definition = SiteDefinition(
        encoding=table.encoding("encoding"),
        addresses=read_addresses(site, table.table("addresses")),
        list=_list(table.table("list")),
        post=_post(table.table("post")),
        player=_player(table.table_or_none("player") or Table("", {})),
        outcomes=tuple(_outcome(one) for one in table.tables("outcomes")),
        referer=headers.flag("referer", True),
        headers=_headers(headers.table_or_none("extra") or Table("", {})),
    )
    headers.done()
    table.done(frozenset(field.name for field in fields(Site)))
    return definition


def _value(table: Table, needs_css: bool) -> Value:
    css = table.css("css") if needs_css else table.css_or_none("css")
    pattern = table.pattern_or_none("pattern")
    return Value(css, table.texts("attributes"), pattern)


def _whole_value(table: Table | None, needs_css: bool = True) -> Value | None:
    if table is None:
        return None
    found = _value(table, needs_css)
    table.done()
    return found


def _moment(table: Table | None) -> Moment | None:
    if table is None:
        return None
    found = Moment(_value(table, needs_css=True), table.texts("formats", None), table.zone("zone"))
    table.done()
    for form in found.formats:
        if not any(sign in form for sign in _YEARS):
            raise table.wrong("formats", f"{form!r} has no year; leave the date away where the site shows none")
    return found


def _list(table: Table) -> ListRules:
    found = ListRules(
        present=table.css("present"),
        rows=table.css("rows"),
        skip=table.css_or_none("skip"),
        link=table.css("link"),
        number=_whole_value(table.table_or_none("number")),
        date=_moment(table.table_or_none("date")),
        title=table.css_or_none("title"),
        leave_out=table.css_or_none("leave_out"),
        icons=table.css_or_none("icons"),
    )
    table.done()
    return found


def _post(table: Table) -> PostRules:
    found = PostRules(
        present=table.css("present"),
        title=table.css_or_none("title"),
        date=_moment(table.table_or_none("date")),
        media=tuple(_media(one) for one in table.tables("media", needed=True)),
    )
    table.done()
    return found


def _media(table: Table) -> MediaRule:
    found = MediaRule(
        css=table.css("css"),
        skip=table.css_or_none("skip"),
        attributes=table.texts("attributes", ("src",)),
        kind=_kind(table),
        name=_whole_value(table.table_or_none("name"), needs_css=False),
        player=table.flag("player", False),
        rewrite=tuple(_rewrite(one) for one in table.tables("rewrite")),
        must_match=table.pattern_or_none("must_match"),
        must_not_match=table.pattern_or_none("must_not_match"),
    )
    table.done()
    if not found.attributes:
        raise table.wrong("attributes", "is empty")
    if found.player and found.kind is not MediaKind.VIDEO:
        raise table.wrong("player", "is for videos: kind = 'video'")
    if found.name and found.kind is not None:
        raise table.wrong("name", "decides nothing unless kind = 'by name'")
    return found


def _kind(table: Table) -> MediaKind | None:
    text = table.text("kind")
    if text not in (*MediaKind, BY_NAME):
        raise table.wrong("kind", f"is 'image', 'video' or 'by name', not {text!r}")
    return None if text == BY_NAME else MediaKind(text)


def _rewrite(table: Table) -> Rewrite:
    found = Rewrite(table.pattern("pattern"), table.text("to"), table.flag("unquote", False))
    table.done()
    try:
        re.compile(f"(?:{found.pattern.pattern})|", found.pattern.flags).sub(found.to, "")
    except (re.error, IndexError, ValueError) as error:
        raise table.wrong("to", f"{found.to!r} is no good: {error}") from None
    return found


def _player(table: Table) -> PlayerRules:
    found = PlayerRules(
        source=_whole_value(table.table_or_none("source")),
        script=_with_group(table, "script"),
        button=table.css_or_none("button"),
    )
    table.done()
    if found.source and not found.source.attributes:
        raise table.wrong("source", "needs attributes: where the file's address stands")
    return found


def _outcome(table: Table) -> StatusRule:
    found = StatusRule(
        status=_status(table),
        on=_on(table),
        http=table.numbers("http"),
        css=table.css_or_none("css"),
        text=table.pattern_or_none("text"),
        always=table.flag("always", False),
        moved_to=_with_group(table, "moved_to"),
    )
    table.done()
    if not (found.http or found.css or found.text):
        raise table.wrong("http", "an outcome needs http, css or text to be told by")
    if found.moved_to and found.status is not PostStatus.MOVED:
        raise table.wrong("moved_to", "is for status = 'moved'")
    return found


def _status(table: Table) -> PostStatus:
    text = table.text("status")
    if text not in STATUSES:
        raise table.wrong("status", f"is one of {', '.join(STATUSES)}, not {text!r}")
    return PostStatus(text)


def _on(table: Table) -> PageKind:
    text = table.text("on", PageKind.BOTH.value)
    if text not in [*PageKind]:
        raise table.wrong("on", f"is 'list', 'post' or 'both', not {text!r}")
    return PageKind(text)


def _with_group(table: Table, name: str) -> re.Pattern[str] | None:
    pattern = table.pattern_or_none(name)
    if pattern and pattern.groups < 1:
        raise table.wrong(name, "needs a group (…) around the address")
    return pattern


def _headers(table: Table) -> dict[str, str]:
    found = {name: table.text(name) for name in table.values}
    for name, value in found.items():
        if not _HEADER.fullmatch(name) or name.lower() in NO_HEADERS or name.lower().startswith("proxy-"):
            raise table.wrong(name, "is no header that a definition may set")
        if not _HEADER_VALUE.fullmatch(value):
            raise table.wrong(name, "is no value of a header: one line, plain ASCII")
    return found


def selectors_of(definition: SiteDefinition, what: str) -> list[tuple[str, Css]]:
    """Every selector by which a "list" or a "post" is read, with its setting: for whoever looks for a wrong one."""
    return list(_selectors(what, definition.list if what == "list" else definition.post))


def _selectors(name: str, value: Any) -> list[tuple[str, Css]]:
    if isinstance(value, Css):
        return [(name, value)]
    if isinstance(value, tuple) and value and not isinstance(value[0], str):
        found = [(f"{name} (number {at})", one) for at, one in enumerate(value, 1)]
    elif hasattr(value, "__dataclass_fields__"):
        inner_names = {"value": name}  # of a moment: its settings stand in the same table
        found = [(inner_names.get(one.name, f"{name}.{one.name}"), getattr(value, one.name)) for one in fields(value)]
    else:
        return []
    return [selector for inner, one in found for selector in _selectors(inner, one)]
