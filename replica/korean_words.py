"""Titles, texts and names of nobody, in Korean."""

from random import Random

PLACES = ["제주", "강릉", "부산", "경주", "속초", "여수", "전주", "통영", "안동", "춘천"]
THINGS = ["카페", "바다", "야경", "단풍", "고양이", "라떼", "골목", "시장", "기차", "노을", "산책로", "벽돌집"]
FEELINGS = ["좋았다", "별로였음", "또 가고 싶다", "생각보다 조용함", "사람 많더라", "추천함", "그냥 그랬음"]
TITLES = [
    "{p} {t} {f}",
    "오늘 찍은 {p} {t}",
    "{t} 사진 올려봄",
    "{p} 다녀온 후기 ㅋㅋ",
    "이거 {t} 맞음?",
    "[정보] {p} {t} 정리",
]
TEXTS = [
    "{p}에서 본 {t}인데 {f}.",
    "날씨가 좋아서 {t} 보러 갔다.",
    "질문은 댓글로 <부탁> & 감사",
    "{f} ㅇㅇ",
    "출처: 내 카메라",
]
FIRST = ["푸른", "느린", "작은", "조용한", "둥근", "하얀", "늦은", "빠른"]
SECOND = ["우산", "연필", "소금", "돌멩이", "바람", "기차", "오리", "구름"]
SUBJECTS = ["일반", "사진", "후기", "질문", "정보"]


def _filled(form: str, rng: Random) -> str:
    return form.format(p=rng.choice(PLACES), t=rng.choice(THINGS), f=rng.choice(FEELINGS))


def title(rng: Random) -> str:
    """A post's title; some need escaping in HTML."""
    text = _filled(rng.choice(TITLES), rng)
    return f'{text} <"&>' if rng.random() < 0.05 else text


def text(rng: Random) -> str:
    """A line of a post."""
    return _filled(rng.choice(TEXTS), rng)


def nick(rng: Random) -> str:
    """A nickname made of two words: nobody's."""
    return f"{rng.choice(FIRST)}{rng.choice(SECOND)}{rng.randint(1, 99)}"


def gallery_name(rng: Random) -> str:
    """The name of a gallery."""
    return f"{rng.choice(PLACES)} {rng.choice(THINGS)} {rng.randint(1, 99)}"


def comment(rng: Random) -> str:
    """What somebody says below a post."""
    return " ".join(text(rng) for _ in range(rng.randint(1, 3)))


def file_name(rng: Random, ending: str) -> str:
    """The name of an uploaded file, as people have them."""
    forms = [
        f"{rng.choice(PLACES)} {rng.choice(THINGS)} {rng.randint(1, 40)}.{ending}",
        f"{rng.choice(PLACES)}+{rng.choice(THINGS)} (2).{ending.upper()}",
        f"KakaoTalk_2026{rng.randint(1, 2):02d}{rng.randint(1, 28):02d}_{rng.randint(100000, 235959)}.{ending}",
        f"할인 50%_{rng.randint(1, 9)}.{ending}",
        f"image_{rng.randint(1000, 9999)}.{ending}",
    ]
    return rng.choice(forms)
