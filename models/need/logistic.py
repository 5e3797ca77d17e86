"""Small logistic fits kept as numbers: calibration of scores, and the simple rivals."""

from typing import NamedTuple

import numpy as np
import polars as pl
from scipy.special import expit, logit

from models.need.people import Floats

STEPS_MAX = 50
LOOKED_AT = 2000
ALIKE_SHARE = 0.9
"""Rows are collapsed unless more than this share of the first ones looked at differ from all others."""

SURE = 1e-6
"""Chances nearer to 0 or 1 than this are moved to it before their log-odds are taken."""


class Together(NamedTuple):
    """Rows of like columns taken together: the columns, how many rows had them, and how many of those an
    event."""

    columns: Floats
    n: Floats
    events: Floats


def collapse(columns: Floats, y: Floats) -> Together:
    """Rows of like columns as one (NaN is like NaN), in order of first appearance; as they are where a look
    at the first shows that few are alike. A county's rows by age are eighty, not a million."""
    names = [f"c{i}" for i in range(columns.shape[1])]
    frame = pl.DataFrame(dict(zip(names, columns.T, strict=True))).with_columns(pl.Series("y", y))
    first = frame.select(names).head(LOOKED_AT)
    if not names or first.n_unique() > ALIKE_SHARE * first.height:
        return Together(columns, np.ones(len(y)), y)
    each = frame.group_by(names, maintain_order=True).agg(pl.len().alias("n"), pl.col("y").sum())
    wide = each.select(names).to_numpy()
    return Together(wide, each["n"].cast(pl.Float64).to_numpy(), each["y"].to_numpy())


def fit_logistic(columns: Floats, y: Floats, *, around: Floats, precision: Floats) -> Floats:
    """Coefficients (intercept first, then one a column) of the log-odds of `y`, by Newton's steps.

    Each coefficient is drawn towards `around` with `precision` (1 / prior variance): the fit is finite
    whatever the rows are. Rounded to 8 decimals. With no rows it is `around`.
    """
    return fit_together(collapse(columns, y), around=around, precision=precision)


def fit_together(alike: Together, *, around: Floats, precision: Floats) -> Floats:
    """As `fit_logistic`, of rows that were collapsed."""
    design = np.column_stack([np.ones(len(alike.n)), alike.columns])
    found = np.array(around, dtype=np.float64)
    for _ in range(STEPS_MAX):
        step = _newton_step(design, alike, found, around, precision)
        found = found + step
        if np.abs(step).max() < 1e-9:
            break
    return np.round(found, 8)


def standard_errors(columns: Floats, y: Floats, found: Floats, precision: Floats) -> Floats:
    """The standard error of each coefficient `found` by `fit_logistic` with this `precision`."""
    design = np.column_stack([np.ones(len(y)), columns])
    chance = expit(design @ found)
    curve = (design * (chance * (1 - chance))[:, None]).T @ design + np.diag(precision)
    return np.sqrt(np.diag(np.linalg.inv(curve)))


def _newton_step(design: Floats, alike: Together, at: Floats, around: Floats, precision: Floats) -> Floats:
    chance = expit(design @ at)
    slope = design.T @ (alike.events - alike.n * chance) - precision * (at - around)
    curve = (design * (alike.n * chance * (1 - chance))[:, None]).T @ design + np.diag(precision)
    # A step is held to 4 log-odds: from a far start a full one can overshoot.
    return np.clip(np.linalg.solve(curve, slope), -4, 4)


def apply_logistic(columns: Floats, found: Floats) -> Floats:
    """The chance of each row under coefficients `found`."""
    return expit(np.column_stack([np.ones(len(columns)), columns]) @ found)


def fit_platt(score: Floats, y: Floats) -> tuple[float, float]:
    """Intercept and slope that turn log-odds `score` into calibrated log-odds (Platt 1999).

    The slope is drawn towards 1 (prior sd 0.5, felt only with few events) and never below 0, so the order of
    people is kept or, at 0, given up.
    """
    around, precision = np.array([0.0, 1.0]), np.array([1e-4, 4.0])
    intercept, slope = fit_logistic(score[:, None], y, around=around, precision=precision)
    if slope <= 0:
        overall = (y.sum() + 0.5) / (len(y) + 1)
        return round(float(logit(overall)), 8), 0.0
    return float(intercept), float(slope)


def log_odds(chance: Floats) -> Floats:
    """Log-odds of chances, kept finite."""
    return logit(np.clip(chance, SURE, 1 - SURE))
