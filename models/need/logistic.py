"""Small logistic fits kept as numbers: calibration of scores, and the simple rivals."""

import numpy as np
from scipy.special import expit, logit

from models.need.people import Floats

STEPS_MAX = 50
SURE = 1e-6
"""Chances nearer to 0 or 1 than this are moved to it before their log-odds are taken."""


def fit_logistic(columns: Floats, y: Floats, *, around: Floats, precision: Floats) -> Floats:
    """Coefficients (intercept first, then one a column) of the log-odds of `y`, by Newton's steps.

    Each coefficient is drawn towards `around` with `precision` (1 / prior variance): the fit is finite
    whatever the rows are. Rounded to 8 decimals. With no rows it is `around`.
    """
    design = np.column_stack([np.ones(len(y)), columns])
    found = np.array(around, dtype=np.float64)
    for _ in range(STEPS_MAX):
        step = _newton_step(design, y, found, around, precision)
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


def _newton_step(design: Floats, y: Floats, at: Floats, around: Floats, precision: Floats) -> Floats:
    chance = expit(design @ at)
    slope = design.T @ (y - chance) - precision * (at - around)
    curve = (design * (chance * (1 - chance))[:, None]).T @ design + np.diag(precision)
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
