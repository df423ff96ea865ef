"""Pages as they should be, and ways in which they come broken, from a seed."""

import random
from collections.abc import Callable
from typing import Any

from replica.answers import asked
from replica.server import Server

SPICES = [
    *(b"<", b">", b'"', b"'", b"\\", b"\0", b"\xff\xfe", b"\xed\xa0\x80", b"%", b"&", b"&#x110000;", b"//", b"]]>"),
    *(b"<script>", b"</div>", b"<!--", b"<table>", b"<svg><style>", b"javascript:", b"http://[::1"),
    b"data-no='99999999999999999999'",
]


def cut(page: bytes, chance: random.Random) -> bytes:
    return page[: chance.randrange(len(page) + 1)]


def without_a_part(page: bytes, chance: random.Random) -> bytes:
    start, end = sorted(chance.randrange(len(page) + 1) for _ in range(2))
    return page[:start] + page[end:]


def spiced(page: bytes, chance: random.Random) -> bytes:
    for _ in range(chance.randint(1, 30)):
        at = chance.randrange(len(page) + 1)
        page = page[:at] + chance.choice(SPICES) + page[at + chance.randint(0, 9) :]
    return page


def flipped(page: bytes, chance: random.Random) -> bytes:
    changed = bytearray(page)
    for _ in range(chance.randint(1, 200)):
        if changed:
            changed[chance.randrange(len(changed))] = chance.randrange(256)
    return bytes(changed)


def shuffled_attributes(page: bytes, chance: random.Random) -> bytes:
    parts = page.split(b'"')
    values = parts[1::2]
    chance.shuffle(values)
    parts[1::2] = values
    return b'"'.join(parts)


Mutation = Callable[[bytes, random.Random], bytes]
MUTATIONS: list[Mutation] = [cut, without_a_part, spiced, flipped, shuffled_attributes]


def whole_pages(site: Server, truth: dict[str, Any]) -> list[bytes]:
    """A page of each kind that the replica has: lists, posts of every recipe, player pages, what stands for a post."""
    galleries = [gallery for gallery in truth["galleries"].values() if len(gallery["posts"]) < 1000]
    kinds = {post["kind"]: post["url"] for gallery in galleries for post in gallery["posts"].values()}
    players = [f"/board/movie/movie_view?no={media['movie_no']}" for gallery in galleries
               for post in gallery["posts"].values() for media in post["media"] if "movie_no" in media]  # fmt: skip
    paths = [*(gallery["list"] for gallery in galleries), *kinds.values(), *players[:3]]
    answers = [site.answers.answer(asked(path, site.address[7:], site.address)) for path in paths]
    # Long pages are parsed slowly, and are nothing but more of the same.
    return [answer.body[:40_000] for answer in answers if answer.body]
