"""Rolling origins: what is learnt from, what is calibrated on, what is tested on, and never out of order."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeAlias

import numpy as np

from models.need.people import Floats, People

Origins: TypeAlias = tuple[date, ...]

BY_PEOPLE = (
    "too few origins to calibrate at a later date: calibrated on people left out of training, in folds"
)
UNTESTED = "no settled origin lies a whole horizon before the newest, so no model can be tested"


@dataclass(frozen=True)
class Span:
    """How far ahead is looked: the horizons in days (rising), the main one, and the gap kept beyond each."""

    horizons: tuple[int, ...]
    main: int
    gap_days: int = 0

    @property
    def begins(self) -> tuple[int, ...]:
        """On which day after the origin each interval begins."""
        return (0, *self.horizons[:-1])

    @property
    def needed(self) -> int:
        """How many intervals make up the main horizon."""
        return self.horizons.index(self.main) + 1


@dataclass(frozen=True)
class Split:
    """Learn from `train`, calibrate on `calibrate` (empty: on people left out, in folds), test at `test`.

    Both hold origins for each interval learnt, in order. Every interval that is learnt from is over by
    `calibrate_from`, every one that calibrates begins on or after it and is over by `test`. `known` holds,
    for each horizon, the origins whose whole window ends by `test`: what a rival may learn from. `note`
    says what gave way when there were too few origins.
    """

    test: date
    calibrate_from: date | None
    train: tuple[Origins, ...]
    calibrate: tuple[Origins, ...]
    known: tuple[Origins, ...]
    note: str = ""

    @property
    def learnt(self) -> int:
        """How many intervals are learnt; later ones are chained."""
        return len(self.train)

    @property
    def judged(self) -> tuple[Origins, ...]:
        """For each horizon, the origins whose whole window lies between `calibrate_from` and `test`: what a
        model that learnt from `train` may be held against. None where calibration was in folds."""
        since = self.calibrate_from
        return tuple(tuple(o for o in days if since is not None and o >= since) for days in self.known)


def plan_split(settled: tuple[Origins, ...], test: date, span: Span) -> Split | None:
    """The split that tests at `test`, or None when no interval of any origin is over by then.

    `settled`: for each horizon, the origins at which it is settled, rising. As many intervals as can be both
    learnt and, later, calibrated; with too few origins for the main horizon's, all are learnt and calibration
    is on people left out of training.
    """
    known = tuple(_over_by(test, settled[k], span.horizons[k] + span.gap_days) for k in range(len(settled)))
    usable = next((k for k, origins in enumerate(known) if not origins), len(known))
    if usable == 0:
        return None
    for learnt in range(usable, min(usable, span.needed) - 1, -1):
        split = _later_calibrated(known, test, span, learnt)
        if split is not None:
            return split
    return Split(test, None, known[:usable], (), known, BY_PEOPLE)


def plan_splits(settled: tuple[Origins, ...], span: Span, splits_max: int) -> list[Split]:
    """Newest first: the split at the newest origin with the main horizon settled, then earlier ones.

    Windows of the main horizon that test do not overlap, and earlier splits count only when nothing gave way;
    one more, at the newest origin with the longest horizon settled, where none of them can test it. Where the
    main horizon cannot be tested, the longest one that can be takes its place. Empty when nothing can be.
    """
    for base in range(span.needed - 1, -1, -1):
        newest = plan_split(settled, settled[base][-1], span) if settled[base] else None
        if newest is not None:
            splits = [newest, *_earlier(settled, newest, span, base, splits_max - 1)]
            found = splits + _longest(settled, splits, span)
            return sorted(found, key=lambda split: split.test, reverse=True)
    return []


def _later_calibrated(known: tuple[Origins, ...], test: date, span: Span, learnt: int) -> Split | None:
    since = known[learnt - 1][-1] + timedelta(days=span.begins[learnt - 1])
    train = tuple(_over_by(since, known[k], span.horizons[k] + span.gap_days) for k in range(learnt))
    if not all(train):
        return None
    calibrate = tuple(
        tuple(o for o in known[k] if o + timedelta(days=span.begins[k]) >= since) for k in range(learnt)
    )
    return Split(test, since, train, calibrate, known)


def _earlier(settled: tuple[Origins, ...], newest: Split, span: Span, base: int, at_most: int) -> list[Split]:
    found: list[Split] = []
    while len(found) < at_most:
        before = _over_by((found or [newest])[-1].test, settled[base], span.horizons[base])
        split = plan_split(settled, before[-1], span) if before else None
        if split is None or split.note:
            break
        found.append(split)
    return found


def _longest(settled: tuple[Origins, ...], splits: list[Split], span: Span) -> list[Split]:
    farthest = settled[-1]
    if not farthest or any(split.test in farthest for split in splits):
        return []
    split = plan_split(settled, farthest[-1], span)
    return [] if split is None else [split]


def _over_by(day: date, origins: Origins, reach_days: int) -> Origins:
    return tuple(o for o in origins if o + timedelta(days=reach_days) <= day)


def settled_origins(people: People, y: Floats) -> tuple[Origins, ...]:
    """For each horizon, the origins at which anybody's `y` is settled, rising."""
    days = people.ids["as_of"]
    return tuple(tuple(sorted(days.filter(~np.isnan(y[:, k])).unique())) for k in range(y.shape[1]))
