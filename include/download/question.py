"""What was asked for: one SELECT, typed or by its name, and how much it may cost."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from include.core.errors import Mistake
from include.core.sizes import GIB

QUERIES = Path(__file__).resolve().parents[1] / "sql" / "queries"


@dataclass(frozen=True)
class Question:
    """A statement that nobody has looked at yet, with the values for its @names."""

    sql: str
    params: Mapping[str, Any] = field(default_factory=dict)
    label: str | None = None  # the column that names each file's folder; `label` without it
    restricted: bool = False  # may it read the restricted dataset
    most_read: int = 10 * GIB  # by BigQuery
    most_fetched: int = 50 * GIB  # from the bucket


def named_queries() -> list[str]:
    """Every query that may be asked for by its name. Whether it gives file_path is seen when it is asked."""
    return sorted(path.stem for path in QUERIES.glob("*.sql"))


def offered_queries() -> list[str]:
    """Those that were written for it, and say so: what a form offers."""
    return [name for name in named_queries() if "download_media" in _text(name)]


def question(asked: Mapping[str, Any]) -> Question:
    """The question that a filled-in form asks."""
    typed, name = (asked["sql"] or "").strip(), asked["query"]
    if bool(typed) == bool(name):
        raise Mistake("give a SELECT or the name of a query, one of the two: nothing was asked or downloaded")
    return Question(
        sql=_named(name) if name else typed,
        params=asked["query_params"] or {},
        label=asked["label"] or None,
        restricted=asked["restricted"],
        most_read=int(asked["most_read_gib"] * GIB),
        most_fetched=int(asked["most_fetched_gib"] * GIB),
    )


def _named(name: str) -> str:
    if name not in named_queries():
        raise Mistake(f"there is no query of that name: nothing was asked. There are: {', '.join(named_queries())}")
    return _text(name)


def _text(name: str) -> str:
    return (QUERIES / f"{name}.sql").read_text("utf-8")
