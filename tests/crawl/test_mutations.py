"""Pages as they should be, broken in many ways: whatever comes, it is an outcome and never an error."""

import random

import pytest

from include.crawl.adapters.dcinside import DCInside
from replica.server import Replica
from tests.crawl.mutations import MUTATIONS, Mutation, whole_pages

BASE = "http://127.0.0.1:1"
SITE = DCInside(BASE)
LIST_STATUSES = {"open", "moved", "closed", "adult", "secret", "gone", "blocked", "unreachable", "unreadable"}
POST_STATUSES = {"published", "deleted", "adult", "secret", "closed", "moved", "blocked", "unreachable", "unreadable"}


@pytest.fixture
def pages(site: Replica, truth: dict) -> list[bytes]:
    return whole_pages(site, truth)


@pytest.mark.parametrize("mutation", MUTATIONS)
def test_a_broken_page_is_an_outcome_and_no_error(pages: list[bytes], mutation: Mutation) -> None:
    chance = random.Random(7)
    gallery = SITE.gallery(f"{BASE}/mgallery/board/lists/?id=replica_walk")
    post = f"{BASE}/mgallery/board/view/?id=replica_walk&no=5"
    for _ in range(300):
        page = mutation(chance.choice(pages), chance)
        listed, read = SITE.parse_list(gallery, 200, page), SITE.parse_post(post, 200, page)
        assert listed.status in LIST_STATUSES and read.status in POST_STATUSES
        assert all(link.url.startswith(f"{BASE}/mgallery/board/view/?id=replica_walk&no=") for link in listed.posts)
        assert len({(media.kind, media.ordinal) for media in read.media}) == len(read.media)
        SITE.parse_player(post, page)
