"""What a replica site consists of: plain data that build.py writes and server.py serves.

Standard library only, so that the server starts at once. A world says everything that is ever served except the
address it is served under.
"""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

PREFIX = {"major": "", "minor": "/mgallery", "mini": "/mini", "person": "/person"}
SHORT = {"major": "", "minor": "/m", "mini": "/mini", "person": "/person"}
WORLD_FILE = "world.json"
TRUTH_FILE = "truth.json"


@dataclass(frozen=True, slots=True)
class File:
    """One file under the root. `status` says what a careful crawler makes of it: "ok", or why it is rejected."""

    path: str
    sha256: str
    size: int
    type: str
    status: str = "ok"


@dataclass(frozen=True, slots=True)
class Block:
    """One piece of a post's body. `form` is how the page shows it, `style` a variant of that form."""

    form: str
    file: str = ""
    token: str = ""
    text: str = ""
    style: str = ""


@dataclass(frozen=True, slots=True)
class Attachment:
    """One line of the attachment box: `name` is the link's text, `f_no` and `disposition` the forms of its
    name, `address` another one than the site's own (a trap)."""

    file: str
    token: str
    name: str
    f_no: str = "name"
    disposition: str = "quoted"
    address: str = ""


@dataclass(frozen=True, slots=True)
class Post:
    """One post as its list row and its page show it. `state` is "published" or why its page shows something else;
    `row` and `page` say what is unusual about either."""

    no: int
    title: str
    nick: str
    uid: str
    ip: str
    posted_at: str
    icon: str
    subject: str = ""
    row: str = ""
    page: str = ""
    replies: str = ""
    views: int = 0
    recommend: int = 0
    state: str = "published"
    blocks: list[Block] = field(default_factory=list)
    attachments: list[Attachment] | None = None
    who: list[str] = field(default_factory=list)
    video_who: list[str] = field(default_factory=list)
    note: str = ""


@dataclass(frozen=True, slots=True)
class ListRow:
    """A list row that is no post of this gallery: notice, survey, advertisement, or a trap."""

    kind: str
    number: str
    icon: str
    title: str
    href: str
    no: int = 0


@dataclass(frozen=True, slots=True)
class ReplicaGallery:
    """One gallery, its posts newest first. `overlap` posts of a page stand on the next one again; `past_end` is what
    a page after the last one shows: "empty" or "repeat"."""

    key: str
    kind: str
    id: str
    name: str
    state: str = "open"
    overlap: int = 0
    past_end: str = "empty"
    posts: list[Post] = field(default_factory=list)
    rows: list[ListRow] = field(default_factory=list)

    @property
    def board(self) -> str:
        """The path that all this gallery's pages begin with."""
        return f"{PREFIX[self.kind]}/board"

    @property
    def list_path(self) -> str:
        """The address of the first list page, without host."""
        return f"{self.board}/lists/?id={self.id}"

    def view_path(self, no: int) -> str:
        """The address of a post, without host."""
        return f"{self.board}/view/?id={self.id}&no={no}"


@dataclass(frozen=True, slots=True)
class World:
    """The whole site."""

    seed: int
    files: dict[str, File]
    galleries: list[ReplicaGallery]
    robots: list[str] = field(default_factory=list)


def save(world: World, root: Path) -> None:
    """Write the world under the root, the same bytes for the same world."""
    text = json.dumps(asdict(world), ensure_ascii=False, indent=1, sort_keys=True)
    half = root / f"{WORLD_FILE}.half"
    half.write_text(text + "\n", encoding="utf-8")
    half.replace(root / WORLD_FILE)


def load(root: Path) -> World:
    """The world under the root; FileNotFoundError says how to build one."""
    path = root / WORLD_FILE
    if not path.is_file():
        raise FileNotFoundError(f"{path} is missing: python -m replica.build --out {root}")
    raw = json.loads(path.read_text(encoding="utf-8"))
    return World(
        seed=raw["seed"],
        files={key: File(**value) for key, value in raw["files"].items()},
        galleries=[_gallery(value) for value in raw["galleries"]],
        robots=raw["robots"],
    )


def _gallery(raw: dict[str, Any]) -> ReplicaGallery:
    posts = [_post(value) for value in raw["posts"]]
    return ReplicaGallery(**{**raw, "posts": posts, "rows": [ListRow(**value) for value in raw["rows"]]})


def _post(raw: dict[str, Any]) -> Post:
    boxes = raw["attachments"]
    attachments = None if boxes is None else [Attachment(**value) for value in boxes]
    return Post(**{**raw, "blocks": [Block(**value) for value in raw["blocks"]], "attachments": attachments})
