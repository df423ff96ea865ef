"""What the SQL warns of, for readers of Korean."""

# Each text is written where it is decided: steps/search_probes.sql and merges/search.sql.
KOREAN = {
    "too few people can be told apart among the faces to know how far strangers are apart: the measured ceiling of the "
    "engine decides": (
        "수집한 얼굴에서 서로 구별되는 사람이 너무 적어 타인끼리 얼마나 떨어져 있는지 알 수 없습니다. "
        "엔진에서 미리 측정한 한계를 적용했습니다."
    ),
    "so rare a likeness was not seen among the strangers there are: the limit is extrapolated": (
        "지금까지 수집한 타인 가운데 이만큼 드문 닮음은 없었습니다. 한계는 추정으로 연장한 값입니다."
    ),
    "this engine has found no face yet": "이 엔진이 찾은 얼굴이 아직 없습니다.",
    "nobody was matched: there are too few faces to tell how far strangers are apart, and this engine has no measured "
    "ceiling for such a rate": (
        "아무와도 대조하지 않았습니다. 얼굴이 너무 적어 타인끼리 얼마나 떨어져 있는지 알 수 없고, "
        "이 엔진에는 그 비율로 측정한 한계도 없습니다."
    ),
}


def in_korean(warning: str) -> str:
    """The warning in Korean; nothing where there is no translation, so that the English stands alone."""
    return KOREAN.get(warning, "")
