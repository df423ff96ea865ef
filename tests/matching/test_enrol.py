"""Who may be enrolled, and by which face."""

from datetime import UTC, datetime
from typing import Any

import pytest

from include.core.errors import Mistake
from include.faces.face import Face, Pose
from include.matching.enrol import NotEnrolled, consent_row
from include.matching.references import the_subject
from include.media.box import Box

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
CONSENT = {"given_by": "herself", "basis": "form 7", "until": "2026-06-01"}


def face(side: float, reason: str | None = None) -> Face:
    embedding = None if reason else [1.0, 0.0]
    return Face(Box(0.0, 0.0, side, side), [], 0.9, 100.0, Pose(0, 0, 0), embedding, reason)


def test_a_consent_holds_to_the_end_of_its_last_day_in_seoul() -> None:
    row = consent_row("anna", CONSENT, NOW)
    assert (row["event"], row["valid_until"]) == ("given", datetime(2026, 6, 1, 15, tzinfo=UTC))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"given_by": ""}, "given_by"),
        ({"basis": "  "}, "basis"),
        ({"until": None}, "until"),
        ({"until": "2026-05-31"}, "ended"),
        ({"until": "2026-06-30 only for one gallery"}, "YYYY-MM-DD"),
        ({"until": "next year"}, "YYYY-MM-DD"),
        ({"until": "9999-12-31"}, "YYYY-MM-DD"),
    ],
)
def test_a_consent_that_does_not_say_who_why_and_until_when_is_none(change: dict[str, Any], message: str) -> None:
    with pytest.raises(NotEnrolled, match=message):
        consent_row("anna", {**CONSENT, **change}, NOW)


def test_the_subject_is_the_face_that_dominates_the_photograph() -> None:
    large = face(200)
    assert the_subject([face(40), large, face(60)]) is large


@pytest.mark.parametrize(
    ("faces", "message"),
    [
        ([], "no face"),
        ([face(100), face(90)], "2 faces of similar size"),
        ([face(100, "too blurred")], "too blurred"),
    ],
)
def test_in_doubt_nobody_is_enrolled_and_trying_again_is_no_use(faces: list[Face], message: str) -> None:
    with pytest.raises(Mistake, match=message):
        the_subject(faces)
