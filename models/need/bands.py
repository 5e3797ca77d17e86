"""How sure a chance is: between which two the share lay, of people who were given such a chance before.

People of later dates than the model learnt from are put in order of their chance and cut into groups of
about equally many expected events. How many events a group had, over how many were expected, has an exact
Poisson interval (Garwood 1936); a chance takes its group's. So the range tells how well calibration is known
around that chance, not whether somebody will have the outcome: that is what the chance itself says.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from models.need.groups import poisson_interval
from models.need.people import Floats, Rows

GROUPS_MAX = 10
EVENTS_PER_GROUP = 50
"""Expected events a group should have: its interval then reaches about a quarter up and down."""

LEAST = 1e-9
"""Fewer expected events than this are none."""

DIGITS = 6


@dataclass(frozen=True)
class Bands:
    """Groups in order of chance: `edges`, the highest chance of each but the last; and by how much a chance
    of each is multiplied to give the low and the high end of its range."""

    edges: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]

    def around(self, chance: Floats) -> tuple[Floats, Floats]:
        """The low and high end of the range of each chance; the chance always lies within."""
        group = np.searchsorted(np.array(self.edges), chance, side="left")
        high = np.minimum(chance * np.array(self.high)[group], 1.0)
        return chance * np.array(self.low)[group], high

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {"edges": list(self.edges), "low": list(self.low), "high": list(self.high)}

    @staticmethod
    def from_dict(said: dict[str, Any]) -> "Bands":
        """What `as_dict` wrote."""
        return Bands(*(tuple(said[name]) for name in ("edges", "low", "high")))


def fit_bands(chance: Floats, y: Floats) -> Bands | None:
    """Groups of `chance` held against `y` (1 or 0); None where nothing was expected."""
    expected = float(chance.sum())
    if expected < LEAST:
        return None
    groups = max(1, min(GROUPS_MAX, int(expected / EVENTS_PER_GROUP)))
    order = np.argsort(chance, kind="stable")
    reached = np.cumsum(chance[order]) / expected
    cuts = chance[order][np.searchsorted(reached, np.arange(1, groups) / groups)]
    edges = np.unique(np.round(cuts, DIGITS))
    group = np.searchsorted(edges, chance, side="left")
    size = np.bincount(group, chance, len(edges) + 1)
    events = np.bincount(group, y, len(edges) + 1)
    ends = [poisson_interval(int(n)) for n in events]
    low = [min(1.0, a / e) if e >= LEAST else 1.0 for (a, _), e in zip(ends, size, strict=True)]
    high = [max(1.0, b / e) if e >= LEAST else 1.0 for (_, b), e in zip(ends, size, strict=True)]
    return Bands(tuple(edges.tolist()), _rounded(low), _rounded(high))


def fit_all_bands(chances: Floats, y: Floats, used: list[Rows]) -> tuple[Bands, ...]:
    """Bands of each horizon, from its rows in `used` of `chances` and `y` (rows × horizons); a horizon with
    none takes those of the one before it. Empty where the first has none."""
    bands: list[Bands] = []
    for k, rows in enumerate(used):
        found = fit_bands(chances[rows, k], y[rows, k]) if rows.any() else None
        if found is None and not bands:
            return ()
        bands.append(found or bands[-1])
    return tuple(bands)


def ranges_of(bands: tuple[Bands, ...], chances: Floats) -> tuple[Floats, Floats]:
    """The low and high ends of `chances` (rows × horizons), neither falling with the horizon; NaN without
    bands."""
    if not bands:
        nothing = np.full(chances.shape, np.nan)
        return nothing, nothing
    ends = [one.around(chances[:, k]) for k, one in enumerate(bands)]
    low, high = (np.column_stack(part) for part in zip(*ends, strict=True))
    return np.maximum.accumulate(low, axis=1), np.maximum.accumulate(high, axis=1)


def _rounded(values: list[float]) -> tuple[float, ...]:
    return tuple(round(float(v), DIGITS) for v in values)
