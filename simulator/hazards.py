"""From circumstances to chances: published rate by age × planted effects, scaled so that the rate
comes out."""

from dataclasses import dataclass, field, fields

import numpy as np

from simulator import rates
from simulator.effects import Effect
from simulator.log import Array
from simulator.timeline import as_date
from simulator.world import AT_HOME, World

AGE_GROUPS = np.array([18, 65, 75, 85])
"""Chances are scaled to the published rates within these groups."""
FRAILTY_MEDIAN: rates.Curve = (
    (0, 0.012),
    (40, 0.026),
    (50, 0.039),
    (65, 0.091),
    (75, 0.127),
    (85, 0.167),
    (95, 0.215),
)
"""Median share of deficits by age, and below its log spread: together they give rates.md 5 "eFI
categories"."""
FRAILTY_LOG_SD = 0.465
FRAILTY_RANGE = (-2.5, 3.0)
"""Chances take no notice of frailty beyond these standard deviations from the age's median."""
_OUTSIDE_THE_SCALE = ("deprivation", "winter", "area")
"""Effects that must shift a county's, an area's or a month's level, so they are left out when chances are
scaled."""
HIDDEN = ("frailty", "carer_strain", "dementia", "luck")
"""Circumstances that no landed file shows as they are."""
_SEEN = tuple(f.name for f in fields(Effect) if f.name not in (*_OUTSIDE_THE_SCALE, *HIDDEN))
_STEP, _STEADIER = (
    0.25,
    0.002,
)  # how fast the multipliers move while they are being found; keeps tiny groups steady
COLDER_ALONE = 1.4
RECOVERY_DAYS = (
    40.0  # e-folding of the risk after a discharge (assumed; gives rates.md 4 "readmission in 30 days")
)


@dataclass(frozen=True)
class Circumstances:
    """What bears on each living resident's chances in one month; `values` holds a column for each
    field of Effect, `known` each monthly hazard without its HIDDEN part, `happened` whom what befell."""

    who: Array
    day: int
    age: Array
    group: Array
    adult: Array
    values: dict[str, Array]
    known: dict[str, Array] = field(default_factory=dict)
    happened: dict[str, Array] = field(default_factory=dict)


def circumstances(world: World, day: int) -> Circumstances:
    """The circumstances of all residents on a day."""
    people, who = world.people, world.residents()
    age = world.age(who, day)
    home, in_home = people["home"][who], people["in_care_home"][who]
    crowd = np.bincount(home[~in_home], minlength=len(world.dwellings.area))
    alone = (crowd[home] == 1) & ~in_home & (age >= 18)
    since = day - people["discharged"][who]
    recent = np.where(since >= 0, np.exp(-np.maximum(since, 0) / RECOVERY_DAYS), 0.0)
    month = as_date(day + 14).month
    values = {
        "frailty": np.clip(people["vigour"][who] + people["acute"][who], *FRAILTY_RANGE),
        "acute": people["acute"][who].copy(),
        "alone": alone * np.interp(age, (40, 65), (0.3, 1.0)),
        "cold_home": np.where(in_home, 0.0, cold_home(world, home, age, alone)),
        "deprivation": world.county.need[world.dwellings.area[home]],
        "bereaved": (people["bereaved"][who] > day - 365).astype(float),
        "carer_strain": _strain(world, who, day),
        "dementia": world.has("dementia", who, age).astype(float),
        "heart_or_lung": sum(world.has(c, who, age).astype(float) for c in ("heart_failure", "copd")),
        "bone_or_balance": sum(
            world.has(c, who, age).astype(float) for c in ("osteoporosis", "parkinsonism")
        ),
        "after_discharge": recent,
        "fell_lately": (people["last_fall"][who] > day - 365).astype(float),
        "supported_at_home": (people["support"][who] == AT_HOME).astype(float),
        "care_home": in_home.astype(float),
        "winter": np.full(len(who), np.cos(2 * np.pi * (month - 1) / 12)),
        "luck": people["luck"][who],
        "area": world.plan.area_effect[world.dwellings.area[home]],
    }
    return Circumstances(who, day, age, np.searchsorted(AGE_GROUPS, age, side="right"), age >= 18, values)


def cold_home(world: World, home: Array, age: Array, alone: Array) -> Array:
    """How cold and how much it matters: energy score below 62, worse in private lets, for the old and
    the lone."""
    cold = np.clip((62 - world.dwellings.sap[home]) / 20, 0, 1.5)
    let = np.where(world.dwellings.tenure[home] == 2, 1.3, 1.0)
    return cold * let * np.interp(age, (50, 65, 80), (0.1, 0.8, 1.3)) * np.where(alone, COLDER_ALONE, 1.0)


def frailty(world: World, who: Array, age: Array) -> Array:
    """True share of deficits (0 to 0.7) of each person."""
    z = world.people["vigour"][who] + world.people["acute"][who]
    return np.clip(rates.curve(age, FRAILTY_MEDIAN) * np.exp(FRAILTY_LOG_SD * z), 0.0, 0.7)


def counted_deficits(share: Array) -> Array:
    """Deficits of 36 as a practice counts them when it finds this share."""
    return np.clip(np.round(36 * share), 0, 34)


def measured_z(deficits: Array, age: Array) -> Array:
    """Frailty in standard deviations from the age's median, as far as counted deficits tell."""
    share = np.maximum(deficits, 0.5) / 36
    return np.log(share / rates.curve(age, FRAILTY_MEDIAN)) / FRAILTY_LOG_SD


def _strain(world: World, who: Array, day: int) -> Array:
    """Strain of the person's carer (0 to about 2), much more in the half-year after a breakdown."""
    carer = world.people["carer"][who]
    strain = np.where(carer >= 0, world.people["strain"][np.maximum(carer, 0)], 0.0)
    return strain + 1.2 * (world.people["breakdown"][who] > day - 182)


def monthly_chance(
    world: World, name: str, rate_per_year: Array, now: Circumstances, eligible: Array | None = None
) -> Array:
    """Chance within the month of the outcome `name` for each resident, 0 for those not eligible.

    The planted effects are scaled within age groups so that the whole group meets `rate_per_year`; the
    scale is
    found in the burn-in and then held, so that later change in people's circumstances shows in their rates.
    """
    effect = getattr(world.effects, name)
    may = np.ones(len(now.who), dtype=bool) if eligible is None else eligible
    area = world.dwellings.area[world.people["home"][now.who]]
    outside = np.exp(
        _sum(effect, now, _OUTSIDE_THE_SCALE)
        + world.plan.area_shift(name, area)
        + world.plan.time_shift(name, now.day)
    )
    hidden = np.exp(_sum(effect, now, HIDDEN))
    seen = np.where(may, rate_per_year / 12 * np.exp(_sum(effect, now, _SEEN)), 0.0)
    multiplier = _multiplier(world, name, now.group, seen * hidden, rate_per_year / 12)
    now.known[name] = seen * outside * multiplier[now.group]
    return -np.expm1(-now.known[name] * hidden)


def _sum(effect: Effect, now: Circumstances, names: tuple[str, ...]) -> Array:
    total = np.zeros(len(now.who))
    for name in names:
        if size := getattr(effect, name):
            total += size * now.values[name]
    return total


def _multiplier(world: World, name: str, group: Array, level: Array, wanted: Array) -> Array:
    """What each age group's hazards are multiplied by, moved a step closer in each month of the burn-in."""
    groups = len(AGE_GROUPS) + 1
    held = world.multipliers.get(name)
    if held is None or not world.frozen:
        total = np.bincount(group, weights=wanted, minlength=groups) + _STEADIER
        if held is None:
            held = total / (np.bincount(group, weights=level, minlength=groups) + _STEADIER)
        given = np.bincount(group, weights=-np.expm1(-level * held[group]), minlength=groups) + _STEADIER
        held = world.multipliers[name] = held * (total / given) ** _STEP
    return held
