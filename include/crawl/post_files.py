"""The files of a post: fetched, told by their first bytes, put into the lake; a row for each."""

import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from include.core.run import Run
from include.crawl.adapters import Adapter, MediaLink
from include.crawl.browser.browser import Browser
from include.crawl.meter import Meter
from include.crawl.net.fetch import Download, Fetcher, Refused, Unreachable
from include.lake.objects import put_file
from include.media.file_types import sniff
from include.media.inspection import Rejected, inspect

Row = dict[str, Any]
KINDS = ("image", "video")
# How `rejected` begins where it is more than a reason: what will be asked for again, and what is no row of its own.
UNREACHABLE = "unreachable: "
TWIN = "twin of "
# The storage client keeps ten connections; more at once would each be a new one, and thrown away.
UPLOADS = 8
_STORED = ("file_path", "sha256", "phash", "phash_quality", "type", "size")
_SIGNS = (
    (b"<!doctype html", "an HTML page"),
    (b"<html", "an HTML page"),
    (b"<svg", "an SVG drawing"),
    (b"<?xml", "an XML document"),
    (b"%pdf", "a PDF document"),
    (b"pk\x03\x04", "an archive or office document"),
    (b"pk\x05\x06", "an archive or office document"),
)


@dataclass(frozen=True)
class Keeper:
    """Puts the files of one site into one bucket."""

    run: Run
    fetcher: Fetcher
    adapter: Adapter
    meter: Meter
    browser: Browser
    # What this batch has stored, by address: ten posts that show one address are one request.
    _by_url: dict[str, Row] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _uploads: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(UPLOADS))

    def keep(self, post: Row, link: MediaLink, earlier: Row | None = None) -> Row:
        """The row of one picture or video. Whatever comes of it, there is a row that says so.

        `earlier` is what an earlier run stored from this very address: it is not fetched again.
        """
        row: Row = {
            **{name: post[name] for name in ("platform", "gallery", "post_no", "post_url")},
            "kind": link.kind,
            "ordinal": link.ordinal,
            "post_date": post["posted_at"],
            "source_url": link.url,
            "fetched_at": datetime.now(UTC),
            **dict.fromkeys((*_STORED, "rejected")),
        }
        try:
            return {**row, **(earlier or self._by_url.get(link.url) or self._store(link, post["post_url"]))}
        except (Refused, Rejected) as reason:
            return {**row, "rejected": str(reason)}
        except Unreachable as reason:
            return {**row, "rejected": f"{UNREACHABLE}{reason}"}

    def _store(self, link: MediaLink, referer: str) -> Row:
        with self._got(link, referer) as got:
            file_type = sniff(got.head)
            if file_type is None:
                raise Refused(f"neither picture nor video by its first bytes{_looks_like(got.head)}")
            with self.meter.phase("parse"):
                facts = inspect(got.file, got.size, file_type)
            with self.meter.phase("upload"), self._uploads:
                stored = put_file(self.run, got.file, got.size, got.sha256, file_type)
        self.meter.count("objects.new", stored.created)
        row: Row = {
            "kind": file_type.kind,
            "file_path": stored.file_path,
            "sha256": stored.sha256,
            "phash": facts.phash,
            "phash_quality": facts.phash_quality,
            "type": file_type.mime,
            "size": stored.size,
        }
        with self._lock:
            self._by_url[link.url] = row
        return row

    def _got(self, link: MediaLink, referer: str) -> Download:
        try:
            return self._fetched(link, referer)
        except (Refused, Unreachable):
            raise
        except Exception as error:  # whatever it is, it is one file's affair and not the batch's
            raise Unreachable(f"asking for it fails: {type(error).__name__}") from error

    def _fetched(self, link: MediaLink, referer: str) -> Download:
        if not link.player:
            return self.fetcher.file(link.url, referer, link.kind)
        if self.fetcher.site.browser == "always":
            return self.browser.download(link.url, referer)
        page = self.fetcher.page(link.url, referer).taken()
        if not page.strip():
            raise Unreachable("the player page is empty")
        try:
            with self.meter.phase("parse"):
                player = self.adapter.parse_player(link.url, page)
        except Exception as error:  # as with posts: a page that the parser chokes on
            raise Refused(f"unreadable player page: {type(error).__name__}") from None
        if player.source:
            return self.fetcher.file(player.source, link.url, link.kind)
        if not player.button:
            raise Unreachable("the player names no file yet")
        if self.fetcher.site.browser == "off":
            raise Unreachable("only a browser can fetch it, and that is switched off for this site")
        return self.browser.download(link.url, referer)


def _looks_like(head: bytes) -> str:
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return next((f": {what}" for sign, what in _SIGNS if start.startswith(sign)), "")


def named(row: Row, ordinal: int) -> Row:
    """The row with its place in the post, and all names that follow from it."""
    stem = f"{row['kind']}_{row['post_no']}_{ordinal}"
    ext = row["file_path"].rpartition(".")[2] if row["file_path"] else ""
    return {
        **row,
        "ordinal": ordinal,
        "media_id": f"{row['platform']}/{row['gallery']}/{row['post_no']}/{row['kind']}/{ordinal}",
        "file_name": f"{stem}.{ext}" if ext else stem,
    }


class Places:
    """Which number a file has among those of its kind in a post: its link's, but a number once given stays given.

    A post that was edited keeps what an earlier run found in it, and what is new comes after. So does a file that turns
    out to be of the other kind than its link promised.
    """

    def __init__(self, links: list[MediaLink], known: list[Row]) -> None:
        stored = [row for row in known if row["file_path"]]
        shown = {link.url for link in links}
        self._taken: dict[tuple[str, int], str] = {(row["kind"], row["ordinal"]): row["sha256"] for row in stored}
        self._by_url: dict[tuple[str, str], int] = {(row["kind"], row["source_url"]): row["ordinal"] for row in stored}
        self._by_file: dict[tuple[str, str], int] = {(row["kind"], row["sha256"]): row["ordinal"] for row in stored}
        # Files whose address has changed since; those that still have theirs keep their number by it.
        self._strayed = {(row["kind"], row["sha256"]) for row in stored if row["source_url"] not in shown}
        numbers = [*self._taken, *((link.kind, link.ordinal) for link in links)]
        self._last = {kind: max((number for of, number in numbers if of == kind), default=0) for kind in KINDS}

    def number(self, row: Row, link: MediaLink) -> int:
        """The number for the row that this link came to."""
        kind, file = row["kind"], (row["kind"], row["sha256"])
        if (kind, link.url) in self._by_url:
            return self._by_url[kind, link.url]
        if file in self._strayed:
            return self._by_file[file]
        in_place = self._taken.get((kind, link.ordinal))
        if kind == link.kind and (in_place is None or in_place == row["sha256"]):
            return link.ordinal
        if file in self._by_file:
            return self._by_file[file]
        self._last[kind] += 1
        return self._last[kind]


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
