"""Limits of BigQuery jobs: how long one may run, and how much a query may read, where it says nothing itself."""

import os
from dataclasses import dataclass

from include.core.errors import Mistake
from include.core.sizes import GIB


@dataclass(frozen=True)
class Limits:
    """A join of small tables may run for ever and read hardly anything, so the one does not stand in for the other."""

    seconds: int = 30 * 60
    most_bytes: int = 1024 * GIB


def limits_from_environment() -> Limits:
    """Those of this installation."""
    own = Limits()
    return Limits(
        seconds=int(_number("FACEWARDEN_JOB_MINUTES", own.seconds / 60) * 60),
        most_bytes=int(_number("FACEWARDEN_JOB_GIB", own.most_bytes / GIB) * GIB),
    )


def _number(name: str, otherwise: float) -> float:
    text = os.environ.get(name) or f"{otherwise:g}"
    try:
        number = float(text)
    except ValueError:
        number = 0
    if not 0.1 <= number <= 1e6:
        raise Mistake(f"{name} is {text}: give a number between 0.1 and a million, or leave it empty ({otherwise:g})")
    return number
