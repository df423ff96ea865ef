"""Labelled faces of one engine: an embedding a picture, and who is in it. People are numbers, no names."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from include.calibration.pairs import Floats, Integers
from include.core.errors import Mistake

Flags = npt.NDArray[np.bool_]
EVERYBODY = "all"  # the name under which all groups together are measured
MAX_PICTURES = 4_000  # pairs grow by the square: eight millions of these


class NotCalibrated(Mistake):
    """Nothing can be measured on these faces; the message says what to change. Nothing was written."""


@dataclass(frozen=True)
class Labelled:
    """A row a picture. An embedding is NaN where the picture has no usable face; `out`: it is not counted."""

    engine: str
    embeddings: Floats
    people: Integers
    groups: list[str]  # empty strings where there are none
    out: Flags

    @property
    def group_names(self) -> list[str]:
        return sorted(set(self.groups) - {""})

    def of(self, group: str) -> "Labelled":
        """The pictures of a group, or of everybody."""
        if group == EVERYBODY:
            return self
        own = np.array([each == group for each in self.groups], bool)
        groups = [each for each in self.groups if each == group]
        return Labelled(self.engine, self.embeddings[own], self.people[own], groups, self.out[own])

    def used(self) -> tuple[Floats, Integers]:
        """Embeddings and people of the pictures that count."""
        return self.embeddings[~self.out], self.people[~self.out]

    def counts(self) -> dict[str, int]:
        """What there is, as columns of table `calibration`."""
        embeddings, people = self.used()
        return {
            "people": len(np.unique(people)),
            "pictures": len(people),
            "without_face": int(np.isnan(embeddings[:, 0]).sum()),
            "left_out": int(self.out.sum()),
        }


def checked(people: int, pictures: int, groups: set[str]) -> None:
    """Raises NotCalibrated for a set that says nothing, or is too large."""
    if EVERYBODY in groups:
        raise NotCalibrated(f'a group must not be called "{EVERYBODY}": that is the name of all of them together')
    if pictures > MAX_PICTURES:
        raise NotCalibrated(f"these are more than {MAX_PICTURES} pictures, the most that are compared: give a part")
    if people < 2:
        raise NotCalibrated(f"pictures of {people} people were found, and strangers take two: nothing was measured")


def unit(embeddings: Floats) -> Floats:
    """Rows of length one; NaN for what has no length, or an infinite one."""
    lengths = np.linalg.norm(embeddings, axis=1, keepdims=True)
    good = np.isfinite(lengths) & (lengths > 0)
    return np.where(good, embeddings / np.where(good, lengths, 1), np.nan)
