"""Views of what was found and matched: by day, what could not be used, and how far each stage is behind."""

import datetime
import re
from collections.abc import Callable
from typing import Any

import pytest

from include.warehouse.definitions import load_definitions
from tests.warehouse.conftest import Insert, Make, Select

pytestmark = pytest.mark.usefixtures("clean_tables")
MIDNIGHT = datetime.datetime(2024, 5, 1, 15, tzinfo=datetime.UTC)  # in Seoul, where the second of May begins
HOUR = datetime.timedelta(hours=1)
SECOND = datetime.timedelta(seconds=1)
FIRST, SECOND_OF_MAY = datetime.date(2024, 5, 1), datetime.date(2024, 5, 2)


@pytest.fixture
def scans(insert: Insert, make: Make) -> Any:
    """Puts scans into the table: columns by sha256; a picture with a face, unless they say otherwise."""

    def put(**found: Any) -> None:
        usual = {"engine": "e", "outcome": "faces", "faces": 1, "scanned_at": MIDNIGHT}
        insert("scan", [make("scan", **{**usual, "sha256": name, **columns}) for name, columns in found.items()])

    return put


@pytest.fixture
def posted(insert: Insert, make: Make) -> Any:
    """Puts files into posts: (sha256, gallery, post_no) each."""

    def put(*places: Any) -> None:
        insert("media", [
            make("media", media_id=f"{at}", sha256=sha256, gallery=gallery, post_no=no, file_path=f"gs://b/{sha256}")
            for at, (sha256, gallery, no) in enumerate(places)
        ])  # fmt: skip

    return put


def _found(select: Select) -> Any:
    found = select("SELECT * FROM facewarden_biometrics.found_by_day ORDER BY engine, gallery, day")
    return {(row["engine"], row["gallery"], row["day"]): row for row in found}


NOTHING = {"outcome": "no_face", "faces": 0}
REJECTED = {"outcome": "rejected", "faces": 0}


def test_what_was_found_is_told_by_the_day_of_seoul(
    scans: Callable[..., None], posted: Callable[..., None], select: Select
) -> None:
    posted(("late", "g", 1), ("early", "g", 1))
    scans(late={"scanned_at": MIDNIGHT - SECOND, "faces": 3}, early={"faces": 2})
    assert {key: row["faces"] for key, row in _found(select).items()} == {
        ("e", "g", FIRST): 3,
        ("e", "g", SECOND_OF_MAY): 2,
    }


def test_a_file_is_found_once_in_a_gallery_and_in_each_that_shows_it(
    scans: Callable[..., None], posted: Callable[..., None], select: Select
) -> None:
    posted(("a", "g", 1), ("a", "g", 2), ("a", "h", 1))
    scans(a={"faces": 2}, nowhere={})
    assert {key[1]: (row["files"], row["faces"]) for key, row in _found(select).items()} == {
        None: (1, 1), "g": (1, 2), "h": (1, 2)
    }  # fmt: skip


def test_outcomes_of_a_day_add_up_to_its_files(scans: Callable[..., None], select: Select) -> None:
    scans(
        picture={"faces": 2},
        film={"faces": 3, "duration_ms": 9000, "tracks": 2, "reason": "it breaks off after 3 of 9 s"},
        empty_film={**NOTHING, "duration_ms": 9000, "tracks": 0},
        tree=NOTHING,
        broken={**REJECTED, "reason": "empty file"},
        failed={"outcome": "error", "faces": 0, "reason": "KeyError"},
        by_another={"engine": "f"},
    )
    found = _found(select)
    assert found.keys() == {("e", None, SECOND_OF_MAY), ("f", None, SECOND_OF_MAY)}
    names = ("files", "videos", "with_faces", "without_faces", "rejected", "errors", "in_part", "faces", "tracks")
    assert [found["e", None, SECOND_OF_MAY][name] for name in names] == [6, 2, 2, 2, 1, 1, 1, 5, 2]


def test_rejects_of_the_scan_are_files_and_faces_by_reason(
    scans: Callable[..., None], insert: Insert, make: Make, select: Select
) -> None:
    scans(
        a={**REJECTED, "reason": "too many bytes: 9, at most 1 are read"},
        b={**REJECTED, "reason": "too many bytes: 5, at most 1 are read", "scanned_at": MIDNIGHT + HOUR},
        c={"outcome": "error", "faces": 0, "reason": None},
        d={"faces": 3, "reason": "it breaks off"},
        fine={},
    )  # fmt: skip
    small = {"sha256": "d", "engine": "e", "detected_at": MIDNIGHT, "reason": "too small: 12 pixels, 20 are needed"}
    insert("face", [
        make("face", face_id="1", **small),
        make("face", face_id="2", **small),
        make("face", face_id="3", **small | {"reason": None, "embedding": [1.0]}),
    ])  # fmt: skip
    found = select("SELECT * FROM facewarden_biometrics.scan_rejects ORDER BY what, reason")
    assert [(row["what"], row["reason"], row["times"]) for row in found] == [
        ("error", "no reason given", 1),
        ("face", "too small: N pixels, N are needed", 2),
        ("file", "too many bytes: N, at most N are read", 2),
        ("part", "it breaks off", 1),
    ]
    assert (found[2]["sha256"], found[2]["example"]) == ("b", "too many bytes: 5, at most 1 are read")
    assert (found[2]["first_at"], found[2]["last_at"]) == (MIDNIGHT, MIDNIGHT + HOUR)


def test_matches_are_counted_by_the_day_of_seoul_and_name_nobody(
    insert: Insert, make: Make, posted: Callable[..., None], select: Select
) -> None:
    posted(("a", "g", 1), ("a", "g", 2), ("a", "h", 1), ("b", "g", 1))
    usual = {"band": "likely", "matched_at": MIDNIGHT}
    insert("match", [
        make("match", **usual, subject_id="s1", face_id="f1", sha256="a"),
        make("match", **usual, subject_id="s2", face_id="f1", sha256="a"),
        make("match", **usual, subject_id="s1", face_id="f2", sha256="b"),
        make("match", **usual | {"band": "possible"}, subject_id="s1", face_id="f3", sha256="b"),
        make("match", **usual | {"matched_at": MIDNIGHT - SECOND}, subject_id="s1", face_id="f4", sha256="b"),
        make("match", **usual, subject_id="s1", face_id="f5", sha256="of no post"),
    ])  # fmt: skip
    found = select("SELECT * FROM facewarden_biometrics.matched_by_day")
    counts = {
        (row["gallery"], row["day"], row["band"]): (row["sightings"], row["posts"], row["subjects"]) for row in found
    }
    assert counts == {
        ("g", FIRST, "likely"): (1, 1, 1),
        ("g", SECOND_OF_MAY, "likely"): (3, 2, 2),
        ("g", SECOND_OF_MAY, "possible"): (1, 1, 1),
        ("h", SECOND_OF_MAY, "likely"): (2, 1, 2),
        (None, SECOND_OF_MAY, "likely"): (1, 0, 1),
    }
    assert "subject_id" not in found[0]


def _stages(select: Select) -> Any:
    found = select("SELECT * FROM facewarden_biometrics.pipeline_freshness")
    return {(row["stage"], row["engine"]): (row["last_at"], row["waiting"]) for row in found}


def test_an_empty_system_waits_for_nothing(select: Select) -> None:
    assert _stages(select) == {("crawl", None): (None, 0), ("scan", None): (None, 0), ("match", None): (None, 0)}


def test_everything_waits_for_a_scan_that_never_ran(posted: Callable[..., None], select: Select) -> None:
    posted(("a", "g", 1), ("a", "g", 2), ("b", "g", 1))
    assert _stages(select)["scan", None] == (None, 2)


def test_the_crawl_waits_for_posts_to_read_again(insert: Insert, make: Make, select: Select) -> None:
    insert(
        "gallery", [make("gallery", gallery=name, seen_at=at) for name, at in (("g", MIDNIGHT), ("h", MIDNIGHT - HOUR))]
    )
    found = ["published", "deleted", "incomplete", "blocked", "unreachable", "unreadable"]
    insert("post", [make("post", post_no=no, status=status) for no, status in enumerate(found)])
    assert _stages(select)["crawl", None] == (MIDNIGHT, 4)


def test_files_wait_for_the_engine_that_has_not_scanned_them(
    posted: Callable[..., None], scans: Callable[..., None], select: Select
) -> None:
    posted(("a", "g", 1), ("a", "h", 1), ("failed", "g", 1), ("fresh", "g", 2), ("broken", "g", 3))
    scans(a={}, failed={"outcome": "error"}, broken={"outcome": "rejected"}, gone_from_the_lake={})
    scans(a={"engine": "old", "scanned_at": MIDNIGHT - HOUR})
    stages = _stages(select)
    assert (stages["scan", "e"], stages["scan", "old"]) == ((MIDNIGHT, 2), (MIDNIGHT - HOUR, 3))
    assert ("scan", None) not in stages


@pytest.fixture
def enrolled(insert: Insert, make: Make) -> Any:
    """Puts subjects with a photograph of engine e and a live consent, or one that was withdrawn, into the tables."""

    def enrol(*subjects: Any, event: str = "given", at: Any = MIDNIGHT - 9 * HOUR) -> None:
        until = datetime.datetime.now(datetime.UTC) + HOUR
        about = [{"subject_id": subject} for subject in subjects]
        insert("subject", [make("subject", **one) for one in about])
        insert("consent", [
            make("consent", **one, consent_id=one["subject_id"], event=event, valid_until=until) for one in about
        ])  # fmt: skip
        insert("reference", [
            make("reference", **one, reference_id=one["subject_id"], engine="e", enrolled_at=at) for one in about
        ])  # fmt: skip

    return enrol


def _search(make: Make, subject: str, at: Any) -> Any:
    return make("search", run_key=f"{at}", subject_id=subject, engine="e", searched_at=at)


def test_subjects_wait_for_the_search_that_saw_the_newest_faces(
    enrolled: Callable[..., None], insert: Insert, make: Make, scans: Callable[..., None], select: Select
) -> None:
    scans(face={}, later_but_no_face={**NOTHING, "scanned_at": MIDNIGHT + HOUR})
    enrolled("searched", "searched before", "never searched")
    enrolled("withdrawn", event="withdrawn")
    insert("search", [
        _search(make, "searched", MIDNIGHT + SECOND),
        _search(make, "searched before", MIDNIGHT - HOUR),
        _search(make, "searched before", MIDNIGHT - SECOND),
    ])  # fmt: skip
    assert _stages(select)["match", "e"] == (MIDNIGHT + SECOND, 2)


def test_a_subject_with_a_new_photograph_waits_too(
    enrolled: Callable[..., None], insert: Insert, make: Make, select: Select
) -> None:
    enrolled("with a new one", at=MIDNIGHT + HOUR)
    enrolled("without", at=MIDNIGHT - HOUR)
    insert("search", [_search(make, subject, MIDNIGHT) for subject in ("with a new one", "without")])
    assert _stages(select)["match", "e"] == (MIDNIGHT, 1)


def test_a_look_around_never_reads_an_embedding() -> None:
    """One is as many bytes as a hundred other columns, and a look around is not to cost that."""
    looks = ("found_by_day", "scan_rejects", "matched_by_day", "pipeline_freshness")
    statements = {it.address.split(".")[1]: it.statement for it in load_definitions()}
    for name in looks:
        code = "\n".join(line for line in statements[name].splitlines() if not line.startswith("--"))
        assert not re.search(r"embedding|subject_template|\*(?!\))", code), name
