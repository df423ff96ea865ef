"""Tracks: one person while they stay in view; in doubt two tracks for one person, never one for two."""

from typing import Any

import numpy as np
import pytest

from include.faces.face import Face, Pose
from include.faces.tracks import FACES_A_TRACK, Tracker, quality
from include.media.box import Box

ALIKE = 0.9
ANNA, BEA = np.eye(8)[0], np.eye(8)[1]


def face(
    who: Any, x: float = 100, *, side: float = 60, sharp: float = 200, yaw: float = 0, score: float = 0.9, y: float = 50
) -> Face:
    embedding = None if who is None else (who + 0.02).tolist()
    reason = None if who is not None else "too blurred"
    return Face(Box(x, y, side, side), [], score, sharp, Pose(yaw, 0, 0), embedding, reason)


def tracked(*frames: tuple[int, list[Face]], cuts: tuple[int, ...] = (), alike: float | None = ALIKE) -> Tracker:
    tracker = Tracker(alike)
    for at_ms, faces in frames:
        tracker.add(at_ms, faces, at_ms == 0 or at_ms in cuts)
    return tracker


def test_who_stays_in_view_is_one_track_and_its_best_faces_are_kept_in_time() -> None:
    sharpness = [20, 140, 30, 150, 25, 145, 40]
    frames = [(1000 * n, [face(ANNA, 100 + 10 * n, sharp=sharp)]) for n, sharp in enumerate(sharpness)]
    (track,) = tracked(*frames).tracks
    assert track.length == 7
    assert [placed.at_ms for placed in track.best] == [1000, 3000, 5000]


def test_two_who_cross_keep_their_own_tracks() -> None:
    frames = [(1000 * n, [face(ANNA, 40 * n), face(BEA, 240 - 40 * n)]) for n in range(7)]
    tracker = tracked(*frames)
    assert len(tracker.tracks) == 2
    for track, who in zip(tracker.tracks, (ANNA, BEA), strict=True):
        assert all(np.allclose(placed.face.embedding or [], who + 0.02) for placed in track.best)


def test_who_takes_another_place_without_a_cut_is_another_track() -> None:
    assert len(tracked((0, [face(ANNA)]), (1000, [face(BEA)])).tracks) == 2


def test_a_cut_ends_all_tracks_also_of_the_same_person_in_the_same_place() -> None:
    assert len(tracked((0, [face(ANNA)]), (1000, [face(ANNA)]), (2000, [face(ANNA)]), cuts=(2000,)).tracks) == 2


def test_one_missed_frame_is_bridged_and_a_long_absence_is_not() -> None:
    assert len(tracked((0, [face(ANNA)]), (1000, []), (2000, [face(ANNA)])).tracks) == 1
    assert len(tracked((0, [face(ANNA)]), (4000, [face(ANNA)])).tracks) == 2


def test_a_jump_across_the_picture_is_a_new_track_even_of_the_same_person() -> None:
    assert len(tracked((0, [face(ANNA, 0)]), (1000, [face(ANNA, 600)])).tracks) == 2


def test_two_faces_of_a_frame_never_share_a_track() -> None:
    tracker = tracked((0, [face(ANNA)]), (1000, [face(ANNA, 100), face(ANNA, 105)]))
    assert sorted(track.length for track in tracker.tracks) == [1, 2]


@pytest.mark.parametrize("alike", [ALIKE, None])
def test_a_face_without_an_embedding_goes_on_by_its_place_and_is_kept_only_if_it_is_all_there_is(
    alike: float | None,
) -> None:
    (track,) = tracked((0, [face(None)]), (1000, [face(ANNA)]), (2000, [face(None)]), alike=alike).tracks
    assert [placed.at_ms for placed in track.best] == [1000]
    (track,) = tracked((0, [face(None)]), (1000, [face(None, sharp=300)]), alike=alike).tracks
    assert [(placed.at_ms, placed.face.reason) for placed in track.best] == [(1000, "too blurred")]


def test_a_blurred_face_between_two_people_does_not_make_them_one() -> None:
    frames = [face(ANNA), face(ANNA), face(None), face(BEA), face(BEA)]
    tracker = tracked(*[(1000 * n, [each]) for n, each in enumerate(frames)])
    kept = {placed.at_ms for track in tracker.tracks for placed in track.best}
    assert len(tracker.tracks) == 2
    assert {0, 1000, 3000, 4000} <= kept


def test_a_crowd_without_end_is_bounded_and_that_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("include.faces.tracks.MAX_TRACKS", 10)
    frames = [(5000 * n, [face(ANNA, sharp=n % 50)]) for n in range(100)]
    tracker = tracked(*frames)
    assert len(tracker.tracks) <= 20
    assert "of 100 tracks were not kept" in str(tracker.left_out)
    assert max(placed.face.sharpness for track in tracker.tracks for placed in track.best) == 49


def test_a_long_film_of_one_person_stays_a_few_rows() -> None:
    (track,) = tracked(*[(1000 * n, [face(ANNA)]) for n in range(2000)]).tracks
    assert len(track.best) == FACES_A_TRACK


def test_sharp_large_and_frontal_faces_are_the_better_ones() -> None:
    plain = quality(face(ANNA))
    assert quality(face(ANNA, sharp=30)) < plain
    assert quality(face(ANNA, side=30)) < plain
    assert quality(face(ANNA, yaw=60)) < plain
    assert quality(face(ANNA, score=0.5)) < plain
    assert quality(face(None)) == 0
