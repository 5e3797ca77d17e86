"""Claims about drift: what rings, how loudly, and what is too little to say."""

from dataclasses import replace
from datetime import date

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from configs.settings import load_settings
from models.need.calibrated import HOURS, Settled, judge_settled
from models.need.people import People
from models.need.reference import Spread, expected_by_chance, shares_in, spread_of, stability_index
from models.need.watch import (
    AMBER,
    GREEN,
    NOT_JUDGED,
    RED,
    judge_freshness,
    judge_index,
    judge_settled_rows,
    judge_silence,
    overall,
)

LIMITS = load_settings().drift
DAY = date(2026, 10, 1)
VALUES = arrays(
    np.float64, st.integers(1, 300), elements=st.one_of(st.just(np.nan), st.floats(-5, 5), st.just(0.0))
)


def draw(shift: float, n: int = 4000, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).normal(shift, 1, n)


@given(VALUES)
def test_the_shares_of_a_spread_add_up_to_everybody_and_do_not_move_against_themselves(
    values: np.ndarray,
) -> None:
    told = spread_of(values)
    assert sum(told.shares) == pytest.approx(1, abs=1e-4)
    assert stability_index(told, values) == pytest.approx(0, abs=1e-3)
    assert Spread.from_dict(told.as_dict()) == told


@given(VALUES, VALUES)
def test_an_index_is_never_below_nothing(then: np.ndarray, now: np.ndarray) -> None:
    assert stability_index(spread_of(then), now) >= 0


def test_a_value_that_most_share_has_a_bin_of_its_own() -> None:
    values = np.array([0.0] * 75 + [1.0] * 15 + [2.0] * 10)
    told = spread_of(values)
    assert 0.75 in told.shares
    assert shares_in(np.array([np.nan, 0.0]), told.borders)[-1] == 0.5


def test_a_spread_that_moved_by_a_standard_deviation_is_red_and_one_that_did_not_is_green() -> None:
    then = spread_of(draw(0))
    still = judge_index("score", "65+", "x", "x", then, draw(0, seed=2), 1.0, LIMITS)
    moved = judge_index("score", "65+", "x", "x", then, draw(1, seed=2), 1.0, LIMITS)
    a_little = judge_index("score", "65+", "x", "x", then, draw(0.4, seed=2), 1.0, LIMITS)
    assert [still.state, a_little.state, moved.state] == [GREEN, AMBER, RED]


def test_a_feature_that_no_model_leans_on_warns_and_does_not_stop() -> None:
    then = spread_of(draw(0))
    assert judge_index("feature", "65+", "x", "x", then, draw(2), 0.01, LIMITS).state == AMBER
    assert judge_index("feature", "65+", "x", "x", then, draw(2), 0.20, LIMITS).state == RED


def test_a_feature_that_is_no_longer_known_of_anybody_is_seen() -> None:
    row = judge_index(
        "feature", "65+", "x", "frailty", spread_of(draw(0)), np.full(4000, np.nan), 0.2, LIMITS
    )
    assert (row.state, row.said) == (RED, "frailty: unknown for everybody now")


def test_a_source_that_fell_silent_is_named_once_however_many_features_it_had() -> None:
    names = ("health__a__now", "health__b__now", "housing__c__now")
    known = {
        n: {**spread_of(draw(0)).as_dict(), "weight": w} for n, w in zip(names, (0.01, 0.2, 0.3), strict=True)
    }
    sources = {names[0]: "gp_flags", names[1]: "gp_flags, demographics", names[2]: "epc"}
    x = np.column_stack([np.full(4000, np.nan), np.full(4000, np.nan), draw(0)])
    nobody = pl.DataFrame({"person_id": []})
    people = People("65+", (365,), nobody, nobody, names, x, {}, {}, np.zeros((4000, 1)))
    rows = judge_silence(people, {"65+": {"features": known}}, sources, LIMITS)
    assert [(r.kind, r.name, r.state) for r in rows] == [("source", "gp_flags", RED)]
    assert rows[0].said.startswith("2 features of this source")
    light = {n: {**s, "weight": 0.01} for n, s in known.items()}
    assert [r.state for r in judge_silence(people, {"65+": {"features": light}}, sources, LIMITS)] == [AMBER]
    never = {n: {**spread_of(np.full(9, np.nan)).as_dict(), "weight": 0.2} for n in names}
    assert judge_silence(people, {"65+": {"features": never}}, sources, LIMITS) == []


def test_few_people_are_not_judged_and_the_draw_of_people_rings_nothing() -> None:
    then = spread_of(draw(0, 300))
    assert judge_index("score", "65+", "x", "x", then, draw(3, 50), 1.0, LIMITS).state == NOT_JUDGED
    indices = [
        judge_index("score", "65+", "x", "x", then, draw(0, 300, seed), 1.0, LIMITS).state
        for seed in range(2, 60)
    ]
    assert indices.count(GREEN) >= 55
    assert expected_by_chance(then, 300) == pytest.approx((len(then.shares) - 1) * 2 / 300)


def settled(expected: float, seen: float, **more: object) -> Settled:
    return replace(Settled("fall_admission", "65+", 365, DAY, expected, seen), **more)


@pytest.mark.parametrize(
    ("expected", "seen", "state"),
    [
        (400, 400, GREEN),
        (400, 470, AMBER),
        (400, 600, RED),
        (400, 250, RED),
        (40, 47, GREEN),
        (20, 90, RED),
        (45, 22, RED),
        (25, 20, NOT_JUDGED),
    ],
)
def test_forecasts_ring_where_they_are_surely_off(expected: float, seen: float, state: str) -> None:
    row = judge_settled_rows([settled(expected, seen)], LIMITS)[0]
    assert row.state == state
    assert (row.value is None) == (state == NOT_JUDGED)


def test_hours_that_came_true_are_held_against_their_own_error() -> None:
    off = settled(1000.0, 1300.0, name=HOURS, counted=False, error=20.0)
    assert judge_settled(off) == pytest.approx((1.3, 1.2608, 1.3392))
    assert judge_settled_rows([off], LIMITS)[0].state == RED
    assert judge_settled_rows([replace(off, error=400.0)], LIMITS)[0].state == GREEN


def test_no_settled_forecast_is_said_and_rings_nothing() -> None:
    rows = judge_settled_rows([], LIMITS)
    assert (rows[0].state, overall(rows)) == (NOT_JUDGED, GREEN)


@pytest.mark.parametrize(
    ("newest", "state"), [("2026-09-30", GREEN), ("2026-05-01", AMBER), ("2025-10-01", RED)]
)
def test_an_old_extract_is_stale_and_then_stops(newest: str, state: str) -> None:
    rows = judge_freshness({"cld": newest, "gazetteer": "1999-01-01"}, DAY, LIMITS)
    assert [(row.name, row.state) for row in rows] == [("cld", state)]
    assert newest in rows[0].said


def test_a_file_cut_after_the_date_is_fresh() -> None:
    assert judge_freshness({"cld": ["2026-07-24", "2026-10-24"]}, DAY, LIMITS)[0].value == 0


@pytest.mark.parametrize("seen", [0.0, 40.0])
def test_where_nothing_was_forecast_nothing_is_judged_and_the_report_can_be_written(seen: float) -> None:
    for one in (settled(0.0, seen), settled(0.0, seen, name=HOURS, counted=False, error=1.0)):
        row = judge_settled_rows([one], LIMITS)[0]
        assert (row.state, row.value, row.high) == (NOT_JUDGED, None, None)
