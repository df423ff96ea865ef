"""One batch of posts: pages read, files put into the lake, rows for `post` and `media`."""

import threading
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from include.crawl.adapters import Adapter, PostPage
from include.crawl.fetch import CONNECTIONS, Away, Fetcher, Refused, Unreachable
from include.crawl.files import TWIN, UNREACHABLE, Keeper, mark_twins

Row = dict[str, Any]
Log = Callable[[str], None]
KINDS = ("image", "video")


@dataclass
class Harvest:
    """The rows of a batch."""

    posts: list[Row] = field(default_factory=list)
    media: list[Row] = field(default_factory=list)

    def summary(self) -> dict[str, int]:
        stored = [row for row in self.media if not row["rejected"]]
        return {
            "posts": len(self.posts),
            "media": len(stored),
            "rejected": sum(bool(row["rejected"]) and not row["rejected"].startswith(TWIN) for row in self.media),
            "bytes": sum(row["size"] for row in stored),
        }


@dataclass(frozen=True)
class PostCrawler:
    """Reads the posts of one site into rows, and has their files kept."""

    fetcher: Fetcher
    adapter: Adapter
    keeper: Keeper
    kinds: Collection[str] = KINDS

    def crawl(self, posts: list[Row], log: Log) -> Harvest:
        """All posts of a batch, several at once; the order of the rows is that of the posts."""
        harvest, lock, done = Harvest(), threading.Lock(), 0

        def one(post: Row) -> tuple[Row, list[Row]]:
            nonlocal done
            rows = self.crawl_post(post)
            with lock:
                done += 1
                log(f"post {done}/{len(posts)}: {rows[0]['status']}, {len(rows[1])} media")
            return rows

        with ThreadPoolExecutor(CONNECTIONS) as pool:
            for post_row, media_rows in pool.map(one, posts):
                harvest.posts.append(post_row)
                harvest.media.extend(media_rows)
        return harvest

    def crawl_post(self, post: Row) -> tuple[Row, list[Row]]:
        """One post. Whatever the page is, there is a row that says so."""
        page = self._page(post["url"])
        row = {
            "platform": self.fetcher.site.name,
            "gallery": post["gallery"],
            "post_no": post["post_no"],
            "post_url": post["url"],
            "title": page.title,
            "posted_at": page.posted_at or _moment(post["posted_at"]),
            "status": page.status,
            "kinds": self._kinds_done(page),
            "seen_at": datetime.now(UTC),
        }
        wanted = [link for link in page.media if link.kind in self.kinds]
        media = mark_twins([self.keeper.keep(row, link) for link in wanted])
        if any((found["rejected"] or "").startswith(UNREACHABLE) for found in media):
            row["status"] = "incomplete"
        return row, media

    def _kinds_done(self, page: PostPage) -> list[str]:
        """The kinds of which nothing was left out: asked for, or not in the post at all."""
        left_out = {link.kind for link in page.media} - set(self.kinds)
        return [kind for kind in KINDS if kind not in left_out]

    def _page(self, url: str) -> PostPage:
        try:
            answer = self.fetcher.page(url)
            return self.adapter.parse_post(url, answer.status, answer.body)
        except Away:
            return PostPage("moved")
        except Refused as reason:
            return PostPage(f"unreadable: {reason}")
        except Unreachable:
            return PostPage("unreachable")
        except Exception as error:  # a page that the parser chokes on must not take the batch with it
            return PostPage(f"unreadable: {type(error).__name__}")


def _moment(value: str | None) -> datetime | None:
    return datetime.fromisoformat(value) if value else None
