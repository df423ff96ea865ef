"""Text to its shape: what is known to be code stays, everything else may be somebody's name."""

import re
import unicodedata
from collections.abc import Collection

from include.crawl.redaction.code_words import PROGRAMS, WORDS

_SIGNS = frozenset(" \t\r\n.,:;!?@#$%^*()-_=+[]{}|/\\~")
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,60}")
_PIECE = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")
_LONG_NUMBER = re.compile(r"\d{3,}")
_URL = re.compile(r"\s*(?:([a-zA-Z][a-zA-Z0-9+.-]{0,20}):)?(//[^/?#]*)?([^?#]*)(\?[^#]*)?(#.*)?", re.DOTALL)
_PROGRAM = re.compile(r"[A-Za-z_]{1,30}")
_PARAMETER = re.compile(r"[A-Za-z_][A-Za-z0-9_.\[\]-]{0,30}")
# Each of these always finds its end, if only that of the text: no code is gone over twice.
_TOKEN = re.compile(
    r"""(?P<comment> /\*[\s\S]*?(?:\*/|\Z) | //[^\n]* | <!--[^\n]* )
      | (?P<string> "[^"\\\n]*(?:\\[\s\S][^"\\\n]*)*"? | '[^'\\\n]*(?:\\[\s\S][^'\\\n]*)*'?
                    | `[^`\\]*(?:\\[\s\S][^`\\]*)*`? )
      | (?P<word> [^\W\d][\w$]* )""",
    re.VERBOSE,
)


class _Shapes(dict[int, str]):
    """For str.translate: the sign that stands for each character; none of them means anything in HTML."""

    def __missing__(self, code: int) -> str:
        self[code] = found = _sign(chr(code))
        return found


def _sign(character: str) -> str:
    if character in _SIGNS:
        return character
    if "\uac00" <= character <= "\ud7ff" or "\u1100" <= character <= "\u11ff" or "\u3131" <= character <= "\u318e":
        return "가"
    if character.isalpha():
        return "x"
    if character.isnumeric():
        return "0"
    if character.isspace():
        return " "
    return "." if unicodedata.category(character).startswith(("P", "S", "C")) and character.isascii() else "?"


_SHAPES = _Shapes()


def shape(text: str) -> str:
    """As long as the text, and of its form; nothing else of it."""
    return text.translate(_SHAPES)


def is_code(word: str) -> bool:
    """Whether a word is put together of words that only code has."""
    pieces = _PIECE.findall(word)
    return word.isascii() and bool(pieces) and all(it.lower() in WORDS or (len(it) == 1 == len(word)) for it in pieces)


def words(text: str) -> str:
    """The shape, in which words of code are left."""
    found: list[str] = []
    done = 0
    for word in _WORD.finditer(text):
        found += shape(text[done : word.start()]), _word(word[0])
        done = word.end()
    return "".join((*found, shape(text[done:])))


def _word(word: str) -> str:
    return re.sub(r"\d", "0", word) if is_code(word) else shape(word)


def names(text: str, persons: Collection[str]) -> str:
    """Class names or ids: they are code, but for long numbers, other signs, and what is a person's elsewhere."""
    return "".join(_name(one, persons) for one in re.split(r"(\s+)", text))


def _name(text: str, persons: Collection[str]) -> str:
    if not _NAME.fullmatch(text):
        return shape(text)
    pieces = (
        shape(piece) if piece.lower() in persons and not is_code(piece) else piece
        for piece in re.split(r"([_-])", text)
    )
    return _LONG_NUMBER.sub(lambda number: "0" * len(number[0]), "".join(pieces))


def url(text: str) -> str:
    """An address: parameter names and words of code in path and host stay, values and other words do not."""
    found = _URL.fullmatch(text)
    if found is None:
        return shape(text)
    scheme, host, path, query, fragment = (part or "" for part in found.groups())
    if scheme.lower() == "javascript":
        return "javascript:" + code(text.partition(":")[2]).replace('"', "'")
    if scheme.lower() not in ("", "http", "https"):
        return words(text)
    path = "".join(_step(step) if step != "/" else step for step in re.split(r"(/)", path))
    parameters = "&".join(_parameter(one) for one in query[1:].split("&"))
    ends = f"?{parameters}" if query else ""
    return f"{scheme}{':' if scheme else ''}{words(host)}{path}{ends}{shape(fragment)}"


def _step(step: str) -> str:
    stem, dot, ending = step.rpartition(".")
    if ending.lower() in PROGRAMS and _PROGRAM.fullmatch(stem):
        return step
    if dot and ending.lower() in WORDS:
        return _plain_step(stem) + dot + ending
    return _plain_step(step)


def _plain_step(step: str) -> str:
    """Code as a whole or not at all: behind a ~ or beside a name stand no words of code."""
    return words(step) if step[:1].isalnum() and all(map(is_code, _WORD.findall(step))) else shape(step)


def _parameter(text: str) -> str:
    name, equals, value = text.partition("=")
    shown = re.sub(r"\d", "0", name) if equals and _PARAMETER.fullmatch(name) else shape(name)
    return shown + equals + shape(value)


def code(text: str) -> str:
    """A script: its words of code and paths of the site stay; other strings, comments and words are masked."""
    found: list[str] = []
    done = 0
    for token in _TOKEN.finditer(text):
        found += shape(text[done : token.start()]), _token(token)
        done = token.end()
    return "".join((*found, shape(text[done:])))


def _token(token: re.Match[str]) -> str:
    if token["word"]:
        return _word(token[0])
    if token["comment"]:
        return shape(token[0])
    quote, inside = token[0][0], token[0][1:]
    closed = inside.endswith(quote)
    body = inside[:-1] if closed else inside
    plain = "\\" not in body and body.startswith(("/", "http://", "https://"))
    return quote + (url(body) if plain else shape(body)) + (quote if closed else "")
