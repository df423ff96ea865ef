"""A typed statement in pieces, as GoogleSQL cuts it. What another reader might cut otherwise is refused.

Whoever runs the statement gets the same text with its comments blanked. So nobody else sees code where this saw none.
"""

import re
from dataclasses import dataclass
from enum import Enum

from include.core.errors import Mistake

# No backslash before a quotation mark, no two of them in a row: readers disagree about where such a text ends.
_TEXT = """[rRbB]{0,2}(?:'(?!'')(?:[^'\\\\\\n\\0]|\\\\(?!['"`\\n]))*'|"(?!"")(?:[^"\\\\\\n\\0]|\\\\(?!['"`\\n]))*")"""
_TOKEN = re.compile(
    r"(?P<blank>[ \t\r\n]+)"
    r"|(?P<comment>--[^\n]*|\#[^\n]*|/\*(?s:.*?)\*/)"
    rf"|(?P<text>{_TEXT})(?!['\"])"
    r"|(?P<quoted>`[^`\\\n]+`)(?!`)"
    r"|(?P<value>@[A-Za-z_][A-Za-z0-9_]*|(?:0[xX][0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)(?![\w.]))"
    r"|(?P<word>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<sign>\|\||=>|<=|>=|<>|!=|<<|>>|-(?!>)|\|(?!>)|[()\[\],.;+*/%=<>&^~])",
    re.ASCII,
)
# Between the dots of a name in backquotes: letters of any script, digits, a hyphen, a space.
_PART = re.compile(r"\w[\w -]*")


class Kind(Enum):
    """What a piece is. NAME is in backquotes, and so is never a keyword."""

    WORD = "word"
    NAME = "name"
    VALUE = "value"
    SIGN = "sign"
    END = "end"


@dataclass(frozen=True)
class Token:
    """A piece of a statement."""

    kind: Kind
    text: str

    @property
    def word(self) -> str:
        """In capitals, as keywords are told apart; empty for what is none."""
        return self.text.upper() if self.kind is Kind.WORD else ""

    @property
    def sign(self) -> str:
        return self.text if self.kind is Kind.SIGN else ""

    @property
    def names(self) -> bool:
        """Whether it may be the name of something, or a part of one."""
        return self.kind in (Kind.WORD, Kind.NAME)


END = Token(Kind.END, "")


def pieces(sql: str) -> list[Token]:
    """All pieces but blanks and comments; one semicolon at the end is none either."""
    found = [token for match in _matches(sql) if (token := _token(match))]
    return found[:-1] if found and found[-1].sign == ";" else found


def without_comments(sql: str) -> str:
    """The same statement, each thing in its line and column, with blanks where comments were."""
    return "".join(
        re.sub(r"[^\n]", " ", match[0]) if match.lastgroup == "comment" else match[0] for match in _matches(sql)
    )


def _matches(sql: str) -> list[re.Match[str]]:
    found, place = [], 0
    while place < len(sql):
        match = _TOKEN.match(sql, place)
        if match is None:
            raise Mistake(_untaken(sql[place : place + 12]))
        found.append(match)
        place = match.end()
    return found


def _token(match: re.Match[str]) -> Token | None:
    kind, text = match.lastgroup, match[0]
    if kind in ("blank", "comment"):
        return None
    if kind == "quoted":
        return Token(Kind.NAME, _name(text[1:-1]))
    return Token(Kind.VALUE if kind == "text" else Kind(kind), text)


def _name(text: str) -> str:
    if not all(map(_PART.fullmatch, text.split("."))):
        raise Mistake(
            f"`{text}` is no name that is taken: letters, digits, spaces, hyphens and dots are. Nothing was run"
        )
    return text


def _untaken(text: str) -> str:
    if text.startswith(("'", '"')):
        return (
            f"the text that begins with {text} is not taken: write it in one pair of quotation marks, without a "
            "backslash before a mark, or give it as @name. Nothing was run"
        )
    return f"{text!r} is nothing that a plain SELECT has outside of a text: nothing was run"
