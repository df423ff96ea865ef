"""One box for all stages, and one way to cover what it holds."""

import numpy as np
import pytest

from include.media.box import Box
from include.media.cover import COLOUR, cover
from include.media.image import Image

FACE = Box(10, 20, 30, 40)


def grey(height: int = 100, width: int = 100, value: int = 7) -> Image:
    return np.full((height, width, 3), value, np.uint8)


def test_a_box_is_the_same_however_it_was_written_down() -> None:
    assert Box.of(np.array([10, 20, 30, 40], np.float32)) == FACE
    assert Box.from_row(FACE.as_row()) == FACE
    assert FACE.as_row() == {"x": 10, "y": 20, "width": 30, "height": 40}


def test_its_measures() -> None:
    assert (FACE.side, FACE.area, FACE.centre) == (30, 1200, (25, 40))
    assert FACE.scaled(2) == Box(20, 40, 60, 80)
    assert FACE.moved(-10, 5) == Box(0, 25, 30, 40)
    assert FACE.grown(0.5) == Box(-5, 0, 60, 80)


def test_overlap_is_shared_area_over_joint_area() -> None:
    assert FACE.overlap(FACE) == 1
    assert FACE.overlap(Box(25, 20, 30, 40)) == pytest.approx(600 / 1800)
    assert FACE.overlap(Box(41, 20, 30, 40)) == 0
    assert Box(0, 0, 0, 0).overlap(Box(0, 0, 0, 0)) == 0


@pytest.mark.parametrize(
    ("box", "shape"),
    [
        (FACE, (40, 30)),
        (Box(-10, -10, 20, 20), (10, 10)),
        (Box(90, 90, 50, 50), (10, 10)),
        (Box(99.7, 99.7, 0.1, 0.1), (1, 1)),
        (Box(500, 500, 10, 10), (0, 0)),
        (Box(-500, -500, 10, 10), (0, 0)),
    ],
)
def test_the_part_inside_a_picture_is_a_pixel_at_least_or_nothing(box: Box, shape: tuple[int, int]) -> None:
    assert grey()[box.clipped((100, 100, 3))].shape[:2] == shape


def test_a_covered_face_is_gone_with_a_margin_and_the_picture_itself_is_left_alone() -> None:
    image = grey()
    covered = cover(image, [FACE])
    assert (covered[40, 25] == COLOUR).all() and (covered[40, 6] == COLOUR).all()
    assert (covered[90, 90] == 7).all()
    assert (image == 7).all()


def test_without_anybody_to_show_all_are_covered_and_with_one_all_but_that_one() -> None:
    beside = Box(60, 20, 30, 40)
    everybody = cover(grey(), [FACE, beside])
    assert (everybody[40, 25] == COLOUR).all() and (everybody[40, 75] == COLOUR).all()
    shown = cover(grey(), [FACE, beside, FACE.moved(2, 1)], shown=FACE)
    assert (shown[FACE.clipped(shown.shape)] == 7).all() and (shown[40, 75] == COLOUR).all()
