"""What SQL warns of is said in both languages, and nothing else is."""

import re

import pytest

from include.matching.warning_texts import TEXTS, WarningCode, text_of
from include.warehouse.schemas import load_specs
from include.warehouse.sql import FOLDER

OLD = "so rare a likeness was not seen among the strangers there are: the limit is extrapolated"


def codes_that_sql_writes() -> list[str]:
    """All that a CASE which ends AS warning can come to, in whatever file."""
    texts = [re.sub(r"--.*", "", path.read_text("utf-8")) for path in FOLDER.rglob("*.sql")]
    found = [re.findall(r"\bCASE\b((?:(?!\bCASE\b).)*?)\bEND AS warning", text, re.DOTALL) for text in texts]
    return [code for cases in found for case in cases for code in re.findall(r"\b(?:THEN|ELSE)\s+'([^']*)'", case)]


def test_every_code_that_sql_writes_has_its_words_and_no_words_are_left_over() -> None:
    assert sorted(codes_that_sql_writes()) == sorted(WarningCode) == sorted(TEXTS)


@pytest.mark.parametrize("code", WarningCode)
def test_a_warning_is_said_in_korean_and_in_english(code: WarningCode) -> None:
    words = text_of(str(code))
    assert re.search("[가-힣]", words.korean) and re.fullmatch(r"[ -~]+", words.english)


def test_what_an_older_version_wrote_stands_as_it_is_and_keeps_its_korean() -> None:
    assert text_of(OLD) == TEXTS[WarningCode.EXTRAPOLATED]
    assert text_of("fewer than 1,000 strangers") == ("", "fewer than 1,000 strangers")


def test_the_columns_say_which_codes_stand_in_them() -> None:
    said = {table: next(it.description for it in load_specs()[table].fields if it.name == "warning")
            for table in ("search", "match")}  # fmt: skip
    assert all(code in said["search"] for code in WarningCode)
    assert [code for code in WarningCode if code in said["match"]] == ["few_people", "extrapolated"]
