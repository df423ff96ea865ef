"""The same without a wall: what it finds shows that the ways are ways."""

from include.media.cage import walls
from tests.media.prisoner import answers, prepare

walls.shut = lambda parent, memory: []
__all__ = ["answers", "prepare"]
