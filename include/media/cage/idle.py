"""A purpose that is none: to see how far the cage can be shut here."""

from collections.abc import Iterator
from typing import Any, BinaryIO

from include.media.cage.inside import Answer


def prepare() -> None:
    """Nothing is needed."""


def answers(file: BinaryIO, request: dict[str, Any]) -> Iterator[Answer]:
    """Nothing is found."""
    yield {"end": {}}, None
