"""A box in a picture: where a face is, in pixels of the upright picture. The one form that all stages share."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, NotRequired, TypedDict


class BoxRow(TypedDict):
    """A box as tables have it, where a column of a record may always be missing."""

    x: NotRequired[float | None]
    y: NotRequired[float | None]
    width: NotRequired[float | None]
    height: NotRequired[float | None]


class Box(NamedTuple):
    """Left and top corner, width and height. It may reach beyond its picture: `clipped` is the part inside."""

    x: float
    y: float
    width: float
    height: float

    @classmethod
    def of(cls, numbers: Iterable[Any]) -> "Box":
        """From four numbers of any kind, as a net or an array gives them."""
        x, y, width, height = (float(number) for number in numbers)
        return cls(x, y, width, height)

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> "Box":
        """From the column of a table."""
        return cls(row["x"], row["y"], row["width"], row["height"])

    def as_row(self) -> BoxRow:
        """As the column of a table."""
        return {"x": self.x, "y": self.y, "width": self.width, "height": self.height}

    @property
    def side(self) -> float:
        """The shorter side."""
        return min(self.width, self.height)

    @property
    def area(self) -> float:
        return self.width * self.height

    @property
    def centre(self) -> tuple[float, float]:
        return self.x + self.width / 2, self.y + self.height / 2

    def scaled(self, factor: float) -> "Box":
        """The same in a picture that is so many times larger."""
        return Box(*(number * factor for number in self))

    def moved(self, dx: float, dy: float) -> "Box":
        return self._replace(x=self.x + dx, y=self.y + dy)

    def grown(self, share: float) -> "Box":
        """With a margin on every side, as a share of its own size."""
        dx, dy = self.width * share, self.height * share
        return Box(self.x - dx, self.y - dy, self.width + 2 * dx, self.height + 2 * dy)

    def overlap(self, other: "Box") -> float:
        """Shared area over joint area (IoU): 1 for the same box, 0 for boxes apart."""
        width = min(self.x + self.width, other.x + other.width) - max(self.x, other.x)
        height = min(self.y + self.height, other.y + other.height) - max(self.y, other.y)
        shared = max(0.0, width) * max(0.0, height)
        return shared / max(self.area + other.area - shared, 1e-9)

    def clipped(self, shape: tuple[int, ...]) -> tuple[slice, slice]:
        """Rows and columns of the part inside a picture of this shape: a pixel at least; none of a box beside it."""
        return _clipped(self.y, self.height, shape[0]), _clipped(self.x, self.width, shape[1])


def _clipped(start: float, length: float, size: int) -> slice:
    if start >= size or start + length <= 0:
        return slice(0, 0)
    first = min(max(0, round(start)), size - 1)
    return slice(first, max(min(size, round(start + length)), first + 1))
