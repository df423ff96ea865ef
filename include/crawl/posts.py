"""One post: its page read, its files put into the lake, rows for `post`, `media` and `post_outcome`."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from include.crawl.adapters import Adapter, MediaLink, PostPage
from include.crawl.meter import Meter
from include.crawl.net.fetch import Away, Disallowed, FetchedPage, Fetcher, Refused, Stopped, Unreachable
from include.crawl.post_files import KINDS, UNREACHABLE, Keeper, Places, mark_twins, named
from include.crawl.unparsed import UnparsedPages

Row = dict[str, Any]


@dataclass(frozen=True)
class Read:
    """Everything that one post came to."""

    post: Row
    outcome: Row
    media: list[Row] = field(default_factory=list)

    def as_json(self) -> Row:
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
    kinds: Collection[str] = KINDS

    def read(self, post: Row) -> Read:
        """One post. Whatever its page is, there is a row that says so."""
        url, page, reason, kept = self._page(post["url"])
        moved = self.adapter.post(url) if url != post["url"] else None
        row = {
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
        if any((found["rejected"] or "").startswith(UNREACHABLE) for found in media):
            row["status"] = "incomplete"
            reason = next(found["rejected"] for found in media if (found["rejected"] or "").startswith(UNREACHABLE))
        outcome = {name: row[name] for name in ("platform", "gallery", "post_no", "status", "seen_at")}
        return Read(row, {**outcome, "run_key": self.run_key, "reason": reason, "page_path": kept}, media)

    def _media(self, row: Row, links: list[MediaLink], known: list[Row]) -> list[Row]:
        wanted = [link for link in links if link.kind in self.kinds]
        stored = {found["source_url"]: _facts(found) for found in known if found["file_path"] and found["source_url"]}
        places = Places(links, known)
        found = [self.keeper.keep(row, link, stored.get(link.url)) for link in wanted]
        return mark_twins([named(one, places.number(one, link)) for one, link in zip(found, wanted, strict=True)])

    def _kinds_done(self, page: PostPage) -> list[str]:
        """The kinds of which nothing was left out: asked for, or not in the post at all."""
        left_out = {link.kind for link in page.media} - set(self.kinds)
        return [kind for kind in KINDS if kind not in left_out]

    def _page(self, url: str) -> tuple[str, PostPage, str | None, str | None]:
        """The post's address, its page, more words on what is wrong with it, and where an unreadable one was kept."""
        try:
            answer = self.fetcher.page(url)
            page, reason = self._parse(url, answer)
            if page.status == "moved" and page.moved_to:
                url = page.moved_to
                answer = self.fetcher.page(url)
                page, reason = self._parse(url, answer)
        except Away as error:
            return url, PostPage("moved"), str(error), None
        except Disallowed as error:
            return url, PostPage("disallowed"), str(error), None
        except Stopped as error:
            return url, PostPage("blocked"), str(error), None
        except Unreachable as error:
            return url, PostPage("unreachable"), str(error), None
        except Refused as error:
            return url, PostPage("unreadable"), str(error), None
        except Exception as error:  # whatever it is, it is one post's affair and not the batch's
            return url, PostPage("unreachable"), f"asking for it fails: {type(error).__name__}", None
        kept = self.unparsed.keep(url, answer.body) if page.status == "unreadable" else None
        return url, page, reason, kept

    def _parse(self, url: str, answer: FetchedPage) -> tuple[PostPage, str | None]:
        with self.meter.phase("parse"):
            try:
                return self.adapter.parse_post(answer.url or url, answer.status, answer.body), None
            except Exception as error:  # a page that the parser chokes on must not take the batch with it
                return PostPage("unreadable"), f"the adapter fails on it: {type(error).__name__}"


def _facts(known: Row) -> Row:
    """What an earlier run found out about a file."""
    names = ("kind", "file_path", "sha256", "phash", "phash_quality", "type", "size")
    return {name: known[name] for name in names}


def _moment(value: str | None) -> datetime | None:
    return datetime.fromisoformat(value) if value else None
