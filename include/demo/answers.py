"""What the replica answers to a path: pages, pictures, videos, downloads. No sockets here."""

import base64
import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

from include.demo.faults import Control
from include.demo.list_page import list_page, other_name
from include.demo.page_parts import document
from include.demo.post_page import (
    closed_page,
    instead,
    moved_page,
    movie_number,
    player_page,
    post_page,
)
from include.demo.world import PREFIX, Attachment, Block, File, Gallery, Post, World

HTML = "text/html; charset=utf-8"
BOARD = re.compile(r"^(|/mgallery|/mini|/person)/board/(lists|view)/?$")
SHORT = re.compile(r"^(?:/(m|mini|person))?/([a-z0-9_]+)/(\d+)$")
LIST_SIZES = (30, 50, 100)
# A picture of one grey pixel: what an image host shows to whoever comes without a referer.
NO_REFERER = base64.b64decode("R0lGODlhAQABAIAAAMLCwgAAACH5BAAAAAAALAAAAAABAAEAAAICRAEAOw==")
Parameters = dict[str, str]


@dataclass(frozen=True)
class Asked:
    """One request: path, parameters, the site's own address as the asker wrote it, and whether it was referred."""

    path: str
    parameters: Parameters
    site: str
    referred: bool


@dataclass(frozen=True)
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
    return Asked(parts.path, parameters, f"http://{host}", bool(host) and urlsplit(referer).netloc == host)


def _page(text: str, status: int = 200) -> Answer:
    return Answer(status, text.encode("utf-8"))


NOT_FOUND = _page(document("404", "<p>없는 페이지입니다.</p>"), 404)


class Answers:
    """Answers for one world under one root."""

    def __init__(self, world: World, root: Path, control: Control) -> None:
        self._world, self._root, self._control = world, root, control
        self._galleries = {gallery.id: gallery for gallery in world.galleries}
        posts = [(gallery, post) for gallery in world.galleries for post in gallery.posts]
        self._posts = {(gallery.id, post.no): post for gallery, post in posts}
        blocks = [block for _, post in posts for block in post.blocks if block.token]
        self._shown: dict[str, Block] = {block.token: block for block in blocks}
        self._movies = {movie_number(block.token): block for block in blocks if block.form == "video"}
        boxes = [one for _, post in posts for one in post.attachments or []]
        self._attached: dict[str, Attachment] = {one.token: one for one in boxes}

    def answer(self, ask: Asked) -> Answer:
        """The answer to one request."""
        if found := BOARD.match(ask.path):
            return self._board(ask, found[1], found[2])
        if found := SHORT.match(ask.path):
            return self._short(found[1], found[2], int(found[3]))
        places = {
            "/": self._front,
            "/health": self._health,
            "/robots.txt": self._robots,
            "/viewimage.php": self._image,
            "/download.php": self._download,
            "/board/movie/movie_view": self._player,
            "/viewmovie.php": self._movie,
            "/dccon.php": self._decoration,
        }
        if ask.path.startswith("/nstatic/"):
            return self._decoration(ask)
        if ask.path.startswith("/_trap"):
            return Answer(200, b"a trap: nobody should have come here", "text/plain; charset=utf-8")
        place = places.get(ask.path)
        return place(ask) if place else NOT_FOUND

    def _board(self, ask: Asked, prefix: str, what: str) -> Answer:
        gallery = self._galleries.get(ask.parameters.get("id", ""))
        if gallery is None:
            return NOT_FOUND
        if PREFIX[gallery.kind] != prefix:
            return _page(moved_page(gallery.list_path))
        if gallery.state == "closed":
            return _page(closed_page(gallery))
        return self._list(ask, gallery) if what == "lists" else self._post(ask, gallery)

    def _list(self, ask: Asked, gallery: Gallery) -> Answer:
        size = _number(ask.parameters.get("list_num"), 50)
        page = max(1, _number(ask.parameters.get("page"), 1))
        mode = ask.parameters.get("exception_mode", "all")
        withheld = self._control.withheld.get(gallery.key, 0)
        return _page(list_page(gallery, ask.site, page, size if size in LIST_SIZES else 50, mode, withheld))

    def _post(self, ask: Asked, gallery: Gallery) -> Answer:
        post = self._posts.get((gallery.id, _number(ask.parameters.get("no"), -1)))
        if post is None or post.state == "gone" or self._is_withheld(gallery, post):
            return NOT_FOUND
        return _page(instead(gallery, post) or post_page(gallery, post, ask.site))

    def _is_withheld(self, gallery: Gallery, post: Post) -> bool:
        return post in gallery.posts[: self._control.withheld.get(gallery.key, 0)]

    def _short(self, kind: str | None, name: str, no: int) -> Answer:
        gallery = self._galleries.get(name)
        if gallery is None or {"m": "minor", None: "major"}.get(kind, kind) != gallery.kind:
            return NOT_FOUND
        return Answer(302, b"", HTML, {"Location": gallery.view_path(no)})

    def _image(self, ask: Asked) -> Answer:
        block = self._shown.get(ask.parameters.get("no", ""))
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
        return _page(player_page(block, ask.site, ask.referred)) if block else NOT_FOUND

    def _movie(self, ask: Asked) -> Answer:
        block = self._shown.get(ask.parameters.get("code", ""))
        if block is None or block.form != "video" or block.style == "encoding":
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
        return Answer(200, "\n".join(self._world.robots).encode("utf-8"), "text/plain; charset=utf-8")

    def _bytes(self, file: File) -> bytes:
        return (self._root / file.path).read_bytes()


def _number(text: str | None, otherwise: int) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 12 else otherwise


def _disposition(one: Attachment) -> dict[str, str]:
    """The header that names a download: quoted raw UTF-8 as older sites send it, RFC 6266, or none at all."""
    forms = {
        "quoted": f'attachment; filename="{one.name}"',
        "star": f"attachment; filename*=UTF-8''{quote(one.name)}",
        "percent": f'attachment; filename="{quote(one.name)}"',
    }
    return {"Content-Disposition": forms[one.disposition]} if one.disposition in forms else {}
