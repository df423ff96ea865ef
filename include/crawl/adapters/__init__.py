"""How a site's pages are read. An adapter is one module with a function `make(site)` that returns an `Adapter`."""

from dataclasses import dataclass, field
from datetime import datetime
from importlib import import_module
from typing import Protocol, cast

from include.core.errors import Mistake
from include.crawl.sites import Site
from include.crawl.statuses import ListStatus, PostStatus
from include.media.file_types import MediaKind

# Pictures of a post that are taken, and videos. No site lets anybody post as many; what comes after them is a trap.
MOST_OF_A_KIND = 2_000


@dataclass(frozen=True)
class Gallery:
    """One board of a site. `key` tells it apart from every other board there and is the `gallery` column.

    `partial`: the address asks for some of its posts only (a search, the recommended ones), so that having read it to
    its end says nothing of the others.
    """

    key: str
    list_url: str
    partial: bool = False


@dataclass(frozen=True)
class PostLink:
    """A post as a list page shows it, or as somebody gave its address.

    `listed` stands for what the list shows of its content (title, icon): another value later means that it was changed.
    """

    gallery: str
    post_no: int
    url: str
    posted_at: datetime | None = None
    listed: str | None = None


@dataclass(frozen=True)
class ListPage:
    """What a list page says. `status` is OPEN, or why it lists nothing; UNREACHABLE or UNREADABLE where that is all
    there is to say.

    `moved_to` is the address of the list page that a moved one leads to, where it is of the same gallery.
    """

    status: ListStatus
    posts: list[PostLink] = field(default_factory=list)
    moved_to: str | None = None


@dataclass(frozen=True)
class MediaLink:
    """A picture or video of a post: where it lies, or the page that will say so (`player`)."""

    kind: MediaKind
    ordinal: int
    url: str
    player: bool = False


@dataclass(frozen=True)
class PostPage:
    """What a post page says. `status` is PUBLISHED, or why there is nothing to see; never an exception.

    `moved_to` is the address of the same post elsewhere on the site, where the page leads to one.
    """

    status: PostStatus
    title: str | None = None
    posted_at: datetime | None = None
    media: list[MediaLink] = field(default_factory=list)
    moved_to: str | None = None


@dataclass(frozen=True)
class Player:
    """What a video's player page says: the file, or that only a click on its button leads to one (`button`)."""

    source: str | None = None
    button: bool = False


class Adapter(Protocol):
    """Pure functions from pages to facts: no network, no clock, nothing believed but what is returned.

    Pages are whatever a site sends, also in bad faith. None of these but `gallery` raises on purpose; if one does all
    the same, the page is UNREADABLE, kept (redacted) for whoever maintains the adapter, and counted.
    """

    def gallery(self, url: str) -> Gallery:
        """The gallery that a list address means, whatever form it has; a Mistake when it is none."""

    def post(self, url: str) -> PostLink | None:
        """The post that an address means, whatever form it has; None when it is no post's."""

    def page_url(self, gallery: Gallery, page: int) -> str:
        """The address of its n-th list page, counted from 1."""

    def parse_list(self, gallery: Gallery, http_status: int, html: bytes) -> ListPage:
        """Classify first; then the posts, newest first, without notices, surveys and advertisements."""

    def parse_post(self, url: str, http_status: int, html: bytes) -> PostPage:
        """Classify first, then read."""

    def parse_player(self, url: str, html: bytes) -> Player:
        """The file that a player page names; neither file nor button while there is none yet."""

    def headers(self, url: str, referer: str | None) -> dict[str, str]:
        """What to send with a request beside the User-Agent; image hosts often want the post as referer."""


def load_adapter(site: Site) -> Adapter:
    """The adapter that a site's definition names; only this package's own files can be loaded."""
    if not site.adapter.isidentifier():
        raise Mistake(f"{site.adapter!r} is no name of an adapter")
    try:
        make = import_module(f"{__name__}.{site.adapter}").make
    except (ModuleNotFoundError, AttributeError):
        raise Mistake(f"[sites.{site.name}]: there is no adapter {site.adapter!r} in include/crawl/adapters") from None
    return cast(Adapter, make(site))
