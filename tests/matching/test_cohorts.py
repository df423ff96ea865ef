"""How a sample is thinned to a few faces a person, and parted into cohorts: no warehouse is asked."""

import numpy as np
import pytest

from include.matching.cohorts import MIN_FACES, MIN_PEOPLE, find_cohorts, members_of
from include.matching.sample import MAX_OF_A_PERSON, Sample, sample_of, within
from tests.matching.crowd import Row, Vectors, people, unit

LINK = 0.9  # two faces of one person are nearer, two strangers are not
ALONE, KIN = people(450, 1, seed=1)[0], people(150, 1, seed=2, lean=0.9)[0]


def drawn(embeddings: Vectors) -> list[Row]:
    return [{"place": place + 1, "face_id": f"f{place}", "embedding": it} for place, it in enumerate(embeddings)]


def mixed() -> Vectors:
    """Four hundred and fifty who share nothing and a hundred and fifty who look alike, in no order."""
    return np.random.default_rng(5).permutation(np.concatenate([ALONE, KIN]))


def test_of_a_person_the_first_twenty_stay_and_count_as_one() -> None:
    sample = sample_of(drawn(np.concatenate([people(1, 30, blur=0.2)[0], ALONE[:10]])), LINK)
    assert sample.face_ids == tuple(f"f{place}" for place in [*range(MAX_OF_A_PERSON), *range(30, 40)])
    assert sample.worth.sum() == pytest.approx(1 + 10)


def test_the_order_in_which_rows_are_read_changes_nothing() -> None:
    rows = drawn(mixed())
    first, second = sample_of(rows, LINK), sample_of(rows[::-1], LINK)
    assert first.face_ids == second.face_ids
    for one, other in zip(find_cohorts(first), find_cohorts(second), strict=True):
        assert np.array_equal(one.centre, other.centre)


def test_who_is_near_to_whom_does_not_depend_on_how_many_are_looked_at_at_once() -> None:
    faces = people(400, 3, seed=4)[0]
    apart = np.linalg.norm(faces[:, None] - faces, axis=2)
    assert np.array_equal(within(faces, 0.7), apart <= 0.7)


def test_those_who_look_alike_are_a_cohort_and_every_face_is_in_one() -> None:
    sample = sample_of(drawn(mixed()), 0.1)
    cohorts = find_cohorts(sample)
    members = members_of(sample, cohorts)
    assert sorted(np.concatenate(members)) == list(range(600))
    alike = {f"f{place}" for place, face in enumerate(mixed()) if (face == KIN).all(1).any()}
    assert max(len(alike & {sample.face_ids[it] for it in its}) for its in members) >= 0.95 * len(alike)
    assert len(cohorts) > 1 and sum(cohort.people for cohort in cohorts) == pytest.approx(600)


def test_too_small_a_cohort_is_given_to_the_others() -> None:
    few = people(40, 1, seed=3, lean=3.0)[0]
    cohorts = find_cohorts(sample_of(drawn(np.concatenate([ALONE, few])), 0.01))
    assert all(cohort.faces >= MIN_FACES and cohort.people >= MIN_PEOPLE for cohort in cohorts)
    assert sum(cohort.faces for cohort in cohorts) == 490


def test_a_face_drawn_many_times_over_is_one_first_centre() -> None:
    """The first of two equal centres gets all faces, and the other is gone."""
    faces = np.concatenate([np.repeat(ALONE[:1], 10, axis=0), ALONE[1:400]])
    cohorts = find_cohorts(Sample(tuple("f" * len(faces)), faces, np.ones(len(faces))))
    assert sum(cohort.faces for cohort in cohorts) == len(faces)
    assert len({cohort.centre.tobytes() for cohort in cohorts}) == len(cohorts)


@pytest.mark.parametrize("faces", [np.empty((0, 3)), ALONE[: MIN_FACES - 1], np.repeat(unit(np.ones((1, 3))), 99, 0)])
def test_too_few_faces_or_people_have_no_cohort(faces: Vectors) -> None:
    sample = sample_of(drawn(faces), 0.1)
    assert find_cohorts(sample) == [] and members_of(sample, []) == []
