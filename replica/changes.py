"""What changes on the site while it is looked at: posts appear, are edited, go away; videos become ready.

Wishes (galleries by their key in truth.json):
  withhold {"demo": 3}                           the three newest posts are not there yet; {} releases all
  shift    {"demo": {"every": 2, "posts": 3}}    after each second list request three of those withheld appear
  edit     {"demo": {"5210": {"title": "…", "picture": "<file or sha256>", "icon": "pic", "state": "adult"}}}
  delete   {"demo": [5210]}                      gone from the list; the page says that it was deleted
  secret   {"tea": [301]}                        the list still has it, the page asks for a password
  encoded  "all", or a list of movie numbers     these videos are ready
  robots   ["User-agent: *", "Disallow: /x"]     another robots.txt; null: the site's own
Edits of one post add up. `version` says whether anything changed.
"""

from collections.abc import Container, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

WISHES = ("withhold", "shift", "edit", "delete", "secret", "encoded", "robots")
STATES = ("published", "deleted", "gone", "adult", "adult_box", "secret", "unreadable")


@dataclass(frozen=True)
class Edit:
    """What was done to a post since the world was built; None and () where nothing was."""

    title: str | None = None
    icon: str | None = None
    state: str | None = None
    pictures: tuple[str, ...] = ()
    listed: bool = True


@dataclass(frozen=True)
class Shift:
    """How a list shifts while it is read."""

    every: int
    posts: int
    asked: int = 0


@dataclass(frozen=True)
class State:
    """Everything that differs from the world as it was built."""

    withheld: dict[str, int] = field(default_factory=dict)
    shifts: dict[str, Shift] = field(default_factory=dict)
    edits: dict[tuple[str, int], Edit] = field(default_factory=dict)
    all_encoded: bool = False
    encoded: frozenset[int] = frozenset()
    robots: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Known:
    """What wishes may name: posts by gallery, files by key and by sha256."""

    posts: Mapping[str, Container[int]]
    files: Mapping[str, str]


class Changes:
    """The state, and how wishes change it. Not locked: Control does that."""

    def __init__(self, known: Known | None = None) -> None:
        self._known = known
        self.now = State()
        self.version = 0

    def prepared(self, wish: dict[str, Any], fresh: bool) -> State:
        """The state that a wish leads to; ValueError when it cannot be meant."""
        unknown = sorted(set(wish) - set(WISHES))
        if unknown:
            raise ValueError(f"unknown wish {unknown}")
        state = State() if fresh else self.now
        for name in WISHES:
            if name in wish:
                state = getattr(self, f"_{name}")(state, wish[name])
        return state

    def take(self, state: State) -> None:
        """From now on it is so."""
        if state != self.now:
            self.now = state
            self.version += 1

    def listed(self, key: str) -> None:
        """A list page of a gallery was answered: it may shift now."""
        shift = self.now.shifts.get(key)
        if shift is None:
            return
        due = (shift.asked + 1) % shift.every == 0
        held = max(0, self.now.withheld.get(key, 0) - (shift.posts if due else 0))
        shifts = {**self.now.shifts, key: replace(shift, asked=shift.asked + 1)}
        self.take(replace(self.now, shifts=shifts, withheld={**self.now.withheld, key: held}))

    def is_encoded(self, number: int) -> bool:
        """Whether a video that was still being encoded is ready."""
        return self.now.all_encoded or number in self.now.encoded

    def _withhold(self, state: State, wish: dict[str, Any]) -> State:
        return replace(state, withheld={self._gallery(key): _count(number) for key, number in wish.items()})

    def _shift(self, state: State, wish: dict[str, Any]) -> State:
        shifts = {
            self._gallery(key): Shift(max(1, _count(one.get("every", 1))), _count(one.get("posts", 1)))
            for key, one in wish.items()
        }
        return replace(state, shifts=shifts)

    def _edit(self, state: State, wish: dict[str, Any]) -> State:
        for key, posts in wish.items():
            for no, fields in posts.items():
                state = self._edited(state, key, no, fields)
        return state

    def _delete(self, state: State, wish: dict[str, Any]) -> State:
        return self._each(state, wish, {"state": "deleted", "listed": False})

    def _secret(self, state: State, wish: dict[str, Any]) -> State:
        return self._each(state, wish, {"state": "secret"})

    def _encoded(self, state: State, wish: Any) -> State:
        if wish == "all":
            return replace(state, all_encoded=True)
        return replace(state, encoded=frozenset(map(_count, [wish] if isinstance(wish, int) else wish)))

    def _robots(self, state: State, wish: Any) -> State:
        return replace(state, robots=None if wish is None else tuple(str(line) for line in wish))

    def _each(self, state: State, wish: dict[str, Any], fields: dict[str, Any]) -> State:
        for key, numbers in wish.items():
            for no in numbers:
                state = self._edited(state, key, no, fields)
        return state

    def _edited(self, state: State, key: str, no: Any, fields: dict[str, Any]) -> State:
        number = _count(no)
        if self._known and number not in self._known.posts[self._gallery(key)]:
            raise ValueError(f"no post {number} in {key}")
        if fields.get("state", "published") not in STATES:
            raise ValueError(f"unknown state {fields['state']!r}; states are {', '.join(STATES)}")
        before = state.edits.get((key, number), Edit())
        rest = {name: value for name, value in fields.items() if name != "picture"}
        added = (self._file(fields["picture"]),) if "picture" in fields else ()
        edit = replace(before, **rest, pictures=before.pictures + added)
        return replace(state, edits={**state.edits, (key, number): edit})

    def _file(self, name: Any) -> str:
        if self._known and name not in self._known.files:
            raise ValueError(f"no file {name!r}")
        return self._known.files[name] if self._known else str(name)

    def _gallery(self, key: Any) -> str:
        if self._known and key not in self._known.posts:
            raise ValueError(f"no gallery {key!r}")
        return str(key)


def _count(value: Any) -> int:
    number = int(value)
    if number < 0:
        raise ValueError(f"{value} is no number of anything")
    return number
