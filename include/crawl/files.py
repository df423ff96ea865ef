"""The files of a post: fetched, told by their first bytes, put into the lake; a row for each."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from google.cloud import storage

from include.crawl.adapters import Adapter, MediaLink
from include.crawl.fetch import Fetcher, Refused, Unreachable
from include.lake.objects import put_once
from include.lake.types import sniff

Row = dict[str, Any]
# How `rejected` begins where it is more than a reason: what will be asked for again, and what is no row of its own.
UNREACHABLE = "unreachable: "
TWIN = "twin of "


@dataclass(frozen=True)
class Keeper:
    """Puts the files of one site into one bucket."""

    fetcher: Fetcher
    adapter: Adapter
    gcs: storage.Client
    bucket: str

    def keep(self, post: Row, link: MediaLink) -> Row:
        """The row of one picture or video. Whatever comes of it, there is a row that says so."""
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
            return {**row, "rejected": f"{UNREACHABLE}{reason}"}

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
            player = self.fetcher.page(url, referer).taken()
            if not player.strip():
                raise Unreachable("the player page is empty")
            try:
                source = self.adapter.video_source(url, player)
            except Exception as error:  # as with posts: a page that the parser chokes on
                raise Refused(f"unreadable player page: {type(error).__name__}") from None
            if not source:
                raise Unreachable("the player names no file yet")
            url = source
        return self.fetcher.file(url, referer, link.kind)


def mark_twins(media: list[Row]) -> list[Row]:
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
