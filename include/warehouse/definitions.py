"""Views and routines: each file of `include/sql/views` and `include/sql/functions` creates one of them.

`include/sql/google` holds what only Google's BigQuery can do. FACEWARDEN_SEARCH chooses it; without, nothing of it is
applied, and the plain SQL does the same on the emulator and on Google's.

A file's description ends in `[$digest]`. Filled in with the file's own digest it tells, in the warehouse itself,
from which text a view or routine was made; so one that did not change is left alone.
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path
from string import Template

from google.api_core.exceptions import NotFound
from google.cloud import bigquery

from include.core.errors import Mistake
from include.warehouse import sql

# What VECTOR_SEARCH is told, by what FACEWARDEN_SEARCH says.
SEARCH_OPTIONS = {
    "vector_search": '{"use_brute_force": true}',
    "vector_index": '{"fraction_lists_to_search": 0.02}',
}
CREATES = re.compile(r"^CREATE OR REPLACE (VIEW|FUNCTION|TABLE FUNCTION) (\w+\.\w+)", re.MULTILINE)


@dataclass(frozen=True)
class Definition:
    """One view or routine, and the statement that creates it."""

    kind: str
    address: str
    statement: str
    digest: str


def load_definitions(folder: Path = sql.FOLDER, search: str | None = None) -> list[Definition]:
    """All of them, each after those that it uses; with `search` Google's own way of searching in the place of ours."""
    found = [_read(path) for path in sorted((*folder.glob("functions/*.sql"), *folder.glob("views/*.sql")))
             if not path.name.endswith(".assert.sql")]  # fmt: skip
    by_address = {it.address: it for it in found}
    if search:
        if search not in SEARCH_OPTIONS:
            raise Mistake(f"FACEWARDEN_SEARCH is {search!r}: leave it empty, or say {' or '.join(SEARCH_OPTIONS)}")
        googles = _read(folder / "google" / "similar_faces.sql", SEARCH_OPTIONS[search])
        by_address[googles.address] = googles
    order = TopologicalSorter({it.address: _uses(it, by_address) for it in by_address.values()})
    return [by_address[address] for address in order.static_order()]


def is_applied(bq: bigquery.Client, it: Definition) -> bool:
    """Whether the warehouse has it, made from this very text."""
    return f"[{it.digest}]" in (_live_description(bq, it) or "")


def _read(path: Path, search_options: str = "") -> Definition:
    text = path.read_text("utf-8")
    found = CREATES.findall(text)
    if len(found) != 1 or "[$digest]" not in text:
        raise ValueError(f"{path}: needs one CREATE OR REPLACE dataset.name and a description ending in [$digest]")
    (kind, address) = found[0]
    digest = hashlib.sha256(f"{search_options}{text}".encode()).hexdigest()[:12]
    names = {"digest": digest, "search_options": search_options}
    return Definition(kind, address, Template(text).substitute(names), digest)


def _uses(it: Definition, addresses: Iterable[str]) -> list[str]:
    return [other for other in addresses if other != it.address and re.search(rf"\b{other}\b", it.statement)]


def _live_description(bq: bigquery.Client, it: Definition) -> str | None:
    try:
        live = bq.get_table(it.address) if it.kind == "VIEW" else bq.get_routine(it.address)
    except NotFound:
        return None
    description: str | None = live.description
    return description
