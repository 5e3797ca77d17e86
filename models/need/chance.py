"""The chance of one outcome in one age group: boosted trees, calibrated on a later date; or the age rate."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from scipy.special import expit

from configs.settings import Need
from models.need.estimator import Boosted, fit_chance
from models.need.logistic import fit_platt
from models.need.people import AGE, Floats, People, Rows
from models.need.rates import AgeRates, fit_age_rates
from models.need.splits import Split

FOLDS = 4
TREES_IN_FOLDS = 50
"""Trees where no later origin can say when to stop: near what early stopping chooses on county-sized data."""


@dataclass(frozen=True)
class Chance:
    """A model of one chance. Boosted when `boosted` is there, else `rates` by age; `note` says why."""

    rates: AgeRates
    boosted: Boosted | None = None
    intercept: float = 0.0
    slope: float = 1.0
    note: str = ""

    def predict(self, people: People, rows: Rows) -> Floats:
        """The chance of each of `rows`."""
        if self.boosted is None:
            return self.rates.predict(people.column(AGE)[rows])
        return expit(self.intercept + self.slope * self.boosted.predict(people.x[rows]))

    def as_dict(self) -> dict[str, Any]:
        """Everything but the booster's own text, for JSON."""
        return {
            "kind": "age_rate" if self.boosted is None else "boosted",
            "trees": self.boosted.trees if self.boosted else 0,
            "intercept": self.intercept,
            "slope": self.slope,
            "age_rates": list(self.rates.rates),
            "note": self.note,
        }

    @staticmethod
    def from_dict(said: dict[str, Any], boosted: Boosted | None) -> "Chance":
        """The model again, from `as_dict` and its booster."""
        rates = AgeRates(tuple(said["age_rates"]))
        return Chance(rates, boosted, said["intercept"], said["slope"], said["note"])

    def boosters(self) -> dict[str, Boosted]:
        """Its booster under the name `chance`, if it has one."""
        return {} if self.boosted is None else {"chance": self.boosted}


def count_events(people: People, y: Floats, rows: Rows) -> int:
    """People, not rows, who had the outcome: windows overlap, and one event can stand in two."""
    return len(np.unique(people.person_numbers()[rows & (y == 1)]))


def fit_tested(people: People, y: Floats, split: Split, *, need: Need, seed: int) -> Chance:
    """The model to be tested on `split.test`: nothing it learns from reaches that date.

    `y` holds 1, 0, or NaN (row not used). With fewer than `events_min` people who had the outcome among the
    training origins, the age rate of all known origins, with a note.
    """
    known, train = _used(people, y, split.known), _used(people, y, split.train)
    rates = fit_age_rates(people.column(AGE)[known], y[known])
    events = count_events(people, y, train)
    if events < need.events_min:
        return Chance(rates, note=f"too few to train on: {events} events; the age rate is used")
    return Chance(rates, *_calibrated(people, y, train, split.calibrate, need, seed), note=split.note)


def fit_for_use(people: People, y: Floats, split: Split | None, tested: Chance, *, need: Need, seed: int) -> Chance:
    """The model to be used: refitted on every settled origin, with as many trees as the calibrated one.

    `split` is the one whose test is the newest origin; what was trained on origins known by then is calibrated
    on it, and that calibration kept. A model that could not be tested is not used: then the age rate.
    """
    everyone = ~np.isnan(y)
    rates = fit_age_rates(people.column(AGE)[everyone], y[everyone])
    if split is None or tested.boosted is None:
        return Chance(rates, note=tested.note)
    known = _used(people, y, split.known)
    before, intercept, slope = _calibrated(people, y, known, split.test, need, seed)
    refitted = fit_chance(people.x[everyone], y[everyone], need=need, seed=seed, trees=before.trees)
    return Chance(rates, refitted, intercept, slope, tested.note)


def _used(people: People, y: Floats, origins: tuple[date, ...]) -> Rows:
    return people.at(origins) & ~np.isnan(y)


def _calibrated(
    people: People, y: Floats, train: Rows, later: date | None, need: Need, seed: int
) -> tuple[Boosted, float, float]:
    held = _used(people, y, (later,)) if later else np.zeros_like(train)
    if not (y[held] == 1).any():
        boosted = fit_chance(people.x[train], y[train], need=need, seed=seed, trees=_in_folds(need))
        return boosted, *fit_platt(_left_out_scores(people, y, train, need, seed), y[train])
    boosted = fit_chance(people.x[train], y[train], need=need, seed=seed, later=(people.x[held], y[held]))
    return boosted, *fit_platt(boosted.predict(people.x[held]), y[held])


def _left_out_scores(people: People, y: Floats, train: Rows, need: Need, seed: int) -> Floats:
    fold = people.person_numbers() % FOLDS
    scores = np.zeros(len(y))
    for number in range(FOLDS):
        rest, left_out = train & (fold != number), train & (fold == number)
        fitted = fit_chance(people.x[rest], y[rest], need=need, seed=seed, trees=_in_folds(need))
        scores[left_out] = fitted.predict(people.x[left_out])
    return scores[train]


def _in_folds(need: Need) -> int:
    return min(TREES_IN_FOLDS, need.trees_max)
