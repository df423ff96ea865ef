"""Who is a stranger to whom, and how likeness ends among strangers: on numbers of which the answer is known."""

from statistics import NormalDist

import numpy as np
import pytest

from include.matching.strangers import find_strangers, middle
from include.matching.tail import MIN_PAIRS, RATES, TOLD_SPREADS, tail_of
from tests.matching.crowd import DIMENSIONS, people, unit

BELL = np.random.default_rng(3).normal(size=2_000_000)


def test_strangers_of_a_bell_curve_have_its_mean_and_spread() -> None:
    likeness = 0.1 + 0.2 * BELL[:400_000].reshape(100, 4000)
    mean, spread = middle(likeness, np.ones_like(likeness, bool))
    assert mean == pytest.approx(0.1, abs=0.015) and spread == pytest.approx(0.2, abs=0.015)


def test_faces_of_the_same_person_that_nothing_gave_away_hardly_move_them() -> None:
    likeness = 0.1 + 0.2 * BELL[:400_000].reshape(100, 4000)
    likeness[:, :400] += 0.7
    mean, spread = middle(likeness, np.ones_like(likeness, bool))
    assert mean == pytest.approx(0.1, abs=0.03) and spread == pytest.approx(0.2, abs=0.03)


def test_pairs_of_one_person_are_no_pairs_of_strangers() -> None:
    """Also those whom no link gave away: they are too much alike, or share a third face."""
    faces, names = people(200, 3, seed=2, blur=0.6)
    found = find_strangers(faces, np.zeros(DIMENSIONS), link=0.3)
    strangers = len(names) * (len(names) - 3)
    assert 0.999 * strangers <= len(found.spreads) <= strangers + 0.05 * 2 * len(names)
    assert found.mean == pytest.approx(0, abs=0.01) and found.spread == pytest.approx(DIMENSIONS**-0.5, rel=0.05)


def test_whom_everybody_is_linked_to_has_no_stranger() -> None:
    found = find_strangers(unit(np.ones((5, 3)) + np.eye(5, 3) / 100), np.zeros(3), link=0.5)
    assert len(found.spreads) == 0 and found.mean == 0 and tail_of(found.spreads) == []


def test_the_tail_of_a_bell_curve_is_its_own_and_goes_on_where_it_is_no_longer_told() -> None:
    tail = tail_of(BELL)
    assert [point.rate for point in tail] == RATES
    for point in tail:
        assert point.spreads == pytest.approx(-NormalDist().inv_cdf(point.rate), abs=0.1)
        assert point.pairs == (len(BELL) * point.rate / 2 if point.spreads <= TOLD_SPREADS else 0)


def test_what_too_few_pairs_have_shown_is_extrapolated() -> None:
    tail = tail_of(BELL[:4000])
    assert [point.rate for point in tail if point.pairs] == [rate for rate in RATES if rate * 2000 >= MIN_PAIRS]
    spreads = [point.spreads for point in tail]
    assert spreads == sorted(spreads)


@pytest.mark.parametrize("count", [0, 1, 2 * MIN_PAIRS])
def test_few_pairs_tell_nothing(count: int) -> None:
    assert tail_of(BELL[:count]) == []
