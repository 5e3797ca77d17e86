"""Rates that small areas can bear: age-standardised and smoothed toward the county, with the chance to be
above it.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from scipy.stats import gamma

SLOPE_ASSUMED, SLOPE_ASSUMED_SD = 0.75, 0.35
"""Before any test: three quarters of a forecast difference between areas come true (assumed)."""

SPREAD_ASSUMED, SPREAD_ASSUMED_SD = 0.04, 0.05
"""Before any test: true ratios lie within about 20% of the forecast's (assumed)."""

SPREAD_MIN = 0.01
RATIO_MIN = 0.01


@dataclass(frozen=True)
class Smoothed:
    """For each area: the smoothed ratio to the county (1: as expected for its ages), the chance to lie above,
    and how far the true ratio may lie off (variance).
    """

    ratio: np.ndarray
    p_above: np.ndarray
    variance: np.ndarray

    def draw(self, rng: np.random.Generator, draws: int) -> np.ndarray:
        """True ratios as they may be, (draws, areas): gamma of this mean and variance."""
        shape = self.ratio**2 / self.variance
        return np.asarray(rng.gamma(shape, self.variance / self.ratio, (draws, len(shape))))


@dataclass(frozen=True)
class Trust:
    """How far a forecast's differences between areas are to be believed.

    `slope`: of the true on the forecast ratio (0 to 1), with its variance; `spread`: the variance of the true
    ratio round that line.
    """

    slope: float
    slope_variance: float
    spread: float


def expect_by_age(people: pl.DataFrame) -> pl.DataFrame:
    """People to be expected in each area if each age band had the county's rate: indirect standardisation.

    `people`: area_code, age_group, age_band, probability. Returns area_code, age_group, expected; sorted. The
    expected sum to the forecast within each age group, so the county's ratio is 1. Empty in, empty out.
    """
    county_rate = pl.col("probability").mean().over("age_group", "age_band")
    return (
        people.with_columns(county_rate.alias("expected"))
        .group_by("area_code", "age_group")
        .agg(pl.col("expected").sum().round(6))
        .sort("area_code", "age_group")
    )


def trust_of(evaluation: list[dict[str, Any]], outcome: str, age_group: str, horizon_days: int) -> Trust:
    """What the newest test says of an outcome's differences between areas, drawn towards what is assumed.

    `evaluation`: rows of scores/evaluation.json. Normal prior times measured slope (models/need/by_area.py),
    each weighted by its information; the same for the spread. Never a slope below 0 or above 1: a map is not
    made bolder than its forecast. Nothing tested: what is assumed.
    """
    tested = [
        row
        for row in evaluation
        if (row["outcome"], row["age_group"], row["horizon_days"]) == (outcome, age_group, horizon_days)
        and row.get("area_slope") is not None
    ]
    slope, information = _pool(tested, "area_slope", SLOPE_ASSUMED, SLOPE_ASSUMED_SD)
    spread, _ = _pool(tested, "area_spread", SPREAD_ASSUMED, SPREAD_ASSUMED_SD)
    return Trust(float(np.clip(slope, 0, 1)), 1 / information, max(spread, SPREAD_MIN))


def _pool(tested: list[dict[str, Any]], name: str, assumed: float, sd: float) -> tuple[float, float]:
    weights = [1 / sd**2, *(row[f"{name}_information"] for row in tested)]
    values = [assumed, *(row[name] for row in tested)]
    return float(np.average(values, weights=weights)), float(sum(weights))


def smooth_ratios(forecast: np.ndarray, expected: np.ndarray, above_by: float, trust: Trust) -> Smoothed:
    """Ratios of forecast to expected people, drawn to the county's 1, and P(ratio >= 1 + above_by), by area.

    Best linear prediction of an area's true ratio from its forecast ratio (James and Stein's shrinkage, with
    the slope measured on past forecasts instead of inferred from noise): 1 + slope x (ratio - 1). What the
    forecast cannot see (`trust.spread`) and the slope's own error make it a Gamma of that mean. A forecast is
    a sum of chances, not a count: its noise does not grow as an area shrinks the way a count's does. An area
    with nobody expected has the county's ratio. Empty in, empty out.
    """
    raw = np.divide(forecast, expected, out=np.ones_like(forecast), where=expected > 0)
    ratio = np.maximum(1 + trust.slope * (raw - 1), RATIO_MIN)
    variance = trust.spread + trust.slope_variance * (raw - 1) ** 2
    p_above = gamma.sf(1 + above_by, ratio**2 / variance, scale=variance / ratio)
    return Smoothed(ratio, p_above, variance)
