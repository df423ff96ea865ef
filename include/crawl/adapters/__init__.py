"""How a site's pages are read. An adapter is one module with the functions of `Adapter`."""

from dataclasses import dataclass, field
from datetime import datetime
from importlib import import_module
from typing import Protocol, cast

from include.mistakes import Mistake


@dataclass(frozen=True)
class Gallery:
    """One board of a site. `key` tells it apart from every other board there and is the `gallery` column."""

    key: str
    list_url: str


@dataclass(frozen=True)
class PostLink:
    """A post as a list page shows it."""

    gallery: str
    post_no: int
    url: str
    posted_at: datetime | None


@dataclass(frozen=True)
class MediaLink:
    """A picture or video of a post: where it lies, or the page that will say so (`player`)."""

    kind: str
    ordinal: int
    url: str
    player: bool = False


@dataclass(frozen=True)
class PostPage:
    """What a post page says. `status` is "published", or why there is nothing to see; never an exception."""

    status: str
    title: str | None = None
    posted_at: datetime | None = None
    media: list[MediaLink] = field(default_factory=list)


class Adapter(Protocol):
    """Pure functions from pages to facts: no network, no clock, nothing believed but what is returned."""

    def gallery(self, base: str, url: str) -> Gallery:
        """The gallery that a list address means; a Mistake when it is no list address."""

    def page_url(self, gallery: Gallery, page: int) -> str:
        """The address of its n-th list page, counted from 1."""

    def list_posts(self, gallery: Gallery, html: bytes) -> list[PostLink]:
        """The posts on a list page, newest first, without notices, surveys and advertisements."""

    def parse_post(self, url: str, http_status: int, html: bytes) -> PostPage:
        """Classify first, then read."""

    def video_source(self, url: str, html: bytes) -> str | None:
        """The file that a player page names; None while there is none yet."""


def load_adapter(name: str) -> Adapter:
    """The adapter module of that name; only names of this package's own files can be loaded."""
    if not name.isidentifier():
        raise Mistake(f"{name!r} is no name of an adapter")
    return cast(Adapter, import_module(f"{__name__}.{name}"))
