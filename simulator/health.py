"""Deaths, falls, admissions and attendances of one month."""

import numpy as np

from simulator import levels, rates
from simulator.hazards import Circumstances, monthly_chance
from simulator.log import Array
from simulator.timeline import NO_DAY
from simulator.world import World

AFTER_ADMISSION, AFTER_FALL = 0.5, 0.8
"""Acute frailty after an emergency stay or an injuring fall, in standard deviations; lasting harm
below (assumed)."""
LASTING_ADMISSION, LASTING_FALL = 0.14, 0.28
ACUTE_KEPT_A_MONTH = 0.74
VIGOUR_RANGE = (-3.5, 4.5)
RETURN_A_YEAR, WANDER_A_YEAR = 0.10, 0.33
"""Long-run frailty drifts back towards the age's median by a tenth a year and wanders (assumed)."""


def death_chance(world: World, now: Circumstances) -> Array:
    """Monthly chance of death: life tables outside care homes, shorter lives in them (rates.md 3 and 6)."""
    people, who = world.people, now.who
    in_home = people["in_care_home"][who]
    outside = levels.death_outside(people["female"][who], now.age)
    chance = monthly_chance(world, "death", outside, now, ~in_home)
    first_year = now.day - people["care_home_since"][who] < 365
    return np.where(in_home, levels.death_in_care_home(now.age, first_year), chance)


def emergency_chances(world: World, now: Circumstances) -> tuple[Array, Array]:
    """Monthly chances of an emergency admission for anything but a fall, and for a fall; none while in
    hospital."""
    free = world.people["in_hospital_until"][now.who] < now.day
    yearly = levels.yearly_rates(world.people["female"][now.who], now.age)
    return (
        monthly_chance(world, "emergency", yearly["emergency"], now, free),
        monthly_chance(world, "fall", yearly["fall"], now, free),
    )


def admit(world: World, now: Circumstances, chances: tuple[Array, Array], last: Array) -> None:
    """Draw the month's emergency stays, each on a day up to `last` (the day of death or the month's last)."""
    rng = world.rng
    for fall, chance in ((False, chances[0]), (True, chances[1])):
        hit = np.flatnonzero(rng.random(len(now.who)) < chance)
        hit = hit[world.people["in_hospital_until"][now.who[hit]] < now.day]
        now.happened["fall" if fall else "emergency"] = hit
        day = day_between(rng, now.day, last[hit])
        _stay(world, now.who[hit], now.age[hit], day, fall)


def _stay(world: World, who: Array, age: Array, day: Array, fall: bool) -> None:
    people, rng = world.people, world.rng
    mean = rates.curve(age, rates.STAY_DAYS) * (1.25 if fall else 1.0)
    until = day + np.floor(rng.gamma(0.8, mean / 0.8)).astype(int)
    frail = people["measured_z"][who] + np.interp(age, (60, 90), (-1.5, 0.8)) > 1.0
    world.admissions.add(
        len(who), person=who, day=day, until=until, emergency=True, fall=fall, frail=frail & (age > 60)
    )
    by_door = rng.random(len(who)) < 0.78
    world.attendances.add(int(by_door.sum()), person=who[by_door], day=day[by_door], admitted=True, fall=fall)
    people["in_hospital_until"][who] = people["discharged"][who] = until
    people["last_emergency"][who] = day
    people["acute"][who] += AFTER_FALL if fall else AFTER_ADMISSION
    people["vigour"][who] += rng.exponential(LASTING_FALL if fall else LASTING_ADMISSION, len(who)) * (
        age >= 50
    )
    if fall:
        people["last_fall"][who] = day


def plan(world: World, now: Circumstances, last: Array) -> None:
    """Planned stays (mostly day cases) and attendances that end at home."""
    rng = world.rng
    free = world.people["in_hospital_until"][now.who] < now.day
    chance = monthly_chance(world, "planned", rates.curve(now.age, rates.PLANNED), now, free)
    hit = np.flatnonzero(rng.random(len(chance)) < chance)
    day = day_between(rng, now.day, last[hit])
    clear = world.people["in_hospital_until"][now.who[hit]] < day
    hit, day = hit[clear], day[clear]
    now.happened["planned"] = hit
    nights = np.where(rng.random(len(hit)) < 0.76, 0, 1 + rng.poisson(2.5, len(hit)))
    world.admissions.add(len(hit), person=now.who[hit], day=day, until=day + nights, emergency=False)
    world.people["in_hospital_until"][now.who[hit]] = day + nights
    seen = rates.curve(now.age, rates.ATTENDANCE) - 0.78 * rates.curve(now.age, rates.EMERGENCY)
    chance = monthly_chance(world, "attendance", np.maximum(seen, 0.08), now)
    hit = now.happened["attendance"] = np.flatnonzero(rng.random(len(chance)) < chance)
    fall = rng.random(len(hit)) < np.interp(now.age[hit], (20, 60, 85), (0.05, 0.12, 0.32))
    day = day_between(rng, now.day, last[hit])
    world.attendances.add(len(hit), person=now.who[hit], day=day, admitted=False, fall=fall)


def day_between(rng: np.random.Generator, first: int | Array, last: Array) -> Array:
    """A day from first to last, both included."""
    return first + np.floor(rng.random(len(last)) * (last - first + 1)).astype(int)


def die(world: World, who: Array, day: Array) -> None:
    """Deaths: some in hospital after a last emergency stay; an open stay ends; the partner is bereaved."""
    people, rng = world.people, world.rng
    people["died"][who], people["resident"][who] = day, False
    inside = people["in_hospital_until"][who] >= day
    share = np.where(people["in_care_home"][who], rates.RESIDENT_DIES_IN_HOSPITAL, rates.DIES_IN_HOSPITAL)
    sudden = ~inside & (rng.random(len(who)) < share)
    start = np.maximum(
        day[sudden] - rng.geometric(0.14, int(sudden.sum())), people["in_hospital_until"][who[sudden]] + 1
    )
    start = np.minimum(np.maximum(start, people["arrived"][who[sudden]]), day[sudden])
    world.admissions.add(
        len(start), person=who[sudden], day=start, until=day[sudden], emergency=True, died=True
    )
    world.attendances.add(len(start), person=who[sudden], day=start, admitted=True)
    partner = people["partner"][who]
    left = partner >= 0
    people["bereaved"][partner[left]] = day[left]
    people["partner"][partner[left]], people["partner"][who] = -1, -1


def close_stays(world: World) -> None:
    """Afterwards: nobody is discharged after death; a stay that death ends is marked so; days after
    the end stay open."""
    stays, died = world.admissions, world.people["died"][world.admissions["person"]]
    ended = (died > NO_DAY) & (stays["until"] >= died)
    stays["until"] = np.where(ended, died, stays["until"])
    stays["died"] = stays["died"] | ended


def drift(world: World, who: Array) -> None:
    """A month's change of frailty: acute harm heals, long-run frailty wanders about the age's median."""
    people = world.people
    people["acute"][who] *= ACUTE_KEPT_A_MONTH
    keep, lean = np.exp(-RETURN_A_YEAR / 12), world.lean(who)
    shock = world.rng.normal(0, WANDER_A_YEAR / np.sqrt(12), len(who))
    people["vigour"][who] = np.clip(lean + keep * (people["vigour"][who] - lean) + shock, *VIGOUR_RANGE)
