"""A small community on Gnuboard, out of a seed: boards, posts in every state, files in memory, and the truth of it."""

import hashlib
import io
import tempfile
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import cv2
import numpy as np
from PIL import Image

from replica import korean_words
from replica.chance import chance, noise, token

PAGE, OVERLAP = 15, 2
FORMATS = {"jpg": "JPEG", "png": "PNG", "gif": "GIF", "webp": "WEBP"}
# Posts that show nothing, by their place in the board: what is served instead of them.
INSTEAD = {3: "deleted", 6: "closed", 9: "adult", 12: "secret", 15: "moved", 18: "gone", 21: "unreadable"}
STATUS = {"gone": "deleted"}
HTML = b"<!DOCTYPE html><html><body>not a picture</body></html>"


@dataclass(frozen=True)
class Piece:
    """Something in a post. `outcome` is "ok" or why its file is not taken; None for what is no medium at all."""

    form: str
    path: str = ""
    name: str = ""
    outcome: str | None = None
    kind: str = "image"


@dataclass
class GnuboardPost:
    """One post."""

    no: int
    title: str
    posted_at: datetime
    state: str = "published"
    pieces: list[Piece] = field(default_factory=list)


@dataclass
class Board:
    """One board, newest post first. A closed one is for members only."""

    key: str
    skin: str
    state: str = "open"
    posts: list[GnuboardPost] = field(default_factory=list)

    @property
    def path(self) -> str:
        return f"/bbs/board.php?bo_table={self.key}"

    @property
    def pages(self) -> int:
        return len(range(0, max(1, len(self.posts) - OVERLAP), PAGE - OVERLAP))

    def page(self, number: int) -> list[GnuboardPost]:
        """A list page. Its first posts stood on the page before, as when others come while somebody reads."""
        start = (number - 1) * (PAGE - OVERLAP)
        return self.posts[start : start + PAGE] if number <= self.pages else []


@dataclass
class GnuboardWorld:
    """All of it."""

    seed: int
    boards: dict[str, Board]
    files: dict[str, bytes]


def build(seed: int) -> GnuboardWorld:
    """The world of a seed."""
    maker = _Maker(seed)
    boards = [Board("free", "list"), Board("pics", "gallery"), Board("members", "list", "closed")]
    for board, count in zip(boards, (38, 26, 3), strict=True):
        maker.fill(board, count)
    return GnuboardWorld(seed, {board.key: board for board in boards}, maker.files)


class _Maker:
    """Makes posts and their files."""

    def __init__(self, seed: int) -> None:
        self.seed, self.files = seed, dict[str, bytes]()
        self._videos = [video(seed, number) for number in range(2)]

    def fill(self, board: Board, count: int) -> None:
        rng = chance(self.seed, "gnuboard", board.key)
        no, at = 40 + 7 * count, datetime(2026, 3, 1, 12, 30)
        for place in range(count):
            # Comments take numbers too, so there are gaps.
            no, at = no - rng.randint(1, 6), at - timedelta(minutes=rng.randint(7, 900))
            post = GnuboardPost(no, korean_words.title(rng), at, INSTEAD.get(place, "published"))
            post.pieces = self._pieces(board, post, place, rng) if post.state == "published" else []
            board.posts.append(post)

    def _pieces(self, board: Board, post: GnuboardPost, place: int, rng: Random) -> list[Piece]:
        """What a post shows: something ordinary, and at some places something of what people do to pages."""
        new, key = self._new, f"{board.key}/{post.no}"
        forms = ["upload", "editor", "thumb", "small", "lazy"]
        found = [new(form, board, f"{key}/{at}", rng) for at, form in enumerate(rng.sample(forms, rng.randint(0, 3)))]
        special = {
            0: [Piece("quote"), Piece("text")],
            1: [new("small", board, f"{key}/twice", rng)] * 2,
            2: [Piece("away", f"/_trap/{post.no}.jpg", outcome="away"), Piece("link")],
            4: [new("redirect", board, f"{key}/go", rng, "away"), new("small", board, f"{key}/gone", rng, "gone")],
            5: [self._video(board, f"{key}/v", "video"), Piece("youtube")],
            7: [new("attached", board, f"{key}/a", rng), Piece("document", name="서류.hwp"), Piece("pseudo_file")],
            8: [self._video(board, f"{key}/p", "player"), self._video(board, f"{key}/w", "waiting")],
            10: [new("html", board, f"{key}/h", rng, "html"), new("session", board, f"{key}/s", rng, "html")],
            11: [Piece("member_icon"), Piece("emoticon"), Piece("pseudo"), Piece("data"), Piece("broken")],
            13: [self._video(board, f"{key}/av", "attached")],
            14: [Piece("away_original", f"/_trap/{post.no}.jpg", outcome="away")],
        }
        return [*found, *special.get(place % 16, [])]

    def _new(self, form: str, board: Board, what: str, rng: Random, outcome: str = "ok") -> Piece:
        ext = rng.choice(list(FORMATS))
        folder = f"/data/file/{board.key}" if form in ("upload", "attached", "session") else "/data/editor/2603"
        path = f"{folder}/{token(self.seed, what)[:24]}.{ext}"
        if outcome not in ("gone", "away"):
            self.files[path] = HTML if form == "html" else picture(self.seed, what, ext)
        return Piece(form, path, korean_words.file_name(rng, ext), outcome)

    def _video(self, board: Board, what: str, form: str) -> Piece:
        path = f"/data/file/{board.key}/{token(self.seed, what)[:24]}.mp4"
        self.files[path] = self._videos[len(self.files) % 2]
        return Piece(form, path, "춤 1.mp4", "waiting" if form == "waiting" else "ok", "video")


def picture(seed: int, what: str, ext: str) -> bytes:
    """A small picture of coloured clouds, another for each purpose."""
    clouds = noise(seed, "picture", what).integers(0, 256, (6, 8, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(clouds).resize((160, 120), Image.Resampling.BICUBIC).save(file, FORMATS[ext])
    return file.getvalue()


def video(seed: int, number: int) -> bytes:
    """A second of video."""
    still = np.asarray(Image.open(io.BytesIO(picture(seed, f"video {number}", "png"))).convert("RGB"))
    with tempfile.TemporaryDirectory(prefix="gnuboard-") as folder:
        path = Path(folder) / "video.mp4"
        writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 10.0, (160, 120))
        for step in range(10):
            writer.write(np.roll(still, 8 * step, axis=1))
        writer.release()
        return path.read_bytes()


def truth(world: GnuboardWorld) -> dict[str, Any]:
    """What a perfect crawl finds."""
    return {
        "galleries": {key: _board(world, board) for key, board in world.boards.items()},
        "never": ["/_trap"],
    }


def _board(world: GnuboardWorld, board: Board) -> dict[str, Any]:
    posts = {str(post.no): _post(world, board, post) for post in board.posts}
    return {"list": board.path, "pages": board.pages, "state": board.state, "skin": board.skin, "posts": posts}


def _post(world: GnuboardWorld, board: Board, post: GnuboardPost) -> dict[str, Any]:
    return {
        "url": f"{board.path}&wr_id={post.no}",
        "title": post.title,
        "posted_at": f"{post.posted_at:%Y-%m-%dT%H:%M:00+09:00}",
        "status": STATUS.get(post.state, post.state),
        "media": _media(world, post),
    }


def _media(world: GnuboardWorld, post: GnuboardPost) -> list[dict[str, Any]]:
    """Uploads, then the text's pictures, attachments, videos, players; one that is shown twice counts once."""
    order = [{"upload"}, {"attached", "session"}, {"video"}, {"player", "waiting"}]
    rank = {form: place * 2 for place, forms in enumerate(order) for form in forms}
    pieces = sorted(dict.fromkeys(post.pieces), key=lambda piece: rank.get(piece.form, 1))
    counts = {"image": 0, "video": 0}
    found = []
    for piece in pieces:
        if piece.outcome is not None:
            counts[piece.kind] += 1
            data = world.files.get(piece.path, b"") if piece.outcome == "ok" else b""
            sha256 = hashlib.sha256(data).hexdigest() if data else ""
            one = {"kind": piece.kind, "ordinal": counts[piece.kind], "status": piece.outcome}
            found.append({**one, "sha256": sha256, "size": len(data)})
    return found
