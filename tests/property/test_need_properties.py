"""What must hold of models of need whatever the numbers are."""

from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from models.need.hours import KNOTS, Spread, mixture_quantile
from models.need.households import household_scores
from models.need.intervals import add_up
from models.need.logistic import apply_logistic, fit_platt
from models.need.metrics import bounds_at_capacity, ordering, rank
from models.need.splits import Span, plan_split, plan_splits

quick = settings(max_examples=60, deadline=None)
scored = st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=2, max_size=40)
judged = st.tuples(scored, st.integers(0, 5), st.integers(0, 5)).map(
    lambda drawn: [(drawn[1], True), (drawn[2], False), *drawn[0]][:40]
)
"""Somebody to whom it happened and somebody to whom it did not are always among them."""

origin_days = st.lists(st.integers(0, 3000), min_size=0, max_size=12, unique=True)


def _arrays(pairs: list[tuple[int, bool]]) -> tuple[np.ndarray, np.ndarray]:
    return np.array([float(s) for s, _ in pairs]), np.array([float(y) for _, y in pairs])


@st.composite
def rolled(draw: st.DrawFn) -> tuple[tuple[tuple[date, ...], ...], Span]:
    """Origins with each horizon settled at fewer of them, and how far ahead is looked."""
    days = sorted(draw(origin_days))
    horizons = tuple(sorted(draw(st.lists(st.integers(30, 800), min_size=1, max_size=4, unique=True))))
    origins = tuple(date(2018, 1, 1) + timedelta(days=d) for d in days)
    over = date(2018, 1, 1) + timedelta(days=3000)
    settled = tuple(tuple(o for o in origins if o + timedelta(days=h) <= over) for h in horizons)
    main = draw(st.sampled_from(horizons))
    return settled, Span(horizons, main, draw(st.integers(0, 60)))


@quick
@given(rolled(), st.integers(1, 4))
def test_no_interval_that_trains_reaches_the_days_that_calibrate_or_test(
    given_: tuple[tuple[tuple[date, ...], ...], Span], most: int
) -> None:
    settled, span = given_
    for split in plan_splits(settled, span, most):
        assert split.learnt >= 1
        for k, horizon in enumerate(span.horizons):
            reach = timedelta(days=horizon + span.gap_days)
            assert all(o + reach <= split.test for o in split.known[k])
            if k < split.learnt:
                assert split.train[k]
                assert set(split.train[k]) <= set(split.known[k])
            if split.calibrate_from is not None and k < split.learnt:
                begins = timedelta(days=span.begins[k])
                assert all(o + reach <= split.calibrate_from for o in split.train[k])
                assert all(o + begins >= split.calibrate_from for o in split.calibrate[k])
                assert all(o + reach <= split.test for o in split.calibrate[k])


@quick
@given(rolled())
def test_the_newest_date_that_can_be_tested_is_tested_first(
    given_: tuple[tuple[tuple[date, ...], ...], Span],
) -> None:
    settled, span = given_
    tests = [split.test for split in plan_splits(settled, span, 4)]
    assert tests == sorted(set(tests), reverse=True)
    newest = settled[span.needed - 1][-1:]
    if newest and plan_split(settled, newest[0], span):
        assert tests[0] == newest[0]
        # One date more may be tested for the sake of the longest horizon; the others stand clear of each other.
        clear = [t for t in tests if t == newest[0] or t not in settled[-1][-1:]]
        assert all(b + timedelta(days=span.main) <= a for a, b in pairwise(clear))


@quick
@given(st.lists(st.lists(st.floats(0, 1), min_size=3, max_size=3), min_size=1, max_size=20))
def test_a_longer_horizon_is_never_less_likely(drawn: list[list[float]]) -> None:
    chances = add_up(np.array(drawn))
    assert (np.diff(chances, axis=1) >= 0).all()
    assert ((chances >= 0) & (chances <= 1)).all()


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
    st.lists(st.floats(0.01, 10), min_size=len(KNOTS), max_size=len(KNOTS)).map(sorted),
)
def test_quantiles_of_hours_rise_and_average_what_the_spread_does(chance: float, ratios: list[float]) -> None:
    spread = Spread(0.0, tuple(ratios))
    fine = (np.arange(20_000) + 0.5) / 20_000
    drawn = np.array([mixture_quantile(np.array([chance]), spread, q)[0] for q in fine[::20]])
    assert (np.diff(drawn) >= 0).all()
    assert drawn.mean() == pytest.approx(chance * np.trapezoid(ratios, KNOTS), abs=0.02 * max(ratios) + 1e-9)


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
    found = household_scores(people, {})["probability"][0]
    assert max(rounded) - 1e-6 <= found <= min(1.0, sum(rounded)) + 1e-6
