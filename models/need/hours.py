"""Home-care hours a week ahead: the chance of any, times how many if any, as one whole distribution."""

from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from configs.settings_need import Need
from models.need.chance import Chance, Target, fit_for_use, fit_tested
from models.need.estimator import Boosted
from models.need.people import CARE_HOURS, EVERY, Floats, People, Picked, Rows
from models.need.splits import Split
from models.need.start import BY_AGE_AND_SERVICE

HOME_CARE_HOURS = "home_care_hours"
FORECAST = ("hours_mean", "hours_p10", "hours_p50", "hours_p90")

KNOTS = np.array([0, *np.arange(0.025, 1, 0.05), 1])
"""A spread is kept as 22 quantiles, straight lines between them: the middle of each twentieth, and its
ends."""

TAIL = 0.005
"""The ends stand for the least and the most, but are no one person's: this quantile from either end."""

NEVER = 1e-12
"""A chance below this is none."""


class Spread(NamedTuple):
    """How hours differ among people who have any: their mean, and the quantiles at `KNOTS`.

    The mean is kept apart: scaling the quantiles to it would move those whose hours stay just as they are.
    """

    mean: float
    quantiles: tuple[float, ...]


@dataclass(frozen=True)
class Hours:
    """A two-part model of mean hours a week over each horizon.

    The chance of any: `any_hours`. How many if any: hours now times a draw from the horizon's `ratios`,
    or, for people without hours now, a draw from its `new_hours`. (Boosting the amount too did worse.)
    """

    any_hours: Chance
    ratios: tuple[Spread, ...]
    new_hours: tuple[Spread, ...]

    def predict(self, people: People, rows: Rows) -> dict[str, Floats]:
        """`hours_mean, hours_p10, hours_p50, hours_p90` a week, each `rows` × horizons, of one
        distribution."""
        now, served = people.column(CARE_HOURS, rows), is_served(people, rows)
        chance = self.any_hours.predict(people, rows)
        each = [self._of_horizon(k, chance[:, k], now, served) for k in range(chance.shape[1])]
        return {name: np.column_stack([one[name] for one in each]) for name in FORECAST}

    def below(self, people: People, rows: Rows, seen: Floats) -> tuple[Floats, Floats]:
        """The chance of less than, and of at most, `seen` hours a week: each `rows` × horizons like `seen`.

        A draw between the two is uniform when the forecast is right (Czado and others 2009).
        """
        now, served = people.column(CARE_HOURS, rows), is_served(people, rows)
        chance = self.any_hours.predict(people, rows)
        scaled = seen / np.where(served, now, 1)[:, None]
        ends = []
        for side in (LESS, AT_MOST):
            among = [
                np.where(served, side(scaled[:, k], self.ratios[k]), side(scaled[:, k], self.new_hours[k]))
                for k in range(chance.shape[1])
            ]
            none = (seen > 0) if side is LESS else (seen >= 0)
            ends.append((1 - chance) * none + chance * np.column_stack(among))
        return ends[0], ends[1]

    def as_dict(self) -> dict[str, Any]:
        """Everything but the booster's own text, for JSON."""
        return {
            "any_hours": self.any_hours.as_dict(),
            "ratios": [[s.mean, list(s.quantiles)] for s in self.ratios],
            "new_hours": [[s.mean, list(s.quantiles)] for s in self.new_hours],
        }

    @staticmethod
    def from_dict(said: dict[str, Any], boosted: Boosted | None) -> "Hours":
        """The model again, from `as_dict` and its booster."""
        chance = Chance.from_dict(said["any_hours"], boosted)
        ratios, new_hours = (
            tuple(Spread(mean, tuple(quantiles)) for mean, quantiles in said[name])
            for name in ("ratios", "new_hours")
        )
        return Hours(chance, ratios, new_hours)

    def booster(self) -> Boosted | None:
        """The booster of the chance of any hours, if it has one."""
        return self.any_hours.booster()

    def _of_horizon(self, k: int, chance: Floats, now: Floats, served: Rows) -> dict[str, Floats]:
        ratios, new = self.ratios[k], self.new_hours[k]
        quantiles = {
            f"hours_p{q}": np.where(
                served,
                now * mixture_quantile(chance, ratios, q / 100),
                mixture_quantile(chance, new, q / 100),
            )
            for q in (10, 50, 90)
        }
        means = np.where(served, now * ratios.mean, new.mean)
        return {"hours_mean": chance * means, **quantiles}


def mixture_quantile(chance: Floats, spread: Spread, quantile: float) -> Floats:
    """The quantile of "0 with chance 1 - `chance`, else drawn from `spread`" of each person."""
    among_any = 1 - (1 - quantile) / np.maximum(chance, NEVER)
    return np.where(among_any > 0, np.interp(among_any, KNOTS, spread.quantiles), 0.0)


def share_below(value: Floats, spread: Spread, *, or_at: bool) -> Floats:
    """The share of a spread that lies below each `value` (or at it): 0 under its least, 1 over its most."""
    quantiles = np.array(spread.quantiles)
    levels = np.unique(quantiles)
    at = np.searchsorted(quantiles, levels, "right") - 1 if or_at else np.searchsorted(quantiles, levels)
    return np.interp(value, levels, KNOTS[at], left=0.0, right=1.0)


LESS = partial(share_below, or_at=False)
AT_MOST = partial(share_below, or_at=True)


def is_served(people: People, rows: Picked = EVERY) -> Rows:
    """Who of `rows` has council-arranged home-care hours at the origin."""
    return people.column(CARE_HOURS, rows) > 0


def any_hours(people: People) -> Target:
    """The chance of any hours within each horizon, as something to be forecast."""
    y = np.where(np.isnan(people.hours), np.nan, people.hours > 0)
    return Target(HOME_CARE_HOURS, y, BY_AGE_AND_SERVICE)


def fit_hours_tested(people: People, split: Split, *, need: Need, seed: int) -> Hours:
    """The model to be tested at `split.test`; without trees where too few people have hours to train on."""
    chance = fit_tested(people, any_hours(people), split, need=need, seed=seed)
    return _measured(people, chance, [people.at(known) for known in split.known])


def fit_hours_for_use(
    people: People, split: Split | None, tested: Hours | None, *, need: Need, seed: int
) -> Hours:
    """The model to be used, refitted on every settled origin; without a test, without trees."""
    before = tested.any_hours if tested else None
    fitted = fit_for_use(people, any_hours(people), split, before, need=need, seed=seed)
    everyone = np.ones(len(people.x), dtype=bool)
    return _measured(people, fitted.model, [everyone] * len(people.horizons))


def _measured(people: People, chance: Chance, known: list[Rows]) -> Hours:
    """With the spreads of each horizon settled on `known`; where none is, those of the horizon before."""
    ratios: list[Spread] = []
    new_hours: list[Spread] = []
    for k, rows in enumerate(known):
        told = rows & ~np.isnan(people.hours[:, k])
        first = not ratios
        ratios.append(_ratios(people, told, k) if told.any() or first else ratios[-1])
        new_hours.append(_new_hours(people, told, k) if told.any() or first else new_hours[-1])
    return Hours(chance, tuple(ratios), tuple(new_hours))


def _ratios(people: People, told: Rows, k: int) -> Spread:
    some = told & (people.hours[:, k] > 0) & is_served(people)
    return _spread(people.hours[some, k], people.column(CARE_HOURS, some), otherwise=1.0)


def _new_hours(people: People, told: Rows, k: int) -> Spread:
    some = told & (people.hours[:, k] > 0) & ~is_served(people)
    return _spread(people.hours[some, k], np.ones(int(some.sum())), otherwise=0.0)


def _spread(seen: Floats, start: Floats, otherwise: float) -> Spread:
    """Of `seen` / `start`: quantiles, and the mean by which what is expected adds up to what was seen."""
    if len(seen) == 0:
        return Spread(otherwise, (otherwise,) * len(KNOTS))
    quantiles = np.quantile(seen / start, np.clip(KNOTS, TAIL, 1 - TAIL))
    return Spread(round(float(seen.sum() / start.sum()), 8), tuple(np.round(quantiles, 8).tolist()))
