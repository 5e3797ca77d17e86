"""Properties of smoothing and of the false-discovery rate."""

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from models.places.hotspots import control_false_discoveries
from models.places.smoothing import Trust, smooth_ratios

trusted = st.builds(Trust, st.floats(0, 1), st.floats(0.001, 0.12), st.floats(0.01, 0.2))
counts = st.lists(st.floats(0.01, 50), min_size=2, max_size=30)


def _with_expected(forecast: list[float], sizes: list[float]) -> tuple[np.ndarray, np.ndarray]:
    people = np.array(forecast)
    shares = np.resize(np.array(sizes), len(people))
    return people, shares * people.sum() / shares.sum()


@settings(max_examples=100, deadline=None)
@given(counts, counts, trusted)
def test_smoothing_shrinks_each_area_toward_the_county_and_never_past_it(
    forecast: list[float], sizes: list[float], trust: Trust
) -> None:
    people, expected = _with_expected(forecast, sizes)
    raw, smooth = people / expected, smooth_ratios(people, expected, 0.2, trust).ratio
    assert (np.abs(smooth - 1) <= np.abs(raw - 1) + 1e-9).all()
    assert ((smooth - 1) * (raw - 1) >= -1e-9).all()


@settings(max_examples=100, deadline=None)
@given(counts, trusted)
def test_areas_of_equal_size_keep_their_order(forecast: list[float], trust: Trust) -> None:
    people, expected = _with_expected(forecast, [1.0])
    found = smooth_ratios(people, expected, 0.2, trust)
    order = np.argsort(people, kind="stable")
    assert (np.diff(found.ratio[order]) >= -1e-9).all()
    assert ((found.p_above >= 0) & (found.p_above <= 1)).all()


@settings(max_examples=50, deadline=None)
@given(counts, counts, trusted)
def test_the_less_a_forecast_came_true_the_nearer_the_county(
    forecast: list[float], sizes: list[float], trust: Trust
) -> None:
    people, expected = _with_expected(forecast, sizes)
    bold = smooth_ratios(people, expected, 0.2, trust).ratio
    timid = smooth_ratios(people, expected, 0.2, replace(trust, slope=trust.slope / 2)).ratio
    assert (np.abs(timid - 1) <= np.abs(bold - 1) + 1e-9).all()
    assert smooth_ratios(people, expected, 0.2, replace(trust, slope=0.0)).ratio.tolist() == [1.0] * len(
        people
    )


@settings(max_examples=100, deadline=None)
@given(st.lists(st.floats(0.0005, 1), min_size=1, max_size=60))
def test_q_follows_the_order_of_p_and_is_never_below_it(p_values: list[float]) -> None:
    p = np.array(p_values)
    q = control_false_discoveries(p)
    assert (q >= p - 1e-12).all()
    assert (np.diff(q[np.argsort(p)]) >= -1e-12).all()
    assert q.max() <= 1


def test_no_p_no_q() -> None:
    assert len(control_false_discoveries(np.zeros(0))) == 0
