"""`make show`: boxes and scores on any file, also on one that nobody scanned."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from include.faces.drawing import sheet, shown
from include.faces.engine import Engine
from include.faces.show import Showing
from include.media.image import Image
from tests.conftest import MakeRun
from tests.media.films import film, scene, steady

GREEN, ORANGE = (40, 220, 90), (255, 150, 0)
FACE: Any = {"box": {"x": 20.0, "y": 30.0, "width": 40.0, "height": 50.0}, "landmarks": [{"x": 30.0, "y": 50.0}],
        "score": 0.9, "sharpness": 80.0, "size": 40.0, "track": None, "reason": None}  # fmt: skip


def has(image: Image, colour: tuple[int, int, int]) -> bool:
    return bool((image == colour).all(-1).any())


def test_a_box_stands_around_the_face_and_says_by_its_colour_whether_it_could_be_embedded() -> None:
    grey = np.full((200, 200, 3), 90, np.uint8)
    good, poor = shown(grey, [FACE]), shown(grey, [FACE | {"reason": "too blurred"}])
    assert has(good, GREEN) and not has(good, ORANGE)
    assert has(poor, ORANGE) and not has(poor, GREEN)
    scale = good.shape[1] / 200
    assert tuple(good[round(80 * scale), round(40 * scale)]) == GREEN
    assert (grey == 90).all()


def test_frames_of_different_sizes_share_a_sheet() -> None:
    frames = [np.zeros((90, 160, 3), np.uint8), np.zeros((160, 90, 3), np.uint8)] * 2
    assert sheet(frames).shape[1] <= 1600
    assert sheet(frames[:1]) is frames[0]


@pytest.fixture
def showing(clean_tables: None, engine: Engine, models: Path, make_run: MakeRun) -> Showing:
    return Showing(make_run(engine=engine.name, models=models))


def test_a_file_here_is_looked_at_now(
    showing: Showing, photo: Callable[[str], bytes], portrait: Callable[[str], Image], tmp_path: Path
) -> None:
    (tmp_path / "a.jpg").write_bytes(photo("obama.jpg"))
    assert has(showing.media(str(tmp_path / "a.jpg")), GREEN)
    still = np.ascontiguousarray(portrait("astronaut.png")[:320, 60:380])
    path = film(tmp_path / "a.mp4", steady([(3000, still)], 5))
    assert has(showing.media(str(path)), GREEN)
    (tmp_path / "wall.mp4").write_bytes(film(tmp_path / "b.mp4", steady([(1000, scene(1))], 5)).read_bytes())
    assert not has(showing.media(str(tmp_path / "wall.mp4")), GREEN)


def test_what_is_not_stored_is_said(showing: Showing) -> None:
    with pytest.raises(LookupError, match="media_id, a sha256"):
        showing.media("p/g/1/image/1")
