"""Shares of pairs on people whose distances are known: against the plain sums, one pair at a time."""

from itertools import combinations

import numpy as np
import pytest

from include.calibration import intervals
from include.calibration.intervals import MIN_FALSE, MIN_PEOPLE, SortedPairs
from include.calibration.labelled_faces import Labelled
from include.calibration.measure import DISTANCES, measured
from include.calibration.pairs import DRAWS, against_references, centred, pairs
from tests.calibration.conftest import people


def labelled(rows: np.ndarray, numbers: np.ndarray, groups: list[str] | None = None) -> Labelled:
    return Labelled("test/unit-16", rows, numbers, groups or [""] * len(rows), np.zeros(len(rows), bool))


def by_hand(rows: np.ndarray, numbers: np.ndarray) -> tuple[list[float], list[float]]:
    """Distances of same and of strangers, the slow way."""
    same, strangers = [], []
    for one, other in combinations(range(len(rows)), 2):
        if numbers[one] == numbers[other]:
            same.append(float(np.nan_to_num(np.linalg.norm(rows[one] - rows[other]), nan=np.inf)))
        elif np.isfinite(rows[one][0] + rows[other][0]):
            strangers.append(float(np.linalg.norm(rows[one] - rows[other])))
    return same, sorted(strangers)


@pytest.mark.parametrize("way", ["plain", "centred"])
@pytest.mark.parametrize("rate", [0.1, 0.02])
def test_the_threshold_of_a_rate_and_what_it_finds_are_those_counted_by_hand(way: str, rate: float) -> None:
    rows, numbers = people([6, 5, 4, 7, 3, 6, 1], lean=1.0)
    moved = rows
    if way == "centred":
        moved = rows - rows.mean(0)
        moved /= np.linalg.norm(moved, axis=1, keepdims=True)
    same, strangers = by_hand(moved, numbers)
    at = strangers[int(len(strangers) * rate)]
    [row] = [
        row
        for row in measured(labelled(rows, numbers), [rate]).rows
        if (row["measure"], row["way"], row["reference_count"]) == ("rate", way, 1)
    ]
    assert row["threshold"] == pytest.approx(at, abs=1e-9)
    assert (row["same_pairs"], row["stranger_pairs"]) == (len(same), len(strangers))
    assert row["hits"] == sum(distance < at for distance in same)
    assert row["hit_rate"] == pytest.approx(row["hits"] / len(same), abs=1e-9)
    assert row["false_hits"] == int(len(strangers) * rate)
    assert row["false_hit_rate"] <= rate


def test_a_picture_without_a_face_is_a_miss_and_no_stranger() -> None:
    rows, numbers = people([5, 5, 5, 5])
    rows[0] = np.nan
    same, strangers = by_hand(rows, numbers)
    sweep = [row for row in measured(labelled(rows, numbers), [0.1]).rows if row["measure"] == "sweep"]
    assert {row["without_face"] for row in sweep} == {1}
    assert {(row["same_pairs"], row["stranger_pairs"]) for row in sweep} == {(40, 135)}
    assert len(strangers) == 135
    assert [row["hits"] for row in sweep] == [sum(distance < at for distance in same) for at in DISTANCES]
    assert [row["false_hits"] for row in sweep] == [sum(distance < at for distance in strangers) for at in DISTANCES]
    assert all(row["hit_rate"] <= 36 / 40 for row in sweep)


def test_a_rate_that_the_strangers_cannot_tell_says_so() -> None:
    rows, numbers = people([5, 5, 5, 5])  # 150 pairs of strangers
    told = [row for row in measured(labelled(rows, numbers), [0.1, 0.01]).rows if row["measure"] == "rate"]
    by_rate = {rate: [row for row in told if row["false_match_rate"] == rate] for rate in (0.1, 0.01)}
    assert 150 * 0.01 < MIN_FALSE <= 150 * 0.1
    assert all(row["threshold"] is None and row["hit_rate"] is None for row in by_rate[0.01])
    assert {row["reason"] for row in by_rate[0.01] if row["reference_count"] < 5} == {
        "too few pairs of strangers to tell one in 100"
    }, "references that are drawn again and again make pairs, and no knowledge"
    assert all(row["threshold"] is not None for row in by_rate[0.1] if row["reference_count"] < 5)
    assert {row["reason"] for row in told if row["reference_count"] == 5} == {"nobody has more than 5 usable pictures"}


def test_several_references_find_more_than_one() -> None:
    rows, numbers = people([8] * 8)
    told = measured(labelled(rows, numbers), [0.05]).rows
    found = [row["hit_rate"] for row in told if (row["measure"], row["way"]) == ("rate", "plain")]
    assert found == sorted(found) and found[0] < found[-1]


def test_references_are_never_among_the_pictures_that_they_are_compared_with() -> None:
    rows, numbers = people([4, 4, 1])
    found = against_references(rows, numbers, 3)
    assert len(found.same) == 2 * DRAWS, "of four pictures three are drawn, and one is left to be compared"
    assert set(found.same_of) == {0, 1} and set(found.strangers_of[:, 0]) == {0, 1}
    assert 2 in found.strangers_of[:, 1], "who has one picture is a stranger to the others all the same"


def test_an_interval_holds_the_share_and_narrows_with_more_people() -> None:
    widths = []
    for count in (6, 40):
        rows, numbers = people([4] * count)
        [estimate] = SortedPairs(pairs(rows, numbers)).at_distances([1.0])
        low, high = estimate.hit_interval
        assert low <= estimate.hit_rate <= high and low < high
        widths.append(high - low)
    assert widths[1] < widths[0]


def test_intervals_are_those_of_sets_of_drawn_people_counted_by_hand() -> None:
    rows, numbers = people([3, 4, 5, 3, 4])
    [at_rate] = SortedPairs(found := pairs(rows, numbers)).at_rates([0.1])
    draws, hits, false_hits = np.random.default_rng(intervals.SEED), [], []
    for _ in range(intervals.DRAWS):
        times = np.bincount(draws.integers(0, 5, 5), minlength=5)
        same = np.repeat(found.same, times[found.same_of])
        strangers = np.sort(np.repeat(found.strangers, times[found.strangers_of].prod(1)))
        if len(strangers):
            hits.append(np.mean(same < strangers[int(len(strangers) * 0.1)]))
            false_hits.append(np.mean(strangers < at_rate.threshold))
    assert at_rate.hit_interval == pytest.approx(np.percentile(hits, [2.5, 97.5]), abs=1e-9)
    assert at_rate.false_hit_interval == pytest.approx(np.percentile(false_hits, [2.5, 97.5]), abs=1e-9)


def test_pairs_of_one_person_are_not_counted_as_if_they_were_independent() -> None:
    """Two people who are always found and two who never are: ten thousand pairs more make nobody surer."""
    widths = []
    for count in (4, 40):
        rows = np.zeros((4 * count, 4 * count + 4))
        numbers = np.repeat(np.arange(4), count)
        rows[np.arange(2 * count), numbers[: 2 * count]] = 1
        rows[np.arange(2 * count, 4 * count), 4 + np.arange(2 * count)] = 1
        [estimate] = SortedPairs(pairs(rows, numbers)).at_distances([0.5])
        assert estimate.hit_rate == 0.5
        widths.append(estimate.hit_interval[1] - estimate.hit_interval[0])
    assert widths[0] == pytest.approx(widths[1]) and widths[0] > 0.5


def test_of_three_people_no_interval_is_told() -> None:
    rows, numbers = people([4] * (MIN_PEOPLE - 1))
    [estimate] = SortedPairs(pairs(rows, numbers)).at_distances([1.0])
    assert estimate.hit_rate is not None and estimate.hit_interval == (None, None)


def test_a_minority_that_looks_alike_is_seen_to_pay_for_the_average() -> None:
    majority, numbers = people([4] * 20, seed=1)
    minority, others = people([4] * 6, seed=2, lean=1.5)
    rows, numbers = np.vstack([majority, minority]), np.concatenate([numbers, others + 20])
    groups = ["majority"] * len(majority) + ["minority"] * len(minority)
    told = [row for row in measured(labelled(rows, numbers, groups), [0.03]).rows if row["way"] == "plain"]
    pays = {(row["group_name"], row["measure"]): row for row in told if row["measure"] in ("within", "across")}
    rates = {key: row["false_hit_rate"] for key, row in pays.items()}
    assert rates["minority", "within"] > 0.2 > 0.03 > rates["majority", "within"]
    assert rates["minority", "across"] == rates["majority", "across"] < rates["minority", "within"]
    same, strangers = by_hand(minority, others)
    row = pays["minority", "within"]
    at = row["threshold"] - 1e-9  # it is the distance of one of these very pairs
    assert row["false_hits"] == sum(distance < at for distance in strangers)
    assert row["hits"] == sum(distance < at for distance in same)
    alone = {
        row["group_name"]: row["threshold"] for row in told if row["measure"] == "rate" and row["reference_count"] == 1
    }
    assert alone["minority"] < alone["all"], "by itself a minority has a stricter threshold"


def test_that_no_stranger_was_accepted_is_not_said_to_be_sure() -> None:
    rows, numbers = people([4] * 6)
    [estimate] = SortedPairs(pairs(rows, numbers)).at_distances([0.01])
    assert estimate.false_hit_rate == 0 and estimate.false_hit_interval == (None, None)


def test_the_same_faces_give_the_same_figures() -> None:
    rows, numbers = people([6] * 5)
    assert measured(labelled(rows, numbers), [0.1]).rows == measured(labelled(rows, numbers), [0.1]).rows


def test_faces_that_are_all_missing_or_all_one_are_no_crash() -> None:
    rows, numbers = people([2, 2])
    nothing = measured(labelled(np.full_like(rows, np.nan), numbers), [0.1]).rows
    assert {row["hits"] for row in nothing if row["measure"] == "sweep"} == {0}
    assert np.isnan(centred(rows[:1])).all()
