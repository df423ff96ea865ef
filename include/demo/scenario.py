"""Which galleries there are, and how many posts of each recipe stand in them."""

from datetime import datetime, timedelta, timezone

from include.demo import words
from include.demo.chance import chance
from include.demo.recipes import RECIPES, Draft, Stock
from include.demo.world import Gallery, Post, Row

KST = timezone(timedelta(hours=9))
NEWEST = datetime(2026, 3, 15, 21, 40, 0, tzinfo=KST)
EVERYWHERE = {
    "text": 6,
    "image": 10,
    "album": 4,
    "stranger": 4,
    "group": 2,
    "moving": 1,
    "attached": 1,
    "foreign": 1,
    "deleted": 1,
}
ODD = {"odd_html": 1, "odd_truncated": 1, "odd_empty": 1}
# key: (kind, id, name, state, posts that stand on two pages, first post number, posts by recipe)
GALLERIES: dict[str, tuple[str, str, str, str, int, int, dict[str, int]]] = {
    "demo": ("minor", "replica_walk", "산책 마이너 갤러리", "open", 1, 5210, {
        "text": 12, "image": 18, "album": 10, "stranger": 9, "group": 5, "subject": 4, "subject_group": 2,
        "subject_lazy": 2, "subject_attached": 1, "attached": 2, "moving": 2, "video": 3, "foreign": 2, "hostile": 1,
        "redirected": 1, "deleted": 1, "gone": 1, "adult": 1, **ODD,
    }),
    "camera": ("minor", "replica_camera", "필름카메라 마이너 갤러리", "open", 0, 880, {
        **EVERYWHERE, "subject": 1, "video": 4, "encoding": 1, "adult_box": 1, "odd_bomb": 1, "gone": 1,
    }),
    "closed": ("minor", "replica_closed", "닫힌 마이너 갤러리", "closed", 0, 10, {"text": 2}),
    "travel": ("major", "replica_travel", "여행 갤러리", "open", 2, 120400, {
        **EVERYWHERE, "text": 20, "image": 30, "album": 8, "stranger": 8, "subject": 1, "subject_group": 1, "video": 2,
        "hostile": 1, "odd_svg": 1, "redirected": 1,
    }),
    "photo": ("major", "replica_photo", "사진 갤러리", "open", 0, 61, {**EVERYWHERE, **ODD, "subject_lazy": 1, "adult": 1}),
    "tea": ("mini", "replica_tea", "차 미니 갤러리", "open", 1, 300, {**EVERYWHERE, "secret": 2, "subject": 1, "video": 1}),
    "pens": ("mini", "replica_pens", "만년필 미니 갤러리", "open", 0, 4, {**EVERYWHERE, "secret": 1, "attached": 3, "encoding": 1}),
    "singer": ("person", "replica_singer", "가상가수 인물 갤러리", "open", 0, 70, {**EVERYWHERE, "subject_attached": 1, "hostile": 1}),
    "actor": ("person", "replica_actor", "가상배우 인물 갤러리", "open", 0, 2000, {**EVERYWHERE, "video": 2, "gone": 1, "odd_empty": 1}),
}  # fmt: skip


def make_galleries(stock: Stock) -> list[Gallery]:
    """All galleries with all their posts."""
    return [_gallery(stock, key) for key in GALLERIES]


def _gallery(stock: Stock, key: str) -> Gallery:
    kind, name, shown, state, overlap, first, counts = GALLERIES[key]
    rng = chance(stock.seed, "gallery", key)
    recipes = [recipe for recipe, count in counts.items() for _ in range(count)]
    rng.shuffle(recipes)
    when, no, posts = NEWEST - timedelta(minutes=len(key)), first + 3 * len(recipes), []
    for recipe in recipes:
        posts.append(_post(stock, kind, key, no, when, recipe))
        when -= timedelta(seconds=rng.randint(400, 40_000))
        no -= rng.choice([1, 1, 1, 2, 3])
    return Gallery(key, kind, name, shown, state, overlap, posts, rows(key, name, kind, posts[-1].no))


def _post(stock: Stock, kind: str, key: str, no: int, when: datetime, recipe: str) -> Post:
    rng = chance(stock.seed, "post", key, no)
    draft = Draft(stock, rng, key, no)
    RECIPES[recipe](draft)
    known = rng.random() < 0.4
    replies = rng.choice(["", "", f"[{rng.randint(1, 60)}]", f"[{rng.randint(10, 120)}/{rng.randint(1, 9)}]"])
    return Post(
        no=no,
        title=words.title(rng),
        nick=words.nick(rng),
        uid=f"replica{rng.randint(100, 999)}" if known else "",
        ip="" if known else "192.0",
        posted_at=when.strftime("%Y-%m-%d %H:%M:%S"),
        icon=draft.icon,
        subject=rng.choice(words.SUBJECTS) if kind in ("minor", "mini") else "",
        replies=replies,
        views=rng.randint(3, 4000),
        recommend=rng.randint(0, 90),
        state=draft.state,
        blocks=draft.blocks,
        attachments=draft.attachments,
        who=sorted({name for picture in draft.pictures for name in picture.who}),
        video_who=sorted({name for picture in draft.videos for name in picture.who}),
        note=recipe,
    )


def rows(key: str, name: str, kind: str, oldest: int) -> list[Row]:
    """What stands among the posts and is none."""
    board = {"major": "/board", "minor": "/mgallery/board", "mini": "/mini/board", "person": "/person/board"}[kind]
    number = oldest - 5
    return [
        Row("survey", "설문", "survey", "이번 주 설문: 어디로 갈까?", "/survey/view?no=3"),
        Row("notice", "공지", "notice", "갤러리 이용 안내", f"{board}/view/?id={name}&no={number}", number),
        Row("ad", "AD", "txt", "광고입니다", "https://example.com/ad"),
        Row("trap", str(number - 1), "pic", "사진 보기", "javascript:void(0);", number - 1),
        Row("trap", str(number - 2), "pic", "다른 곳으로", f"{{other}}/_trap/row?id={name}&no=1", number - 2),
        Row("trap", str(number - 3), "pic", "메타데이터", "http://169.254.169.254/latest/meta-data/?no=1", number - 3),
        Row("trap", str(number - 4), "pic", "파일", "file:///etc/passwd?no=1", number - 4),
    ][: 7 if key in ("demo", "travel", "tea", "singer") else 4]


def robots(galleries: list[Gallery]) -> list[str]:
    """The rules for robots: some hold query strings, and one names a post that is there."""
    return [
        "User-agent: GPTBot",
        "Disallow: /",
        "",
        "User-agent: *",
        "Allow: /",
        "Disallow: /board/lists/?id=replica_secretive",
        *[f"Disallow: {one.view_path(no)}$" for one in galleries for no in disallowed(one)],
        "Disallow: /*exception_mode=notice$",
        "Disallow: /_log",
        "",
    ]


def disallowed(gallery: Gallery) -> list[int]:
    """The posts that no robot may ask for."""
    return [[post.no for post in gallery.posts if post.note == "image"][-1]] if gallery.key == "camera" else []
