"""One post: its page read, its files put into the lake, rows for `post`, `media` and `post_outcome`."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from include.crawl.adapters import Adapter, MediaLink, PostPage
from include.crawl.batch_spec import KnownMedia, PostToRead
from include.crawl.media_rows import Places, StoredFile, mark_twins
from include.crawl.meter import Meter
from include.crawl.net.fetch import Away, Disallowed, FetchedPage, Fetcher, Refused, Stopped, Unreachable
from include.crawl.post_files import UNREACHABLE, Keeper
from include.crawl.statuses import PostStatus
from include.crawl.unparsed import UnparsedPages
from include.media.file_types import MediaKind
from include.warehouse.rows import MediaRow, PostOutcomeRow, PostRow


@dataclass(frozen=True)
class Read:
    """Everything that one post came to."""

    post: PostRow
    outcome: PostOutcomeRow
    media: list[MediaRow] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return {"post": self.post, "outcome": self.outcome, "media": self.media}


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

    def read(self, post: PostToRead) -> Read:
        """One post. Whatever its page is, there is a row that says so."""
        url, page, reason, kept = self._page(post["url"])
        moved = self.adapter.post(url) if url != post["url"] else None
        row: PostRow = {
            "platform": self.fetcher.site.name,
            "gallery": moved.gallery if moved else post["gallery"],
            "post_no": post["post_no"],
            "post_url": url,
            "title": page.title,
            "posted_at": page.posted_at or _moment(post["posted_at"]),
            "status": page.status,
            "kinds": self._kinds_done(page),
            "seen_at": datetime.now(UTC),
            "listed": post.get("listed"),
        }
        media = self._media(row, page.media, post.get("media") or [])
        lacking = [found["rejected"] for found in media if (found["rejected"] or "").startswith(UNREACHABLE)]
        if lacking:
            row["status"], reason = PostStatus.INCOMPLETE, lacking[0]
        outcome: PostOutcomeRow = {
            "platform": row["platform"],
            "gallery": row["gallery"],
            "post_no": row["post_no"],
            "run_key": self.run_key,
            "status": row["status"],
            "reason": reason,
            "page_path": kept,
            "seen_at": row["seen_at"],
        }
        return Read(row, outcome, media)

    def _media(self, row: PostRow, links: list[MediaLink], known: Sequence[KnownMedia]) -> list[MediaRow]:
        wanted = [link for link in links if link.kind in self.kinds]
        stored = {found["source_url"]: file for found in known if (file := _stored(found)) and found["source_url"]}
        places = Places(links, known)
        kept = [self.keeper.keep(link, row["post_url"], stored.get(link.url)) for link in wanted]
        return mark_twins([one.row(row, places.number(one)) for one in kept])

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
