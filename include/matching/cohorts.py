"""Groups of faces that look alike, by k-means in NumPy: the same sample is always parted the same way."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from include.matching.sample import Floats, Sample

Places = npt.NDArray[np.intp]
MAX_COHORTS, FACES_A_COHORT = 8, 200
MIN_FACES, MIN_PEOPLE = 60, 20
STARTS, FIRST_ROUNDS, ROUNDS = 5, 3, 8


@dataclass(frozen=True)
class Cohort:
    """`faces` and `people` are those that made the centre; `loss` is what k-means makes smaller."""

    centre: Floats
    faces: int
    people: float
    loss: float


def find_cohorts(sample: Sample) -> list[Cohort]:
    """The best of several starts; too small a cohort is given to the others. None where all together are too few."""
    if len(sample.worth) < MIN_FACES or sample.worth.sum() < MIN_PEOPLE:
        return []
    cohorts = _moved(sample, _centres(_best_start(sample)), ROUNDS)
    while small := [it for it in cohorts if it.faces < MIN_FACES or it.people < MIN_PEOPLE]:
        smallest = min(small, key=lambda it: it.people)
        cohorts = _moved(sample, _centres([it for it in cohorts if it is not smallest]), 1)
    return cohorts


def members_of(sample: Sample, cohorts: list[Cohort]) -> list[Places]:
    """Of each cohort the places of the faces that are nearest to its centre."""
    if not cohorts:
        return []
    own, _ = _nearest(sample, _centres(cohorts))
    return [np.flatnonzero(own == place) for place in range(len(cohorts))]


def _best_start(sample: Sample) -> list[Cohort]:
    """A few rounds from the first faces of the sample, from those after them, and so on."""
    count = max(1, min(MAX_COHORTS, len(sample.worth) // FACES_A_COHORT))
    firsts = [sample.embeddings[count * start : count * (start + 1)] for start in range(STARTS)]
    attempts = [_moved(sample, first, FIRST_ROUNDS) for first in firsts]
    return min(attempts, key=lambda cohorts: sum(cohort.loss for cohort in cohorts))


def _moved(sample: Sample, centres: Floats, rounds: int) -> list[Cohort]:
    """Each face to its nearest centre, each centre to the mean of its faces; one without a face is gone."""
    cohorts: list[Cohort] = []
    for _ in range(rounds):
        own, away = _nearest(sample, centres)
        cohorts = [_cohort(sample, np.flatnonzero(own == place), away) for place in np.unique(own)]
        centres = _centres(cohorts)
    return cohorts


def _cohort(sample: Sample, members: Places, away: Floats) -> Cohort:
    return Cohort(
        centre=sample.embeddings[members].mean(0),
        faces=len(members),
        people=float(sample.worth[members].sum()),
        loss=float(np.square(away[members]).sum()),
    )


def _centres(cohorts: list[Cohort]) -> Floats:
    return np.array([cohort.centre for cohort in cohorts])


def _nearest(sample: Sample, centres: Floats) -> tuple[Places, Floats]:
    """Of each face the place of its nearest centre, the first of equals, and how far it is away."""
    # No matrix product: it may tell a face that was drawn twice, and so is two first centres, apart from itself.
    away = np.stack([np.linalg.norm(sample.embeddings - centre, axis=1) for centre in centres])
    return away.argmin(0), away.min(0)
