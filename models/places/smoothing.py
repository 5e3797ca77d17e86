"""Rates that small areas can bear: age-standardised and smoothed toward the county, with the chance to be
above it.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy.stats import gamma


@dataclass(frozen=True)
class Smoothed:
    """For each area: the smoothed ratio to the county (1: as expected for its ages) and the chance to lie
    above.
    """

    ratio: np.ndarray
    p_above: np.ndarray
    prior: float


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


def smooth_ratios(forecast: np.ndarray, expected: np.ndarray, above_by: float) -> Smoothed:
    """Empirical-Bayes ratios of forecast to expected people, and P(ratio >= 1 + above_by).

    Gamma-Poisson (Clayton and Kaldor 1987, Biometrics 43:671): the area's true ratio is Gamma(a, a) round
    the county's 1, its evidence worth one Poisson count with mean ratio x expected, so the posterior is
    Gamma(forecast + a, expected + a). The prior's variance 1/a is the global moment estimate of Marshall
    1991 (Applied Statistics 40:283), the expected-weighted variance of the ratios, without his subtraction
    of Poisson noise: a forecast is a sum of chances, not a count, and spreads no wider than the truth it
    forecasts. Areas all alike: everything is 1. An area with nobody expected has the county's ratio.
    """
    raw = np.divide(forecast, expected, out=np.ones_like(forecast), where=expected > 0)
    total = expected.sum()
    variance = float((expected * (raw - 1) ** 2).sum() / total) if total > 0 else 0.0
    if variance < 1e-12:
        alike = np.ones_like(forecast)
        return Smoothed(alike, np.full_like(forecast, float(above_by <= 0)), np.inf)
    prior = 1 / variance
    ratio = (forecast + prior) / (expected + prior)
    return Smoothed(ratio, gamma.sf(1 + above_by, forecast + prior, scale=1 / (expected + prior)), prior)
