"""Long-term support at home and the reviews of all long-term support: starts, changes, ends."""

import numpy as np

from simulator import rates
from simulator.hazards import Circumstances
from simulator.health import day_between
from simulator.kinds import (
    AFTER_HOSPITAL,
    AS_PLANNED,
    CARER_RELATED,
    CHANGED,
    COMPONENTS,
    K_COMMUNITY,
    OPEN,
    OTHER_END,
    PLANNED,
)
from simulator.log import Array
from simulator.timeline import NO_DAY
from simulator.world import AT_HOME, NOT_SUPPORTED, World

BREAKDOWN_A_MONTH, BREAKDOWN_PER_STRAIN, STRAIN_MAX = 0.0035, 1.7, 2.0


def start_due(world: World, now: Circumstances, last: Array) -> None:
    """Start long-term support at home for those whose day has come and who still live at home."""
    people = world.people
    due = (people["pending"][now.who] > NO_DAY) & (people["pending"][now.who] <= last)
    gone = due & people["in_care_home"][now.who]
    people["pending"][now.who[gone]] = NO_DAY
    rows = now.happened["started"] = np.flatnonzero(due & ~gone)
    start_support(world, now, rows, np.maximum(people["pending"][now.who[rows]], now.day))
    people["pending"][now.who[rows]] = NO_DAY


def start_support(world: World, now: Circumstances, rows: Array, day: Array) -> None:
    """A first package of long-term support at home: component, hours by frailty, some double-handed."""
    who, rng, people = now.who[rows], world.rng, world.people
    older = now.age[rows] >= 65
    component = np.where(
        older,
        draw_number(rng, rates.COMPONENT_SHARES_OLDER, len(who)),
        draw_number(rng, rates.COMPONENT_SHARES_YOUNGER, len(who)),
    )
    z = now.values["frailty"][rows]
    spread = np.sqrt(rates.HOURS_LOG_SD**2 - 0.4**2)
    hours = np.exp(np.log(rates.HOURS_MEDIAN) - 0.22 + 0.32 * z + rng.normal(0, spread, len(who)))
    double = rng.random(len(who)) < np.clip(rates.DOUBLE_HANDED_SHARE * (hours / 17) ** 1.1, 0, 0.8)
    row = serve(world, who, day, K_COMMUNITY, component, hours=_quarters(hours), double=double)
    people["support"][who], people["support_row"][who], people["last_review"][who] = AT_HOME, row, day


def _quarters(hours: Array) -> Array:
    return np.clip(np.round(hours * 4) / 4, 1.0, 84.0)


def draw_number(rng: np.random.Generator, shares: tuple[float, ...], count: int) -> Array:
    """Numbers drawn in proportion to the shares."""
    return np.searchsorted(np.cumsum(shares) / sum(shares), rng.random(count))


def serve(
    world: World,
    who: Array,
    day: Array,
    kind: int | Array,
    component: str | Array,
    *,
    until: Array | None = None,
    hours: Array | None = None,
    double: Array | None = None,
) -> Array:
    """Log one service a person and return its row numbers; open-ended unless `until` says."""
    part = COMPONENTS.index(component) if isinstance(component, str) else component
    if until is not None:
        np.maximum.at(world.people["served_until"], who, until)
    return world.services.add(
        len(who),
        person=who,
        day=day,
        until=NO_DAY if until is None else until,
        kind=kind,
        component=part,
        hours=0.0 if hours is None else hours,
        double=False if double is None else double,
        delivery=world.rng.random(len(who)) < 0.62,
        price=world.rng.normal(1.0, 0.06, len(who)),
        provider=world.rng.integers(0, 1_000_000, len(who)),
        why_ended=OPEN if until is None else AS_PLANNED,
    )


def end_support(world: World, now: Circumstances, last: Array) -> None:
    """Support at home that ends although the person stays: recovered, declined, other care found."""
    people, rng = world.people, world.rng
    yearly = np.where(now.age >= 65, rates.SUPPORT_ENDS, rates.SUPPORT_ENDS_YOUNGER)
    rows = np.flatnonzero((people["support"][now.who] == AT_HOME) & (rng.random(len(now.who)) < yearly / 12))
    who = now.who[rows]
    row = people["support_row"][who]
    day = np.maximum(day_between(rng, now.day, last[rows]), world.services["day"][row] + 1)
    day = np.minimum(day, last[rows])
    world.services["until"][row] = day
    world.services["why_ended"][row] = np.where(rng.random(len(who)) < 0.6, AS_PLANNED, OTHER_END)
    people["support"][who], people["support_row"][who] = NOT_SUPPORTED, -1


def review(world: World, now: Circumstances, last: Array) -> None:
    """Yearly and unplanned reviews of long-term support; packages at home change with them."""
    people, rng, who = world.people, world.rng, now.who
    supported = people["support"][who] != NOT_SUPPORTED
    chance = rng.random(len(who))
    due = supported & (now.day - people["last_review"][who] > 330) & (chance < 0.22)
    hospital = (
        supported
        & (now.day - people["in_hospital_until"][who] < 31)
        & (people["last_emergency"][who] > now.day - 62)
    )
    hospital &= rng.random(len(who)) < 0.25
    carer = rng.random(len(who)) < breakdown_chance(world, now, supported)
    reason = np.select([carer, hospital, due], [CARER_RELATED, AFTER_HOSPITAL, PLANNED], -1)
    rows = np.flatnonzero(reason >= 0)
    day = day_between(rng, now.day, last[rows])
    held = np.where(supported[rows], world.services["day"][people["support_row"][who[rows]]] + 1, 0)
    day = np.maximum(day, np.minimum(held, last[rows]))
    world.reviews.add(len(rows), person=who[rows], day=day, reason=reason[rows])
    people["last_review"][who[rows]] = day
    broke = reason[rows] == CARER_RELATED
    now.happened["carer_breakdown"] = rows[broke]
    people["breakdown"][who[rows[broke]]] = day[broke]
    changes = (people["support"][who[rows]] == AT_HOME) & (
        rng.random(len(rows)) < np.where(reason[rows] == PLANNED, 0.3, 0.55)
    )
    _change_package(world, now, rows[changes], day[changes])


def breakdown_chance(world: World, now: Circumstances, supported: Array) -> Array:
    """Monthly chance that a carer cannot go on, of pairs with an open service (sizes assumed)."""
    people, who = world.people, now.who
    served = np.maximum(people["served_until"][who], carers_served_until(world, who)) >= now.day
    cared = (people["carer"][who] >= 0) & (supported | served) & ~people["in_care_home"][who]
    strain = np.minimum(now.values["carer_strain"], STRAIN_MAX)
    return np.where(cared, BREAKDOWN_A_MONTH * np.exp(BREAKDOWN_PER_STRAIN * strain), 0.0)


def carers_served_until(world: World, who: Array) -> Array:
    """Last day of the closed-ended services of each person's carer, 0 without one."""
    carer = world.people["carer"][who]
    return np.where(carer >= 0, world.people["served_until"][np.maximum(carer, 0)], 0)


def _change_package(world: World, now: Circumstances, rows: Array, day: Array) -> None:
    people, services, rng = world.people, world.services, world.rng
    who = now.who[rows]
    old = people["support_row"][who]
    late = services["day"][old] < day
    who, old, day, rows = who[late], old[late], day[late], rows[late]
    services["until"][old], services["why_ended"][old] = day, CHANGED
    hours = services["hours"][old] * np.exp(
        0.03 + 0.04 * now.values["frailty"][rows] + rng.normal(0, 0.22, len(who))
    )
    new = serve(
        world,
        who,
        day,
        K_COMMUNITY,
        services["component"][old].copy(),
        hours=_quarters(hours),
        double=services["double"][old] | (rng.random(len(who)) < 0.05),
    )
    for name in ("delivery", "price", "provider"):
        services[name][new] = services[name][old]
    people["support_row"][who] = new
