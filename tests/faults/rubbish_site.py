"""A site of broken files: posts of so many each, in one gallery, described by selectors as any user would."""

from dataclasses import dataclass

from replica.answers import Answer, Asked
from replica.faults import Control
from replica.server import Server

A_POST = 40
DEFINITION = r"""
[sites.rubbish]
adapter = "selectors"
base = "{base}"
media_hosts = ["{host}"]
pace = 0
backoff = 0.02
backoff_most = 0.1
browser = "off"
[sites.rubbish.addresses]
list = [{{ path = '/(?P<gallery>[a-z]+)' }}]
post = [{{ path = '/(?P<gallery>[a-z]+)/(?P<post_no>[0-9]+)' }}]
list_url = "/{{gallery}}"
page_url = "/{{gallery}}?page={{page}}"
post_url = "/{{gallery}}/{{post_no}}"
[sites.rubbish.list]
present = "ul"
rows = "li"
link = "a"
[sites.rubbish.post]
present = "article"
title = "h1"
[[sites.rubbish.post.media]]
css = "img"
attributes = ["src"]
kind = "image"
"""


@dataclass(frozen=True)
class RubbishSite:
    """What it answers. A file's address ends in its place among all."""

    files: list[bytes]

    @property
    def posts(self) -> range:
        """The numbers of its posts."""
        return range(1, -(-len(self.files) // A_POST) + 1)

    def answer(self, ask: Asked) -> Answer:
        """A list of all posts on its first page, the posts, the files."""
        first, *rest = ask.path.strip("/").split("/")
        if first == "file" and rest:
            return Answer(200, self.files[int(rest[0])], "application/octet-stream")
        if first != "heap":
            return Answer(404, b"nothing here")
        return Answer(200, (self._post(int(rest[0])) if rest else self._list(ask.parameters.get("page", "1"))).encode())

    def _list(self, page: str) -> str:
        rows = [f'<li><a href="/heap/{number}">{number}</a></li>' for number in reversed(self.posts)]
        return f"<ul>{''.join(rows) if page == '1' else ''}</ul>"

    def _post(self, number: int) -> str:
        places = range((number - 1) * A_POST, min(number * A_POST, len(self.files)))
        shown = [f'<img src="/file/{place}">' for place in places]
        return f"<article><h1>Post {number}</h1>{''.join(shown)}</article>"


def rubbish_server(files: list[bytes]) -> Server:
    """A server of these files on a free port, not answering yet."""
    return Server(RubbishSite(files), Control())


def definition(server: Server) -> str:
    """A sites file that names it."""
    return DEFINITION.format(base=server.address, host=server.address.removeprefix("http://"))
