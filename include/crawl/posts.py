"""One post: its page read, its files put into the lake, rows for `post`, `media` and `post_outcome`."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from include.crawl.adapters import MOST_OF_A_KIND, Adapter, MediaLink, PostPage
from include.crawl.batch_spec import KnownMedia, PostToRead
from include.crawl.media_rows import UNREACHABLE, Kept, Places, StoredFile, mark_twins
from include.crawl.meter import Meter
from include.crawl.net.fetch import Away, Disallowed, FetchedPage, Fetcher, Refused, Stopped, Unreachable
from include.crawl.portion import LEFT, TOO_MANY, Portion
from include.crawl.post_files import Keeper
from include.crawl.statuses import PostStatus
from include.crawl.unparsed import UnparsedPages
from include.lake.clock import Clock
from include.lake.objects import BUCKET_FAILS
from include.media.file_types import MediaKind
from include.warehouse.rows import MediaRow, PostOutcomeRow, PostRow

LONGEST_TITLE = 1_000
# How the reason of an outcome begins (queries/unfinished_posts.sql knows both): nobody had begun the post, which is not
# its fault; or it is being read bit by bit, and this run got on with it.
NOT_BEGUN = "not begun: "
GOES_ON = "goes on: "


@dataclass(frozen=True)
class Read:
    """Everything that one post came to."""

    post: PostRow
    outcome: PostOutcomeRow
    media: list[MediaRow] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return {"post": self.post, "outcome": self.outcome, "media": self.media}


def not_begun(platform: str, run_key: str, post: PostToRead, reason: str, at: datetime) -> Read:
    """What is told of a post that nobody has read: it is out of reach for now, and so a later run reads it."""
    row = _post_row(platform, post, post["url"], PostPage(PostStatus.UNREACHABLE), at)
    return Read(row, _outcome(row, run_key, reason))


@dataclass(frozen=True)
class PostCrawler:
    """Reads the posts of one site, and has their files kept."""

    fetcher: Fetcher
    adapter: Adapter
    keeper: Keeper
    unparsed: UnparsedPages
    meter: Meter
    run_key: str
    kinds: Collection[str] = tuple(MediaKind)
    clock: Clock = field(default_factory=Clock)

    def read(self, post: PostToRead) -> Read:
        """One post. Whatever its page is, there is a row that says so; only a bucket that fails is not the post's."""
        try:
            return self._read(post)
        except BUCKET_FAILS:
            raise
        except Exception as error:  # no memory for it, too deep for the stack: this post's affair, not the batch's
            page = PostPage(PostStatus.UNREADABLE)
            row = _post_row(self.fetcher.site.name, post, post["url"], page, self.clock.now())
            return Read(row, _outcome(row, self.run_key, f"reading it fails: {type(error).__name__}"))

    def not_begun(self, post: PostToRead, reason: str) -> Read:
        """What is told of a post of this site that is not begun."""
        return not_begun(self.fetcher.site.name, self.run_key, post, reason, self.clock.now())

    def _read(self, post: PostToRead) -> Read:
        url, page, reason, kept = self._page(post["url"])
        moved = self.adapter.post(url) if url != post["url"] else None
        row = _post_row(self.fetcher.site.name, post, url, page, self.clock.now())
        row["gallery"] = moved.gallery if moved else post["gallery"]
        row["kinds"] = self._kinds_done(page)
        media, why = self._media(row, page.media, post.get("media") or [])
        if why:
            row["status"], reason = PostStatus.INCOMPLETE, why
        return Read(row, _outcome(row, self.run_key, reason, kept), media)

    def _media(
        self, row: PostRow, links: list[MediaLink], known: Sequence[KnownMedia]
    ) -> tuple[list[MediaRow], str | None]:
        """The rows of its files, and why they are not all of them, if that is so."""
        wanted = [link for link in links if link.kind in self.kinds and link.ordinal <= MOST_OF_A_KIND + 1]
        stored = {found["source_url"]: file for found in known if (file := _stored(found)) and found["source_url"]}
        portion = Portion(wanted, known)
        portion.take(lambda link: self._kept(link, row["post_url"], stored.get(link.url)))
        for link in portion.left[:1]:
            portion.had[link.url] = Kept(
                link, self.clock.now(), rejected=f"{LEFT}, with {len(portion.left) - 1} others"
            )
        places = Places(links, known)
        kept = [portion.had[link.url] for link in wanted if link.url in portion.had]
        media = mark_twins([one.row(row, places.number(one)) for one in kept])
        if portion.left and portion.got_on:
            return media, f"{GOES_ON}{len(portion.left)} of its files are left to the next run"
        reasons = [one.rejected or "" for one in kept]
        return media, next((reason for reason in reasons if reason.startswith(UNREACHABLE)), None)

    def _kept(self, link: MediaLink, referer: str, earlier: StoredFile | None) -> Kept:
        if link.ordinal > MOST_OF_A_KIND:
            return Kept(link, self.clock.now(), rejected=TOO_MANY)
        return self.keeper.keep(link, referer, earlier)

    def _kinds_done(self, page: PostPage) -> list[str]:
        """The kinds of which nothing was left out: asked for, or not in the post at all."""
        left_out = {link.kind for link in page.media} - set(self.kinds)
        return [kind for kind in MediaKind if kind not in left_out]

    def _page(self, url: str) -> tuple[str, PostPage, str | None, str | None]:
        """The post's address, its page, more words on what is wrong with it, and where an unreadable one was kept."""
        try:
            answer = self.fetcher.page(url)
            page, reason = self._parse(url, answer)
            if page.status == PostStatus.MOVED and page.moved_to:
                url = page.moved_to
                answer = self.fetcher.page(url)
                page, reason = self._parse(url, answer)
        except Away as error:
            return url, PostPage(PostStatus.MOVED), str(error), None
        except Disallowed as error:
            return url, PostPage(PostStatus.DISALLOWED), str(error), None
        except Stopped as error:
            return url, PostPage(PostStatus.BLOCKED), str(error), None
        except Unreachable as error:
            return url, PostPage(PostStatus.UNREACHABLE), str(error), None
        except Refused as error:
            return url, PostPage(PostStatus.UNREADABLE), str(error), None
        except Exception as error:  # whatever it is, it is one post's affair and not the batch's
            return url, PostPage(PostStatus.UNREACHABLE), f"asking for it fails: {type(error).__name__}", None
        kept = self.unparsed.keep(url, answer.body) if page.status == PostStatus.UNREADABLE else None
        return url, page, reason, kept

    def _parse(self, url: str, answer: FetchedPage) -> tuple[PostPage, str | None]:
        with self.meter.phase("parse"):
            try:
                return self.adapter.parse_post(answer.url or url, answer.status, answer.body), None
            except Exception as error:  # a page that the parser chokes on must not take the batch with it
                return PostPage(PostStatus.UNREADABLE), f"the adapter fails on it: {type(error).__name__}"


def _post_row(platform: str, post: PostToRead, url: str, page: PostPage, at: datetime) -> PostRow:
    return {
        "platform": platform,
        "gallery": post["gallery"],
        "post_no": post["post_no"],
        "post_url": url,
        "title": page.title[:LONGEST_TITLE] if page.title else page.title,
        "posted_at": page.posted_at or _moment(post["posted_at"]),
        "status": page.status,
        "kinds": [],
        "seen_at": at,
        "listed": post.get("listed"),
    }


def _outcome(row: PostRow, run_key: str, reason: str | None, page_path: str | None = None) -> PostOutcomeRow:
    return {
        "platform": row["platform"],
        "gallery": row["gallery"],
        "post_no": row["post_no"],
        "run_key": run_key,
        "status": row["status"],
        "reason": reason,
        "page_path": page_path,
        "seen_at": row["seen_at"],
    }


def _stored(known: KnownMedia) -> StoredFile | None:
    """What an earlier run found out about a file; None where it stored none."""
    if not known["file_path"]:
        return None
    return {
        "kind": MediaKind(known["kind"]),
        "file_path": known["file_path"],
        "sha256": known["sha256"],
        "phash": known["phash"],
        "phash_quality": known["phash_quality"],
        "type": known["type"],
        "size": known["size"],
    }


def _moment(value: str | None) -> datetime | None:
    return datetime.fromisoformat(value) if value else None
