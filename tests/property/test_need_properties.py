"""What must hold of models of need whatever the numbers are."""

from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from models.need.hours import MIDDLES, mixture_quantile
from models.need.households import household_chances
from models.need.logistic import apply_logistic, fit_platt
from models.need.metrics import bounds_at_capacity, ordering, rank
from models.need.splits import plan_splits

quick = settings(max_examples=60, deadline=None)
scored = st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=2, max_size=40)
judged = st.tuples(scored, st.integers(0, 5), st.integers(0, 5)).map(
    lambda drawn: [(drawn[1], True), (drawn[2], False), *drawn[0]][:40]
)
"""Somebody to whom it happened and somebody to whom it did not are always among them."""

origin_days = st.lists(st.integers(0, 3000), min_size=0, max_size=12, unique=True)


def _arrays(pairs: list[tuple[int, bool]]) -> tuple[np.ndarray, np.ndarray]:
    return np.array([float(s) for s, _ in pairs]), np.array([float(y) for _, y in pairs])


@quick
@given(origin_days, st.integers(30, 800), st.integers(0, 60), st.integers(1, 4))
def test_no_window_of_training_reaches_the_date_that_calibrates_or_tests(
    days: list[int], horizon: int, gap: int, most: int
) -> None:
    origins = tuple(date(2018, 1, 1) + timedelta(days=d) for d in sorted(days))
    reach = timedelta(days=horizon + gap)
    for split in plan_splits(origins, horizon_days=horizon, gap_days=gap, splits_max=most):
        assert split.train
        assert all(o + reach <= split.test for o in split.known)
        assert set(split.train) <= set(split.known)
        if split.calibrate is not None:
            assert all(o + reach <= split.calibrate for o in split.train)
            assert split.calibrate + reach <= split.test


@quick
@given(origin_days, st.integers(30, 800))
def test_windows_that_test_do_not_overlap_and_the_newest_origin_is_tested_first(
    days: list[int], horizon: int
) -> None:
    origins = tuple(date(2018, 1, 1) + timedelta(days=d) for d in sorted(days))
    splits = plan_splits(origins, horizon_days=horizon, gap_days=0, splits_max=4)
    assert not splits or splits[0].test == origins[-1]
    tests = [split.test for split in splits]
    assert all(b + timedelta(days=horizon) <= a for a, b in pairwise(tests))


@quick
@given(judged)
def test_auc_is_the_share_of_pairs_in_the_right_order_with_ties_half(pairs: list[tuple[int, bool]]) -> None:
    score, y = _arrays(pairs)
    wins = [(a > b) + (a == b) / 2 for a in score[y == 1] for b in score[y == 0]]
    found = ordering(rank(score), y, np.ones((1, len(y))), 1)["auc"][0]
    assert found == pytest.approx(np.mean(wins))


@quick
@given(judged, st.integers(1, 40))
def test_a_list_cut_in_a_tie_lies_between_its_worst_and_best_order(
    pairs: list[tuple[int, bool]], capacity: int
) -> None:
    score, y = _arrays(pairs)
    capacity = 1 + capacity % len(y)
    worst, best = bounds_at_capacity(rank(score), y, capacity)
    expected = ordering(rank(score), y, np.ones((1, len(y))), capacity)["ppv_at_capacity"][0]
    by_hand = [y[np.lexsort((sign * y, -score))][:capacity].mean() for sign in (1, -1)]
    assert (worst, best) == pytest.approx(tuple(by_hand))
    assert worst - 1e-12 <= expected <= best + 1e-12


@quick
@given(judged, st.lists(st.integers(0, 3), min_size=40, max_size=40))
def test_weighing_people_is_the_same_as_repeating_them(
    pairs: list[tuple[int, bool]], drawn: list[int]
) -> None:
    score, y = _arrays(pairs)
    times = np.array(drawn[: len(y)])
    again = np.repeat(y, times)
    assume(0 < again.sum() < len(again))
    weighed = ordering(rank(score), y, times[None, :].astype(float), 1)
    repeated = ordering(rank(np.repeat(score, times)), again, np.ones((1, len(again))), 1)
    for name, value in weighed.items():
        assert value[0] == pytest.approx(repeated[name][0]), name


@quick
@given(st.lists(st.tuples(st.floats(-8, 8), st.booleans()), min_size=1, max_size=40))
def test_calibration_never_turns_the_order_of_people_round(pairs: list[tuple[float, bool]]) -> None:
    score, y = np.array([s for s, _ in pairs]), np.array([float(h) for _, h in pairs])
    intercept, slope = fit_platt(score, y)
    chances = apply_logistic(np.sort(score)[:, None], np.array([intercept, slope]))
    assert (np.diff(chances) >= 0).all()
    assert np.isfinite(chances).all()


@quick
@given(
    st.floats(0, 1),
    st.lists(st.floats(0.01, 10), min_size=len(MIDDLES), max_size=len(MIDDLES)).map(sorted),
)
def test_quantiles_of_hours_rise_and_their_average_is_the_mean(chance: float, ratios: list[float]) -> None:
    spread = tuple(ratios)
    fine = (np.arange(20_000) + 0.5) / 20_000
    drawn = np.array([mixture_quantile(np.array([chance]), spread, q)[0] for q in fine[::20]])
    assert (np.diff(drawn) >= 0).all()
    assert drawn.mean() == pytest.approx(chance * np.mean(spread), abs=0.02 * max(ratios) + 1e-9)


@quick
@given(st.lists(st.floats(0, 1), min_size=1, max_size=6))
def test_a_household_is_likelier_than_any_member_and_no_likelier_than_their_sum(chances: list[float]) -> None:
    rounded = [round(p, 6) for p in chances]
    people = pl.DataFrame(
        {
            "person_id": [f"p{n}" for n in range(len(rounded))],
            "household_id": "h",
            "lsoa_code": "E01000001",
            "as_of": date(2026, 10, 1),
            "outcome": "care_home_admission",
            "horizon_days": 365,
            "communal": False,
            "probability": rounded,
            "eligible": True,
        }
    )
    found = household_chances(people)["probability"][0]
    assert max(rounded) - 1e-6 <= found <= min(1.0, sum(rounded)) + 1e-6
