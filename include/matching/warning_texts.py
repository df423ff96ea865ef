"""What SQL warns of, by its codes, in the words that a person reads."""

from enum import StrEnum
from typing import NamedTuple


class WarningCode(StrEnum):
    """What may stand in search.warning and match.warning: steps/search_probes.sql and merges/search.sql decide it."""

    FEW_PEOPLE = "few_people"
    EXTRAPOLATED = "extrapolated"
    NO_FACES = "no_faces"
    NO_CEILING = "no_ceiling"


class WarningText(NamedTuple):
    """One warning in both languages."""

    korean: str
    english: str


TEXTS: dict[str, WarningText] = {
    WarningCode.FEW_PEOPLE: WarningText(
        "수집한 얼굴에서 서로 구별되는 사람이 너무 적어 타인끼리 얼마나 떨어져 있는지 알 수 없습니다. "
        "엔진에서 미리 측정한 한계를 적용했습니다.",
        "too few people can be told apart among the faces to know how far strangers are apart: the measured ceiling of "
        "the engine decides",
    ),
    WarningCode.EXTRAPOLATED: WarningText(
        "지금까지 수집한 타인 가운데 이만큼 드문 닮음은 없었습니다. 한계는 추정으로 연장한 값입니다.",
        "so rare a likeness was not seen among the strangers there are: the limit is extrapolated",
    ),
    WarningCode.NO_FACES: WarningText(
        "이 엔진이 찾은 얼굴이 아직 없습니다.",
        "this engine has found no face yet",
    ),
    WarningCode.NO_CEILING: WarningText(
        "아무와도 대조하지 않았습니다. 얼굴이 너무 적어 타인끼리 얼마나 떨어져 있는지 알 수 없고, "
        "이 엔진에는 그 비율로 측정한 한계도 없습니다.",
        "nobody was matched: there are too few faces to tell how far strangers are apart, and this engine has no "
        "measured ceiling for such a rate",
    ),
}
# Matches are kept as they were written: an older version wrote these sentences, and no codes.
_KOREAN_OF_OLD = {text.english: text.korean for text in TEXTS.values()}


def text_of(warning: str) -> WarningText:
    """The words for a code. What is no code is an older version's sentence, in English, and stands as it is."""
    return TEXTS.get(warning) or WarningText(_KOREAN_OF_OLD.get(warning, ""), warning)
