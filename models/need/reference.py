"""What a model knew at its training: how each feature and each score was spread then, to see later drift by.

Kept with the model as `reference.json`: borders and shares by age group, no row of a person."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from models.need.artifacts import Models, read_json, write_json
from models.need.people import Floats, People, read_origins, read_people

FILE = "reference.json"
BINS = 10
"""Tenths: the usual number for the population stability index (Siddiqi 2006)."""
DIGITS = 6
SHARE_LEAST = 1e-4
"""An empty bin counts as this share: the index is infinite otherwise."""


@dataclass(frozen=True)
class Spread:
    """Inner borders of bins, and the share of people in each of them and, last, unknown."""

    borders: tuple[float, ...]
    shares: tuple[float, ...]
    people: int

    def as_dict(self) -> dict[str, Any]:
        """For `reference.json`."""
        return {"borders": list(self.borders), "shares": list(self.shares), "people": self.people}

    @classmethod
    def from_dict(cls, said: dict[str, Any]) -> "Spread":
        """What `as_dict` wrote."""
        return cls(tuple(said["borders"]), tuple(said["shares"]), said["people"])


def spread_of(values: Floats) -> Spread:
    """The spread of `values` (NaN unknown) over up to BINS bins of like size. Of nobody: no borders, all
    shares 0."""
    borders = _borders(values[~np.isnan(values)])
    return Spread(borders, shares_in(values, borders), len(values))


def _borders(known: Floats) -> tuple[float, ...]:
    """Half-way between the value at each tenth and the next lower one that occurs: a value that many people
    share stays on its side when it moves a little (3 visits in 43 months, then in 44)."""
    if len(known) == 0:
        return ()
    occurring = np.unique(known)
    cuts = np.quantile(known, np.linspace(0, 1, BINS + 1)[1:-1], method="lower")
    place = np.searchsorted(occurring, np.unique(cuts))
    place = place[place > 0]
    halfway = (occurring[place] + occurring[place - 1]) / 2
    return tuple(float(b) for b in np.unique(np.round(halfway, DIGITS)))


def shares_in(values: Floats, borders: tuple[float, ...]) -> tuple[float, ...]:
    """Of `values`, the share in each bin and, last, unknown; all 0 of nobody."""
    if len(values) == 0:
        return (0.0,) * (len(borders) + 2)
    known = values[~np.isnan(values)]
    counts = np.bincount(
        np.searchsorted(np.asarray(borders), known, side="right"), minlength=len(borders) + 1
    )
    told = [*counts / len(values), 1 - len(known) / len(values)]
    return tuple(round(float(share), DIGITS) for share in told)


def stability_index(then: Spread, now: Floats) -> float:
    """The population stability index of `now` against the spread then: sum of (share now - then) times the
    log of their ratio; 0 where nothing moved (Siddiqi 2006)."""
    before = np.maximum(then.shares, SHARE_LEAST)
    after = np.maximum(shares_in(now, then.borders), SHARE_LEAST)
    return float(np.sum((after - before) * np.log(after / before)))


def expected_by_chance(then: Spread, people_now: int) -> float:
    """What the index would come to if nothing had moved, by the draw of people alone: bins less one times
    (1/n then + 1/n now) (Yurdakul 2018)."""
    if not then.people or not people_now:
        return 0.0
    return (len(then.shares) - 1) * (1 / then.people + 1 / people_now)


def write_reference(features: Path, folder: Path, models: Models, main_horizon_days: int) -> None:
    """Describe the people of the training run's own date, and their scores, into `folder`."""
    groups = read_people(
        features, (read_origins(features).as_of,), models.horizons_days, names=models.features
    )
    at = models.horizons_days.index(main_horizon_days)
    write_json(folder / FILE, {people.age_group: _describe(people, models, at) for people in groups})


def read_reference(folder: Path) -> dict[str, Any]:
    """What `write_reference` wrote; empty of a model made before there was one."""
    file = folder / FILE
    return dict(read_json(file)) if file.is_file() else {}


def score_of(people: People, models: Models, outcome: str, at: int) -> Floats:
    """The chances of those who can have the outcome, within the horizon at place `at`."""
    able = people.eligible.get(outcome, np.zeros(len(people.x), dtype=bool))
    return models.chances[people.age_group, outcome].predict(people, able)[:, at]


def _describe(people: People, models: Models, at: int) -> dict[str, Any]:
    weights = _weights(people.age_group, models)
    features = {
        name: {**spread_of(people.raw(name)).as_dict(), "weight": weights.get(name, 0.0)}
        for name in people.features
    }
    outcomes = sorted(o for group, o in models.chances if group == people.age_group and o in people.eligible)
    scores = {o: spread_of(score_of(people, models, o, at)).as_dict() for o in outcomes}
    return {"features": features, "scores": scores}


def _weights(age_group: str, models: Models) -> dict[str, float]:
    """Feature -> the largest share that any of the group's models owes to it (LightGBM's gain)."""
    largest: dict[str, float] = {}
    for (group, _), model in models.chances.items():
        booster = model.booster()
        if group != age_group or booster is None:
            continue
        for name, share in zip(models.features, booster.gain_shares(len(models.features)), strict=True):
            largest[name] = max(largest.get(name, 0.0), round(float(share), 4))
    return largest
