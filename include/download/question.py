"""What was asked for: one SELECT, typed or by its name, and how much it may cost."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from include.core.errors import Mistake
from include.core.sizes import GIB

QUERIES = Path(__file__).resolve().parents[1] / "sql" / "queries"
# Their files say in these words what they were written for.
FOR_DOWNLOADS = "-- With download_media:"
RESTRICTED = "-- Restricted:"


@dataclass(frozen=True)
class Question:
    """A statement that nobody has looked at yet, with the values for its @names.

    Without a `name` somebody typed it: it reads what was published, and nothing of a face.
    """

    sql: str
    params: Mapping[str, Any] = field(default_factory=dict)
    label: str | None = None  # the column that names each file's folder; `label` without it
    name: str | None = None  # of the query in include/sql/queries that this is
    most_read: int = 10 * GIB  # by BigQuery
    most_fetched: int = 50 * GIB  # from the bucket

    @property
    def restricted(self) -> bool:
        """Whether it may read the restricted dataset: a query of ours, which says so itself."""
        return self.name is not None and RESTRICTED in self.sql


def named_queries() -> list[str]:
    """Every query that may be asked for by its name: those that were written for it, and say so."""
    return sorted(path.stem for path in QUERIES.glob("*.sql") if FOR_DOWNLOADS in path.read_text("utf-8"))


def question(asked: Mapping[str, Any]) -> Question:
    """The question that a filled-in form asks."""
    typed, name = (asked["sql"] or "").strip(), asked["query"] or None
    if bool(typed) == bool(name):
        raise Mistake("give a SELECT or the name of a query, one of the two: nothing was asked or downloaded")
    return Question(
        sql=_named(name) if name else typed,
        params=asked["query_params"] or {},
        label=asked["label"] or None,
        name=name,
        most_read=int(asked["most_read_gib"] * GIB),
        most_fetched=int(asked["most_fetched_gib"] * GIB),
    )


def _named(name: str) -> str:
    if name not in named_queries():
        raise Mistake(f"there is no query of that name: nothing was asked. There are: {', '.join(named_queries())}")
    return (QUERIES / f"{name}.sql").read_text("utf-8")
