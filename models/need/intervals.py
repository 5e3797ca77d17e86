"""Discrete time: the windows between horizons, who is still at risk in each, and chances out of hazards.

With horizons of 182, 365 and 730 days there are three intervals: days 0-181, 182-364, 365-729. The hazard
of an interval is the chance that the outcome first happens in it, among those to whom it has not happened
before. Who died or left without it stays in that count as one to whom it will not happen: death and
leaving compete with the outcome, and the chance is that of the outcome as it will be seen (the
subdistribution hazard of Fine and Gray 1999, in discrete time; Berger and others 2020). So a longer
horizon is never less likely.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from models.need.people import Floats, Rows

SURELY = 1 - 1e-9


@dataclass(frozen=True)
class Stack:
    """Person-intervals: row of the people table, number of the interval (0 the first), and what happened."""

    rows: npt.NDArray[np.integer[Any]]
    interval: npt.NDArray[np.integer[Any]]
    y: Floats

    def take(self, kept: npt.NDArray[Any]) -> "Stack":
        """The person-intervals `kept` (a mask or positions)."""
        return Stack(self.rows[kept], self.interval[kept], self.y[kept])


def hazard_labels(y: Floats) -> Floats:
    """Rows × intervals: 1 first happened in it, 0 was at risk and it did not, NaN not at risk or not settled.

    `y`: rows × horizons, 1 happened within it, 0 did not, NaN unknown.
    """
    before = np.column_stack([np.zeros(len(y)), y[:, :-1]]) if y.size else y
    return np.where(before == 1, np.nan, y)


def stack_up(labels: Floats, used: list[Rows]) -> Stack:
    """The settled person-intervals of the first intervals, one mask of rows each; none: empty."""
    parts = [np.flatnonzero(rows & ~np.isnan(labels[:, k])) for k, rows in enumerate(used)]
    return Stack(
        np.concatenate([*parts, np.zeros(0, np.int32)]).astype(np.int32),
        np.repeat(np.arange(len(parts), dtype=np.int8), [len(p) for p in parts]),
        np.concatenate([*(labels[p, k] for k, p in enumerate(parts)), np.zeros(0)]),
    )


def chain_hazards(hazards: Floats, horizons: tuple[int, ...]) -> Floats:
    """Rows × all intervals from rows × those learnt: the last one goes on at its pace for the rest.

    A pace is a chance of surviving a day: an interval twice as long is that of two short ones chained.
    """
    lengths = np.diff([0, *horizons])
    learnt = hazards.shape[1]
    on = [1 - (1 - hazards[:, -1]) ** (n / lengths[learnt - 1]) for n in lengths[learnt:]]
    return np.column_stack([hazards, *on])


def add_up(hazards: Floats) -> Floats:
    """Rows × horizons: the chance within each, from rows × intervals of hazards."""
    return 1 - np.cumprod(1 - hazards, axis=1)


def take_apart(chances: Floats) -> Floats:
    """The hazards whose sum `add_up` gives: rows × intervals from rows × horizons."""
    before = np.column_stack([np.zeros(len(chances)), chances[:, :-1]])
    return np.clip((chances - before) / np.maximum(1 - before, 1 - SURELY), 0, 1)
