"""What the replica answers to a path: pages, pictures, videos, downloads. No sockets here."""

import base64
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

from replica.blocks import movie_number
from replica.cache import Cache
from replica.current_world import CurrentWorld, added_token
from replica.faults import Control
from replica.list_page import below_post, list_page, wanted
from replica.page_parts import document, other_name
from replica.post_page import (
    encoded,
    instead,
    moved_page,
    player_page,
    post_page,
    shut_page,
)
from replica.world import PREFIX, Attachment, Block, File, Post, ReplicaGallery, World

HTML = "text/html; charset=utf-8"
BOARD = re.compile(r"^(|/mgallery|/mini|/person)/board/(lists|view)/?$")
# The short forms, and those of the mobile site, whose /board/ means major and minor galleries alike.
SHORT = re.compile(r"^(?:/(board|m|mini|person))?/([a-z0-9_]+)(?:/([0-9]{1,12}))?/?$")
SHORT_KINDS = {None: ("major",), "board": ("major", "minor"), "m": ("minor",), "mini": ("mini",), "person": ("person",)}
PAGE_BYTES = FILE_BYTES = 64 << 20
# A picture of one grey pixel: what an image host shows to whoever comes without a referer.
NO_REFERER = base64.b64decode("R0lGODlhAQABAIAAAMLCwgAAACH5BAAAAAAALAAAAAABAAEAAAICRAEAOw==")
Parameters = dict[str, str]


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: path, parameters, the site's own address as the asker wrote it, and whether it was referred."""

    path: str
    parameters: Parameters
    site: str
    referred: bool
    target: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """One response."""

    status: int
    body: bytes
    type: str = HTML
    headers: dict[str, str] = field(default_factory=dict)


def asked(target: str, host: str, referer: str) -> Asked:
    """A request as the answers need it. A target that is no address is one that is nowhere."""
    parts = urlsplit(target if target.startswith("/") else "/")
    values = parse_qs(parts.query, keep_blank_values=True)
    parameters = {key: value[-1] for key, value in values.items()}
    return Asked(parts.path, parameters, f"http://{host}", bool(host) and urlsplit(referer).netloc == host, target)


def _page(text: str, status: int = 200) -> Answer:
    return Answer(status, text.encode("utf-8"))


NOT_FOUND = _page(document("404", "<p>없는 페이지입니다.</p>"), 404)


class Answers:
    """Answers for one world under one root."""

    def __init__(self, world: World, root: Path, control: Control) -> None:
        self._world, self._root, self._control = world, root, control
        self._live = CurrentWorld(world, control.changes)
        self._pages, self._read, self._version = Cache(PAGE_BYTES), Cache(FILE_BYTES), -1
        self._below: dict[tuple[str, str], str] = {}
        posts = [post for gallery in world.galleries for post in gallery.posts]
        blocks = [block for post in posts for block in post.blocks if block.token]
        self._shown: dict[str, Block] = {block.token: block for block in blocks}
        self._movies = {movie_number(block.token): block for block in blocks if block.form == "video"}
        boxes = [one for post in posts for one in post.attachments or []]
        self._attached: dict[str, Attachment] = {one.token: one for one in boxes}
        self._places = {
            "/": self._front,
            "/health": self._health,
            "/robots.txt": self._robots,
            "/viewimage.php": self._image,
            "/download.php": self._download,
            "/board/movie/movie_view": self._player,
            "/viewmovie.php": self._movie,
            "/dccon.php": self._decoration,
        }

    def gallery(self, key: str) -> ReplicaGallery:
        """A gallery as it is now, edits and all: what replica.truth makes the truth from."""
        return next(gallery for gallery in self._live.galleries() if gallery.key == key)

    def answer(self, ask: Asked) -> Answer:
        """The answer to one request."""
        if place := self._places.get(ask.path):
            return place(ask)
        if found := BOARD.match(ask.path):
            return self._board(ask, found[1], found[2])
        if ask.path.startswith("/nstatic/"):
            return self._decoration(ask)
        if ask.path.startswith("/_trap"):
            return Answer(200, b"a trap: nobody should have come here", "text/plain; charset=utf-8")
        found = SHORT.match(ask.path)
        return self._short(found[1], found[2], found[3]) if found else NOT_FOUND

    def _board(self, ask: Asked, prefix: str, what: str) -> Answer:
        gallery, here = self._live.find(prefix, ask.parameters.get("id", ""))
        if gallery is None:
            return NOT_FOUND
        if not here:
            return _page(moved_page(gallery.list_path))
        if gallery.state != "open":
            return _page(shut_page(gallery))
        return self._list(ask, gallery) if what == "lists" else self._post(ask, gallery)

    def _list(self, ask: Asked, gallery: ReplicaGallery) -> Answer:
        want = wanted(ask.parameters)
        answer = self._kept(ask, lambda: list_page(self._live.gallery(gallery), ask.site, want))
        self._control.listed(gallery.key)
        return answer

    def _post(self, ask: Asked, gallery: ReplicaGallery) -> Answer:
        post = self._live.post(gallery, _number(ask.parameters.get("no"), -1))
        if post is None or post.state == "gone":
            return NOT_FOUND
        return self._kept(ask, lambda: self._post_page(gallery, post, ask.site))

    def _post_page(self, gallery: ReplicaGallery, post: Post, site: str) -> str:
        below = self._below.get((site, gallery.key))
        if below is None:
            below = self._below[site, gallery.key] = below_post(self._live.gallery(gallery), site)
        return instead(gallery, post) or post_page(gallery, post, site, below)

    def _kept(self, ask: Asked, make: Callable[[], str]) -> Answer:
        """A page, made once for as long as nothing changes on the site."""
        if self._version != self._live.version:
            self._version = self._live.version
            self._pages.clear()
            self._below.clear()
        key = (ask.site, ask.target)
        return Answer(200, self._pages.get(key) or self._pages.put(key, encoded(make())))

    def _short(self, kind: str | None, name: str, no: str | None) -> Answer:
        prefixes = [PREFIX[one] for one in SHORT_KINDS[kind]]
        places = (self._live.find(prefix, name) for prefix in prefixes)
        gallery = next((found for found, here in places if found and here), None)
        if gallery is None:
            return NOT_FOUND
        return Answer(302, b"", HTML, {"Location": gallery.view_path(int(no)) if no else gallery.list_path})

    def _block(self, token: str) -> Block | None:
        """The picture or video of an address; one that was added since the world was built is looked for."""
        known = self._shown.get(token)
        if known is None:
            for (key, no), edit in self._control.changes.now.edits.items():
                for number, file in enumerate(edit.pictures):
                    if added_token(key, no, number) == token:
                        return Block("lazy", file, token)
        return known

    def _image(self, ask: Asked) -> Answer:
        block = self._block(ask.parameters.get("no", ""))
        if block is None:
            return NOT_FOUND
        if not ask.referred:
            return Answer(200, NO_REFERER, "image/gif")
        if block.style == "redirect":
            return Answer(302, b"", HTML, {"Location": block.text.replace("{other}", other_name(ask.site))})
        if ask.parameters.get("mp4"):
            return NOT_FOUND
        file = self._world.files[block.file]
        return Answer(200, self._bytes(file), file.type)

    def _download(self, ask: Asked) -> Answer:
        one = self._attached.get(ask.parameters.get("no", ""))
        if one is None:
            return NOT_FOUND
        if not ask.referred:
            return _page(document("403", "<p>잘못된 접근입니다.</p>"), 403)
        return Answer(200, self._bytes(self._world.files[one.file]), "application/octet-stream", _disposition(one))

    def _player(self, ask: Asked) -> Answer:
        block = self._movies.get(_number(ask.parameters.get("no"), -1))
        return _page(player_page(self._ready(block), ask.site, ask.referred)) if block else NOT_FOUND

    def _ready(self, block: Block) -> Block:
        """A video as it is by now: what was being encoded may be done."""
        done = block.style == "encoding" and self._control.changes.is_encoded(movie_number(block.token))
        return replace(block, style="source") if done else block

    def _movie(self, ask: Asked) -> Answer:
        block = self._shown.get(ask.parameters.get("code", ""))
        if block is None or block.form != "video" or self._ready(block).style == "encoding":
            return NOT_FOUND
        if not ask.referred:
            return _page(document("403", "<p>잘못된 접근입니다.</p>"), 403)
        file = self._world.files[block.file]
        name = {"Content-Disposition": f'attachment; filename="movie_{block.token[:8]}.mp4"'}
        return Answer(200, self._bytes(file), file.type, name if ask.parameters.get("down") else {})

    def _decoration(self, ask: Asked) -> Answer:
        return Answer(200, NO_REFERER, "image/gif")

    def _front(self, ask: Asked) -> Answer:
        links = "".join(
            f'<li><a href="{gallery.list_path.replace("&", "&amp;")}">{gallery.name}</a></li>'
            for gallery in self._world.galleries
        )
        return _page(document("복제본", f"<ul>{links}</ul>"))

    def _health(self, ask: Asked) -> Answer:
        return Answer(200, b"ok\n", "text/plain; charset=utf-8")

    def _robots(self, ask: Asked) -> Answer:
        lines = self._control.changes.now.robots
        return Answer(
            200, "\n".join(self._world.robots if lines is None else lines).encode("utf-8"), "text/plain; charset=utf-8"
        )

    def _bytes(self, file: File) -> bytes:
        return self._read.get(file.path) or self._read.put(file.path, (self._root / file.path).read_bytes())


def _number(text: str | None, otherwise: int) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 12 else otherwise


def _disposition(one: Attachment) -> dict[str, str]:
    """The header that names a download: quoted raw UTF-8 as older sites send it, RFC 6266, or none at all."""
    forms = {
        "quoted": f'attachment; filename="{one.name}"',
        "other": 'attachment; filename="report.pdf"',
        "star": f"attachment; filename*=UTF-8''{quote(one.name)}",
        "percent": f'attachment; filename="{quote(one.name)}"',
    }
    return {"Content-Disposition": forms[one.disposition]} if one.disposition in forms else {}
