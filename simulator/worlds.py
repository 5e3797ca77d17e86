"""The worlds a county can live in: each plants exactly what its name says, and says what it plants."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import date

import numpy as np
import shapely

from simulator.effects import Effects
from simulator.geography import County
from simulator.log import Array
from simulator.timeline import Timeline, add_months, as_date, day_number

WORLDS = ("default", "placebo", "hidden-need", "flat", "drift", "biased", "shock")
LEAN_PER_NEED = 0.10
"""Frailty of an area's people, in standard deviations for each of its deprivation (assumed)."""
CLUSTER_SHARE, CLUSTER_AREAS_MIN = 0.07, 3
CLUSTER_LEAN, CLUSTER_SERVICE_FACTOR = 0.9, 0.25
"""hidden-need: how much frailer the cluster's people are, and what is left of their requests and support."""
ELIGIBILITY_FACTOR, CODING_FACTOR = 0.65, 1.25
"""drift: starts of long-term support after the change, and deficits as practices count them after it."""
UNRECORDED_SHARE, OVER_CODING_FACTOR = 0.4, 1.6
"""biased: requests of the group that are never recorded, and deficits as the one practice counts them."""
WINTER_FACTOR = 2.0
ASIAN = range(9, 14)
"""Numbers of the Asian and Asian British ethnicities in writers.codes.ETHNICITIES."""
_NEED, _SERVICE = ("emergency", "fall"), ("long_term_at_home", "other_request")


@dataclass(frozen=True)
class Plan:
    """What one world plants. Arrays have one entry an area; factors of 1 and days of None plant nothing.

    `lean`: how much frailer than their age the area's people are, in standard deviations; `area_effect`: the
    area's own level (standard normal), which acts as far as Effect.area says; `service_factor`: on requests
    and starts of support; `winter`: first day and day after the last, when emergency chances are multiplied.
    """

    name: str
    effects: Effects
    lean: Array
    area_effect: Array
    planted: Array
    service_factor: Array
    level: bool = False
    change_day: int | None = None
    eligibility_factor: float = 1.0
    coding_factor: float = 1.0
    winter: tuple[int, int] | None = None
    winter_factor: float = 1.0
    over_coding_factor: float = 1.0
    unrecorded_request_share: Mapping[int, float] = field(default_factory=dict)

    def area_shift(self, name: str, area: Array) -> Array:
        """Log of what the world multiplies the chance `name` by for people of these areas, at any time."""
        return np.log(self.service_factor)[area] if name in _SERVICE else np.zeros(len(area))

    def time_shift(self, name: str, day: int, foreseen_on: int | None = None) -> float:
        """Log of what the world multiplies the chance `name` by on a day, everywhere; `foreseen_on` leaves
        out what nobody could know on that day."""
        change, shift = self.change_day, 0.0
        known = change is not None and (foreseen_on is None or foreseen_on >= change)
        if name == "long_term_at_home" and change is not None and known and day >= change:
            shift += float(np.log(self.eligibility_factor))
        hard = self.winter is not None and self.winter[0] <= day < self.winter[1] and foreseen_on is None
        return shift + float(np.log(self.winter_factor)) if hard and name in _NEED else shift

    def coding_on(self, day: int) -> float:
        """What practices multiply the deficits they count by on a day."""
        return self.coding_factor if self.change_day is not None and day >= self.change_day else 1.0

    def need_factor(self) -> Array:
        """How many times likelier an emergency admission is in each area, for what is planted there alone."""
        return np.where(self.planted, np.exp(self.effects.emergency.frailty * CLUSTER_LEAN), 1.0)

    def described(self) -> dict[str, object]:
        """What is planted, with its sizes, for `truth/world.json`."""
        day = None if self.change_day is None else as_date(self.change_day).isoformat()
        winter = None if self.winter is None else [as_date(d).isoformat() for d in self.winter]
        return {
            "world": self.name,
            "effects_log_hazard_ratio": asdict(self.effects),
            "frailty_per_deprivation_sd": 0.0 if self.level else LEAN_PER_NEED,
            "planted_areas": int(self.planted.sum()),
            "planted_frailty_sd": CLUSTER_LEAN if self.planted.any() else 0.0,
            "planted_service_factor": CLUSTER_SERVICE_FACTOR if self.planted.any() else 1.0,
            "change_day": day,
            "eligibility_factor": self.eligibility_factor,
            "coding_factor": self.coding_factor,
            "winter": winter,
            "winter_factor": self.winter_factor,
            "over_coding_factor": self.over_coding_factor,
            "unrecorded_request_share": {str(k): v for k, v in self.unrecorded_request_share.items()},
        }


def plan_world(name: str, county: County, timeline: Timeline, seed: int) -> Plan:
    """The plan of one of WORLDS for a county. Its chance is apart from the lives', so that two worlds of one
    seed begin with the same people."""
    rng = np.random.default_rng([seed, 11])
    plain = Plan(
        name,
        Effects(),
        LEAN_PER_NEED * county.need,
        _area_effect(county, rng),
        np.zeros(len(county.codes), dtype=bool),
        np.ones(len(county.codes)),
    )
    plant = _PLANTERS.get(name)
    return plant(plain, county, timeline, rng) if plant else plain


def _area_effect(county: County, rng: np.random.Generator) -> Array:
    """A standard normal level for each area, half of it shared with its neighbours within an MSOA."""
    _, group = np.unique(county.msoa, return_inverse=True)
    return np.sqrt(0.5) * (rng.normal(size=group.max() + 1)[group] + rng.normal(size=len(group)))


def without(effects: Effects, *names: str) -> Effects:
    """The same effects, those of the circumstances named taken away from every chance."""
    gone = dict.fromkeys(names, 0.0)
    kept = {f.name: replace(getattr(effects, f.name), **gone) for f in fields(effects)}
    return Effects(**kept)


def _placebo(plan: Plan, *_: object) -> Plan:
    return replace(plan, effects=without(plan.effects, "alone", "cold_home"))


def _flat(plan: Plan, *_: object) -> Plan:
    none = np.zeros(len(plan.lean))
    effects = without(plan.effects, "deprivation", "area", "cold_home", "care_home")
    return replace(plan, effects=effects, lean=none, area_effect=none, level=True)


def _hidden_need(plan: Plan, county: County, _: Timeline, rng: np.random.Generator) -> Plan:
    planted = _cluster(county, rng)
    return replace(
        plan,
        planted=planted,
        lean=plan.lean + CLUSTER_LEAN * planted,
        service_factor=np.where(planted, CLUSTER_SERVICE_FACTOR, 1.0),
    )


def _cluster(county: County, rng: np.random.Generator) -> Array:
    """One area neither the poorest nor the richest, and its neighbours' neighbours by shared border until a
    fourteenth of the areas is in."""
    middling = np.argsort(np.abs(county.need - np.median(county.need)), kind="stable")
    size = max(CLUSTER_AREAS_MIN, round(CLUSTER_SHARE * len(county.codes)))
    size = min(size, max(1, len(county.codes) // 2))
    chosen = [int(rng.choice(middling[: max(1, len(middling) // 3)]))]
    tree = shapely.STRtree(county.shapes)
    while len(chosen) < size:
        around = tree.query(shapely.union_all(county.shapes[chosen]), predicate="intersects")
        fresh = np.setdiff1d(around, chosen)
        if not len(fresh):
            break
        near = shapely.distance(
            shapely.centroid(county.shapes[fresh]), shapely.centroid(county.shapes[chosen[0]])
        )
        chosen.append(int(fresh[np.argmin(near)]))
    return np.isin(np.arange(len(county.codes)), chosen)


def _drift(plan: Plan, _: County, timeline: Timeline, __: np.random.Generator) -> Plan:
    half = day_number(add_months(timeline.first_date, 6 * timeline.years))
    return replace(plan, change_day=half, eligibility_factor=ELIGIBILITY_FACTOR, coding_factor=CODING_FACTOR)


def _biased(plan: Plan, *_: object) -> Plan:
    shares = dict.fromkeys(ASIAN, UNRECORDED_SHARE)
    return replace(plan, unrecorded_request_share=shares, over_coding_factor=OVER_CODING_FACTOR)


def _shock(plan: Plan, _: County, timeline: Timeline, __: np.random.Generator) -> Plan:
    return replace(plan, winter=last_winter(timeline), winter_factor=WINTER_FACTOR)


def last_winter(timeline: Timeline) -> tuple[int, int]:
    """The last December to February that lies wholly in the recorded time: first day, day after the last."""
    end = as_date(timeline.last_day + 1)
    year = end.year if end >= date(end.year, 3, 1) else end.year - 1
    return day_number(date(year - 1, 12, 1)), day_number(date(year, 3, 1))


_PLANTERS: dict[str, Callable[[Plan, County, Timeline, np.random.Generator], Plan]] = {
    "placebo": _placebo,
    "flat": _flat,
    "hidden-need": _hidden_need,
    "drift": _drift,
    "biased": _biased,
    "shock": _shock,
}
