"""The view match_verdict: what was answered once is not asked again, and what was not is not taken as answered.

Each promise is a small gallery about a subject of its own, and what holds of each face: its state, and whence.
"""

from collections.abc import Callable
from typing import Any

import pytest
from google.cloud import bigquery

from include.warehouse.schemas import load_specs
from tests.matching.gallery import Gallery

Said = dict[str, tuple[str, str | None]]
PROMISES: dict[str, Callable[[Gallery], Said]] = {}
OPEN = ("open", None)


def promise(build: Callable[[Gallery], Said]) -> Callable[[Gallery], Said]:
    PROMISES[build.__name__] = build
    return build


@promise
def what_nobody_judged_is_open(g: Gallery) -> Said:
    g.file("f", posts=(1, 2, 3))
    g.seen("a", "f")
    return {"a": OPEN}


@promise
def the_newest_word_on_a_face_holds(g: Gallery) -> Said:
    g.file("f")
    g.seen("a", "f")
    g.said("confirmed", "a", hour=1)
    g.said("rejected", "a", hour=2)
    return {"a": ("rejected", None)}


@promise
def whoever_is_unsure_is_asked_again(g: Gallery) -> Said:
    g.file("f")
    g.seen("a", "f")
    g.said("confirmed", "a", hour=1)
    g.said("unsure", "a", hour=2)
    return {"a": OPEN}


@promise
def a_verdict_is_about_one_subject(g: Gallery) -> Said:
    g.file("f")
    g.seen("a", "f")
    g.said("confirmed", "a", subject_id="somebody else")
    return {"a": OPEN}


@promise
def a_verdict_on_a_whole_file_is_about_all_faces_in_it(g: Gallery) -> Said:
    g.file("f")
    g.seen("a", "f", at=(0.2, 0.5))
    g.seen("b", "f", at=(0.8, 0.5), expired=True)
    g.said("confirmed", "a", hour=1)
    g.said("rejected", file="f", hour=2)
    return {"a": ("rejected", None), "b": ("rejected", None)}


@promise
def another_engine_is_told_of_the_same_face(g: Gallery) -> Said:
    g.file("f", posts=(1, 2), engines=("e", "later"))
    g.seen("a", "f", at=(0.2, 0.5))
    g.seen("again", "f", at=(0.22, 0.52), engine="later")
    g.seen("other", "f", at=(0.8, 0.5), engine="later")
    g.said("confirmed", "a")
    return {"a": ("confirmed", None), "again": ("confirmed", "f"), "other": OPEN}


@promise
def in_a_group_photograph_the_others_are_still_asked_about(g: Gallery) -> Said:
    g.file("f")
    g.file("copy", looks="f", bits=3)
    for name in ("f", "copy"):
        g.seen(f"left of {name}", name, at=(0.2, 0.5))
        g.seen(f"right of {name}", name, at=(0.8, 0.5))
    g.said("confirmed", "left of f")
    carried = {"left of copy": ("confirmed", "f"), "right of copy": OPEN}
    return {"left of f": ("confirmed", None), "right of f": OPEN, **carried}


@promise
def two_who_stand_cheek_to_cheek_are_two(g: Gallery) -> Said:
    g.file("f")
    g.seen("a", "f", at=(0.50, 0.5))
    g.seen("b", "f", at=(0.53, 0.5))
    g.said("confirmed", "a")
    return {"a": ("confirmed", None), "b": OPEN}


@promise
def a_near_duplicate_is_not_asked_again_whatever_its_size(g: Gallery) -> Said:
    large = (2000, 1000)
    g.file("f")
    g.file("copy", looks="f", bits=31, size=large, posts=(2, 3))
    g.seen("a", "f")
    g.seen("b", "copy", size=large)
    g.said("rejected", "a")
    return {"a": ("rejected", None), "b": ("rejected", "f")}


@promise
def what_only_resembles_a_judged_picture_is_asked_about(g: Gallery) -> Said:
    g.file("f")
    g.file("far", looks="f", bits=32)
    g.file("plain", looks="f", quality=49)
    g.file("mirrored")
    for name in ("f", "far", "plain", "mirrored"):
        g.seen(f"in {name}", name)
    g.said("confirmed", "in f")
    return {"in f": ("confirmed", None), "in far": OPEN, "in plain": OPEN, "in mirrored": OPEN}


@promise
def a_picture_with_little_to_see_tells_nothing_of_others(g: Gallery) -> Said:
    g.file("plain", quality=49)
    g.file("f", looks="plain")
    g.seen("a", "plain")
    g.seen("b", "f")
    g.said("confirmed", "a")
    return {"a": ("confirmed", None), "b": OPEN}


@promise
def a_face_is_known_again_within_half_its_width(g: Gallery) -> Said:
    places = {"right": (0.54, 0.5), "too far right": (0.56, 0.5), "below": (0.5, 0.58), "too far below": (0.5, 0.62)}
    g.file("f")
    g.seen("a", "f")
    for name, at in places.items():
        g.file(name, looks="f", bits=1)
        g.seen(name, name, at=at)
    g.said("confirmed", "a")
    carried = {name: OPEN if "too" in name else ("confirmed", "f") for name in places}
    return {"a": ("confirmed", None), **carried}


@promise
def a_word_on_the_face_itself_is_stronger_than_a_later_one_on_a_copy(g: Gallery) -> Said:
    g.file("f")
    g.file("copy", looks="f", bits=1)
    g.seen("a", "f")
    g.seen("b", "copy")
    g.said("rejected", "a", hour=1)
    g.said("confirmed", "b", hour=2)
    return {"a": ("rejected", None), "b": ("confirmed", None)}


@promise
def who_was_unsure_may_be_answered_by_a_copy_seen_later(g: Gallery) -> Said:
    g.file("f")
    g.file("copy", looks="f", bits=1)
    g.seen("a", "f")
    g.seen("b", "copy")
    g.said("unsure", "a", hour=1)
    g.said("confirmed", "b", hour=2)
    return {"a": ("confirmed", "copy"), "b": ("confirmed", None)}


@promise
def who_became_unsure_is_not_overruled_by_what_a_copy_said_before(g: Gallery) -> Said:
    g.file("f")
    g.file("copy", looks="f", bits=1)
    g.seen("a", "f")
    g.seen("b", "copy")
    g.said("confirmed", "b", hour=1)
    g.said("unsure", "a", hour=2)
    return {"a": OPEN, "b": ("confirmed", None)}


@promise
def of_several_copies_the_newest_word_is_carried(g: Gallery) -> Said:
    g.file("new", looks="f", bits=2)
    g.seen("n", "new")
    for hour, (name, verdict) in enumerate([("f", "confirmed"), ("late", "rejected")]):
        g.file(name, looks="f", bits=hour)
        g.seen(f"in {name}", name)
        g.said(verdict, f"in {name}", hour=hour)
    g.said("confirmed", "in f", hour=-1)
    return {"n": ("rejected", "late"), "in f": ("confirmed", None), "in late": ("rejected", None)}


@promise
def the_same_file_says_more_than_a_near_duplicate(g: Gallery) -> Said:
    g.file("f", engines=("e", "later"))
    g.file("copy", looks="f", bits=1)
    g.seen("a", "f")
    g.seen("again", "f", engine="later")
    g.seen("b", "copy")
    g.said("confirmed", "a", hour=1)
    g.said("rejected", "b", hour=2)
    return {"a": ("confirmed", None), "again": ("confirmed", "f"), "b": ("rejected", None)}


@promise
def a_verdict_outlives_the_face(g: Gallery) -> Said:
    g.file("f", engines=())
    g.file("copy", looks="f", bits=4)
    g.seen("a", "f", expired=True)
    g.seen("b", "copy")
    g.said("confirmed", "a")
    return {"a": ("confirmed", None), "b": ("confirmed", "f")}


@promise
def where_a_face_stood_in_a_group_is_forgotten_it_is_asked_again(g: Gallery) -> Said:
    g.file("f")
    g.file("copy", looks="f", bits=4)
    g.seen("a", "f", at=(0.2, 0.5))
    g.seen("b", "copy", expired=True)
    g.seen("c", "copy", expired=True)
    g.said("confirmed", "a")
    return {"a": ("confirmed", None), "b": OPEN, "c": OPEN}


@promise
def a_track_is_one_sighting_whichever_face_stands_for_it(g: Gallery) -> Said:
    g.file("film", quality=0, kind="video")
    g.seen("a", "film", track=1)
    g.seen("a later", "film", track=1)
    g.seen("b", "film", track=2)
    g.said("confirmed", "a")
    return {"a": ("confirmed", None), "a later": ("confirmed", "film"), "b": OPEN}


@promise
def tracks_of_another_engine_have_other_numbers(g: Gallery) -> Said:
    for film, sightings in (("film", ("a",)), ("crowd", ("b", "c"))):
        g.file(film, engines=("e", "later"), quality=0, kind="video")
        for track, name in enumerate(sightings):
            g.seen(name, film, track=track)
            g.seen(f"{name} later", film, track=track, engine="later")
        g.said("confirmed", sightings[0])
    carried = {"a later": ("confirmed", "film"), "b later": OPEN, "c later": OPEN}
    return {"a": ("confirmed", None), "b": ("confirmed", None), "c": OPEN, **carried}


@pytest.fixture(scope="module")
def answers(bq: bigquery.Client, warehouse: None) -> dict[str, tuple[Said, Said]]:
    """What was promised and what the view says, by promise; all of them loaded and asked at once."""
    bq.query("".join(f"TRUNCATE TABLE {spec.address};" for spec in load_specs().values())).result()
    gallery = Gallery()
    promised = {name: build(gallery.part(name)) for name, build in PROMISES.items()}
    gallery.load(bq)
    told: dict[str, Any] = {name: {} for name in PROMISES}
    for row in bq.query("SELECT * FROM facewarden_biometrics.match_verdict").result():
        start = len(row.subject_id) + 1
        face, source = row.face_id[start:], row.carried_from and row.carried_from[start:]
        assert face not in told[row.subject_id], "one row a match"
        told[row.subject_id][face] = (row.state, source)
    return {name: (promised[name], told[name]) for name in PROMISES}


@pytest.mark.parametrize("name", PROMISES)
def test_a_verdict_holds_for_what_it_was_about(answers: dict[str, tuple[Said, Said]], name: str) -> None:
    promised, told = answers[name]
    # An open match was never judged, or somebody was unsure: whence does not matter.
    assert {face: (state, source if state != "open" else None) for face, (state, source) in told.items()} == promised
