"""Care of one month: requests, reablement, long-term support that starts, changes and ends, care homes, reviews."""

import numpy as np

from simulator import rates
from simulator.care_homes import choose_home
from simulator.hazards import Circumstances, monthly_chance
from simulator.health import day_between
from simulator.log import Array
from simulator.timeline import NO_DAY
from simulator.world import AT_HOME, NOT_SUPPORTED, NURSING, RESIDENTIAL, World

KINDS = ("nursing", "residential", "community", "st_max", "low_level", "other_short", "carer")
K_NURSING, K_RESIDENTIAL, K_COMMUNITY, K_ST_MAX, K_LOW, K_SHORT, K_CARER = range(7)
COMPONENTS = (*rates.COMPONENTS, "reablement", "equipment", "short_residential", "emergency", "carer_support", "residential", "nursing")
OPEN, DIED, TO_CARE_HOME, AS_PLANNED, OTHER_END, MOVED_AWAY, CHANGED = range(7)
"""Why a service ended."""
COMMUNITY, DISCHARGE, SELF_FUNDER = 0, 1, 2
"""Routes of access."""
SEQUELS = (*rates.SEQUELS, "long_term", "care_home")
LONG_TERM, CARE_HOME = len(rates.SEQUELS), len(rates.SEQUELS) + 1
PLANNED, AFTER_HOSPITAL, CARER_RELATED, OTHER_REVIEW, SHORT_TERM = range(5)
"""Why a review was held."""


def care_chances(world: World, now: Circumstances) -> dict[str, Array]:
    """Monthly chances of a first step to long-term support at home, a care-home move, and any other request."""
    people, who = world.people, now.who
    outside = now.adult & ~people["in_care_home"][who]
    unsupported = outside & (people["support"][who] == NOT_SUPPORTED) & (people["pending"][who] == NO_DAY)
    return {
        "long_term_at_home": monthly_chance(
            world, "long_term_at_home", rates.curve(now.age, rates.LONG_TERM_AT_HOME), now, unsupported
        ),
        "care_home_move": monthly_chance(world, "care_home_move", rates.curve(now.age, rates.CARE_HOME), now, outside),
        "other_request": monthly_chance(
            world, "other_request", rates.curve(now.age, rates.OTHER_REQUEST), now, outside
        ),
    }


def provide(world: World, now: Circumstances, chances: dict[str, Array], last: Array) -> None:
    """Draw and carry out the month's care; no event falls after `last`, the day of death or the month's last day."""
    rng = world.rng
    hit = {name: np.flatnonzero(rng.random(len(chance)) < chance) for name, chance in chances.items()}
    start_due(world, now, last)
    day = {name: day_between(rng, now.day, last[rows]) for name, rows in hit.items()}
    _begin_long_term(world, now, hit["long_term_at_home"], day["long_term_at_home"])
    _other_requests(world, now, hit["other_request"], day["other_request"])
    _enter_care_home(world, now, hit["care_home_move"], day["care_home_move"])
    _money_runs_out(world, now, last)
    _end_support(world, now, last)
    _review(world, now, last)


def _route(world: World, now: Circumstances, rows: Array) -> Array:
    """Discharge where the person lately left hospital, else mostly community (rates.md 1 "Route")."""
    lately = now.values["after_discharge"][rows] > 0.2
    share = np.where(now.age[rows] >= 65, 0.95, 0.45)
    discharge = lately & (world.rng.random(len(rows)) < share)
    return np.where(discharge, DISCHARGE, COMMUNITY)


def _begin_long_term(world: World, now: Circumstances, rows: Array, day: Array) -> None:
    """Request, perhaps reablement, assessment; the support itself starts weeks later (`start_due`)."""
    rng, who = world.rng, now.who[rows]
    count = len(who)
    reabled = rng.random(count) < rates.THROUGH_REABLEMENT
    answered = day + rng.integers(1, 9, count)
    world.requests.add(
        count, person=who, day=day, until=answered, route=_route(world, now, rows),
        sequel=np.where(reabled, rates.SEQUELS.index("st_max"), LONG_TERM),
    )  # fmt: skip
    reablement_from = answered + rng.integers(0, 5, count)
    reablement_to = reablement_from + np.clip(np.round(rng.normal(38, 9, count)), 10, 60).astype(int)
    _serve(world, who[reabled], reablement_from[reabled], K_ST_MAX, "reablement", until=reablement_to[reabled])
    assessed = np.where(reabled, reablement_to - 3, answered + rng.integers(3, 22, count))
    world.assessments.add(count, person=who, day=assessed, until=assessed + rng.integers(1, 6, count), long_term=True, eligible=True)
    world.people["pending"][who] = np.where(reabled, reablement_to + 1, assessed + rng.integers(6, 24, count))


def start_due(world: World, now: Circumstances, last: Array) -> None:
    """Start long-term support at home for those whose day has come and who still live at home."""
    people = world.people
    due = (people["pending"][now.who] > NO_DAY) & (people["pending"][now.who] <= last)
    gone = due & people["in_care_home"][now.who]
    people["pending"][now.who[gone]] = NO_DAY
    rows = np.flatnonzero(due & ~gone)
    start_support(world, now, rows, np.maximum(people["pending"][now.who[rows]], now.day))
    people["pending"][now.who[rows]] = NO_DAY


def start_support(world: World, now: Circumstances, rows: Array, day: Array) -> None:
    """A first package of long-term support at home: component, hours by frailty, some double-handed."""
    who, rng, people = now.who[rows], world.rng, world.people
    older = now.age[rows] >= 65
    component = np.where(older, _draw(rng, rates.COMPONENT_SHARES_OLDER, len(who)), _draw(rng, rates.COMPONENT_SHARES_YOUNGER, len(who)))
    z = now.values["frailty"][rows]
    spread = np.sqrt(rates.HOURS_LOG_SD**2 - 0.4**2)
    hours = np.exp(np.log(rates.HOURS_MEDIAN) - 0.47 + 0.40 * z + rng.normal(0, spread, len(who)))
    double = rng.random(len(who)) < np.clip(rates.DOUBLE_HANDED_SHARE * (hours / 13) ** 1.1, 0, 0.8)
    row = _serve(world, who, day, K_COMMUNITY, component, hours=_quarters(hours), double=double)
    people["support"][who], people["support_row"][who], people["last_review"][who] = AT_HOME, row, day


def _quarters(hours: Array) -> Array:
    return np.clip(np.round(hours * 4) / 4, 1.0, 84.0)


def _draw(rng: np.random.Generator, shares: tuple[float, ...], count: int) -> Array:
    return np.searchsorted(np.cumsum(shares) / sum(shares), rng.random(count))


def _serve(
    world: World, who: Array, day: Array, kind: int | Array, component: str | Array, *, until: Array | None = None,
    hours: Array | None = None, double: Array | None = None,
) -> Array:  # fmt: skip
    part = COMPONENTS.index(component) if isinstance(component, str) else component
    return world.services.add(
        len(who), person=who, day=day, until=NO_DAY if until is None else until, kind=kind, component=part,
        hours=0.0 if hours is None else hours, double=False if double is None else double,
        delivery=world.rng.random(len(who)) < 0.62, price=world.rng.normal(1.0, 0.06, len(who)),
        provider=world.rng.integers(0, 1_000_000, len(who)), why_ended=OPEN if until is None else AS_PLANNED,
    )  # fmt: skip


def _other_requests(world: World, now: Circumstances, rows: Array, day: Array) -> None:
    """Requests that do not lead to long-term support, and the short-term help some of them bring."""
    rng, who = world.rng, now.who[rows]
    count = len(who)
    older = now.age[rows] >= 65
    sequel = np.where(older, _draw(rng, rates.SEQUEL_SHARES, count), _draw(rng, rates.SEQUEL_SHARES_YOUNGER, count))
    needy = (now.values["frailty"][rows] > 0.8) & (sequel == rates.SEQUELS.index("no_service")) & (rng.random(count) < 0.25)
    sequel = np.where(needy, rates.SEQUELS.index("st_max"), sequel)
    until = day + rng.geometric(0.15, count)
    route = np.where(sequel == rates.SEQUELS.index("self_funder"), SELF_FUNDER, _route(world, now, rows))
    world.requests.add(count, person=who, day=day, until=until, route=route, sequel=sequel)
    looked_at = rng.random(count) < np.where(sequel <= 2, 0.85, 0.3)
    world.assessments.add(
        int(looked_at.sum()), person=who[looked_at], day=until[looked_at],
        until=until[looked_at] + rng.integers(1, 12, int(looked_at.sum())),
        long_term=rng.random(int(looked_at.sum())) < 0.3, eligible=False,
    )  # fmt: skip
    start = until + rng.integers(0, 8, count)
    for number, kind, parts, days in _SHORT_HELP:
        mine = np.flatnonzero(sequel == number)
        part = np.array([COMPONENTS.index(p) for p in parts])[rng.integers(0, len(parts), len(mine))]
        _serve(world, who[mine], start[mine], kind, part, until=start[mine] + rng.integers(*days, len(mine)))
        held = mine[rng.random(len(mine)) < 0.25]
        world.reviews.add(len(held) if kind == K_ST_MAX else 0, **(_end_of_reablement(who[held], start[held]) if kind == K_ST_MAX else {}))


_SHORT_HELP = (
    (0, K_ST_MAX, ("reablement",), (21, 43)),
    (1, K_LOW, ("equipment",), (200, 1500)),
    (2, K_SHORT, ("short_residential", "emergency"), (7, 40)),
)


def _end_of_reablement(who: Array, start: Array) -> dict[str, object]:
    return {"person": who, "day": start + 20, "reason": SHORT_TERM}


def _enter_care_home(world: World, now: Circumstances, rows: Array, day: Array) -> None:
    """A move to stay: the home is left, support at home ends, the council pays or the resident does."""
    people, rng, who = world.people, world.rng, now.who[rows]
    need = np.clip((now.values["deprivation"][rows] + 1.3) / 2.6, 0, 1)
    share = rates.SELF_FUNDS_LEAST_DEPRIVED + (rates.SELF_FUNDS_MOST_DEPRIVED - rates.SELF_FUNDS_LEAST_DEPRIVED) * need
    known = people["support"][who] == AT_HOME
    pays = rng.random(len(who)) < np.where(now.age[rows] >= 65, share * np.where(known, 0.75, 1.35), 0.03)
    nursing = rng.random(len(who)) < rates.NURSING_SHARE
    world.services["until"][people["support_row"][who[known]]] = day[known]
    world.services["why_ended"][people["support_row"][who[known]]] = TO_CARE_HOME
    settle_in_care_home(world, who, day, nursing)
    asked = day - rng.integers(12, 45, len(who))
    writes = ~pays | (rng.random(len(who)) < 0.35)
    fresh = writes & (asked >= people["arrived"][who])
    world.requests.add(
        int(fresh.sum()), person=who[fresh], day=asked[fresh], until=asked[fresh] + 5, route=_route(world, now, rows[fresh]),
        sequel=np.where(pays[fresh], rates.SEQUELS.index("self_funder"), CARE_HOME),
    )  # fmt: skip
    fresh &= ~pays
    world.assessments.add(int(fresh.sum()), person=who[fresh], day=asked[fresh] + 5, until=day[fresh], long_term=True, eligible=True)
    people["support"][who], people["self_funder"][who] = NOT_SUPPORTED, pays
    pay_for_care_home(world, who[~pays], day[~pays], nursing[~pays])


def settle_in_care_home(world: World, who: Array, day: Array, nursing: Array) -> None:
    """Move people from their homes into care homes; a home left empty remembers why."""
    people, home = world.people, world.people["home"][who]
    chosen = choose_home(world.care_homes, world.dwellings.easting[home], world.dwellings.northing[home], nursing, world.rng)
    leave_residence(world, who, day)
    people["in_care_home"][who], people["care_home"][who] = True, chosen
    people["care_home_since"][who], people["pending"][who] = day, NO_DAY
    world.residences.add(
        len(who), person=who, home=chosen, household=-1, since=day, until=NO_DAY, care_home=True
    )


def leave_residence(world: World, who: Array, day: Array) -> None:
    """Close the open residence of each person named."""
    residences = world.residences
    open_row = np.full(world.people.size, -1)
    rows = np.flatnonzero(residences["until"] == NO_DAY)
    open_row[residences["person"][rows]] = rows
    residences["until"][open_row[who]] = day


def pay_for_care_home(world: World, who: Array, day: Array, nursing: Array) -> None:
    """Council-arranged long-term residential or nursing care from a day."""
    kind = np.where(nursing, K_NURSING, K_RESIDENTIAL)
    part = np.where(nursing, COMPONENTS.index("nursing"), COMPONENTS.index("residential"))
    row = _serve(world, who, day, kind, part)
    people = world.people
    people["support"][who], people["support_row"][who] = np.where(nursing, NURSING, RESIDENTIAL), row
    people["last_review"][who] = day


def _money_runs_out(world: World, now: Circumstances, last: Array) -> None:
    people, rng = world.people, world.rng
    paying = people["self_funder"][now.who] & people["in_care_home"][now.who]
    rows = np.flatnonzero(paying & (rng.random(len(now.who)) < rates.MONEY_RUNS_OUT / 12))
    who, day = now.who[rows], day_between(rng, now.day, last[rows])
    day = np.maximum(day, people["care_home_since"][who])
    people["self_funder"][who] = False
    world.requests.add(len(who), person=who, day=day, until=day, route=SELF_FUNDER, sequel=CARE_HOME)
    pay_for_care_home(world, who, day, world.care_homes.nursing[people["care_home"][who]])


def _end_support(world: World, now: Circumstances, last: Array) -> None:
    """Support at home that ends although the person stays: recovered, declined, other care found."""
    people, rng = world.people, world.rng
    yearly = np.where(now.age >= 65, rates.SUPPORT_ENDS, 0.10)
    rows = np.flatnonzero((people["support"][now.who] == AT_HOME) & (rng.random(len(now.who)) < yearly / 12))
    who = now.who[rows]
    row = people["support_row"][who]
    day = np.maximum(day_between(rng, now.day, last[rows]), world.services["day"][row] + 1)
    day = np.minimum(day, last[rows])
    world.services["until"][row] = day
    world.services["why_ended"][row] = np.where(rng.random(len(who)) < 0.6, AS_PLANNED, OTHER_END)
    people["support"][who], people["support_row"][who] = NOT_SUPPORTED, -1


def _review(world: World, now: Circumstances, last: Array) -> None:
    """Yearly and unplanned reviews of long-term support; packages at home change with them."""
    people, rng, who = world.people, world.rng, now.who
    supported = people["support"][who] != NOT_SUPPORTED
    chance = rng.random(len(who))
    due = supported & (now.day - people["last_review"][who] > 330) & (chance < 0.22)
    hospital = supported & (now.day - people["in_hospital_until"][who] < 31) & (people["last_emergency"][who] > now.day - 62)
    hospital &= rng.random(len(who)) < 0.25
    strain = np.where(now.values["carer_strain"] > 0, 0.006 * np.exp(1.2 * np.minimum(now.values["carer_strain"], 2)), 0.0)
    carer = supported & ~people["in_care_home"][who] & (rng.random(len(who)) < strain)
    reason = np.select([carer, hospital, due], [CARER_RELATED, AFTER_HOSPITAL, PLANNED], -1)
    rows = np.flatnonzero(reason >= 0)
    day = day_between(rng, now.day, last[rows])
    day = np.maximum(day, np.minimum(world.services["day"][people["support_row"][who[rows]]] + 1, last[rows]))
    world.reviews.add(len(rows), person=who[rows], day=day, reason=reason[rows])
    people["last_review"][who[rows]] = day
    broke = reason[rows] == CARER_RELATED
    people["breakdown"][who[rows[broke]]] = day[broke]
    changes = (people["support"][who[rows]] == AT_HOME) & (rng.random(len(rows)) < np.where(reason[rows] == PLANNED, 0.3, 0.55))
    _change_package(world, now, rows[changes], day[changes])


def _change_package(world: World, now: Circumstances, rows: Array, day: Array) -> None:
    people, services, rng = world.people, world.services, world.rng
    who = now.who[rows]
    old = people["support_row"][who]
    late = services["day"][old] < day
    who, old, day, rows = who[late], old[late], day[late], rows[late]
    services["until"][old], services["why_ended"][old] = day, CHANGED
    hours = services["hours"][old] * np.exp(0.03 + 0.04 * now.values["frailty"][rows] + rng.normal(0, 0.22, len(who)))
    new = _serve(world, who, day, K_COMMUNITY, services["component"][old].copy(), hours=_quarters(hours), double=services["double"][old] | (rng.random(len(who)) < 0.05))
    for name in ("delivery", "price", "provider"):
        services[name][new] = services[name][old]
    people["support_row"][who] = new
