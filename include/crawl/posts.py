"""One batch of posts: pages read, files put into the lake, rows for `post` and `media`."""

import threading
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from google.cloud import storage

from include.crawl.adapters import Adapter, MediaLink, PostPage
from include.crawl.fetch import CONNECTIONS, Away, Fetcher, Refused, Unreachable
from include.lake.objects import put_once
from include.lake.types import sniff

Row = dict[str, Any]
Log = Callable[[str], None]
KINDS = ("image", "video")
TWIN = "twin of "


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
            "rejected": sum(not (row["rejected"] or TWIN).startswith(TWIN) for row in self.media),
            "bytes": sum(row["size"] for row in stored),
        }


@dataclass(frozen=True)
class PostCrawler:
    """Reads the posts of one site into rows, and their files into one bucket."""

    fetcher: Fetcher
    adapter: Adapter
    gcs: storage.Client
    bucket: str
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
        media = _mark_twins([self._media(row, link) for link in wanted])
        if any((found["rejected"] or "").startswith("unreachable") for found in media):
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

    def _media(self, post: Row, link: MediaLink) -> Row:
        row: Row = {
            **{name: post[name] for name in ("platform", "gallery", "post_no", "post_url")},
            "media_id": f"{post['platform']}/{post['gallery']}/{post['post_no']}/{link.kind}/{link.ordinal}",
            "kind": link.kind,
            "ordinal": link.ordinal,
            "file_name": f"{link.kind}_{post['post_no']}_{link.ordinal}",
            "post_date": post["posted_at"],
            "fetched_at": datetime.now(UTC),
            **dict.fromkeys(("file_path", "sha256", "phash", "type", "size", "rejected")),
        }
        try:
            return {**row, **self._store(link, post["post_url"], row["file_name"])}
        except Refused as reason:
            return {**row, "rejected": str(reason)}
        except Unreachable as reason:
            return {**row, "rejected": f"unreachable: {reason}"}

    def _store(self, link: MediaLink, referer: str, stem: str) -> Row:
        data = self._bytes(link, referer)
        file_type = sniff(data)
        if not data:
            raise self._nothing(referer)
        if file_type is None:
            raise Refused("neither picture nor video by its first bytes")
        stored = put_once(self.gcs, self.bucket, data, file_type)
        return {
            "file_name": f"{stem}.{file_type.ext}",
            "file_path": stored.file_path,
            "sha256": stored.sha256,
            "type": file_type.mime,
            "size": stored.size,
        }

    def _nothing(self, post_url: str) -> Exception:
        """What an empty file means: a site that blocks us answers everything so, also the post we have just read."""
        if self.fetcher.page(post_url).body.strip():
            return Refused("empty file")
        return Unreachable("the site answers with nothing: it blocks us")

    def _bytes(self, link: MediaLink, referer: str) -> bytes:
        url = link.url
        if link.player:
            answer = self.fetcher.page(url, referer)
            if not answer.body.strip():
                raise Unreachable("the player page is empty")
            try:
                source = self.adapter.video_source(url, answer.body)
            except Exception as error:  # as with posts: a page that the parser chokes on
                raise Refused(f"unreadable player page: {type(error).__name__}") from None
            if not source:
                raise Unreachable("the player names no file yet")
            url = source
        return self.fetcher.file(url, referer, link.kind)


def _mark_twins(media: list[Row]) -> list[Row]:
    """An attachment is often the very file that the body shows: one picture in a post is one row.

    The twin is marked and not left out: an earlier try, in which the first of the two did not come, may have stored it,
    and the merge then takes that row away.
    """
    first: dict[tuple[str, str], str] = {}
    marked = []
    for row in media:
        original = first.setdefault((row["kind"], row["sha256"]), row["media_id"]) if row["sha256"] else row["media_id"]
        is_twin = original != row["media_id"]
        marked.append({**row, "rejected": TWIN + original, "file_path": None} if is_twin else row)
    return marked


def _moment(value: str | None) -> datetime | None:
    return datetime.fromisoformat(value) if value else None
