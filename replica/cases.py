"""More recipes: what pages of posts, boxes and players look like when they are not plain, and pages that are broken.

Each names what it is about; truth.json says what a perfect crawl finds in it.
"""

from collections.abc import Callable

from replica.blocks import PICTURES
from replica.library import Picture
from replica.recipes import MOVIE_ICONS, PICTURE_ICONS, Draft, text
from replica.world import Block

BODIES = [form for form in PICTURES if form not in ("image", "lazy", "datasrc", "datagif", "gif_video")]
NAME_FORMS = ("hex", "percent", "plus", "name", "raw")
DISPOSITIONS = ("quoted", "star", "percent", "none", "other")
EVIL_NAMES = (
    "../../../../etc/passwd.jpg",
    "C:\\Windows\\system32\\사진.jpg",
    'a"; filename="b.exe.jpg',
    "제목\r\nX-Evil: 1.jpg",
    "\u202egpj.exe.jpg",
    "가" * 250 + ".jpg",
    ".jpg",
)
TITLES = (
    "<script>alert(document.cookie)</script> 제목",
    "&lt;b&gt; &amp;amp; &quot;따옴표&quot; '작은' 것",
    "이모지 😀 👨\u200d👩\u200d👧 🇰🇷 끝",
    "\u202eRTL\u202c 그리고 \u200b폭 없는 칸",
    "'; DROP TABLE post; --",
)


def _scenery(draft: Draft) -> Picture:
    return draft.rng.choice(draft.stock.shelf.scenery)


def _body(form: str) -> Callable[[Draft], None]:
    def recipe(draft: Draft) -> None:
        draft.pick(PICTURE_ICONS)
        draft.say()
        draft.show(_scenery(draft), form)
        draft.show(_scenery(draft))

    recipe.__doc__ = f"A picture shown in an unusual form ({form}), and one as usual."
    return recipe


def twice(draft: Draft) -> None:
    """The same picture at the same address, twice: one."""
    draft.pick(PICTURE_ICONS)
    draft.show(_scenery(draft), "image")
    draft.say()
    again = draft.blocks[0]
    draft.show(_scenery(draft))
    draft.blocks += [again, Block("lazy", again.file, again.token)]


def copied(draft: Draft) -> None:
    """The same bytes at two addresses: two."""
    draft.pick(PICTURE_ICONS)
    one = _scenery(draft)
    draft.show(one)
    draft.show(one)


def many(draft: Draft) -> None:
    """A long album."""
    draft.pick(PICTURE_ICONS)
    for picture in draft.rng.sample(draft.stock.shelf.scenery, 20):
        draft.show(picture)


def decoys(draft: Draft) -> None:
    """One picture among everything that is none."""
    draft.pick(PICTURE_ICONS)
    draft.blocks += [Block("comment"), Block("script"), Block("poll"), Block("voice"), Block("dccon")]
    draft.show(_scenery(draft))
    draft.blocks += [
        Block("nstatic"),
        Block("og", text="https://example.com/article"),
        Block("link", text="{site}/viewimage.php?id=link&no=0"),
        Block("text", text="viewimage.php?no=0 라고 쓰면 나옴?"),
    ]


def box_only(draft: Draft) -> None:
    """Words, and pictures in the box alone, one name in each of the forms."""
    text(draft)
    for number, picture in enumerate(draft.rng.sample(draft.stock.shelf.scenery, len(NAME_FORMS))):
        draft.attach(picture, f"할인 50% + {number} 사진.{'JPG' if number % 2 else 'jpeg'}")
        draft.form_of_last(NAME_FORMS[number], DISPOSITIONS[number])


def box_empty(draft: Draft) -> None:
    """A box without a line."""
    draft.pick(PICTURE_ICONS)
    draft.show(_scenery(draft))
    draft.attachments = []


def box_twice(draft: Draft) -> None:
    """The same line twice, and the body's picture among them: one attachment beside the picture."""
    draft.pick(PICTURE_ICONS)
    shown, attached = draft.rng.sample(draft.stock.shelf.scenery, 2)
    draft.show(shown)
    draft.attach(shown)
    draft.attach(attached)
    assert draft.attachments
    draft.attachments.append(draft.attachments[-1])


def box_extless(draft: Draft) -> None:
    """A picture without an extension in its name."""
    text(draft)
    draft.attach(_scenery(draft), f"사진 {draft.no}")
    draft.form_of_last("name", "none")


def box_claims(draft: Draft) -> None:
    """A document that says it is a picture, and a picture whose download says it is a document."""
    text(draft)
    draft.attach(draft.stock.documents[0], "계약서 스캔.jpg")
    draft.form_of_last("name", "none")
    draft.attach(_scenery(draft), "풍경.jpg")
    draft.form_of_last("name", "other")


def box_wrong_ending(draft: Draft) -> None:
    """A picture under the ending of another format."""
    text(draft)
    draft.attach(_scenery(draft), "화면 캡처.gif")


def box_video(draft: Draft) -> None:
    """A video in the box, beside a picture and a document."""
    text(draft)
    draft.attach(draft.stock.deal("video", draft.stock.videos), "동영상 (1).mp4")
    draft.attach(_scenery(draft))
    draft.attach(draft.stock.documents[1])


def box_evil(draft: Draft) -> None:
    """Names that must never become paths, headers or commands."""
    text(draft)
    for number, picture in enumerate(draft.rng.sample(draft.stock.shelf.scenery, len(EVIL_NAMES))):
        draft.attach(picture, EVIL_NAMES[number])
        draft.form_of_last("percent", DISPOSITIONS[number % 2])


def _film(draft: Draft, style: str, place: str = "relative", once_more: int = 0) -> None:
    one = draft.stock.deal("video", draft.stock.videos)
    draft.blocks.append(Block("video", one.key, draft.token("video", len(draft.blocks)), place, style))
    draft.blocks += [draft.blocks[-1]] * once_more


def _player(style: str) -> Callable[[Draft], None]:
    def recipe(draft: Draft) -> None:
        draft.pick(MOVIE_ICONS)
        draft.say()
        _film(draft, style, draft.rng.choice(["absolute", "protocol", "relative"]))

    recipe.__doc__ = f"A video whose player page is of one kind ({style})."
    return recipe


def films(draft: Draft) -> None:
    """Two videos with a picture between them, the second one shown again below: two."""
    draft.icon = "pic"
    _film(draft, "source", "absolute")
    draft.show(_scenery(draft))
    _film(draft, "hidden", "protocol", once_more=1)


def film_and_frames(draft: Draft) -> None:
    """A video among frames of everything else."""
    draft.pick(MOVIE_ICONS)
    draft.blocks += [Block("iframe", text="https://www.youtube.com/embed/xxxxxxxxxxx"), Block("poll")]
    _film(draft, "source")
    draft.blocks += [
        Block("voice"),
        Block("og", text="https://example.com/article"),
        Block("iframe", text="//tv.example.com/embed/1"),
    ]


def half_encoded(draft: Draft) -> None:
    """One video that is ready, one that is not."""
    draft.pick(MOVIE_ICONS)
    _film(draft, "source")
    _film(draft, "encoding")


def strange_title(draft: Draft) -> None:
    """A title with all that a title may hold."""
    text(draft)
    draft.title = draft.stock.turn("title", TITLES)


def _page(quirk: str) -> Callable[[Draft], None]:
    def recipe(draft: Draft) -> None:
        draft.pick(PICTURE_ICONS)
        draft.page = quirk
        draft.say()
        draft.show(_scenery(draft))
        draft.show(_scenery(draft))

    recipe.__doc__ = f"A page that is broken ({quirk}), with two pictures in it all the same."
    return recipe


def _row(quirk: str) -> Callable[[Draft], None]:
    def recipe(draft: Draft) -> None:
        draft.pick(PICTURE_ICONS)
        draft.row = quirk
        draft.show(_scenery(draft))

    recipe.__doc__ = f"A post whose list row is unusual ({quirk})."
    return recipe


def _icon(icon: str) -> Callable[[Draft], None]:
    def recipe(draft: Draft) -> None:
        draft.icon = icon
        draft.show(_scenery(draft))
        draft.subject = "공지" if icon == "notice" else ""

    recipe.__doc__ = f"A post with a picture, whatever its icon says ({icon})."
    return recipe


PAGES = ("unclosed", "nul", "bytes", "deep")
ROWS = ("iconless", "typeless", "undated", "dateless", "marked", "absolute", "short", "options", "padded")
ICONS = ("txt", "movie", "survey", "issue", "notice", "unheard_of", "recmovie", "recomovie", "btimebest", "hit")
CASES: dict[str, Callable[[Draft], None]] = {
    **{f"body_{form}": _body(form) for form in BODIES},
    "twice": twice, "copied": copied, "many": many, "decoys": decoys, "strange_title": strange_title,
    "box_only": box_only, "box_empty": box_empty, "box_twice": box_twice, "box_extless": box_extless,
    "box_claims": box_claims, "box_wrong_ending": box_wrong_ending, "box_video": box_video, "box_evil": box_evil,
    "films": films, "film_and_frames": film_and_frames, "half_encoded": half_encoded,
    **{f"film_{style}": _player(style) for style in ("source", "hidden", "button", "encoding")},
    **{f"page_{quirk}": _page(quirk) for quirk in PAGES},
    **{f"row_{quirk}": _row(quirk) for quirk in ROWS},
    **{f"icon_{icon}": _icon(icon) for icon in ICONS},
}  # fmt: skip
