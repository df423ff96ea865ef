"""Files that somebody spoiled, by accident or not: each is kept or rejected, in little time, and nothing breaks."""

import io
import random
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from include.media.file_types import sniff
from include.media.inspector import Inspector, Rejected


def outcome(inspector: Inspector, data: bytes) -> str:
    file_type = sniff(data[:64])
    if file_type is None:
        return "of no kind"
    try:
        inspector.inspect(io.BytesIO(data), len(data), file_type)
    except Rejected as reason:
        return "rejected" if str(reason) else "rejected without a reason"
    return "kept"


WORDS = (b"\xff\xff\xff\xff", b"\0\0\0\0", b"\x7f\xff\xff\xff", b"\0\0\0\1", b"\0\1\0\0")


def mutated(data: bytes, chance: random.Random) -> bytes:
    """A file that somebody changed here and there, mostly near its beginning, where it says what it is."""
    changed = bytearray(data)
    changes: list[Callable[[int], None]] = [
        lambda at: changed.__setitem__(at, chance.randrange(256)),
        lambda at: changed.__setitem__(slice(at, at + 4), chance.choice(WORDS)),
        lambda at: changed.__delitem__(slice(at, at + chance.choice((1, 4, 100)))),
        lambda at: changed.__setitem__(slice(at, at), changed[: chance.choice((8, 100, 2000))]),
    ]
    for _ in range(chance.choice((1, 1, 2, 5, 30))):
        if changed:
            chance.choice(changes)(chance.randrange(min(len(changed), chance.choice((300, 10**6)))))
    return bytes(changed)


@settings(max_examples=600, deadline=5_000, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**32))
def test_whatever_is_done_to_a_file_it_is_kept_or_rejected(
    inspector: Inspector, good: dict[str, bytes], seed: int
) -> None:
    chance = random.Random(seed)
    assert outcome(inspector, mutated(chance.choice(list(good.values())), chance)) in ("of no kind", "kept", "rejected")


HEADS = [
    b"\xff\xd8\xff",
    b"\x89PNG\r\n\x1a\n",
    b"GIF89a",
    b"BM",
    b"RIFF\xff\0\0\0WEBP",
    b"\0\0\0\x18ftypavif",
    b"\0\0\0\x18ftypisom",
]


@settings(max_examples=300, deadline=5_000, suppress_health_check=list(HealthCheck))
@given(head=st.sampled_from(HEADS), body=st.binary(max_size=400))
def test_a_good_beginning_followed_by_anything_is_kept_or_rejected(inspector: Inspector, head: Any, body: Any) -> None:
    assert outcome(inspector, head + body) in ("kept", "rejected")
