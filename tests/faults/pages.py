"""Malformed pages by the thousand: each is read, each has a status, and what nobody understands is redacted."""

import random
from collections import Counter
from dataclasses import dataclass, field

from include.crawl.adapters.dcinside import DCInside
from include.crawl.redaction.page import MAX_BYTES, redact
from include.crawl.statuses import ListStatus, PostStatus
from tests.crawl.mutations import MUTATIONS

BASE = "http://127.0.0.1:1"
SITE = DCInside(BASE)
GALLERY = SITE.gallery(f"{BASE}/mgallery/board/lists/?id=replica_walk")
POST = f"{BASE}/mgallery/board/view/?id=replica_walk&no=5"


@dataclass
class PagesRead:
    """How many pages were what, as a post and as a list; and which broke something."""

    posts: Counter[str] = field(default_factory=Counter)
    lists: Counter[str] = field(default_factory=Counter)
    redacted: int = 0
    broke: list[str] = field(default_factory=list)  # the number of a page under its seed, and what came out of it


def read_malformed(pages: list[bytes], count: int, seed: int) -> PagesRead:
    """Reads so many pages, broken from a seed, as a post and as a list, and as a player where they are one."""
    chance, found = random.Random(seed), PagesRead()
    for number in range(count):
        page = chance.choice(MUTATIONS)(chance.choice(pages), chance)
        try:
            _read(page, found)
        except Exception as error:  # what this is all about
            found.broke.append(f"page {number}: {type(error).__name__}: {error}")
    return found


def _read(page: bytes, found: PagesRead) -> None:
    post, listed = SITE.parse_post(POST, 200, page), SITE.parse_list(GALLERY, 200, page)
    SITE.parse_player(POST, page)
    found.posts[PostStatus(post.status)] += 1
    found.lists[ListStatus(listed.status)] += 1
    if PostStatus.UNREADABLE in (post.status, listed.status):
        found.redacted += 1
        if len(redact(page)) > MAX_BYTES:
            raise ValueError("what is kept of it is larger than may be")
