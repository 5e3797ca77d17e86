"""Care of one month: its chances, and what comes of them."""

import numpy as np

from simulator import levels
from simulator.hazards import Circumstances, monthly_chance
from simulator.health import day_between
from simulator.log import Array
from simulator.requesting import begin_long_term, other_requests
from simulator.residential import enter_care_home, run_out_of_money
from simulator.support import end_support, review, start_due
from simulator.timeline import NO_DAY
from simulator.world import NOT_SUPPORTED, World


def care_chances(world: World, now: Circumstances) -> dict[str, Array]:
    """Monthly chances of a first step to long-term support at home, a care-home move, and any other
    request."""
    people, who = world.people, now.who
    yearly = levels.yearly_rates(people["female"][who], now.age)
    outside = now.adult & ~people["in_care_home"][who]
    free = dict.fromkeys(("long_term_at_home", "care_home_move", "other_request"), outside)
    free["long_term_at_home"] = outside & (people["support"][who] == NOT_SUPPORTED)
    chances = {name: monthly_chance(world, name, yearly[name], now, may) for name, may in free.items()}
    waits = people["pending"][who] > NO_DAY
    chances["long_term_at_home"] = np.where(waits, 0.0, chances["long_term_at_home"])
    return chances


def provide(world: World, now: Circumstances, chances: dict[str, Array], last: Array) -> None:
    """Draw and carry out the month's care; no event falls after `last`, the day of death or the
    month's last day."""
    rng = world.rng
    hit = {name: np.flatnonzero(rng.random(len(chance)) < chance) for name, chance in chances.items()}
    now.happened.update(hit)
    start_due(world, now, last)
    day = {name: day_between(rng, now.day, last[rows]) for name, rows in hit.items()}
    begin_long_term(world, now, hit["long_term_at_home"], day["long_term_at_home"])
    other_requests(world, now, hit["other_request"], day["other_request"])
    enter_care_home(world, now, hit["care_home_move"], day["care_home_move"])
    run_out_of_money(world, now, last)
    end_support(world, now, last)
    review(world, now, last)
