"""Which tables and routines a typed SELECT names, read as GoogleSQL reads it. Whatever is not understood is refused.

BigQuery says itself what a statement reads; not every server says all of it. So a table is taken only where one may
stand, and a name before a bracket only if it is known: nothing is looked for, and so nothing is overlooked.
"""

from collections.abc import Collection
from dataclasses import dataclass, field

from include.core.errors import Mistake
from include.core.settings import DATASET
from include.download.lexis import END, Kind, pieces
from include.download.stepper import Stepper
from include.download.vocabulary import (
    AFTER_TABLES,
    BEFORE_BRACKET,
    CLAUSES,
    FUNCTIONS,
    PLAIN,
    RESERVED,
    SETS,
)

LEADING = PLAIN | CLAUSES | {"BY"}  # a column may stand behind them


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
    reader = _Reader(tokens, project=project, routines=frozenset(it.casefold() for it in routines))
    try:
        reader.query()
    except RecursionError:
        raise Mistake("the statement has too many brackets in one another: nothing was run or downloaded") from None
    if reader.now is not END:
        raise reader.untaken()
    return Reads(frozenset(reader.tables), frozenset(reader.called))


@dataclass
class _Reader(Stepper):
    project: str = ""
    routines: frozenset[str] = frozenset()
    within: frozenset[str] = frozenset()  # names that WITH gave, as far as they reach
    tables: set[str] = field(default_factory=set)
    called: set[str] = field(default_factory=set)

    def query(self) -> None:
        """[WITH …] SELECT … [UNION ALL …] [ORDER BY …] [LIMIT …]. Names that WITH gives do not reach out of it."""
        within = self.within
        if self.now.word == "WITH":
            self._with()
        self._select()
        while self.now.word in SETS:
            self._set_operation()
        self._order_and_limit()
        self.within = within

    def _select(self) -> None:
        if self.take("("):
            self.query()
            self.need(")")
            return
        self.need("SELECT")
        self._list()
        if self.take("FROM"):
            self._tables()
        if self.take("WHERE"):
            self._expression()
        if self.take("GROUP"):
            self.need("BY")
            if not self.take("ALL"):
                self._list()
        for clause in ("HAVING", "QUALIFY"):
            if self.take(clause):
                self._expression()
        if self.take("WINDOW"):
            self._list()

    def _set_operation(self) -> None:
        self.need(*SETS)
        self.need("ALL", "DISTINCT")
        self._select()

    def _order_and_limit(self) -> None:
        if self.take("ORDER"):
            self.need("BY")
            self._list()
        if self.take("LIMIT"):
            self._expression()

    def _with(self) -> None:
        """WITH name AS (…), …: each name is known to what follows it, and with RECURSIVE to itself."""
        self.need("WITH")
        recursive = self.take("RECURSIVE")
        while True:
            known = self.within | {self.simple_name().casefold()}
            self.need("AS")
            self.within = known if recursive else self.within
            self.need("(")
            self.query()
            self.need(")")
            self.within = known
            if not self.take(","):
                return

    def _list(self) -> None:
        self._expression()
        while self.take(","):
            if self.now.word != "FROM":  # a comma more than needed
                self._expression()

    def _expression(self) -> None:
        """Something, up to a comma, the end of its bracket, or the next clause."""
        begun = self.place
        while not self._ends():
            if self.now.sign in ("(", "["):
                self._bracket()
            elif self.now.names:
                self._named()
            elif self.now.sign == "." and self.ahead(1).sign != "*" and self.before.sign not in (")", "]"):
                raise self.untaken()
            else:
                self.place += 1
        if self.place == begun:
            raise self.untaken()

    def _ends(self) -> bool:
        if self.now.word in ("LEFT", "RIGHT"):  # they are functions too
            return self.ahead(1).sign != "("
        if self.now.word == "EXCEPT":
            return not (self.before.sign == "*" and self.ahead(1).sign == "(")
        if self.now.word == "FROM":  # x IS DISTINCT FROM y
            words = [self.ahead(steps).word for steps in (-3, -2, -1)]
            return not (words[1:] == ["IS", "DISTINCT"] or words == ["IS", "NOT", "DISTINCT"])
        return self.now is END or self.now.sign in (")", "]", ",") or self.now.word in CLAUSES

    def _bracket(self) -> None:
        """A sub-query, or a list: of values, of what a call is given, of a window's clauses."""
        before, closes = self.before, ")" if self.now.sign == "(" else "]"
        if closes == ")" and (before.kind is Kind.VALUE or before.sign in (")", "]")):
            raise self.untaken()
        self.place += 1
        if self.now.word in ("SELECT", "WITH"):
            self.query()
        while not self.take(closes):
            if self.now.word in SETS and self.before.sign == ")":
                self._set_operation()
            elif self.now.word in ("ORDER", "LIMIT"):
                self._order_and_limit()
            elif not self.take("HAVING", ","):  # ANY_VALUE(x HAVING MAX y)
                self._expression()

    def _named(self) -> None:
        """A column, or a call of what may be called; or one of the keywords of an expression."""
        word, before = self.now.word, self.before
        if self.ahead(1).sign == "(" and word in BEFORE_BRACKET and before.sign != ".":
            self.place += 1
            self._bracket()
            return
        if word in RESERVED - PLAIN and self.ahead(1).sign != "(" and before.sign != ".":
            if word != "FROM":
                raise self.untaken()
            self.place += 1  # x IS DISTINCT FROM y
            return
        if word == "PARTITION":
            self.place += 1
            self.need("BY")
            return
        path = self.path()
        if self.now.sign == "(":
            self._call(path)
            return
        begins = (before.kind is Kind.SIGN and before.sign not in (")", "]")) or before.word in LEADING
        if len(path) > 1 and not begins:
            raise self.untaken()  # no column stands there: whoever runs it might take it for a table

    def _call(self, path: list[str]) -> None:
        name = ".".join(path).casefold()
        own = (self._own(path) or "").casefold()
        if name == "extract":
            self._extract()
        elif name.removeprefix("safe.") in FUNCTIONS:
            self._bracket()
        elif own in self.routines:
            self.called.add(own)
            self._bracket()
        else:
            raise Mistake(f"{'.'.join(path)}(…) is no function that a typed SELECT may call: nothing was run or "
                          "downloaded")  # fmt: skip

    def _extract(self) -> None:
        """EXTRACT(part FROM value): this FROM names no table."""
        self.need("(")
        part = self.path()
        if self.now.sign == "(":
            self._call(part)  # WEEK(MONDAY)
        self.need("FROM")
        self._expression()
        self.need(")")

    def _tables(self) -> None:
        """Tables, joined or with commas between them, and what joins them; and that nothing else follows."""
        self._table()
        while not (self.now is END or self.now.sign == ")" or self.now.word in AFTER_TABLES):
            if self.take("ON"):
                self._expression()
            elif self.take("USING"):
                if self.now.sign != "(":
                    raise self.untaken()
                self._bracket()
            elif self.take(","):
                self._table()
            else:
                if self.take("LEFT", "RIGHT", "FULL"):
                    self.take("OUTER")
                else:
                    self.take("INNER", "CROSS")
                self.need("JOIN")
                self._table()

    def _table(self) -> None:
        """A sub-query, an array, tables in brackets or the name of a table; with its alias."""
        if self.take("("):
            self._tables_in_brackets()
        elif self.now.word == "UNNEST" and self.ahead(1).sign == "(":
            self.place += 1
            self._bracket()
            self._alias()
            if self.take("WITH"):
                self.need("OFFSET")
        elif self.now.word in RESERVED:
            raise self.untaken()
        else:
            self._table_name(self.path())
        self._alias()

    def _tables_in_brackets(self) -> None:
        if self.now.word in ("SELECT", "WITH"):
            self.query()
        else:
            self._tables()
            while self.now.word in SETS:
                self._set_operation()
            self._order_and_limit()
        self.need(")")

    def _alias(self) -> None:
        if self.take("AS") or (self.now.names and self.now.word not in RESERVED):
            self.simple_name()

    def _table_name(self, path: list[str]) -> None:
        name = self._own(path)
        if name is None:
            raise Mistake(
                f"{'.'.join(path)} is no table or view of {DATASET}, and nothing else may be read by a typed SELECT: "
                "nothing was run or downloaded. An array is read by UNNEST(…); what is restricted, by a query's name"
            )
        if len(path) > 1 or name.casefold() not in self.within:
            self.tables.add(name)

    def _own(self, path: list[str]) -> str | None:
        """The name within the dataset of what was published; None for what lies elsewhere."""
        *prefix, name = path
        known: tuple[list[str], ...] = ([], [DATASET], [self.project.casefold(), DATASET])
        return name if [it.casefold() for it in prefix] in known else None
