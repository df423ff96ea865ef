"""Videos to frames: by time, upright, whole; and what of them is no video says so."""

from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from include.media.caps import Unreadable
from include.media.decoder import Decoder
from include.media.frame import Frame, FrameRequest, MediaFacts
from include.media.frame_clock import FrameClock
from tests.media.bombs import growing_gif
from tests.media.films import CODECS, film, gif, moving, scene, sound_alone, steady

Look = Callable[..., tuple[list[Frame], MediaFacts]]
SHOTS = [(1500, scene(1)), (700, scene(2)), (2000, scene(3))]


@pytest.fixture(scope="module")
def decoder() -> Iterator[Decoder]:
    with Decoder() as one:
        yield one


@pytest.fixture
def look(decoder: Decoder) -> Look:
    """The frames of a file and the facts about it."""

    def frames(path: Path, **wanted: object) -> tuple[list[Frame], MediaFacts]:
        facts = MediaFacts()
        return list(decoder.frames(path, facts, FrameRequest(**wanted))), facts  # type: ignore[arg-type]

    return frames


def resembles(image: np.ndarray, other: np.ndarray) -> bool:
    return image.shape == other.shape and bool(np.abs(image.astype(int) - other).mean() < 12)


@pytest.mark.parametrize("kind", CODECS)
def test_each_kind_gives_a_frame_a_second_and_one_of_each_scene(look: Look, tmp_path: Path, kind: str) -> None:
    frames, facts = look(film(tmp_path / f"film.{kind}", steady(SHOTS), kind))
    assert len(frames) == 7
    assert [round(frame.at_ms / 500) for frame in frames] == [0, 2, 3, 4, 4, 6, 8]
    assert [frame.cut for frame in frames] == [True, False, True, False, True, False, False]
    shown = [1, 1, 2, 2, 3, 3, 3]
    assert all(resembles(frame.image, scene(seed)) for frame, seed in zip(frames, shown, strict=True))
    assert (facts.moves, facts.frames, facts.cut) == (True, 7, None)
    assert abs((facts.duration_ms or 0) - 4200) <= 80


def test_what_moves_within_a_scene_is_no_change_of_scene(look: Look, tmp_path: Path) -> None:
    frames = [(40 * number, image) for number, image in enumerate(moving(scene(1), 75))]
    found, _ = look(film(tmp_path / "film.mp4", frames))
    assert [frame.cut for frame in found] == [True, False, False]


def test_frames_are_found_by_their_time_whatever_the_rate(look: Look, tmp_path: Path) -> None:
    times = [0, 40, 5000, 5010, 9999, 10020]
    frames, _ = look(film(tmp_path / "film.mp4", [(at_ms, scene(1)) for at_ms in times]))
    assert [frame.at_ms for frame in frames] == [0, 5000, 9999, 10020]


@pytest.mark.parametrize(("rotation", "turns"), [(90, 1), (180, 2), (270, 3)])
def test_a_video_that_was_filmed_on_its_side_stands_upright(
    look: Look, tmp_path: Path, rotation: int, turns: int
) -> None:
    frames, _ = look(film(tmp_path / "film.mp4", steady(SHOTS[:1]), rotation=rotation))
    assert resembles(frames[0].image, np.rot90(scene(1), turns))


def test_pixels_that_are_not_square_are_made_so(look: Look, tmp_path: Path) -> None:
    frames, _ = look(film(tmp_path / "film.mp4", steady(SHOTS[:1]), pixel=Fraction(2, 1)))
    assert frames[0].image.shape == (96, 256, 3)


def test_ten_bits_and_full_colour_are_read(look: Look, tmp_path: Path) -> None:
    for pixels in ("yuv420p10le", "yuv444p", "yuv422p"):
        frames, _ = look(film(tmp_path / f"{pixels}.mp4", steady(SHOTS), pixels=pixels))
        assert resembles(frames[-1].image, scene(3)), pixels


def test_an_animation_whose_frames_grow_is_looked_at_until_they_are_too_large(look: Look, tmp_path: Path) -> None:
    (tmp_path / "a.gif").write_bytes(growing_gif())
    frames, facts = look(tmp_path / "a.gif")
    assert [frame.image.shape for frame in frames] == [(8, 8, 3)]
    assert facts.cut and "broken after 1 frames" in facts.cut


def test_sound_alone_is_refused_and_says_so(look: Look, tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="sound alone"):
        look(sound_alone(tmp_path / "film.mp4"))


@pytest.mark.parametrize("kind", ["mkv", "avi", "flv", "webm"])
def test_of_a_video_that_breaks_off_the_beginning_counts(look: Look, tmp_path: Path, kind: str) -> None:
    path = film(tmp_path / f"film.{kind}", steady([(3000, scene(1)), (6000, scene(2))]), kind)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    frames, facts = look(path)
    assert resembles(frames[0].image, scene(1))
    assert facts.cut or kind == "avi"  # whose length is guessed from its size


def test_a_fragmented_video_that_breaks_off_says_so(look: Look, tmp_path: Path) -> None:
    fragments = {"movflags": "frag_keyframe+empty_moov", "g": "10"}
    path = film(tmp_path / "film.mp4", steady([(6000, scene(1))]), options=fragments)
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
    frames, facts = look(path)
    assert frames
    assert facts.cut


def test_one_without_an_index_is_refused_without_naming_a_path(look: Look, tmp_path: Path) -> None:
    path = film(tmp_path / "film.mp4", steady(SHOTS))
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
    with pytest.raises(Unreadable, match="broken video") as refused:
        look(path)
    assert str(tmp_path) not in str(refused.value)


@pytest.mark.parametrize("wanted", [{"max_frames": 2}, {"max_seconds": 0.0}])
def test_what_lies_beyond_a_cap_is_not_looked_at_and_is_told(look: Look, tmp_path: Path, wanted: dict) -> None:
    path = film(tmp_path / "film.mp4", steady(SHOTS))
    if wanted == {"max_seconds": 0.0}:
        with pytest.raises(Unreadable):  # of nothing looked at there is nothing to tell
            look(path, **wanted)
        return
    frames, facts = look(path, **wanted)
    assert len(frames) == 2
    assert str(facts.cut) == "there is more of it than is looked at; looked at until 1 of 4 s"


@pytest.mark.parametrize("codec", ["libx264", "mpeg4"])
def test_of_a_slow_film_no_picture_is_passed_over(look: Look, tmp_path: Path, codec: str) -> None:
    """Pictures that no other needs are half of it, and each is a second of it."""
    slides = [(1000 * number, scene(1, 96, 128)) for number in range(20)]
    coding = {"x264-params": "scenecut=0:b-adapt=0:bframes=3"} if codec == "libx264" else {"bf": "2"}
    frames, facts = look(film(tmp_path / "film.mkv", slides, "mkv", codec=codec, coding=coding))
    assert len(frames) >= 19
    assert facts.cut is None


def test_a_film_with_a_hole_says_so(look: Look, tmp_path: Path) -> None:
    shown = [(at_ms, image) for at_ms, image in steady([(30_000, scene(1))]) if not 10_000 < at_ms < 18_000]
    frames, facts = look(film(tmp_path / "film.mkv", shown, "mkv"))
    assert "for 8 s there is nothing new in it, or something missing" in str(facts.cut)
    assert frames[-1].at_ms >= 29_000


def test_a_flicker_does_not_make_every_frame_a_scene(look: Look, tmp_path: Path) -> None:
    flicker = [(40 * number, scene(1 + number % 2)) for number in range(250)]
    frames, _ = look(film(tmp_path / "film.mp4", flicker, codec="mpeg4"))
    assert 20 <= len(frames) <= 45


@pytest.mark.parametrize("kind", ["mp4", "webm", "avi", "h264 in avi"])
def test_the_frame_of_a_time_is_the_one_that_was_sampled(
    look: Look, decoder: Decoder, tmp_path: Path, kind: str
) -> None:
    codec, kind = ("libx264", "avi") if kind == "h264 in avi" else ("", kind)
    path = film(tmp_path / f"film.{kind}", steady([(3500, scene(1)), (3500, scene(2))]), kind, codec=codec)
    frames, _ = look(path)
    again = decoder.at(path, [frame.at_ms for frame in frames])
    assert sorted(again) == [frame.at_ms for frame in frames]
    assert all((again[frame.at_ms] == frame.image).all() for frame in frames)
    with pytest.raises(Unreadable, match="no frame"):
        decoder.at(path, [99_000])


def test_an_animation_is_a_video(look: Look, decoder: Decoder, tmp_path: Path) -> None:
    path = tmp_path / "film.gif"
    path.write_bytes(gif([(100, scene(1)), (100, scene(2)), (2500, scene(3)), (0, scene(4))]))
    frames, facts = look(path)
    assert [(frame.at_ms, frame.cut) for frame in frames] == [(0, True), (100, True), (200, True), (2700, True)]
    assert facts.moves
    assert facts.duration_ms == 2800
    assert resembles(decoder.at(path, [100])[100], scene(2))


def test_an_animation_that_breaks_off_gives_what_came_before(look: Look, tmp_path: Path) -> None:
    path = tmp_path / "film.gif"
    whole = gif([(1000, scene(seed)) for seed in range(1, 7)])
    path.write_bytes(whole[: len(whole) // 2])
    frames, facts = look(path)
    assert frames
    assert facts.moves
    assert "broken after" in str(facts.cut)


@pytest.mark.parametrize("kind", ["WEBP", "PNG", "AVIF"])
def test_pictures_of_an_animation_are_shown_when_it_says(look: Look, tmp_path: Path, kind: str) -> None:
    pictures = [Pillow.fromarray(scene(seed)) for seed in range(1, 5)]
    times = {"save_all": True, "append_images": pictures[1:], "duration": [100, 3000, 500, 700]}
    pictures[0].save(tmp_path / "film", kind, **times)
    frames, facts = look(tmp_path / "film")
    assert [frame.at_ms for frame in frames] == [0, 100, 3100, 3600]
    assert facts.duration_ms == 4300


@pytest.mark.parametrize(
    ("told", "duration_ms", "times"),
    [
        ([500, 540, 580], None, [0, 40, 80]),
        ([0, 40, 18_000_000, 120, 160], 60_000, [0, 40, 80, 120, 160]),
        ([0, 40, 18_000_000, 18_000_040], None, [0, 40, 80, 120]),
        ([0, 40, 80, 0, 40, 80], None, [0, 40, 80, 81, 82, 83]),
        ([0, 30_000, 30_040], 60_000, [0, 30_000, 30_040]),
        ([0, 1000, 2000, 0, 1000], None, [0, 1000, 2000, 2040, 3040]),
        ([None, None, None], None, [0, 40, 80]),
        ([0, 0, 0], None, [0, 1, 2]),
    ],
)
def test_a_clock_that_jumps_or_begins_again_is_helped_on(
    told: list[float | None], duration_ms: int | None, times: list[int]
) -> None:
    clock = FrameClock(25.0, duration_ms)
    assert [clock.at(each) for each in told] == times
