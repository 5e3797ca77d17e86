"""Care homes: who moves in to stay, who pays, and when their money runs out."""

import numpy as np

from simulator import rates
from simulator.care_homes import choose_home
from simulator.hazards import Circumstances
from simulator.health import day_between
from simulator.kinds import CARE_HOME, COMPONENTS, K_NURSING, K_RESIDENTIAL, SELF_FUNDER, TO_CARE_HOME
from simulator.log import Array
from simulator.requesting import route_of
from simulator.support import serve
from simulator.timeline import NO_DAY
from simulator.world import AT_HOME, NOT_SUPPORTED, NURSING, RESIDENTIAL, World, leave_residence


def enter_care_home(world: World, now: Circumstances, rows: Array, day: Array) -> None:
    """A move to stay: the home is left, support at home ends, the council pays or the resident does."""
    people, rng, who = world.people, world.rng, now.who[rows]
    need = np.clip((now.values["deprivation"][rows] + 1.3) / 2.6, 0, 1)
    need = np.full(len(rows), 0.5) if world.plan.level else need
    share = (
        rates.SELF_FUNDS_LEAST_DEPRIVED
        + (rates.SELF_FUNDS_MOST_DEPRIVED - rates.SELF_FUNDS_LEAST_DEPRIVED) * need
    )
    known = people["support"][who] == AT_HOME
    pays = rng.random(len(who)) < np.where(now.age[rows] >= 65, share * np.where(known, 0.75, 1.35), 0.03)
    nursing = rng.random(len(who)) < rates.NURSING_SHARE
    begun = world.services["day"][people["support_row"][who[known]]]
    world.services["until"][people["support_row"][who[known]]] = np.maximum(day[known], begun)
    world.services["why_ended"][people["support_row"][who[known]]] = TO_CARE_HOME
    settle_in_care_home(world, who, day, nursing)
    asked = day - rng.integers(12, 45, len(who))
    writes = ~pays | (rng.random(len(who)) < 0.35)
    fresh = writes & (asked >= people["arrived"][who])
    world.requests.add(
        int(fresh.sum()),
        person=who[fresh],
        day=asked[fresh],
        until=asked[fresh] + 5,
        route=route_of(world, now, rows[fresh]),
        sequel=np.where(pays[fresh], rates.SEQUELS.index("self_funder"), CARE_HOME),
    )
    fresh &= ~pays
    world.assessments.add(
        int(fresh.sum()),
        person=who[fresh],
        day=asked[fresh] + 5,
        until=day[fresh],
        long_term=True,
        eligible=True,
    )
    people["support"][who], people["self_funder"][who] = NOT_SUPPORTED, pays
    pay_for_care_home(world, who[~pays], day[~pays], nursing[~pays])


def settle_in_care_home(world: World, who: Array, day: Array, nursing: Array) -> None:
    """Move people from their homes into care homes; a home left empty remembers why."""
    people, home = world.people, world.people["home"][who]
    chosen = choose_home(
        world.care_homes, world.dwellings.easting[home], world.dwellings.northing[home], nursing, world.rng
    )
    leave_residence(world, who, day)
    people["in_care_home"][who], people["care_home"][who] = True, chosen
    people["care_home_since"][who], people["pending"][who] = day, NO_DAY
    world.residences.add(
        len(who), person=who, home=chosen, household=-1, since=day, until=NO_DAY, care_home=True
    )


def pay_for_care_home(world: World, who: Array, day: Array, nursing: Array) -> None:
    """Council-arranged long-term residential or nursing care from a day."""
    kind = np.where(nursing, K_NURSING, K_RESIDENTIAL)
    part = np.where(nursing, COMPONENTS.index("nursing"), COMPONENTS.index("residential"))
    row = serve(world, who, day, kind, part)
    people = world.people
    people["support"][who], people["support_row"][who] = np.where(nursing, NURSING, RESIDENTIAL), row
    people["last_review"][who] = day


def run_out_of_money(world: World, now: Circumstances, last: Array) -> None:
    """Self-funding residents who turn to the council this month."""
    people, rng = world.people, world.rng
    paying = people["self_funder"][now.who] & people["in_care_home"][now.who]
    rows = np.flatnonzero(paying & (rng.random(len(now.who)) < rates.MONEY_RUNS_OUT / 12))
    who, day = now.who[rows], day_between(rng, now.day, last[rows])
    day = np.maximum(day, people["care_home_since"][who])
    people["self_funder"][who] = False
    world.requests.add(len(who), person=who, day=day, until=day, route=SELF_FUNDER, sequel=CARE_HOME)
    pay_for_care_home(world, who, day, world.care_homes.nursing[people["care_home"][who]])
