"""What the futures of `foresight` start from, as tables: people, effects and the months ahead."""

import numpy as np

from simulator import levels, rates
from simulator.effects import Effects
from simulator.foresight import MONTH_DAYS, MONTHS, PERSON, STATIC
from simulator.hazards import AGE_GROUPS, FRAILTY_MEDIAN, Circumstances, cold_home
from simulator.log import Array
from simulator.moves import LEAVES_COUNTY, LEAVES_PARENTS
from simulator.particles import HAZARDS
from simulator.population import CHILD, PARTNER
from simulator.support import carers_served_until
from simulator.timeline import NO_DAY, add_months, as_date, day_number
from simulator.world import AT_HOME, World
from simulator.worlds import Plan

_STEPS = HAZARDS[:5]
HIDDEN_RAISES = 1.5
"""How much likelier than their age and circumstances say those with carers ask for help (seen in runs)."""
YEARS_AHEAD, SETTLED_AGE = 2.0, 50.0


def effect_table(effects: Effects, hazards: tuple[str, ...], names: tuple[str, ...]) -> Array:
    """Hazards × circumstances: the planted log hazard ratios."""
    return np.array([[getattr(getattr(effects, hazard), name) for name in names] for hazard in hazards])


def months_ahead(plan: Plan, day: int, foreseen_on: int | None) -> tuple[Array, Array]:
    """What the world does to the five first steps in each month ahead (log), and the season of each month."""
    first = [day_number(add_months(as_date(day), m)) for m in range(MONTHS)]
    shift = np.array([[plan.time_shift(name, d, foreseen_on) for d in first] for name in _STEPS])
    season = np.array([np.cos(2 * np.pi * (as_date(d + 14).month - 1) / 12) for d in first])
    return shift, season


def describe_people(world: World, now: Circumstances, rows: Array) -> Array:
    """One PERSON record for each of the residents at `rows` of `now`."""
    people, who, day = world.people, now.who[rows], now.day
    age = now.age[rows]
    out = np.zeros(len(who), dtype=PERSON)
    level, later = _levels(world, now, rows, 0.0), _levels(world, now, rows, YEARS_AHEAD)
    out["base"], out["slope"] = level, np.log(later / level) / MONTHS
    partner = people["partner"][who]
    mate = np.maximum(partner, 0)
    carer = people["carer"][who]
    alone = now.values["alone"][rows]
    out["row"], out["acute"], out["lean"] = who, now.values["acute"][rows], world.lean(who)
    out["until"] = np.maximum(people["discharged"][who] - day, -1e6)
    out["inside"] = np.maximum(people["in_hospital_until"][who] - day, -1e6)
    out["fall_months"] = (day - people["last_fall"][who]) / MONTH_DAYS
    out["bereaved_months"] = (day - people["bereaved"][who]) / MONTH_DAYS
    out["broke_months"] = (day - people["breakdown"][who]) / MONTH_DAYS
    served = np.maximum(people["served_until"][who], carers_served_until(world, who))
    out["served_months"] = (served - day) / MONTH_DAYS
    out["serves"] = now.known["other_request"][rows] * HIDDEN_RAISES * rates.SEQUEL_SHARES[1]
    out["partner"] = np.where(partner >= 0, _partner_chance(world, mate, day), 0.0)
    out["alone"], out["alone_weight"] = alone, np.interp(age, (40, 65), (0.3, 1.0))
    out["pair"] = (partner >= 0) & (_crowd(world)[people["home"][who]] == 2)
    out["cold"] = cold_home(world, people["home"][who], age, alone > 0)
    out["in_home"] = people["in_care_home"][who]
    out["home_months"] = (day - people["care_home_since"][who]) / MONTH_DAYS
    out["home_death"] = np.stack(
        [levels.death_in_care_home(age, np.array(first)) for first in (True, False)], 1
    )
    out["supported"] = people["support"][who] == AT_HOME
    out["pending"] = people["pending"][who] > NO_DAY
    out["cared"], out["carer_old"] = carer >= 0, world.age(np.maximum(carer, mate), day) > 76
    out["median"] = rates.curve(age, FRAILTY_MEDIAN)
    out["ageing"] = np.log(rates.curve(age + YEARS_AHEAD, FRAILTY_MEDIAN) / out["median"]) / MONTHS
    out["onset"] = dementia_onset(age)
    out["lasting"] = age >= 50
    out["ends"] = np.where(age >= 65, rates.SUPPORT_ENDS, rates.SUPPORT_ENDS_YOUNGER) / 12
    out["leaves"] = _leaving(people["role"][who], age)
    out["stay"] = rates.curve(age, rates.STAY_DAYS)
    return out


def _levels(world: World, now: Circumstances, rows: Array, years: float) -> Array:
    """People × five first steps: monthly hazards some years on, before anything that changes acts on them."""
    who, age = now.who[rows], now.age[rows] + years
    yearly = levels.yearly_rates(world.people["female"][who], age)
    group = np.searchsorted(AGE_GROUPS, age, side="right")
    area = world.dwellings.area[world.people["home"][who]]
    steps = []
    for name in _STEPS:
        effect = getattr(world.effects, name)
        fixed = sum(getattr(effect, n) * now.values[n][rows] for n in STATIC)
        steps.append(
            yearly[name]
            / 12
            * world.multipliers[name][group]
            * np.exp(fixed + world.plan.area_shift(name, area))
        )
    return np.maximum(np.stack(steps, 1), 1e-12)


def _crowd(world: World) -> Array:
    people = world.people
    here = people["resident"] & ~people["in_care_home"]
    return np.bincount(people["home"][here], minlength=len(world.dwellings.area))


def _partner_chance(world: World, mate: Array, day: int) -> Array:
    """The partner's monthly chance of dying or of moving into a care home, by age and sex."""
    age = world.age(mate, day)
    yearly = levels.yearly_rates(world.people["female"][mate], age)
    return -np.expm1(-(yearly["death"] + yearly["care_home_move"]) / 12)


def _leaving(role: Array, age: Array) -> Array:
    """Monthly chance of leaving the county: with the household at its head's age, or grown up."""
    household = rates.curve(np.where(role <= PARTNER, age, SETTLED_AGE), rates.MOVES)
    own = np.where((role == CHILD) & (age < 35), LEAVES_PARENTS * LEAVES_COUNTY, 0.0)
    return (household * (1 - rates.MOVES_STAY_IN_COUNCIL) + own) / 12


def dementia_onset(age: Array) -> Array:
    """The chance within a month that dementia comes to somebody of that age who has none."""
    curve = rates.CONDITIONS["dementia"]
    now = rates.curve(age, curve)
    return np.maximum(rates.curve(age + 1 / 12, curve) - now, 0) / (1 - now)
