"""Whatever a label or a name of a file says, it stays a name."""

import hashlib
import unicodedata
from pathlib import PurePosixPath, PureWindowsPath

import pytest

from include.download.names import MAX_BYTES, distinct, safe_name

HOSTILE = [
    *(
        "",
        " ",
        ".",
        "..",
        "../../etc/passwd",
        "/etc/passwd",
        "a/b",
        "a\\b",
        "C:\\x",
        "con",
        "NUL.txt",
        "com1",
        "COM¹.a",
    ),
    *(
        "a\0b",
        "a\nb",
        "\x1b[2Jx",
        "-rf",
        "~root",
        ".hidden",
        "end. ",
        "x" * 999,
        "가" * 999,
        "a" + "\u202e" + "gpj.exe",
    ),
    *("\ud800", "manifest.csv", "Manifest.PARQUET", '<>:"|?*', "=cmd()", "$(id)", "a\u2028b", "\u200b", "🙂" * 99),
]


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_a_hostile_text_becomes_one_plain_name(text: str) -> None:
    name = safe_name(text)
    assert PurePosixPath(name).parts == PureWindowsPath(name).parts == (name,)
    assert name not in (".", "..") and name == name.strip(" .") and name[0] not in ".-~ "
    assert 0 < len(name.encode()) <= MAX_BYTES + 1
    assert not any(unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Zl", "Zp") for letter in name)
    assert not PureWindowsPath(name).is_reserved()
    assert name.casefold() not in ("manifest.csv", "manifest.parquet")


@pytest.mark.parametrize("text", ["김연아", "a cat", "2024-05-01", "고양이 🙂", "O'Neil (2)"])
def test_a_good_name_stays_as_it_is(text: str) -> None:
    assert safe_name(text) == text


def test_one_word_written_in_two_ways_of_unicode_is_one_word() -> None:
    assert safe_name(unicodedata.normalize("NFD", "김")) == "김"


def test_names_that_a_disk_would_mix_up_are_told_apart_whatever_their_order() -> None:
    wanted = {"Kim": ("Kim", ""), "kim": ("kim", ""), "lee": ("lee", "")}
    names = distinct(wanted)
    assert len({name.casefold() for name in names.values()}) == 3 and names["lee"] == "lee"
    assert distinct(dict(reversed(wanted.items()))) == names


def test_a_mark_that_somebody_foresaw_tells_apart_all_the_same() -> None:
    foreseen = f"Kim-{hashlib.sha256(b'Kim').hexdigest()[:8]}"
    names = distinct({it: (it, "") for it in ("Kim", "kim", foreseen)})
    assert len({name.casefold() for name in names.values()}) == 3


def test_a_mark_stands_before_the_extension() -> None:
    names = distinct({"one": ("image_1_1", ".jpg"), "two": ("image_1_1", ".jpg"), "three": ("image_1_1", ".png")})
    assert names["three"] == "image_1_1.png"
    assert all(name.startswith("image_1_1-") and name.endswith(".jpg") for name in (names["one"], names["two"]))
