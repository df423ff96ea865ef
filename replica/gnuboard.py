"""The replica of a second community: `python -m replica.gnuboard --port 8101`. All of it lies in memory.

It is what include/crawl/examples/gnuboard.toml describes, so that "another site is a file" can be tried.
"""

import argparse
import re
from pathlib import Path

from replica.answers import HTML, NO_REFERER, Answer, Asked
from replica.faults import Control
from replica.gnuboard_pages import alert, document, instead, list_page, password_page, player_page, post_page
from replica.gnuboard_world import Board, GnuboardPost, GnuboardWorld, build, truth
from replica.server import PLAIN, Server

EXAMPLE = Path(__file__).parents[1] / "include" / "crawl" / "examples" / "gnuboard.toml"
TYPES = {"jpg": "image/jpeg", "png": "image/png", "gif": "image/gif", "webp": "image/webp", "mp4": "video/mp4"}
SHORT = re.compile(r"/([a-z]{1,20})(?:/([0-9]{1,12}))?/?")
THUMB = re.compile(r"/thumb-[^/]+_\d+x\d+\.\w+$")


class GnuboardReplica(Server):
    """A server for one seed. `truth` is what a perfect crawl of it finds."""

    def __init__(self, seed: int = 7, port: int = 0) -> None:
        world = build(seed)
        self.truth = truth(world)
        super().__init__(GnuboardAnswers(world), Control(), port)

    def definition(self) -> str:
        """The example's definition, for this address instead of its own."""
        host = self.address.removeprefix("http://")
        text = EXAMPLE.read_text(encoding="utf-8").replace("https://board.example", self.address)
        text = text.replace(r"board\.example", re.escape(host)).replace("board.example", host)
        return text.replace("pace = 1.0", "pace = 0")


class GnuboardAnswers:
    """Answers for one world."""

    def __init__(self, world: GnuboardWorld) -> None:
        self._world = world

    def answer(self, ask: Asked) -> Answer:
        """The answer to one request."""
        if ask.path in ("/", "/health", "/robots.txt"):
            robots = b"User-agent: *\nDisallow: /adm/\n"
            return Answer(200, robots if ask.path == "/robots.txt" else b"ok\n", PLAIN)
        if ask.path.startswith("/_trap"):
            return Answer(200, b"a trap: nobody should have come here", PLAIN)
        if ask.path.startswith("/data/"):
            return self._file(ask)
        places = {"board": self._board, "password": self._password, "download": self._download}
        if found := re.fullmatch(r"/bbs/(board|password|download)\.php", ask.path):
            return places[found[1]](ask)
        if ask.path == "/plugin/movie/player.php":
            return self._player(ask)
        if found := SHORT.fullmatch(ask.path):
            return self._board(Asked("", {"bo_table": found[1], "wr_id": found[2] or ""}, ask.site, ask.referred))
        return _page(document("404", "<p>없는 페이지입니다.</p>"), 404)

    def _board(self, ask: Asked) -> Answer:
        board = self._world.boards.get(ask.parameters.get("bo_table", ""))
        if board is None:
            return _page(alert("존재하지 않는 게시판입니다.", 'location.replace("/");'))
        if ask.parameters.get("wr_id"):
            return self._post(ask, board)
        if board.state == "closed":
            return _page(alert("목록을 볼 권한이 없습니다.", 'location.replace("/bbs/login.php");'))
        return _page(list_page(board, _number(ask.parameters.get("page", "1")) or 1, ask.site, _other(ask.site)))

    def _post(self, ask: Asked, board: Board) -> Answer:
        post = self._found(board, ask)
        if post is None:
            return _page(alert("글이 존재하지 않습니다."))
        if post.state == "gone":
            return _page(document("404", "<p>없는 페이지입니다.</p>"), 404)
        if post.state == "secret":
            address = f"/bbs/password.php?w=s&bo_table={board.key}&wr_id={post.no}"
            return Answer(302, b"", HTML, {"Location": address})
        return _page(instead(post) or post_page(board, post, ask.site, _other(ask.site)))

    def _found(self, board: Board, ask: Asked) -> GnuboardPost | None:
        number = _number(ask.parameters.get("wr_id", ""))
        return next((post for post in board.posts if post.no == number), None)

    def _password(self, ask: Asked) -> Answer:
        return _page(password_page())

    def _file(self, ask: Asked) -> Answer:
        """A picture or video; whoever comes without a referer gets another one."""
        redirects = (piece.path for _, post in self._posts() for piece in post.pieces if piece.form == "redirect")
        if ask.path in redirects:
            return Answer(302, b"", HTML, {"Location": f"{_other(ask.site)}/_trap/redirect.jpg"})
        data = NO_REFERER if THUMB.search(ask.path) or not ask.referred else self._world.files.get(ask.path)
        if data is None:
            return _page(document("404", "<p>없습니다.</p>"), 404)
        return Answer(200, data, TYPES.get(ask.path.rpartition(".")[2], HTML))

    def _posts(self) -> list[tuple[Board, GnuboardPost]]:
        return [(board, post) for board in self._world.boards.values() for post in board.posts]

    def _download(self, ask: Asked) -> Answer:
        board = self._world.boards.get(ask.parameters.get("bo_table", ""))
        post, at = self._found(board, ask) if board else None, _number(ask.parameters.get("no", ""))
        piece = post.pieces[at] if post and at < len(post.pieces) else None
        # A session is a cookie that the post's page gave.
        if piece is None or piece.form != "attached" or not ask.referred:
            return _page(alert("잘못된 접근입니다."))
        name = {"Content-Disposition": f'attachment; filename="{piece.name}"'}
        return Answer(200, self._world.files[piece.path], "application/octet-stream", name)

    def _player(self, ask: Asked) -> Answer:
        path = ask.parameters.get("no", "")
        ready = path in self._world.files and not ask.parameters.get("wait")
        return _page(player_page(f"{ask.site}{path}" if ready else "", sum(map(ord, path))))


def _page(text: str, status: int = 200) -> Answer:
    return Answer(status, text.encode("utf-8"))


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else 0


def _other(site: str) -> str:
    """This server by a name that is not the site's."""
    return site.replace("127.0.0.1", "localhost")


def main() -> None:
    """Serve until the process is ended."""
    parser = argparse.ArgumentParser(prog="python -m replica.gnuboard", description=__doc__)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--port", type=int, default=8101, help="0 takes a free port")
    parser.add_argument("--sites", type=Path, help="write its definition here")
    options = parser.parse_args()
    server = GnuboardReplica(options.seed, options.port)
    if options.sites:
        options.sites.write_text(server.definition(), encoding="utf-8")
    boards = ", ".join(server.address + gallery["list"] for gallery in server.truth["galleries"].values())
    print(f"replica of a second community on {server.address}: {boards}", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        server.server_close()


if __name__ == "__main__":
    main()
