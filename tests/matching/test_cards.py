"""What stands on a card of the evidence page, in words of a person."""

import pytest

from include.matching import cards


@pytest.mark.parametrize(
    ("at_ms", "words"),
    [(0, "0:00.0"), (1_250, "0:01.2"), (59_960, "1:00.0"), (61_500, "1:01.5"), (3_600_000, "60:00.0")],
)
def test_a_moment_of_a_video_is_told_as_players_tell_it(at_ms: int, words: str) -> None:
    assert cards._clock(at_ms) == words
