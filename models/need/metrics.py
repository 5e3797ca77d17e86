"""How well a score orders and sizes what happened, with bootstrap intervals by person."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from models.need.logistic import fit_logistic, log_odds, standard_errors
from models.need.people import Floats

CELLS_MAX = 4_000_000
"""Resamples are weighed in pieces of at most this many cells (4 MB), however many people there are."""

Z95 = 1.96

Weights = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Ranking:
    """People in order of score, highest first; `starts` are the places where a new score begins (ties)."""

    order: np.ndarray
    starts: np.ndarray


def rank(score: Floats) -> Ranking:
    """The ranking of `score`; needs at least one person."""
    order = np.argsort(-score, kind="stable")
    new = np.diff(score[order], prepend=np.inf) != 0
    return Ranking(order, np.flatnonzero(new))


def capacity_of(n_people: int, share: float) -> int:
    """How many people a list of `share` of the group holds: at least one where there is anybody."""
    return min(n_people, max(1, ceil(n_people * share)))


def resamples(n_people: int, samples: int, seed: int) -> Iterator[Weights]:
    """How often each person is drawn in each of `samples` bootstrap samples, in pieces (some × people)."""
    random = np.random.default_rng(seed)
    piece = max(1, min(samples, CELLS_MAX // max(n_people, 1)))
    for done in range(0, samples, piece):
        draws = random.integers(n_people, size=(min(piece, samples - done), n_people))
        yield np.stack([np.bincount(d, minlength=n_people).astype(np.uint8) for d in draws])


def ordering(ranking: Ranking, y: Floats, weights: npt.NDArray[Any], capacity: int) -> dict[str, Floats]:
    """`auc`, `average_precision`, `ppv_at_capacity`, `sensitivity_at_capacity`, one number a resample.

    Ties count half in the AUC; at the end of the list they are shared out: the expected value of a random
    order. NaN where a resample holds no event, or nothing else.
    """
    happened = y[ranking.order] == 1
    ends = np.append(ranking.starts[1:], len(y))
    auc, precision, listed, total = _walk(
        ranking.order, ends, happened, weights.astype(np.uint8, copy=False), capacity
    )
    return {
        "auc": auc,
        "average_precision": precision,
        "ppv_at_capacity": listed / capacity,
        "sensitivity_at_capacity": _share(listed, total),
    }


@njit(nogil=True, cache=True)
def _walk(order, ends, happened, weights, capacity):  # type: ignore[no-untyped-def]
    """Down the ranking once a resample: AUC, average precision, events listed and events, one a resample."""
    samples = weights.shape[0]
    found = np.full((4, samples), np.nan)
    for b in range(samples):
        people = events = pairs = precision = listed = 0.0
        first = 0
        for end in ends:
            n = e = 0.0
            for place in range(first, end):
                weight = weights[b, order[place]]
                n += weight
                if happened[place]:
                    e += weight
            room = min(max(capacity - people, 0.0), n)
            if n > 0:
                listed += e * room / n
            # Those above who had no event are the pairs lost; a tie counts half.
            pairs += e * (people - events + (n - e) / 2)
            people += n
            events += e
            if e > 0:
                precision += e * events / people
            first = end
        others = people - events
        if events > 0:
            found[1, b] = precision / events
        if events > 0 and others > 0:
            found[0, b] = 1 - pairs / (events * others)
        found[2, b], found[3, b] = listed, events
    return found[0], found[1], found[2], found[3]


def bounds_at_capacity(ranking: Ranking, y: Floats, capacity: int) -> tuple[float, float]:
    """PPV on a list of `capacity` with the ties at its end broken the worst way, and the best."""
    people, events = tie_sums(ranking, np.ones(len(y))), tie_sums(ranking, y)
    last = int(np.searchsorted(np.cumsum(people), capacity))
    above = events[:last].sum()
    room = capacity - people[:last].sum()
    worst = max(0.0, room - (people[last] - events[last]))
    return float((above + worst) / capacity), float((above + min(room, events[last])) / capacity)


def share_listed(ranking: Ranking, marked: Floats, capacity: int) -> float:
    """The share of a list of `capacity` that `marked` (1 or 0 a person) holds of, ties at its end shared
    out."""
    people, inside = tie_sums(ranking, np.ones(len(marked))), tie_sums(ranking, marked)
    before = np.cumsum(people) - people
    taken = np.clip(capacity - before, 0, people)
    return float((inside * taken / people).sum() / capacity)


def tie_sums(ranking: Ranking, values: Floats) -> Floats:
    """The sum of `values` (one a person) in each tie."""
    return np.add.reduceat(values[ranking.order].astype(np.float64), ranking.starts)


def sizing(chance: Floats, y: Floats) -> dict[str, float]:
    """`brier`, and `calibration_intercept` and `calibration_slope` of chances with `_low` and `_high` (95%).

    The slope is that of a logistic fit of what happened on the log-odds of the chances; the intercept is
    calibration in the large: the same with the slope held at 1. NaN with no event or nothing else.
    """
    brier = float(np.mean((chance - y) ** 2))
    names = ("calibration_slope", "calibration_intercept")
    if not 0 < y.sum() < len(y):
        return {"brier": brier, **{f"{n}{end}": np.nan for n in names for end in ("", "_low", "_high")}}
    odds = log_odds(chance)[:, None]
    # The slope of equal chances is not known: a hair of precision leaves it at 1 rather than failing.
    told = {"brier": brier}
    for name, place, precision in (
        ("calibration_slope", 1, np.array([1e-9, 1e-6])),
        ("calibration_intercept", 0, np.array([1e-9, 1e12])),
    ):
        found = fit_logistic(odds, y, around=np.array([0.0, 1.0]), precision=precision)
        error = float(standard_errors(odds, y, found, precision)[place])
        point = float(found[place])
        told |= {name: point, f"{name}_low": point - Z95 * error, f"{name}_high": point + Z95 * error}
    return told


def interval(values: Floats) -> tuple[float, float]:
    """The middle 95% of resampled values; NaN where fewer than half of the resamples had one."""
    known = values[~np.isnan(values)]
    if 2 * len(known) <= len(values):
        return np.nan, np.nan
    low, high = np.quantile(known, [0.025, 0.975])
    return float(low), float(high)


def _share(part: Floats, whole: Floats) -> Floats:
    return np.divide(part, whole, out=np.full(np.shape(part), np.nan), where=whole > 0)
