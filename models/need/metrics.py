"""How well a score orders and sizes what happened, with bootstrap intervals by person."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil

import numpy as np

from models.need.logistic import fit_logistic, log_odds
from models.need.people import Floats

CELLS_MAX = 4_000_000
"""Resamples are weighed in pieces of at most this many cells (32 MB), however many people there are."""


@dataclass(frozen=True)
class Ranking:
    """People in order of score, highest first; `starts` are the places where a new score begins (ties)."""

    order: np.ndarray
    starts: np.ndarray

    def sums(self, weights: Floats) -> Floats:
        """Sum of `weights` (resamples × people) in each tie (resamples × ties)."""
        return np.add.reduceat(weights[:, self.order], self.starts, axis=1)


def rank(score: Floats) -> Ranking:
    """The ranking of `score`; needs at least one person."""
    order = np.argsort(-score, kind="stable")
    new = np.diff(score[order], prepend=np.inf) != 0
    return Ranking(order, np.flatnonzero(new))


def capacity_of(n_people: int, share: float) -> int:
    """How many people a list of `share` of the group holds: at least one where there is anybody."""
    return min(n_people, max(1, ceil(n_people * share)))


def resamples(n_people: int, samples: int, seed: int) -> Iterator[Floats]:
    """How often each person is drawn in each of `samples` bootstrap samples, in pieces (some × people)."""
    random = np.random.default_rng(seed)
    piece = max(1, min(samples, CELLS_MAX // max(n_people, 1)))
    for done in range(0, samples, piece):
        draws = random.integers(n_people, size=(min(piece, samples - done), n_people))
        yield np.stack([np.bincount(d, minlength=n_people) for d in draws]).astype(np.float64)


def ordering(ranking: Ranking, y: Floats, weights: Floats, capacity: int) -> dict[str, Floats]:
    """`auc`, `average_precision`, `ppv_at_capacity`, `sensitivity_at_capacity`, one number a resample.

    Ties count half in the AUC; at the end of the list they are shared out: the expected value of a random
    order. NaN where a resample holds no event, or nothing else.
    """
    people = ranking.sums(weights)
    events = ranking.sums(weights * y)
    listed = _events_listed(people, events, capacity)
    total = events.sum(axis=1)
    return {
        "auc": _auc(people, events),
        "average_precision": _average_precision(people, events),
        "ppv_at_capacity": listed / capacity,
        "sensitivity_at_capacity": _share(listed, total),
    }


def bounds_at_capacity(ranking: Ranking, y: Floats, capacity: int) -> tuple[float, float]:
    """PPV on a list of `capacity` with the ties at its end broken the worst way, and the best."""
    once = np.ones((1, len(y)))
    people, events = ranking.sums(once)[0], ranking.sums(once * y)[0]
    last = int(np.searchsorted(np.cumsum(people), capacity))
    above = events[:last].sum()
    room = capacity - people[:last].sum()
    worst = max(0.0, room - (people[last] - events[last]))
    return float((above + worst) / capacity), float((above + min(room, events[last])) / capacity)


def sizing(chance: Floats, y: Floats) -> dict[str, float]:
    """`brier`, `calibration_intercept` and `calibration_slope` of chances.

    The slope is that of a logistic fit of what happened on the log-odds of the chances; the intercept is
    calibration in the large: the same with the slope held at 1. NaN with no event or nothing else.
    """
    brier = float(np.mean((chance - y) ** 2))
    if not 0 < y.sum() < len(y):
        return {"brier": brier, "calibration_slope": np.nan, "calibration_intercept": np.nan}
    odds = log_odds(chance)[:, None]
    around = np.array([0.0, 1.0])
    # The slope of equal chances is not known: a hair of precision leaves it at 1 rather than failing.
    slope = fit_logistic(odds, y, around=around, precision=np.array([1e-9, 1e-6]))[1]
    intercept = fit_logistic(odds, y, around=around, precision=np.array([1e-9, 1e12]))[0]
    return {"brier": brier, "calibration_slope": float(slope), "calibration_intercept": float(intercept)}


def interval(values: Floats) -> tuple[float, float]:
    """The middle 95% of resampled values; NaN where fewer than half of the resamples had one."""
    known = values[~np.isnan(values)]
    if 2 * len(known) <= len(values):
        return np.nan, np.nan
    low, high = np.quantile(known, [0.025, 0.975])
    return float(low), float(high)


def _auc(people: Floats, events: Floats) -> Floats:
    others = people - events
    below = others.sum(axis=1, keepdims=True) - np.cumsum(others, axis=1)
    return _share((events * (below + others / 2)).sum(axis=1), events.sum(axis=1) * others.sum(axis=1))


def _average_precision(people: Floats, events: Floats) -> Floats:
    precision = _share(np.cumsum(events, axis=1), np.cumsum(people, axis=1))
    return _share((events * np.nan_to_num(precision)).sum(axis=1), events.sum(axis=1))


def _events_listed(people: Floats, events: Floats, capacity: int) -> Floats:
    before = np.cumsum(people, axis=1) - people
    taken = np.clip(capacity - before, 0, people)
    return (events * np.nan_to_num(_share(taken, people))).sum(axis=1)


def _share(part: Floats, whole: Floats) -> Floats:
    return np.divide(part, whole, out=np.full(np.shape(part), np.nan), where=whole > 0)
