"""The world as it is at this moment: as it was built, and what was wished since."""

import hashlib
from collections.abc import Iterator
from dataclasses import replace

from replica.changes import Changes, Edit
from replica.world import PREFIX, Block, Post, ReplicaGallery, World


class CurrentWorld:
    """Galleries and posts by the names that addresses have for them. `version` changes with what it holds."""

    def __init__(self, world: World, changes: Changes) -> None:
        self._changes = changes
        self._built = {(PREFIX[gallery.kind], gallery.id): gallery for gallery in world.galleries}
        self._any = {gallery.id: gallery for gallery in reversed(world.galleries)}
        self._made: dict[str, tuple[ReplicaGallery, dict[int, Post]]] = {}
        self._version = changes.version

    @property
    def version(self) -> int:
        """Which state is shown; asking brings it up to date."""
        if self._version != self._changes.version:
            self._version = self._changes.version
            self._made.clear()
        return self._version

    def galleries(self) -> Iterator[ReplicaGallery]:
        """Every gallery that there is."""
        return (self.gallery(built) for built in self._built.values())

    def find(self, prefix: str, name: str) -> tuple[ReplicaGallery | None, bool]:
        """The gallery of a name: under this prefix or, if there is none, elsewhere; and whether it was found here."""
        here = self._built.get((prefix, name))
        return (here or self._any.get(name)), here is not None

    def gallery(self, built: ReplicaGallery) -> ReplicaGallery:
        """A gallery as its lists show it."""
        return self._now(built)[0]

    def post(self, built: ReplicaGallery, no: int) -> Post | None:
        """A post as its page shows it; None while it is not published."""
        return self._now(built)[1].get(no)

    def _now(self, built: ReplicaGallery) -> tuple[ReplicaGallery, dict[int, Post]]:
        _ = self.version
        made = self._made.get(built.key)
        if made is None:
            made = self._made[built.key] = self._make(built)
        return made

    def _make(self, built: ReplicaGallery) -> tuple[ReplicaGallery, dict[int, Post]]:
        state = self._changes.now
        edits = {no: edit for (key, no), edit in state.edits.items() if key == built.key}
        posts = [_edited(built, post, edits.get(post.no)) for post in built.posts[state.withheld.get(built.key, 0) :]]
        listed = [post for post in posts if post.no not in edits or edits[post.no].listed]
        shown = built if listed == built.posts else replace(built, posts=listed)
        return shown, {post.no: post for post in posts}


def added_token(key: str, no: int, number: int) -> str:
    """The address of a picture that was added to a post."""
    return hashlib.sha256(f"added/{key}/{no}/{number}".encode()).hexdigest()


def _edited(gallery: ReplicaGallery, post: Post, edit: Edit | None) -> Post:
    if edit is None:
        return post
    added = [
        Block("lazy", file, added_token(gallery.key, post.no, number)) for number, file in enumerate(edit.pictures)
    ]
    return replace(
        post,
        title=post.title if edit.title is None else edit.title,
        icon=edit.icon or post.icon,
        state=edit.state or post.state,
        blocks=post.blocks + added,
    )
