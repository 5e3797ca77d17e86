"""The chance of one outcome in one age group: boosted trees, calibrated on a later date; or the age rate."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from scipy.special import expit

from configs.settings import Need
from models.need.estimator import Boosted, Sample, fit_chance
from models.need.logistic import fit_platt
from models.need.people import Floats, People, Rows
from models.need.splits import UNTESTED, Split
from models.need.start import BY_AGE, Basis, Start, fit_start

FOLDS = 4
TREES_IN_FOLDS = 50
"""Trees where no later origin can say when to stop: near what early stopping chooses on county-sized data."""


@dataclass(frozen=True)
class Chance:
    """A model of one chance: `start` by age, improved by `boosted` trees if there are any, then calibrated.

    `note` says what gave way, or why there are no trees.
    """

    start: Start
    boosted: Boosted | None = None
    intercept: float = 0.0
    slope: float = 1.0
    note: str = ""

    def predict(self, people: People, rows: Rows) -> Floats:
        """The chance of each of `rows`."""
        return expit(self.intercept + self.slope * _score(self.boosted, self.start, people, rows))

    def as_dict(self) -> dict[str, Any]:
        """Everything but the booster's own text, for JSON."""
        return {
            "start": list(self.start.coefficients),
            "trees": self.boosted.trees if self.boosted else 0,
            "intercept": self.intercept,
            "slope": self.slope,
            "note": self.note,
        }

    @staticmethod
    def from_dict(said: dict[str, Any], boosted: Boosted | None) -> "Chance":
        """The model again, from `as_dict` and its booster."""
        return Chance(Start(tuple(said["start"])), boosted, said["intercept"], said["slope"], said["note"])

    def booster(self) -> Boosted | None:
        """Its booster, if it has one."""
        return self.boosted


def count_events(people: People, y: Floats, rows: Rows) -> int:
    """People, not rows, who had the outcome: windows overlap, and one event can stand in two."""
    return len(np.unique(people.person_numbers()[rows & (y == 1)]))


def fit_tested(
    people: People, y: Floats, split: Split, *, need: Need, seed: int, basis: Basis = BY_AGE
) -> Chance:
    """The model to be tested on `split.test`: nothing it learns from reaches that date.

    `y` holds 1, 0, or NaN (row not used); `basis` says where it starts. With fewer than `events_min` people
    who had the outcome among the training origins, the start of all known origins alone, with a note.
    """
    train = _used(people, y, split.train)
    events = count_events(people, y, train)
    if events < need.events_min:
        start = fit_start(people, y, _used(people, y, split.known), basis)
        return Chance(start, note=f"too few to train on: {events} events; {basis.phrase}")
    start = fit_start(people, y, train, basis)
    return Chance(start, *_calibrated(people, y, train, split.calibrate, start, need, seed), note=split.note)


def fit_for_use(
    people: People,
    y: Floats,
    split: Split | None,
    tested: Chance | None,
    *,
    need: Need,
    seed: int,
    basis: Basis = BY_AGE,
) -> Chance:
    """The model to be used: refitted on every settled origin, with as many trees as the calibrated one.

    `split` is the one whose test is the newest origin; what was trained on origins known by then is
    calibrated on it, and that calibration kept. What could not be tested is not used: then the start alone.
    """
    everyone = ~np.isnan(y)
    start = fit_start(people, y, everyone, basis)
    if split is None or tested is None:
        return Chance(start, note=f"{UNTESTED}; {basis.phrase}")
    if tested.boosted is None:
        return Chance(start, note=tested.note)
    known = _used(people, y, split.known)
    started = fit_start(people, y, known, basis)
    before, intercept, slope = _calibrated(people, y, known, split.test, started, need, seed)
    refitted = fit_chance(_sample(people, y, everyone, start), need=need, seed=seed, trees=before.trees)
    return Chance(start, refitted, intercept, slope, tested.note)


def _used(people: People, y: Floats, origins: tuple[date, ...]) -> Rows:
    return people.at(origins) & ~np.isnan(y)


def _sample(people: People, y: Floats, rows: Rows, start: Start) -> Sample:
    return Sample(people.x[rows], y[rows], start.log_odds(people, rows))


def _score(boosted: Boosted | None, start: Start, people: People, rows: Rows) -> Floats:
    added = boosted.predict(people.x[rows]) if boosted else 0.0
    return start.log_odds(people, rows) + added


def _calibrated(
    people: People, y: Floats, train: Rows, later: date | None, start: Start, need: Need, seed: int
) -> tuple[Boosted, float, float]:
    """A booster of the `train` rows, and its intercept and slope on the `later` origin (else in folds)."""
    held = _used(people, y, (later,)) if later else np.zeros_like(train)
    sample = _sample(people, y, train, start)
    if not (y[held] == 1).any():
        boosted = fit_chance(sample, need=need, seed=seed, trees=_in_folds(need))
        return boosted, *fit_platt(_left_out_scores(people, y, train, start, need, seed), y[train])
    boosted = fit_chance(sample, need=need, seed=seed, later=_sample(people, y, held, start))
    return boosted, *fit_platt(_score(boosted, start, people, held), y[held])


def _left_out_scores(people: People, y: Floats, train: Rows, start: Start, need: Need, seed: int) -> Floats:
    fold = people.person_numbers() % FOLDS
    scores = np.zeros(len(y))
    for number in range(FOLDS):
        rest, left_out = train & (fold != number), train & (fold == number)
        fitted = fit_chance(_sample(people, y, rest, start), need=need, seed=seed, trees=_in_folds(need))
        scores[left_out] = _score(fitted, start, people, left_out)
    return scores[train]


def _in_folds(need: Need) -> int:
    return min(TREES_IN_FOLDS, need.trees_max)
