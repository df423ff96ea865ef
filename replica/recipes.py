"""What a post may consist of: one recipe for each case that a crawler has to get right."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from random import Random

from replica import korean_words
from replica.chance import token
from replica.library import Picture
from replica.picture_shelf import Shelf
from replica.world import Attachment, Block

LAZY = ["lazy", "lazy", "lazy", "datasrc"]
PICTURE_ICONS = (["pic", "recomimg", "btimebest", "hit", "issue", "rtimebest"], [72, 13, 4, 4, 3, 4])
TEXT_ICONS = (["txt", "recomtxt", "hit"], [85, 10, 5])
MOVIE_ICONS = (["movie", "recomovie", "recmovie"], [60, 20, 20])
TRAPS = [
    "{other}/_trap/viewimage.php?id=a&no=1",
    "http://169.254.169.254/latest/viewimage.php?no=2",
    "file:///etc/viewimage.php?no=3",
    "javascript:alert('viewimage.php')",
    "http://[::1]:9/viewimage.php?no=4",
    "//127.0.0.2:9/viewimage.php?no=5",
]


@dataclass
class Stock:
    """Everything that posts are made from. Subjects are dealt out in turn, so that each is used."""

    seed: int
    shelf: Shelf
    videos: list[Picture]
    odd: dict[str, Picture]
    documents: list[Picture]
    dealt: dict[str, int] = field(default_factory=dict)

    def deal(self, name: str, pile: list[Picture]) -> Picture:
        """The next one of a pile."""
        turn = self.dealt.get(name, 0)
        self.dealt[name] = turn + 1
        return pile[turn % len(pile)]

    def turn(self, name: str, pile: Sequence[str]) -> str:
        """The same for words."""
        turn = self.dealt.get(name, 0)
        self.dealt[name] = turn + 1
        return pile[turn % len(pile)]


@dataclass
class Draft:
    """A post in the making."""

    stock: Stock
    rng: Random
    gallery: str
    no: int
    icon: str = "txt"
    state: str = "published"
    title: str = ""
    subject: str = ""
    row: str = ""
    page: str = ""
    blocks: list[Block] = field(default_factory=list)
    attachments: list[Attachment] | None = None
    pictures: list[Picture] = field(default_factory=list)
    videos: list[Picture] = field(default_factory=list)

    def token(self, *purpose: object) -> str:
        """A name for an address of this post."""
        return token(self.stock.seed, self.gallery, self.no, *purpose)

    def pick(self, icons: tuple[list[str], list[int]]) -> None:
        """Choose the icon that the list shows."""
        self.icon = self.rng.choices(icons[0], icons[1])[0]

    def say(self) -> None:
        """Add a line of text."""
        self.blocks.append(Block("text", text=korean_words.text(self.rng)))

    def show(self, picture: Picture, form: str = "", style: str = "", text: str = "") -> None:
        """Add a picture to the body: the first plainly, later ones lazily."""
        form = form or ("image" if not self.pictures else self.rng.choice(LAZY))
        self.pictures.append(picture)
        self.blocks.append(Block(form, picture.key, self.token("body", len(self.blocks)), text, style))

    def attach(self, picture: Picture, name: str = "") -> None:
        """Add a line to the attachment box."""
        self.attachments = self.attachments or []
        forms = ["hex", "percent", "plus", "name", "raw"], ["quoted", "star", "percent", "none"]
        self.attachments.append(
            Attachment(
                file=picture.key,
                token=self.token("box", len(self.attachments)),
                name=name or korean_words.file_name(self.rng, picture.key.rpartition(".")[2]),
                f_no=self.rng.choice(forms[0]),
                disposition=self.rng.choice(forms[1]),
            )
        )

    def form_of_last(self, f_no: str, disposition: str) -> None:
        """Let the last line of the box be named in these forms."""
        assert self.attachments
        self.attachments[-1] = replace(self.attachments[-1], f_no=f_no, disposition=disposition)

    def attach_body(self) -> None:
        """The box as the site fills it: mostly the body's pictures, sometimes absent, sometimes with more."""
        luck = self.rng.random()
        if luck < 0.25:
            return
        for picture in self.pictures:
            self.attach(picture)
        if luck > 0.9:
            self.attach(self.rng.choice(self.stock.documents))
        elif luck > 0.78:
            extra = self.rng.choice(self.stock.shelf.scenery)
            self.attach(extra)
            self.pictures.append(extra)


def _with_pictures(draft: Draft, pictures: list[Picture]) -> None:
    draft.pick(PICTURE_ICONS)
    draft.say()
    for picture in pictures:
        draft.show(picture)
    draft.say()
    draft.attach_body()


def text(draft: Draft) -> None:
    """Words only."""
    draft.pick(TEXT_ICONS)
    for _ in range(draft.rng.randint(1, 4)):
        draft.say()


def image(draft: Draft) -> None:
    """One picture without a face."""
    _with_pictures(draft, [draft.rng.choice(draft.stock.shelf.scenery)])


def album(draft: Draft) -> None:
    """Several pictures, of places and of people."""
    shelf = draft.stock.shelf
    people = [draft.stock.deal("stranger", shelf.strangers) for _ in range(draft.rng.randint(1, 3))]
    pictures = people + draft.rng.sample(shelf.scenery, draft.rng.randint(1, 4))
    draft.rng.shuffle(pictures)
    _with_pictures(draft, pictures)


def stranger(draft: Draft) -> None:
    """Somebody."""
    _with_pictures(draft, [draft.stock.deal("stranger", draft.stock.shelf.strangers)])


def group(draft: Draft) -> None:
    """Several people in one picture."""
    _with_pictures(draft, [draft.stock.deal("group", draft.stock.shelf.groups)])


def subject(draft: Draft) -> None:
    """The subject."""
    _with_pictures(draft, [draft.stock.deal("subject", draft.stock.shelf.subject)])


def subject_group(draft: Draft) -> None:
    """The subject among others."""
    _with_pictures(draft, [draft.stock.deal("subject_group", draft.stock.shelf.subject_groups)])


def subject_lazy(draft: Draft) -> None:
    """The subject in the last, lazily loaded picture of several."""
    shelf = draft.stock.shelf
    _with_pictures(draft, [*draft.rng.sample(shelf.scenery, 2), draft.stock.deal("subject", shelf.subject)])


def subject_attached(draft: Draft) -> None:
    """The subject in an attachment alone."""
    text(draft)
    one = draft.stock.deal("subject", draft.stock.shelf.subject)
    draft.attach(one)
    draft.pictures.append(one)


def attached(draft: Draft) -> None:
    """A picture that is only attached, in a post whose icon says text; a document beside it."""
    text(draft)
    draft.icon = "txt"
    one = draft.rng.choice(draft.stock.shelf.scenery)
    draft.attach(one)
    draft.pictures.append(one)
    draft.attach(draft.rng.choice(draft.stock.documents))


def moving(draft: Draft) -> None:
    """A GIF, shown as a video or by its own attribute."""
    draft.pick(PICTURE_ICONS)
    draft.show(draft.rng.choice(draft.stock.shelf.moving), draft.rng.choice(["gif_video", "datagif"]))
    draft.attach_body()


def video(draft: Draft, style: str = "") -> None:
    """A video; sometimes a picture beside it."""
    draft.pick(MOVIE_ICONS)
    draft.say()
    one = draft.stock.deal("video", draft.stock.videos)
    draft.videos += [one] if style != "encoding" else []
    place = draft.rng.choice(["absolute", "protocol", "relative"])
    style = style or draft.rng.choice(["source", "source", "hidden"])
    draft.blocks.append(Block("video", one.key, draft.token("video"), place, style))
    if draft.rng.random() < 0.3:
        draft.show(draft.rng.choice(draft.stock.shelf.scenery))
        draft.icon = draft.rng.choice(["movie", "pic"])


def encoding(draft: Draft) -> None:
    """A video that has no source yet."""
    video(draft, "encoding")


def foreign(draft: Draft) -> None:
    """Frames and stickers that are no media of the post."""
    text(draft)
    draft.blocks += [
        Block("iframe", text="https://www.youtube.com/embed/xxxxxxxxxxx"),
        Block("iframe", text="/board/poll/view?no=11"),
        Block("iframe", text="/voice/player?vr=1"),
        Block("dccon"),
        Block("nstatic"),
        Block("og", text="https://example.com/article"),
        Block("ad", text="https://example.com/ad"),
    ]


def hostile(draft: Draft) -> None:
    """Addresses that must never be asked; a good picture among them."""
    draft.pick(PICTURE_ICONS)
    draft.show(draft.rng.choice(draft.stock.shelf.scenery))
    draft.blocks += [Block("offsite", text=trap) for trap in TRAPS]
    draft.blocks += [
        Block("link", text="http://169.254.169.254/latest/meta-data/"),
        Block("iframe", text="{other}/_trap/frame"),
    ]
    draft.attachments = [Attachment("", "", "사진.jpg", address="{other}/_trap/download.php?no=1")]


def redirected(draft: Draft) -> None:
    """A picture whose address sends the asker off the site."""
    draft.pick(PICTURE_ICONS)
    place = draft.rng.choice(["{other}/_trap/redirect", "http://169.254.169.254/latest/meta-data/"])
    draft.show(Picture(""), "image", "redirect", place)
    draft.show(draft.rng.choice(draft.stock.shelf.scenery))


def _odd(reason: str) -> Callable[[Draft], None]:
    def recipe(draft: Draft) -> None:
        draft.pick(PICTURE_ICONS)
        draft.show(draft.stock.odd[reason])
        draft.show(draft.rng.choice(draft.stock.shelf.scenery))

    recipe.__doc__ = f"A file to be rejected ({reason}), and a good one."
    return recipe


def _state(state: str) -> Callable[[Draft], None]:
    def recipe(draft: Draft) -> None:
        draft.pick(PICTURE_ICONS)
        draft.state = state

    recipe.__doc__ = f"A post that cannot be read: {state}."
    return recipe


RECIPES: dict[str, Callable[[Draft], None]] = {
    "text": text, "image": image, "album": album, "stranger": stranger, "group": group, "subject": subject,
    "subject_group": subject_group, "subject_lazy": subject_lazy, "subject_attached": subject_attached,
    "attached": attached, "moving": moving, "video": video, "encoding": encoding, "foreign": foreign,
    "hostile": hostile, "redirected": redirected,
    **{f"odd_{reason}": _odd(reason) for reason in ("html", "truncated", "empty", "svg", "bomb")},
    **{state: _state(state) for state in (
        "deleted", "gone", "adult", "adult_box", "secret", "moved", "unreadable", "unreadable_json",
    )},
}  # fmt: skip
