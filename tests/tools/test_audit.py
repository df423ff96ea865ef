"""What is known of pins is told; and what could not be asked is never taken for safe."""

import json
from collections.abc import Mapping

import pytest

from tools import audit


def answer(*pins: Mapping[str, object]) -> str:
    return json.dumps({"dependencies": pins, "fixes": []})


HOLE = {"id": "PYSEC-1", "aliases": ["CVE-1"], "fix_versions": ["2.1"], "description": "…"}
BAD = {"name": "pillow", "version": "2.0", "vulns": [HOLE]}
GOOD = {"name": "lxml", "version": "6.1", "vulns": []}
UNKNOWN = {"name": "av", "skip_reason": "Dependency not found and could not be audited: av (18.1)"}


def test_a_known_vulnerability_is_told_with_the_version_that_mends_it() -> None:
    found = audit.read(answer(BAD, GOOD), "")
    assert found.known == ["pillow 2.0: PYSEC-1, mended in 2.1"]
    assert (found.asked, found.unasked) == (2, [])


def test_what_the_registry_does_not_know_is_told_as_not_asked() -> None:
    found = audit.read(answer(GOOD, UNKNOWN), "")
    assert (found.asked, found.unasked) == (1, ["av"])
    assert "could not ask about 1 (av)" in "\n".join(audit.told("requirements.txt", found))


@pytest.mark.parametrize("said", ["", "no json", "{}", "[]"])
def test_without_an_answer_nothing_counts_as_asked(said: str) -> None:
    found = audit.read(said, "Traceback\nConnectionError: no route to the registry\n")
    assert (found.known, found.asked) == ([], 0)
    assert found.unasked == ["ConnectionError: no route to the registry"]


def test_what_was_accepted_with_a_reason_is_not_told_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(audit.ACCEPTED, "CVE-1", "we never call it")
    assert audit.read(answer(BAD), "").known == []


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        ([audit.Answers(asked=3)], 0),
        ([audit.Answers(asked=3), audit.Answers(unasked=["av"])], 2),
        ([audit.Answers(unasked=["av"]), audit.Answers(known=["pillow 2.0: …"])], 1),
    ],
)
def test_the_exit_code_tells_safe_known_and_unknown_apart(answers: list[audit.Answers], code: int) -> None:
    assert audit.verdict(answers) == code
