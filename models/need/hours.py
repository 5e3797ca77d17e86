"""Home-care hours a week ahead: the chance of any, times how many if any, as one whole distribution."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from configs.settings import Need
from models.need.chance import Chance, fit_for_use, fit_tested
from models.need.estimator import Boosted
from models.need.people import CARE_HOURS, Floats, People, Rows
from models.need.splits import Split
from models.need.start import BY_AGE_AND_SERVICE

MIDDLES = np.arange(0.05, 1, 0.1)
"""The spread of later over present hours is kept as ten quantiles, in the middle of each tenth."""

NEVER = 1e-12
"""A chance below this is none."""


@dataclass(frozen=True)
class Hours:
    """A two-part model of mean hours a week over the horizon.

    The chance of any: `any_hours`. How many if any: hours now times one of `ratios`, or, for people without
    hours now, one of `new_hours`; all ten equally likely. (Boosting the amount too did worse.)
    """

    any_hours: Chance
    ratios: tuple[float, ...]
    new_hours: tuple[float, ...]

    def predict(self, people: People, rows: Rows) -> dict[str, Floats]:
        """`hours_mean, hours_p10, hours_p50, hours_p90` a week of each of `rows`, of one distribution."""
        now, served = people.column(CARE_HOURS)[rows], is_served(people)[rows]
        chance = self.any_hours.predict(people, rows)
        mean = chance * np.where(served, now * np.mean(self.ratios), np.mean(self.new_hours))
        return {"hours_mean": mean, **{f"hours_p{q}": self._at(q / 100, chance, now) for q in (10, 50, 90)}}

    def as_dict(self) -> dict[str, Any]:
        """Everything but the booster's own text, for JSON."""
        return {
            "any_hours": self.any_hours.as_dict(),
            "ratios": list(self.ratios),
            "new_hours": list(self.new_hours),
        }

    @staticmethod
    def from_dict(said: dict[str, Any], boosted: Boosted | None) -> "Hours":
        """The model again, from `as_dict` and its booster."""
        chance = Chance.from_dict(said["any_hours"], boosted)
        return Hours(chance, tuple(said["ratios"]), tuple(said["new_hours"]))

    def booster(self) -> Boosted | None:
        """The booster of the chance of any hours, if it has one."""
        return self.any_hours.booster()

    def _at(self, quantile: float, chance: Floats, now: Floats) -> Floats:
        going_on = now * mixture_quantile(chance, self.ratios, quantile)
        return np.where(now > 0, going_on, mixture_quantile(chance, self.new_hours, quantile))


def mixture_quantile(chance: Floats, spread: tuple[float, ...], quantile: float) -> Floats:
    """The quantile of "0 with chance 1 - `chance`, else drawn from `spread`" of each person."""
    among_any = 1 - (1 - quantile) / np.maximum(chance, NEVER)
    return np.where(among_any > 0, np.interp(among_any, MIDDLES, spread), 0.0)


def is_served(people: People) -> Rows:
    """Who has council-arranged home-care hours at the origin."""
    return people.column(CARE_HOURS) > 0


def fit_hours_tested(people: People, split: Split, *, need: Need, seed: int) -> Hours:
    """The model to be tested on `split.test`; without trees where too few people have hours to train on."""
    chance = fit_tested(people, _any(people), split, need=need, seed=seed, basis=BY_AGE_AND_SERVICE)
    return _measured(people, chance, people.at(split.known))


def fit_hours_for_use(
    people: People, split: Split | None, tested: Hours | None, *, need: Need, seed: int
) -> Hours:
    """The model to be used, refitted on every settled origin; without a test, without trees."""
    chance = fit_for_use(
        people,
        _any(people),
        split,
        tested.any_hours if tested else None,
        need=need,
        seed=seed,
        basis=BY_AGE_AND_SERVICE,
    )
    return _measured(people, chance, np.ones(len(people.x), dtype=bool))


def _any(people: People) -> Floats:
    return np.where(np.isnan(people.hours), np.nan, people.hours > 0)


def _measured(people: People, chance: Chance, rows: Rows) -> Hours:
    some, served = rows & (people.hours > 0), is_served(people)
    now, new = people.column(CARE_HOURS)[some & served], people.hours[some & ~served]
    ratios = _spread(people.hours[some & served], now, otherwise=1.0)
    return Hours(chance, ratios, _spread(new, np.ones(len(new)), otherwise=0.0))


def _spread(seen: Floats, start: Floats, otherwise: float) -> tuple[float, ...]:
    """Ten quantiles of `seen` / `start`, scaled so that what is expected adds up to what was seen."""
    if len(seen) == 0:
        return (otherwise,) * len(MIDDLES)
    ratios = np.quantile(seen / start, MIDDLES)
    return tuple(np.round(ratios * (seen.sum() / start.sum()) / ratios.mean(), 8).tolist())
