"""Reads the tables of a site's definition; whatever is wrong in one is a Mistake that says where, and what."""

import codecs
import re
from collections.abc import Callable
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from include.core.errors import Mistake
from include.crawl.adapters.css import Css, SelectorError

T = TypeVar("T")


class Table:
    """One table of a definition. Everything is asked for by name; `done` then refuses what nobody asked for."""

    def __init__(self, place: str, values: Any) -> None:
        self.place = place
        if not isinstance(values, dict):
            raise Mistake(f"{place} is no table")
        self.values, self._known = values, set[str]()

    def wrong(self, name: str, what: str) -> Mistake:
        return Mistake(f"{self.place} {name}: {what}")

    def done(self, also: frozenset[str] = frozenset()) -> None:
        """Say which settings nobody knows: a mistyped one would silently do nothing."""
        unknown = sorted(set(self.values) - self._known - also)
        if unknown:
            raise Mistake(f"{self.place} has no setting {unknown[0]!r}; there are {', '.join(sorted(self._known))}")

    def has(self, name: str) -> bool:
        self._known.add(name)
        return name in self.values

    def text(self, name: str, default: str | None = None) -> str:
        return self._value(name, str, "text", default)

    def flag(self, name: str, default: bool) -> bool:
        return self._value(name, bool, "true or false", default)

    def number(self, name: str, default: int) -> int:
        return self._value(name, int, "a whole number", default)

    def texts(self, name: str, default: tuple[str, ...] | None = ()) -> tuple[str, ...]:
        """A list of texts; a single text is a list of one."""
        value: Any = self.values.get(name)
        if isinstance(value, str):
            self._known.add(name)
            return (value,)
        return tuple(self._each(name, str, "a list of texts", default))

    def numbers(self, name: str) -> tuple[int, ...]:
        return tuple(self._each(name, int, "a list of whole numbers", ()))

    def css(self, name: str) -> Css:
        return self._made(name, self.text(name), Css)

    def css_or_none(self, name: str) -> Css | None:
        return self.css(name) if self.has(name) else None

    def pattern(self, name: str) -> re.Pattern[str]:
        return self._made(name, self.text(name), re.compile)

    def pattern_or_none(self, name: str) -> re.Pattern[str] | None:
        return self.pattern(name) if self.has(name) else None

    def zone(self, name: str) -> ZoneInfo:
        return self._made(name, self.text(name, "Asia/Seoul"), ZoneInfo)

    def encoding(self, name: str) -> str:
        # What Korean sites call EUC-KR is its larger relative: both read the same pages, one of them all of it.
        found = self._made(name, self.text(name, "utf-8"), _encoding)
        return "cp949" if found == "euc_kr" else found

    def table(self, name: str) -> "Table":
        if not self.has(name):
            raise self.wrong(name, "is missing")
        return Table(f"{self.place} {name}", self.values[name])

    def table_or_none(self, name: str) -> "Table | None":
        return self.table(name) if self.has(name) else None

    def tables(self, name: str, needed: bool = False) -> list["Table"]:
        """A list of tables; counted from 1 in what is said about them."""
        values: Any = self.values.get(name, [])
        if not isinstance(values, list) or (needed and not values):
            raise self.wrong(name, "is missing" if name not in self.values else "is no list of tables")
        self._known.add(name)
        return [Table(f"{self.place} {name} (number {at})", value) for at, value in enumerate(values, 1)]

    def patterns(self, name: str) -> dict[str, re.Pattern[str]]:
        """A table of regular expressions by name."""
        values = self.table(name) if self.has(name) else Table(self.place, {})
        return {key: values.pattern(key) for key in values.values}

    def _value(self, name: str, kind: type[T], words: str, default: T | None) -> T:
        value: Any = self.values.get(name, default) if self.has(name) or default is not None else None
        if value is None:
            raise self.wrong(name, "is missing")
        if type(value) is not kind:
            raise self.wrong(name, f"is {words}, not {value!r}")
        return value

    def _each(self, name: str, kind: type[T], words: str, default: tuple[T, ...] | None) -> list[T]:
        value: Any = self.values.get(name) if self.has(name) or default is None else list(default)
        if value is None:
            raise self.wrong(name, "is missing")
        if not isinstance(value, list) or any(type(one) is not kind for one in value):
            raise self.wrong(name, f"is {words}, not {value!r}")
        return value

    def _made(self, name: str, text: str, make: Callable[[str], T]) -> T:
        try:
            return make(text)
        except (re.error, SelectorError, LookupError, ValueError, OSError, OverflowError, RecursionError) as error:
            raise self.wrong(name, f"{text!r} is no good: {error}") from None


def _encoding(text: str) -> str:
    bytes(range(256)).decode(text, "replace")  # some codecs are not for pages
    return codecs.lookup(text).name
