"""Which tables and routines a typed SELECT names, read as GoogleSQL reads it. Whatever is not understood is refused.

BigQuery says itself what a statement reads; not every server says all of it. So a table is taken only where one may
stand, and a name before a bracket only if it is known: nothing is looked for, and so nothing is overlooked.
"""

from collections.abc import Collection
from dataclasses import dataclass, field

from include.core.errors import Mistake
from include.core.settings import DATASET
from include.download.lexis import END, Kind, Token, pieces
from include.download.vocabulary import BEFORE_BRACKET, FUNCTIONS, PLAIN, RESERVED

JOINS = frozenset({"CROSS", "FULL", "INNER", "JOIN", "LEFT", "RIGHT"})
AFTER_TABLES = frozenset(
    ["EXCEPT", "GROUP", "HAVING", "INTERSECT", "LIMIT", "ORDER", "QUALIFY", "UNION", "WHERE", "WINDOW"]
)
BEHIND_ON = JOINS | AFTER_TABLES | {","}
NOTHING = frozenset[str]()


@dataclass(frozen=True)
class Reads:
    """Names within the dataset of what was published; nothing else can be named."""

    tables: frozenset[str]
    routines: frozenset[str]


def reads(sql: str, project: str, routines: Collection[str]) -> Reads:
    """What a single SELECT names. A Mistake for what is none, or calls or names anything else.

    `routines` are those of the dataset that may be called.
    """
    tokens = pieces(sql)
    first = next((it for it in tokens if it.sign != "("), END)
    if first.word not in ("SELECT", "WITH"):
        what = f"begins with {first.text}" if first.text else "is no statement at all"
        raise Mistake(f"this {what}, and only a single SELECT is taken: nothing was run or downloaded")
    if any(it.sign == ";" for it in tokens):
        raise Mistake("these are several statements (a SCRIPT), and only a single SELECT is taken: nothing was run or "
                      "downloaded")  # fmt: skip
    reader = _Reader(tokens, project, frozenset(it.casefold() for it in routines))
    try:
        reader.clauses()
    except RecursionError:
        raise Mistake("the statement has too many brackets in one another: nothing was run or downloaded") from None
    if reader.now is not END:
        raise reader.untaken()
    return Reads(frozenset(reader.tables), frozenset(reader.called))


@dataclass
class _Reader:
    """Goes through the pieces once. Each method reads on from `place`, and stops behind what it is named after."""

    tokens: list[Token]
    project: str
    routines: frozenset[str]
    place: int = 0
    within: frozenset[str] = NOTHING  # names that WITH gave, as far as they reach
    tables: set[str] = field(default_factory=set)
    called: set[str] = field(default_factory=set)

    @property
    def now(self) -> Token:
        return self._at(0)

    def clauses(self, stops: frozenset[str] = NOTHING) -> None:
        """Whatever comes up to one of the stops, to the bracket that closes this one, or to the end."""
        while not (self.now is END or self.now.sign in (")", "]") or {self.now.word, self.now.sign} & stops):
            if self.now.word == "WITH":
                self._with()
            elif self.now.word == "FROM":
                self._from()
            elif self.now.sign in ("(", "["):
                self._bracket()
            elif self.now.names:
                self._named()
            elif self.now.sign == "." and self._at(1).sign != "*" and self._at(-1).sign not in (")", "]"):
                raise self.untaken()
            else:
                self.place += 1

    def untaken(self) -> Mistake:
        where = f"behind {self._at(-1).text}" if self.place else "at the beginning"
        return Mistake(
            f"{self.now.text or 'the end'} {where} is nothing that is taken: a plain SELECT of tables and views of "
            f"{DATASET} is (JOIN, WITH, UNNEST, sub-queries). Nothing was run or downloaded"
        )

    def _at(self, ahead: int) -> Token:
        at = self.place + ahead
        return self.tokens[at] if 0 <= at < len(self.tokens) else END

    def _take(self, *wanted: str) -> bool:
        """Goes on over a keyword or sign, if it is the next."""
        found = bool({self.now.word, self.now.sign} & set(wanted))
        self.place += found
        return found

    def _need(self, wanted: str) -> None:
        if not self._take(wanted):
            raise self.untaken()

    def _bracket(self) -> None:
        """A bracket with all that is in it. Names that WITH gives in there do not reach out of it."""
        before, opened = self._at(-1), self.now.sign
        if opened == "(" and (before.kind is Kind.VALUE or before.sign in (")", "]")):
            raise self.untaken()
        within = self.within
        self.place += 1
        self.clauses()
        self._need(")" if opened == "(" else "]")
        self.within = within

    def _with(self) -> None:
        """WITH name AS (…), …: each name is known to what follows it, and with RECURSIVE to itself."""
        self._need("WITH")
        recursive = self._take("RECURSIVE")
        while True:
            name = self._simple_name()
            known = self.within | {name.casefold()}
            self._need("AS")
            self.within = known if recursive else self.within
            if self.now.sign != "(":
                raise self.untaken()
            self._bracket()
            self.within = known
            if not self._take(","):
                return

    def _from(self) -> None:
        compared = self._is_distinct()
        self._need("FROM")
        if not compared:
            self._tables()

    def _tables(self) -> None:
        """Tables, joined or with commas between them, and what joins them; and that nothing else follows."""
        self._table()
        while True:
            if self._take("ON"):
                self.clauses(BEHIND_ON)
                while self.now.word in ("LEFT", "RIGHT") and self._at(1).sign == "(":  # they are functions too
                    self._named()
                    self.clauses(BEHIND_ON)
            elif self._take("USING"):
                if self.now.sign != "(":
                    raise self.untaken()
                self._bracket()
            elif self._take(","):
                self._table()
            elif self.now.word in JOINS:
                if self._take("LEFT", "RIGHT", "FULL"):
                    self._take("OUTER")
                else:
                    self._take("INNER", "CROSS")
                self._need("JOIN")
                self._table()
            elif self.now is END or self.now.sign == ")" or self.now.word in AFTER_TABLES:
                return
            else:
                raise self.untaken()

    def _table(self) -> None:
        """A sub-query, an array, tables in brackets or the name of a table; with its alias."""
        if self.now.sign == "(":
            within = self.within
            self.place += 1
            if self.now.word not in ("SELECT", "WITH"):
                self._tables()
            self.clauses()
            self._need(")")
            self.within = within
        elif self.now.word == "UNNEST" and self._at(1).sign == "(":
            self.place += 1
            self._bracket()
            self._alias()
            if self._take("WITH"):
                self._need("OFFSET")
        else:
            self._table_name(self._path())
        self._alias()

    def _alias(self) -> None:
        if self._take("AS") or (self.now.names and self.now.word not in RESERVED):
            self._simple_name()

    def _table_name(self, path: list[str]) -> None:
        name = self._own(path)
        if name is None:
            raise Mistake(
                f"{'.'.join(path)} is no table or view of {DATASET}, and nothing else may be read by a typed SELECT: "
                "nothing was run or downloaded. An array is read by UNNEST(…); what is restricted, by a query's name"
            )
        if len(path) > 1 or name.casefold() not in self.within:
            self.tables.add(name)

    def _named(self) -> None:
        """A column, or a call of what may be called; or one of the keywords of an expression."""
        word, before = self.now.word, self._at(-1)
        if self._at(1).sign == "(" and word in BEFORE_BRACKET and before.sign != ".":
            self.place += 1
            self._bracket()
            return
        if word in RESERVED - PLAIN and self._at(1).sign != "(":
            raise self.untaken()
        path = self._path(columns=True)
        if self.now.sign == "(":
            self._call(path)
        elif (
            len(path) > 1
            and (before.kind is not Kind.SIGN or before.sign in (")", "]"))
            and before.word not in PLAIN | {"FROM"}
        ):
            raise self.untaken()  # no column stands there: whoever runs it might take it for a table

    def _call(self, path: list[str]) -> None:
        name = ".".join(path).casefold()
        if name == "extract":
            self._extract()
            return
        if name.removeprefix("safe.") in FUNCTIONS:
            self._bracket()
            return
        own = (self._own(path) or "").casefold()
        if own not in self.routines:
            raise Mistake(
                f"{'.'.join(path)}(…) is no function that a typed SELECT may call: nothing was run or downloaded"
            )
        self.called.add(own)
        self._bracket()

    def _extract(self) -> None:
        """EXTRACT(part FROM value): this FROM names no table."""
        self._need("(")
        self._path(columns=True)
        if self.now.sign == "(":
            self._bracket()  # WEEK(MONDAY)
        self._need("FROM")
        self.clauses()
        self._need(")")

    def _own(self, path: list[str]) -> str | None:
        """The name within the dataset of what was published; None for what lies elsewhere."""
        *prefix, name = path
        known = ([], [DATASET], [self.project.casefold(), DATASET])
        return name if [it.casefold() for it in prefix] in known else None

    def _path(self, columns: bool = False) -> list[str]:
        """Names with dots between them, and within backquotes."""
        path: list[str] = []
        while True:
            if not self.now.names or (self.now.word in RESERVED and not (path or columns)):
                raise self.untaken()
            path += self.now.text.split(".")
            self.place += 1
            if self.now.sign != "." or not self._at(1).names:
                break
            self.place += 1
        return path

    def _simple_name(self) -> str:
        name = self.now
        if not name.names or name.word in RESERVED or "." in name.text:
            raise self.untaken()
        self.place += 1
        return name.text

    def _is_distinct(self) -> bool:
        """Whether this FROM belongs to IS DISTINCT FROM."""
        words = [self._at(ahead).word for ahead in (-3, -2, -1)]
        return words[1:] == ["IS", "DISTINCT"] or words == ["IS", "NOT", "DISTINCT"]
