"""Which galleries there are, and how many posts of each recipe stand in them."""

from datetime import datetime, timedelta, timezone

from replica import korean_words
from replica.cases import BODIES, CASES, ICONS, PAGES, ROWS
from replica.chance import chance
from replica.list_decoys import rows
from replica.recipes import RECIPES, Draft, Stock
from replica.world import Post, ReplicaGallery

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
    "lists": ("major", "replica_lists", "목록 갤러리", "open", 0, 4400, {
        "text": 20, "image": 22, "deleted": 1, "row_marked": 2, **{f"row_{quirk}": 1 for quirk in ROWS},
        **{f"icon_{icon}": 1 for icon in ICONS},
    }),
    "market": ("minor", "replica_market", "장터 마이너 갤러리", "open", 0, 700, {
        "text": 6, "image": 5, "icon_notice": 2, "icon_survey": 1, "row_undated": 1, "row_padded": 1, "row_short": 1,
    }),
    "bodies": ("minor", "replica_bodies", "본문 마이너 갤러리", "open", 0, 90, {
        **{f"body_{form}": 1 for form in BODIES}, "twice": 1, "copied": 1, "many": 1, "decoys": 2, "strange_title": 5,
    }),
    "boxes": ("major", "replica_boxes", "첨부 갤러리", "open", 0, 33, {
        name: 1 for name in CASES if name.startswith("box_")
    }),
    "clips": ("mini", "replica_clips", "동영상 미니 갤러리", "open", 0, 1200, {
        "films": 1, "film_and_frames": 1, "half_encoded": 1, "film_source": 1, "film_hidden": 1, "film_button": 2,
        "film_encoding": 2, "foreign": 1,
    }),
    "broken": ("person", "replica_broken", "고장 인물 갤러리", "open", 0, 500, {
        **{f"page_{quirk}": 1 for quirk in PAGES}, "unreadable": 1, "unreadable_json": 1, "moved": 1, "adult": 1,
        "secret": 1, "gone": 1, "image": 2,
    }),
    # The same id and the same numbers in two kinds of gallery that share nothing else.
    "twin_minor": ("minor", "replica_twin", "쌍둥이 마이너 갤러리", "open", 0, 10, {"image": 4}),
    "twin_mini": ("mini", "replica_twin", "쌍둥이 미니 갤러리", "open", 0, 10, {"image": 4}),
    "grown_up": ("minor", "replica_grown_up", "어른 마이너 갤러리", "adult", 0, 10, {"text": 1}),
    "renewed": ("mini", "replica_renewed", "새단장 미니 갤러리", "unreadable", 0, 10, {"text": 1}),
}  # fmt: skip
REPEATING = ("lists",)
COOKS = {**RECIPES, **CASES}


def make_galleries(stock: Stock) -> list[ReplicaGallery]:
    """All galleries with all their posts."""
    return [_gallery(stock, key) for key in GALLERIES]


def _gallery(stock: Stock, key: str) -> ReplicaGallery:
    kind, name, shown, state, overlap, first, counts = GALLERIES[key]
    rng = chance(stock.seed, "gallery", key)
    recipes = [recipe for recipe, count in counts.items() for _ in range(count)]
    rng.shuffle(recipes)
    when, no, posts = NEWEST - timedelta(minutes=len(key)), first + 3 * len(recipes), []
    for recipe in recipes:
        posts.append(_post(stock, kind, key, no, when, recipe))
        when -= timedelta(seconds=rng.randint(400, 40_000))
        no -= rng.choice([1, 1, 1, 2, 3])
    past_end = "repeat" if key in REPEATING else "empty"
    return ReplicaGallery(key, kind, name, shown, state, overlap, past_end, posts, rows(key, name, kind, posts))


def _post(stock: Stock, kind: str, key: str, no: int, when: datetime, recipe: str) -> Post:
    rng = chance(stock.seed, "post", key, no)
    draft = Draft(stock, rng, key, no)
    COOKS[recipe](draft)
    known = rng.random() < 0.4
    replies = rng.choice(["", "", f"[{rng.randint(1, 60)}]", f"[{rng.randint(10, 120)}/{rng.randint(1, 9)}]"])
    return Post(
        no=no,
        title=_either(draft.title, korean_words.title(rng)),
        nick=korean_words.nick(rng),
        uid=f"replica{rng.randint(100, 999)}" if known else "",
        ip="" if known else "192.0",
        posted_at=when.strftime("%Y-%m-%d %H:%M:%S"),
        icon=draft.icon,
        subject=_either(draft.subject, rng.choice(korean_words.SUBJECTS)) if kind in ("minor", "mini") else "",
        row=draft.row,
        page=draft.page,
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


def _either(wanted: str, usual: str) -> str:
    return wanted or usual


def robots(galleries: list[ReplicaGallery]) -> list[str]:
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


def disallowed(gallery: ReplicaGallery) -> list[int]:
    """The posts that no robot may ask for."""
    return [[post.no for post in gallery.posts if post.note == "image"][-1]] if gallery.key == "camera" else []
