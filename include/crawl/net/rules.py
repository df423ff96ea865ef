"""The rules of a robots.txt (RFC 9309), for one product.

No library's, because of the rules with query strings that such sites have: Protego reads the `$` at the end of one as
the end of the path before it, and takes a group for any part of our name as meant for us.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import quote

_TOKEN = re.compile(r"[a-z_-]+|\*", re.IGNORECASE)
_ESCAPE = re.compile(r"%[0-9a-f]{2}", re.IGNORECASE)
_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
# All that may stand in an address; what is left is quoted, as in the addresses that we ask for.
_PLAIN = "%/:=&?~#+!,;'@()[]"
# As they are often written, too.
_NAMES = {
    **dict.fromkeys(("user-agent", "useragent", "user agent"), "agent"),
    **dict.fromkeys(("disallow", "dissallow", "dissalow", "disalow", "diasllow", "disallaw"), "disallow"),
    **dict.fromkeys(("crawl-delay", "crawldelay", "crawl delay"), "delay"),
    "allow": "allow",
}


@dataclass(frozen=True)
class Rule:
    """One line. Of those that match, the longest counts, and of equally long ones the kinder."""

    allows: bool
    length: int
    parts: tuple[str, ...]  # around the asterisks
    to_end: bool

    @classmethod
    def of(cls, allows: bool, pattern: str) -> Self:
        """`*` stands for anything, a `$` at the end for the end."""
        pattern = pattern if pattern.startswith(("/", "*")) else f"/{pattern}"
        to_end = pattern.endswith("$")
        parts = tuple(comparable(part) for part in pattern.removesuffix("$").split("*"))
        return cls(allows, len("*".join(parts)) + to_end, parts, to_end)

    def matches(self, path: str) -> bool:
        """Whether a comparable path and query begins so. The time it takes grows with both lengths and no faster."""
        first, *middle = self.parts
        if not path.startswith(first):
            return False
        if not middle:
            return not self.to_end or path == first
        at, last = len(first), middle.pop()
        for part in middle:
            found = path.find(part, at)
            if found < 0:
                return False
            at = found + len(part)
        return path.endswith(last) and len(path) - len(last) >= at if self.to_end else path.find(last, at) >= 0


@dataclass
class Rules:
    """What concerns us: the groups that name our product, or those for everybody where none does."""

    rules: list[Rule] = field(default_factory=list)
    delay: float = 0.0

    @classmethod
    def parse(cls, text: str, product: str) -> Self:
        """Whatever the text is. What is no rule is none."""
        groups: dict[str, Self] = {}
        named: list[str] = []
        begun = True
        for name, value in _lines(text):
            if name == "agent":
                named = [] if begun else named
                begun = False
                named += [token[0].lower()] if (token := _TOKEN.match(value)) else []
            elif name:
                begun = True
                for agent in named:
                    groups.setdefault(agent, cls())._add(name, value)
        ours = groups.get(product.lower(), groups.get("*", cls()))
        ours.rules.sort(key=lambda rule: (rule.length, rule.allows), reverse=True)
        return ours

    def allow(self, path: str) -> bool:
        """Whether a path with its query may be asked for."""
        path = comparable(path)
        return next((rule.allows for rule in self.rules if rule.matches(path)), True)

    def _add(self, name: str, value: str) -> None:
        if name == "delay":
            self.delay = _seconds(value)
        elif value:
            self.rules.append(Rule.of(name == "allow", value))


def comparable(text: str) -> str:
    """One spelling for what means the same: escapes that need not be are undone, what must be escaped is."""
    return _ESCAPE.sub(_spelled, quote(text, safe=_PLAIN))


def _spelled(escape: re.Match[str]) -> str:
    code = int(escape[0][1:], 16)
    return chr(code) if code in _UNRESERVED else escape[0].upper()


def _lines(text: str) -> Iterator[tuple[str, str]]:
    for whole in re.split(r"[\r\n]+", text):
        line = whole.partition("#")[0].strip()
        name, colon, value = line.partition(":")
        if not colon:
            name, _, value = line.partition(" ")
        yield _NAMES.get(name.strip().lower(), ""), value.strip()


def _seconds(value: str) -> float:
    try:
        seconds = float(value)
    except ValueError:
        return 0.0
    return seconds if 0 < seconds < float("inf") else 0.0
