"""A step through the pieces of a statement: what is next, what has to be, and names with dots between them."""

from dataclasses import dataclass

from include.core.errors import Mistake
from include.core.settings import DATASET
from include.download.lexis import END, Token
from include.download.vocabulary import RESERVED


@dataclass
class Stepper:
    """Goes through the pieces once. Each method reads on from `place`, and stops behind what it is named after."""

    tokens: list[Token]
    place: int = 0

    @property
    def now(self) -> Token:
        return self.ahead(0)

    @property
    def before(self) -> Token:
        return self.ahead(-1)

    def ahead(self, steps: int) -> Token:
        at = self.place + steps
        return self.tokens[at] if 0 <= at < len(self.tokens) else END

    def take(self, *wanted: str) -> bool:
        """Goes on over a keyword or sign, if it is the next."""
        found = bool({self.now.word, self.now.sign} & set(wanted))
        self.place += found
        return found

    def need(self, *wanted: str) -> None:
        if not self.take(*wanted):
            raise self.untaken()

    def untaken(self) -> Mistake:
        where = f"behind {self.before.text}" if self.place else "at the beginning"
        return Mistake(
            f"{self.now.text or 'the end'} {where} is nothing that is taken: a plain SELECT of tables and views of "
            f"{DATASET} is (JOIN, WITH, UNNEST, sub-queries). Nothing was run or downloaded"
        )

    def path(self) -> list[str]:
        """Names with dots between them, and within backquotes. A keyword may be a function's or follow a dot."""
        path: list[str] = []
        while self.now.names:
            path += self.now.text.split(".")
            self.place += 1
            if self.now.sign != "." or not self.ahead(1).names:
                return path
            self.place += 1
        raise self.untaken()

    def simple_name(self) -> str:
        name = self.now
        if not name.names or name.word in RESERVED or "." in name.text:
            raise self.untaken()
        self.place += 1
        return name.text
