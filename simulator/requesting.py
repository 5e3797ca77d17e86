"""Requests for help and what follows: reablement, assessment, short-term help, a first step to
long-term support."""

from functools import cache

import numpy as np

from simulator import rates
from simulator.hazards import Circumstances
from simulator.kinds import (
    COMMUNITY,
    COMPONENTS,
    DISCHARGE,
    K_LOW,
    K_SHORT,
    K_ST_MAX,
    LONG_TERM,
    SELF_FUNDER,
    SHORT_TERM,
)
from simulator.log import Array
from simulator.support import draw_number, serve
from simulator.world import World


def route_of(world: World, now: Circumstances, rows: Array) -> Array:
    """Discharge where the person lately left hospital, else mostly community (rates.md 1 "Route")."""
    lately = now.values["after_discharge"][rows] > 0.2
    share = np.where(now.age[rows] >= 65, 0.95, 0.85)
    discharge = lately & (world.rng.random(len(rows)) < share)
    return np.where(discharge, DISCHARGE, COMMUNITY)


def begin_long_term(world: World, now: Circumstances, rows: Array, day: Array) -> None:
    """Request, perhaps reablement, assessment; the support itself starts weeks later (`start_due`)."""
    rng, who = world.rng, now.who[rows]
    count = len(who)
    reabled = rng.random(count) < rates.THROUGH_REABLEMENT
    now.happened["reabled"] = rows[reabled]
    answered = day + rng.integers(1, 9, count)
    world.requests.add(
        count,
        person=who,
        day=day,
        until=answered,
        route=route_of(world, now, rows),
        sequel=np.where(reabled, rates.SEQUELS.index("st_max"), LONG_TERM),
    )
    reablement_from = answered + rng.integers(0, 5, count)
    reablement_to = reablement_from + np.clip(np.round(rng.normal(38, 9, count)), 10, 60).astype(int)
    serve(world, who[reabled], reablement_from[reabled], K_ST_MAX, "reablement", until=reablement_to[reabled])
    assessed = np.where(reabled, reablement_to - 3, answered + rng.integers(2, 15, count))
    world.assessments.add(
        count,
        person=who,
        day=assessed,
        until=assessed + rng.integers(1, 6, count),
        long_term=True,
        eligible=True,
    )
    world.people["pending"][who] = np.where(reabled, reablement_to + 1, assessed + rng.integers(3, 13, count))


def other_requests(world: World, now: Circumstances, rows: Array, day: Array) -> None:
    """Requests that do not lead to long-term support, and the short-term help some of them bring."""
    rng, who = world.rng, now.who[rows]
    count = len(who)
    older = now.age[rows] >= 65
    sequel = np.where(
        older,
        draw_number(rng, rates.SEQUEL_SHARES, count),
        draw_number(rng, rates.SEQUEL_SHARES_YOUNGER, count),
    )
    needy = (
        (now.values["frailty"][rows] > 0.8)
        & (sequel == rates.SEQUELS.index("no_service"))
        & (rng.random(count) < 0.25)
    )
    sequel = np.where(needy, rates.SEQUELS.index("st_max"), sequel)
    now.happened["st_max"] = rows[sequel == rates.SEQUELS.index("st_max")]
    until = day + rng.geometric(0.15, count)
    route = np.where(sequel == rates.SEQUELS.index("self_funder"), SELF_FUNDER, route_of(world, now, rows))
    world.requests.add(count, person=who, day=day, until=until, route=route, sequel=sequel)
    looked_at = rng.random(count) < np.where(sequel <= 2, 0.85, 0.3)
    world.assessments.add(
        int(looked_at.sum()),
        person=who[looked_at],
        day=until[looked_at],
        until=until[looked_at] + rng.integers(1, 12, int(looked_at.sum())),
        long_term=rng.random(int(looked_at.sum())) < 0.3,
        eligible=False,
    )
    start = until + rng.integers(0, 8, count)
    for number, kind, parts, days in _SHORT_HELP:
        mine = np.flatnonzero(sequel == number)
        part = np.array([COMPONENTS.index(p) for p in parts])[rng.integers(0, len(parts), len(mine))]
        serve(world, who[mine], start[mine], kind, part, until=start[mine] + rng.integers(*days, len(mine)))
    held = np.flatnonzero((sequel == 0) & (rng.random(count) < REABLEMENT_REVIEWED))
    world.reviews.add(len(held), person=who[held], day=start[held] + 20, reason=SHORT_TERM)


_SHORT_HELP = (
    (0, K_ST_MAX, ("reablement",), (21, 43)),
    (1, K_LOW, ("equipment",), (200, 1500)),
    (2, K_SHORT, ("short_residential", "emergency"), (7, 40)),
)
REABLEMENT_REVIEWED = 0.25  # share with a review of the short-term support (assumed)


@cache
def delay_months() -> Array:
    """Chance that support decided on has begun within 0, 1 … 24 months, the days of `begin_long_term` drawn
    many times over and the decision falling anywhere in its month."""
    rng, count = np.random.default_rng(17), 100_000
    answered = rng.integers(1, 9, count)
    short = np.clip(np.round(rng.normal(38, 9, count)), 10, 60)
    reabled = answered + rng.integers(0, 5, count) + short + 1
    direct = answered + rng.integers(2, 15, count) + rng.integers(3, 13, count)
    days = np.where(rng.random(count) < rates.THROUGH_REABLEMENT, reabled, direct)
    months = (days + rng.random(count) * 30.4) / 30.4375
    return (months[:, None] <= np.arange(25)).mean(0)
