"""Home-care hours a week ahead: the chance of any, times how many if any, as one whole distribution."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from configs.settings import Need
from models.need.chance import Chance, fit_for_use, fit_tested
from models.need.estimator import Boosted, fit_amount
from models.need.people import AGE, CARE_HOURS, Floats, People, Rows
from models.need.rates import fit_age_rates
from models.need.splits import Split

TREES = 50
"""Trees of the amount: its rows are few, and hours now, from which it starts, say most."""

MIDDLES = np.arange(0.05, 1, 0.1)
"""The spread of observed over expected hours is kept as ten quantiles, in the middle of each tenth."""

EVEN = (1.0,) * len(MIDDLES)


@dataclass(frozen=True)
class Hours:
    """A two-part model of mean hours a week.

    The chance of any: `any_hours`, or, where that is only an age rate (of people without hours now), `staying`
    for people with hours now. How many if any: hours now, else `new_hours`, each times what `amount` says, if
    there is one, and times the ratios of `spread_served` or `spread_unserved`, all equally likely.
    """

    any_hours: Chance
    staying: float
    amount: Boosted | None
    new_hours: float
    spread_served: tuple[float, ...] = EVEN
    spread_unserved: tuple[float, ...] = EVEN

    def predict(self, people: People, rows: Rows) -> dict[str, Floats]:
        """`hours_mean, hours_p10, hours_p50, hours_p90` a week of each of `rows`, of one distribution."""
        chance, level, served = self._chance(people, rows), self._level(people, rows), is_served(people)[rows]
        ratio = np.where(served, np.mean(self.spread_served), np.mean(self.spread_unserved))
        tails = {f"hours_p{100 * q:.0f}": level * self._ratio_at(chance, served, q) for q in (0.1, 0.5, 0.9)}
        return {"hours_mean": chance * level * ratio, **tails}

    def as_dict(self) -> dict[str, Any]:
        """Everything but the boosters' own text, for JSON."""
        return {
            "any_hours": self.any_hours.as_dict(),
            "staying": self.staying,
            "amount_trees": self.amount.trees if self.amount else 0,
            "new_hours": self.new_hours,
            "spread_served": list(self.spread_served),
            "spread_unserved": list(self.spread_unserved),
        }

    @staticmethod
    def from_dict(said: dict[str, Any], boosters: dict[str, Boosted]) -> "Hours":
        """The model again, from `as_dict` and `boosters`."""
        return Hours(
            Chance.from_dict(said["any_hours"], boosters.get("chance")),
            said["staying"],
            boosters.get("amount"),
            said["new_hours"],
            tuple(said["spread_served"]),
            tuple(said["spread_unserved"]),
        )

    def boosters(self) -> dict[str, Boosted]:
        """Its boosters: `chance` of any hours, and `amount`; those that it has."""
        amount = {} if self.amount is None else {"amount": self.amount}
        return {**self.any_hours.boosters(), **amount}

    def _chance(self, people: People, rows: Rows) -> Floats:
        chance = self.any_hours.predict(people, rows)
        if self.any_hours.boosted is not None:
            return chance
        return np.where(is_served(people)[rows], self.staying, chance)

    def _level(self, people: People, rows: Rows) -> Floats:
        start = _start(people, self.new_hours)[rows]
        return start if self.amount is None else start * np.exp(self.amount.predict(people.x[rows]))

    def _ratio_at(self, chance: Floats, served: Rows, quantile: float) -> Floats:
        return np.where(
            served,
            mixture_quantile(chance, self.spread_served, quantile),
            mixture_quantile(chance, self.spread_unserved, quantile),
        )


def mixture_quantile(chance: Floats, spread: tuple[float, ...], quantile: float) -> Floats:
    """The quantile of "0 with chance 1 - `chance`, else drawn from `spread`" of each person."""
    among_any = np.divide(quantile - 1 + chance, chance, out=np.zeros_like(chance), where=chance > 0)
    return np.where(among_any > 0, np.interp(among_any, MIDDLES, spread), 0.0)


def is_served(people: People) -> Rows:
    """Who has council-arranged home-care hours at the origin."""
    return people.column(CARE_HOURS) > 0


def fit_hours_tested(people: People, split: Split, *, need: Need, seed: int) -> Hours:
    """The model to be tested on `split.test`; simple where too few people have hours to train on."""
    tested = fit_tested(people, _any(people), split, need=need, seed=seed)
    known, train = people.at(split.known), people.at(split.train)
    later = people.at((split.calibrate,)) if split.calibrate else train
    return _spread_on(later, people, _parts(people, tested, known, train, need, seed))


def fit_hours_for_use(people: People, split: Split | None, tested: Hours | None, *, need: Need, seed: int) -> Hours:
    """The model to be used, refitted on every settled origin; its spread is that seen on the newest one."""
    everyone = ~np.isnan(people.hours)
    if split is None or tested is None:
        untested = Chance(fit_age_rates(np.zeros(0), np.zeros(0)))
        return _spread_on(everyone, people, _parts(people, untested, everyone, everyone, need, seed))
    chance = fit_for_use(people, _any(people), split, tested.any_hours, need=need, seed=seed)
    before = _parts(people, chance, people.at(split.known), people.at(split.known), need, seed)
    newest = _spread_on(people.at((split.test,)), people, before)
    refitted = _parts(people, chance, everyone, everyone, need, seed)
    return replace(refitted, spread_served=newest.spread_served, spread_unserved=newest.spread_unserved)


def _any(people: People) -> Floats:
    return np.where(np.isnan(people.hours), np.nan, people.hours > 0)


def _start(people: People, new_hours: float) -> Floats:
    return np.where(is_served(people), people.column(CARE_HOURS), new_hours)


def _parts(people: People, chance: Chance, known: Rows, train: Rows, need: Need, seed: int) -> Hours:
    served, settled = is_served(people), ~np.isnan(people.hours)
    some = settled & (people.hours > 0)
    new_hours = _mean(people.hours[known & some & ~served], otherwise=_mean(people.hours[known & some]))
    if chance.boosted is None:
        others = known & settled & ~served
        rates = fit_age_rates(people.column(AGE)[others], (people.hours[others] > 0).astype(float))
        return Hours(replace(chance, rates=rates), _staying(people, known & settled & served), None, new_hours)
    rows = train & some
    gain = np.log(people.hours[rows] / _start(people, new_hours)[rows])
    return Hours(chance, 0.0, fit_amount(people.x[rows], gain, need=need, seed=seed, trees=TREES), new_hours)


def _staying(people: People, served: Rows) -> float:
    return round(float(((people.hours[served] > 0).sum() + 0.5) / (served.sum() + 1)), 8)


def _spread_on(rows: Rows, people: People, hours: Hours) -> Hours:
    some = rows & ~np.isnan(people.hours) & (people.hours > 0)
    served = is_served(people)
    return replace(
        hours,
        spread_served=_ratios(people, some & served, hours),
        spread_unserved=_ratios(people, some & ~served, hours),
    )


def _ratios(people: People, rows: Rows, hours: Hours) -> tuple[float, ...]:
    """Quantiles of observed over expected, scaled so that expected hours add up to those observed."""
    if not rows.any():
        return EVEN
    seen, level = people.hours[rows], hours._level(people, rows)
    ratios = np.quantile(seen / level, MIDDLES)
    return tuple(np.round(ratios * (seen.sum() / level.sum()) / ratios.mean(), 8).tolist())


def _mean(values: Floats, otherwise: float = 0.0) -> float:
    return round(float(values.mean()), 8) if len(values) else otherwise
