"""Broken files by the hundred: none kills a batch, each is accounted for, and the good ones among them are scanned."""

from collections import Counter
from collections.abc import Callable

import pytest

from include.faces.engine import Engine
from include.media.image import Image
from tests.faces.test_scan import Lake
from tests.media.broken import spoiled, whole

COUNT = 300


@pytest.fixture(scope="module")
def good(portrait: Callable[[str], Image], tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return whole(portrait("astronaut.png")[:320, 60:380].copy(), tmp_path_factory.mktemp("whole"))


def test_every_kind_of_good_file_shows_its_face(engine: Engine, good: dict[str, bytes]) -> None:
    said = Lake(good).outcomes(engine)
    assert {name: outcome for name, outcome in said.items() if outcome != ("faces", None)} == {}


@pytest.mark.slow
def test_no_broken_file_kills_a_batch_and_each_has_its_row(engine: Engine, good: dict[str, bytes]) -> None:
    lake = Lake(dict(spoiled(good, COUNT, seed=4)) | {"good": good["JPEG"]})
    said = lake.outcomes(engine)
    assert set(said) == set(lake.files)
    assert said["good"] == ("faces", None)
    assert Counter(outcome for outcome, _ in said.values()).keys() <= {"faces", "no_face", "rejected"}
    assert all(reason for outcome, reason in said.values() if outcome == "rejected")
