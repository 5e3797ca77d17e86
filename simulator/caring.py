"""Unpaid carers: partners who come to care, their strain, and the few whom the council knows."""

import numpy as np

from simulator import rates
from simulator.hazards import Circumstances, frailty
from simulator.health import day_between
from simulator.kinds import COMMUNITY, K_CARER
from simulator.log import Array
from simulator.support import serve
from simulator.timeline import NO_DAY
from simulator.world import World

CARE_NEEDED = 0.20
"""True frailty from which a person comes to need a partner's care (assumed)."""
BEGINS_A_MONTH, FEW_CARE_FROM = 0.027, 84


def update_carers(world: World, now: Circumstances, last: Array) -> None:
    """Partners take up caring, links end with either's going, strain follows need, some carers ask the
    council."""
    people, who = world.people, now.who
    need = frailty(world, who, now.age)
    dementia = now.values["dementia"] > 0
    _unlink(world, who, now.day)
    partner = people["partner"][who]
    wants = (partner >= 0) & (people["carer"][who] < 0) & ~people["in_care_home"][who] & now.adult
    wants &= (need > CARE_NEEDED) | dementia
    free = np.where(partner >= 0, people["cares_for"][np.maximum(partner, 0)] < 0, False)
    old = (partner >= 0) & (world.age(np.maximum(partner, 0), now.day) > FEW_CARE_FROM)
    begins = np.where(old, 0.4, 1.0) * BEGINS_A_MONTH
    starts = wants & free & (world.rng.random(len(who)) < begins)
    people["carer"][who[starts]] = partner[starts]
    people["cares_for"][partner[starts]] = who[starts]
    row = world.carings.add(
        int(starts.sum()), person=who[starts], carer=partner[starts], day=now.day, until=NO_DAY
    )
    people["caring_row"][who[starts]] = row
    _strain(world, now, need, dementia)
    _ask(world, now, last)


def _unlink(world: World, who: Array, day: int) -> None:
    people = world.people
    for near, far in (("carer", "cares_for"), ("cares_for", "carer")):
        other = people[near][who]
        gone = (other >= 0) & (
            ~people["resident"][np.maximum(other, 0)] | people["in_care_home"][np.maximum(other, 0)]
        )
        gone |= (other >= 0) & people["in_care_home"][who]
        if near == "carer":
            world.carings["until"][people["caring_row"][who[gone]]] = day
        else:
            world.carings["until"][people["caring_row"][other[gone]]] = day
        people[far][other[gone]] = -1
        people[near][who[gone]] = -1


def _strain(world: World, now: Circumstances, need: Array, dementia: Array) -> None:
    people = world.people
    cared = people["carer"][now.who] >= 0
    carer = people["carer"][now.who[cared]]
    carer_old = world.age(carer, now.day) > 76
    people["strain"][carer] = (
        np.clip(3 * (need[cared] - 0.12), 0, 1.1) + 0.35 * dementia[cared] + 0.25 * carer_old
    )


PARTNER_ASKS, OTHER_ASKS = 0.16, 0.06
"""Yearly chances of asking: of a partner's carer with a strain of 0.5, and of anybody else's (assumed)."""


def cares(world: World, who: Array, age: Array) -> Array:
    """Who cares for anybody: for a partner here, or for somebody in another home (rates.md 9)."""
    people = world.people
    others = people["care_rank"][who] < rates.curve(age, rates.CARES_FOR_OTHERS)
    return (age >= 18) & ((people["cares_for"][who] >= 0) | others)


def _ask(world: World, now: Circumstances, last: Array) -> None:
    """rates.md 9: councils support or assess 7.7% of carers a year; those who care for a partner most."""
    people, rng, who = world.people, world.rng, now.who
    near = people["cares_for"][who] >= 0
    chance = np.where(
        near, PARTNER_ASKS * (0.5 + people["strain"][who]), OTHER_ASKS * cares(world, who, now.age)
    )
    rows = np.flatnonzero(rng.random(len(who)) < chance / 12)
    who, day = now.who[rows], day_between(rng, now.day, last[rows])
    world.requests.add(len(who), person=who, day=day, until=day + 3, route=COMMUNITY, sequel=3, carer=True)
    met = rng.random(len(who)) < 0.6
    world.assessments.add(
        int(met.sum()), person=who[met], day=day[met] + 10, until=day[met] + 14, eligible=True, carer=True
    )
    helped = met & (rng.random(len(who)) < 0.5)
    start = day[helped] + 20
    serve(world, who[helped], start, K_CARER, "carer_support", until=start + 365)
