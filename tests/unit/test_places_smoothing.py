"""Claims about how far differences between areas are believed: measured on what came true, else assumed."""

import numpy as np
import polars as pl
import pytest

from models.need.by_area import NOT_KNOWN, compare_areas
from models.places.smoothing import SLOPE_ASSUMED, SPREAD_ASSUMED, smooth_ratios, trust_of

AREAS, PEOPLE = 60, 400


def county(true_slope: float, seed: int = 3) -> dict[str, float | None]:
    """People whose forecast differs by area and whose true chance follows it by `true_slope`."""
    rng = np.random.default_rng(seed)
    area = np.repeat(np.arange(AREAS), PEOPLE)
    age = rng.uniform(65, 95, area.size)
    by_age = 0.02 + 0.004 * (age - 65)
    lift = rng.normal(0, 0.35, AREAS).clip(-0.8, 0.8)[area]
    y = (rng.random(area.size) < by_age * (1 + true_slope * lift)).astype(float)
    return compare_areas(by_age * (1 + lift), y, age, pl.Series(area).cast(pl.String))


@pytest.mark.parametrize("true_slope", [0.0, 0.5, 1.0])
def test_the_slope_by_which_differences_came_true_is_found(true_slope: float) -> None:
    found = county(true_slope)
    error = 2.6 / found["area_slope_information"] ** 0.5
    assert abs(found["area_slope"] - true_slope) < error < 0.35


def test_age_alone_is_no_difference_between_areas() -> None:
    rng = np.random.default_rng(5)
    age = np.concatenate([np.full(400, 66.0), np.full(400, 88.0)])
    chance = np.where(age > 80, 0.2, 0.02)
    area = pl.Series(["young"] * 400 + ["old"] * 400)
    assert compare_areas(chance, (rng.random(800) < chance).astype(float), age, area) == NOT_KNOWN


@pytest.mark.parametrize("people", [0, 5])
def test_nobody_or_no_event_is_not_known(people: int) -> None:
    area = pl.Series([f"a{i}" for i in range(people)], dtype=pl.String)
    nothing = compare_areas(np.full(people, 0.1), np.zeros(people), np.full(people, 70.0), area)
    assert nothing == NOT_KNOWN


def test_people_without_an_area_are_left_out() -> None:
    chance, y, age = np.array([0.1, 0.3, 0.9]), np.array([0.0, 1.0, 1.0]), np.full(3, 70.0)
    with_nobody = compare_areas(chance, y, age, pl.Series(["a", "b", None]))
    assert with_nobody["area_slope"] is not None
    assert compare_areas(chance, y, age, pl.Series(["a", None, None])) == NOT_KNOWN


def row(slope: float | None, information: float, outcome: str = "fall_admission") -> dict:
    told = {
        "outcome": outcome,
        "age_group": "65+",
        "horizon_days": 365,
        "area_slope": slope,
        "area_slope_information": information,
    }
    return told | {"area_spread": 0.08, "area_spread_information": 100.0}


def test_without_a_test_the_assumed_trust_serves() -> None:
    trust = trust_of([row(None, 0.0), row(0.1, 1e6, "care_home_admission")], "fall_admission", "65+", 365)
    assert (trust.slope, trust.spread) == (SLOPE_ASSUMED, SPREAD_ASSUMED)


def test_much_evidence_outweighs_what_is_assumed_and_little_does_not() -> None:
    much, little = (trust_of([row(0.1, n)], "fall_admission", "65+", 365) for n in (1e5, 0.1))
    assert much.slope == pytest.approx(0.1, abs=0.01)
    assert little.slope == pytest.approx(SLOPE_ASSUMED, abs=0.02)
    assert much.slope_variance < little.slope_variance


def test_a_map_is_never_bolder_than_its_forecast() -> None:
    assert trust_of([row(2.5, 1e6)], "fall_admission", "65+", 365).slope == 1.0
    assert trust_of([row(-0.4, 1e6)], "fall_admission", "65+", 365).slope == 0.0


def test_the_chance_to_lie_above_the_county_is_that_of_the_simulated_ratio() -> None:
    trust = trust_of([row(0.8, 200.0)], "fall_admission", "65+", 365)
    forecast, expected = np.array([2.0, 1.0, 0.5]), np.ones(3)
    found = smooth_ratios(forecast, expected, 0.2, trust)
    mean, variance = 1 + trust.slope, trust.spread + trust.slope_variance
    drawn = np.random.default_rng(1).gamma(mean**2 / variance, variance / mean, 200_000)
    assert found.ratio[0] == pytest.approx(mean)
    assert found.p_above[0] == pytest.approx((drawn >= 1.2).mean(), abs=0.005)
    assert found.p_above[0] > found.p_above[1] > found.p_above[2]
