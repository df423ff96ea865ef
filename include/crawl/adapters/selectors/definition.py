"""What a definition for the adapter "selectors" says, checked already. docs/adapters.md explains every setting."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from zoneinfo import ZoneInfo

from include.crawl.adapters.css import Css
from include.crawl.adapters.selectors.addresses import Addresses
from include.crawl.statuses import PostStatus
from include.media.file_types import MediaKind


class PageKind(StrEnum):
    """Which pages an outcome is looked for on."""

    LIST = "list"
    POST = "post"
    BOTH = "both"


@dataclass(frozen=True)
class Value:
    """A text within an element: of what a selector finds (or the element itself), from attributes or what it shows."""

    css: Css | None
    attributes: tuple[str, ...]
    pattern: re.Pattern[str] | None


@dataclass(frozen=True)
class Moment:
    """A time, in one of several forms."""

    value: Value
    formats: tuple[str, ...]
    zone: ZoneInfo


@dataclass(frozen=True)
class ListRules:
    """What is what on a list page."""

    present: Css
    rows: Css
    skip: Css | None
    link: Css
    number: Value | None
    date: Moment | None
    title: Css | None
    leave_out: Css | None
    icons: Css | None


@dataclass(frozen=True)
class Rewrite:
    """Another address in place of one, a thumbnail's original say."""

    pattern: re.Pattern[str]
    to: str
    unquote: bool


@dataclass(frozen=True)
class MediaRule:
    """Where one sort of picture or video stands in a post. `kind` is None where each one's name tells it."""

    css: Css
    skip: Css | None
    attributes: tuple[str, ...]
    kind: MediaKind | None
    name: Value | None
    player: bool
    rewrite: tuple[Rewrite, ...]
    must_match: re.Pattern[str] | None
    must_not_match: re.Pattern[str] | None


@dataclass(frozen=True)
class PostRules:
    """What is what on a post page."""

    present: Css
    title: Css | None
    date: Moment | None
    media: tuple[MediaRule, ...]


@dataclass(frozen=True)
class PlayerRules:
    """How a player page names its file."""

    source: Value | None
    script: re.Pattern[str] | None
    button: Css | None


@dataclass(frozen=True)
class StatusRule:
    """Pages that are no list and no post: what they are, and how they are told."""

    status: PostStatus
    on: PageKind
    http: tuple[int, ...]
    css: Css | None
    text: re.Pattern[str] | None
    always: bool
    moved_to: re.Pattern[str] | None


@dataclass(frozen=True)
class SiteDefinition:
    """Everything that a definition says beside what sites.py reads of it."""

    encoding: str
    addresses: Addresses
    list: ListRules
    post: PostRules
    player: PlayerRules
    outcomes: tuple[StatusRule, ...]
    referer: bool
    headers: Mapping[str, str]
