"""Rows of table `media`: which number each file of a post has, the names that follow from it, and twins."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict

from include.crawl.adapters import MediaLink
from include.crawl.batch_spec import KnownMedia
from include.media.file_types import MediaKind
from include.warehouse.rows import MediaRow, PostRow

# How `rejected` begins of what is no row of its own, and where the file will be asked for again.
TWIN = "twin of "
UNREACHABLE = "unreachable: "


class StoredFile(TypedDict):
    """A file in the lake, as the columns of table `media` say it."""

    kind: MediaKind
    file_path: str
    sha256: str | None
    phash: str | None
    phash_quality: int | None
    type: str | None
    size: int | None


@dataclass(frozen=True)
class Kept:
    """What came of a picture or video: the file in the lake, or why there is none."""

    link: MediaLink
    fetched_at: datetime
    file: StoredFile | None = None
    rejected: str | None = None

    @property
    def kind(self) -> MediaKind:
        """By the file's own bytes; what its link promised, where there is none."""
        return self.file["kind"] if self.file else self.link.kind

    @property
    def sha256(self) -> str | None:
        return self.file["sha256"] if self.file else None

    def row(self, post: PostRow, ordinal: int) -> MediaRow:
        """The row with its place in the post, and all names that follow from it."""
        stem = f"{self.kind}_{post['post_no']}_{ordinal}"
        row: MediaRow = {
            "media_id": f"{post['platform']}/{post['gallery']}/{post['post_no']}/{self.kind}/{ordinal}",
            "platform": post["platform"],
            "gallery": post["gallery"],
            "post_no": post["post_no"],
            "kind": self.kind,
            "ordinal": ordinal,
            "file_name": f"{stem}.{self.file['file_path'].rpartition('.')[2]}" if self.file else stem,
            "post_url": post["post_url"],
            "post_date": post["posted_at"],
            "source_url": self.link.url,
            "fetched_at": self.fetched_at,
            "rejected": self.rejected,
            "file_path": None,
            "sha256": None,
            "phash": None,
            "phash_quality": None,
            "type": None,
            "size": None,
        }
        return {**row, **self.file} if self.file else row


class Places:
    """Which number a file has among those of its kind in a post: its link's, but a number once given stays given.

    A post that was edited keeps what an earlier run found in it, and what is new comes after. So does a file that turns
    out to be of the other kind than its link promised.
    """

    def __init__(self, links: list[MediaLink], known: Sequence[KnownMedia]) -> None:
        stored = [row for row in known if row["file_path"]]
        shown = {link.url for link in links}
        self._taken: dict[tuple[str, int], str | None] = {
            (row["kind"], row["ordinal"]): row["sha256"] for row in stored
        }
        self._by_url: dict[tuple[str, str | None], int] = {
            (row["kind"], row["source_url"]): row["ordinal"] for row in stored
        }
        self._by_file: dict[tuple[str, str | None], int] = {
            (row["kind"], row["sha256"]): row["ordinal"] for row in stored
        }
        # Files whose address has changed since; those that still have theirs keep their number by it.
        self._strayed = {(row["kind"], row["sha256"]) for row in stored if row["source_url"] not in shown}
        numbers = [*self._taken, *((link.kind, link.ordinal) for link in links)]
        self._last = {kind: max((number for of, number in numbers if of == kind), default=0) for kind in MediaKind}

    def number(self, kept: Kept) -> int:
        """The number for what a link came to."""
        link, kind, file = kept.link, kept.kind, (kept.kind, kept.sha256)
        if (kind, link.url) in self._by_url:
            return self._by_url[kind, link.url]
        if file in self._strayed:
            return self._by_file[file]
        in_place = self._taken.get((kind, link.ordinal))
        if kind == link.kind and (in_place is None or in_place == kept.sha256):
            return link.ordinal
        if file in self._by_file:
            return self._by_file[file]
        self._last[kind] += 1
        return self._last[kind]


def mark_twins(media: list[MediaRow]) -> list[MediaRow]:
    """An attachment is often the very file that the body shows: one picture in a post is one row.

    The twin is marked and not left out: an earlier try, in which the first of the two did not come, may have stored it,
    and the merge then takes that row away.
    """
    first: dict[tuple[str, str], str] = {}
    marked: list[MediaRow] = []
    for row in media:
        original = first.setdefault((row["kind"], row["sha256"]), row["media_id"]) if row["sha256"] else row["media_id"]
        is_twin = original != row["media_id"]
        marked.append({**row, "rejected": TWIN + original, "file_path": None} if is_twin else row)
    return marked
