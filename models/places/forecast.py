"""From people to areas: expected people and hours with the chance that they turn out otherwise.

What is unsure is simulated, never added up from point scores. Two things are: chance (each person will or
will not) and the model's own level, one factor for the whole county in each draw, lognormal with mean 1. A
ward or county is the sum of its areas' *same* draws, so means agree exactly and ranges honestly at every
level.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl
from scipy.stats import norm

from configs.vocabulary import AGE_GROUPS

PUBLISHED_HOURS = 13.9
"""Home-care hours a week of somebody who has any, 13.4 to 14.4 in 2022-24 (ADASS Spring Survey 2024)."""

PUBLISHED_HOURS_CV = 0.96
"""Spread of the same over its mean: P10 3.5, median 10.5, P90 28 as a lognormal (a judgement)."""

WHILE, WHILE_SQUARED = 1 / 2, 1 / 3
"""Of a window, the mean share that a first package fills, and of that share squared: it starts on any day."""


@dataclass(frozen=True)
class Cells:
    """One cell for each area and age group, in that order: `keys` (area_code, age_group) and numbers beside
    it.
    """

    keys: pl.DataFrame

    def spread(self, frame: pl.DataFrame, column: str) -> np.ndarray:
        """`column` of `frame` (area_code, age_group, …) in the cells' order, 0 where absent; (cells,)."""
        joined = self.keys.join(frame, on=["area_code", "age_group"], how="left", maintain_order="left")
        return joined.get_column(column).fill_null(0.0).cast(pl.Float64).to_numpy()


def lay_out_cells(area_codes: list[str]) -> Cells:
    """Every area with every age group, sorted, whether anybody lives there or not."""
    areas = pl.DataFrame({"area_code": sorted(area_codes)}, schema={"area_code": pl.String})
    groups = pl.DataFrame({"age_group": list(AGE_GROUPS)})
    return Cells(areas.join(groups, how="cross").sort("area_code", "age_group"))


def sum_people(people: pl.DataFrame) -> pl.DataFrame:
    """Per area and age group: `denominator` (eligible people), `people_mean`, `squares`.

    `people` holds the eligible rows of one outcome: area_code, age_group, probability. `people_mean` is the
    sum of p, `squares` that of p squared. Empty in, empty out.
    """
    p = pl.col("probability")
    return (
        people.group_by("area_code", "age_group")
        .agg(
            pl.len().alias("denominator"),
            p.sum().round(6).alias("people_mean"),
            (p**2).sum().alias("squares"),
        )
        .sort("area_code", "age_group")
    )


def sum_hours(hours: pl.DataFrame) -> pl.DataFrame:
    """Per area and age group: `hours_mean` and `hours_variance` of all its people together.

    `hours` holds area_code, age_group, hours_mean, hours_p10, hours_p50, hours_p90, one row a person. A
    person's spread is read from three points (30% at P10, 40% at P50, 30% at P90: Swanson's rule, Hurst et
    al. 2000); the part of the mean that lies beyond them is the small chance of a first package, of
    published size and spread.
    """
    person = hours.with_columns(pl.Series("variance", _person_variance(hours)))
    return (
        person.group_by("area_code", "age_group")
        .agg(
            pl.col("hours_mean").sum().round(6),
            pl.col("variance").sum().alias("hours_variance"),
        )
        .sort("area_code", "age_group")
    )


def _person_variance(hours: pl.DataFrame) -> np.ndarray:
    mean, *points = (
        hours[c].cast(pl.Float64).to_numpy() for c in ("hours_mean", "hours_p10", "hours_p50", "hours_p90")
    )
    weights = (0.3, 0.4, 0.3)
    told = sum(w * p for w, p in zip(weights, points, strict=True))
    scale = np.minimum(1.0, np.divide(mean, told, out=np.ones_like(mean), where=told > 0))
    told_square = sum(w * (p * scale) ** 2 for w, p in zip(weights, points, strict=True))
    seldom = np.maximum(mean - told * scale, 0.0)
    first = PUBLISHED_HOURS * (1 + PUBLISHED_HOURS_CV**2) * WHILE_SQUARED / WHILE
    return np.maximum(told_square - (told * scale) ** 2, 0.0) + seldom * first


def draw_levels(rng: np.random.Generator, draws: int, spread: float) -> np.ndarray:
    """The county's own level in each draw: lognormal with mean 1 and sd of log `spread`; shape (draws, 1).

    Stratified: one draw from the middle of each of `draws` equal slices, in random order, so that few draws
    already have the right mean and tails.
    """
    slices = (rng.permutation(draws) + 0.5) / draws
    return np.exp(spread * norm.ppf(slices) - spread**2 / 2)[:, None]


def draw_people(
    rng: np.random.Generator, mean: np.ndarray, squares: np.ndarray, draws: int, spread: float
) -> np.ndarray:
    """How many people it turns out to be, in each draw and cell; whole numbers, shape (draws, cells).

    The sum of unlike chances (Poisson-binomial) is drawn as a binomial of (sum p)^2 / sum p^2 trials;
    between the two whole numbers next to that, each draw takes one by lot, so that mean and variance are
    those of the sum.
    """
    level = draw_levels(rng, draws, spread)
    trials = _draw_trials(rng, mean, squares, draws)
    chance = _ratio(mean, trials)
    return rng.binomial(trials.astype(np.int64), np.minimum(level * chance, 1.0)).astype(float)


def _draw_trials(rng: np.random.Generator, mean: np.ndarray, squares: np.ndarray, draws: int) -> np.ndarray:
    exact = _ratio(mean**2, squares)
    many = np.ceil(exact - 1e-9)
    few = np.where(many - 1 >= np.maximum(mean, 1.0), many - 1, many)
    # The chance of `few` that makes the mean of 1 / trials right, and with it the variance.
    lot = _ratio(_ratio(1.0, exact) - _ratio(1.0, many), _ratio(1.0, few) - _ratio(1.0, many))
    return np.where(rng.random((draws, len(mean))) < lot, few, many)


def _ratio(above: np.ndarray | float, below: np.ndarray) -> np.ndarray:
    """above / below, 0 where `below` is not positive."""
    return np.divide(above, below, out=np.zeros_like(below), where=below > 0)


def draw_hours(
    rng: np.random.Generator, mean: np.ndarray, variance: np.ndarray, draws: int, spread: float
) -> np.ndarray:
    """Hours a week in each draw and cell, with the cell's mean and variance, times the level.

    A Poisson number of packages, each of gamma size with the published spread and starting on any day
    (compound Poisson-gamma: Jørgensen 1987): where hours are seldom a draw is mostly 0, where they are many
    it is close to a gamma.
    Never negative; exactly 0 where the mean is, exactly the mean where nothing varies; shape (draws, cells).
    """
    level = draw_levels(rng, draws, spread)
    sure = (variance <= 0) | (mean <= 0)
    spread_squared = (1 + PUBLISHED_HOURS_CV**2) * WHILE_SQUARED / WHILE**2 - 1
    size = _ratio(np.where(sure, 0.0, variance), mean) / (1 + spread_squared)
    packages = rng.poisson(_ratio(np.where(sure, 0.0, mean), size), (draws, len(mean)))
    hours = rng.gamma(packages / spread_squared) * size * spread_squared
    return level * np.where(sure, mean, hours)


def read_quantiles(draws: np.ndarray, *, whole: bool) -> np.ndarray:
    """P10, P50, P90 of each column; whole numbers stay whole; shape (3, columns)."""
    method: Literal["inverted_cdf", "linear"] = "inverted_cdf" if whole else "linear"
    return np.asarray(np.quantile(draws, np.array([0.1, 0.5, 0.9]), axis=0, method=method))
