"""The county lived month by month, from an even start through a burn-in to the last day."""

from collections.abc import Callable
from itertools import pairwise

import numpy as np

from simulator import care, caring, health, kinds, moves, rates, residential, support
from simulator.care_homes import build_care_homes
from simulator.geography import AGE_BANDS, County
from simulator.hazards import Circumstances, circumstances, counted_deficits, frailty, measured_z
from simulator.housing import Dwellings, build_dwellings
from simulator.log import Array
from simulator.oracle import GP_NOISE_SD, Observer
from simulator.population import compose, draw_heads, head_shares
from simulator.timeline import BURN_IN_MONTHS, NO_DAY, Timeline
from simulator.world import World, add_people, leave_residence
from simulator.worlds import Plan

TRUTH_EVERY_MONTHS = 6
OLDER_AT_FIRST, OLDEST_AT_FIRST = 0.84, 0.58  # 65-84 and 85+ (assumed; seen to fit in runs)


def live(
    county: County,
    households: int,
    timeline: Timeline,
    plan: Plan,
    rng: np.random.Generator,
    progress: Callable[[str], None] | None = None,
    observer: Observer | None = None,
) -> World:
    """The whole life of the county: everything that happened, in the logs of the World returned.

    `observer` watches what files could show of the recorded months, and gives its chances in `foreseen`.
    """
    starts = timeline.month_starts
    world = found(county, households, starts[0], plan, rng)
    for month, (first, after) in enumerate(pairwise(starts)):
        world.frozen = month >= BURN_IN_MONTHS
        if progress and month % 12 == 0:
            progress(f"Living month {month + 1} of {len(starts) - 1}")
        note = world.frozen and (month - BURN_IN_MONTHS) % TRUTH_EVERY_MONTHS == 0
        _month(world, first, after - 1, note, observer if world.frozen else None)
    now = circumstances(world, starts[-1])
    _note_truth(world, now, observer)
    _ask(world, now, observer)
    if observer:
        observer.forget()
    settle(world)
    return world


def found(county: County, households: int, day: int, plan: Plan, rng: np.random.Generator) -> World:
    """The county on its first day: homes, households in them, and the care that is already under way."""
    streets, dwellings = build_dwellings(county, households, rng)
    shares = head_shares(county.ages * _younger_at_first(), rng)
    older = float((county.ages[:, 13:].sum() / county.ages.sum()) * households * rates.PEOPLE_PER_HOUSEHOLD)
    homes = build_care_homes(county, streets, max(older * 0.025, 4.0), rng)
    world = World(county, streets, dwellings, homes, shares, plan, rng)
    world.vacated = np.full(len(dwellings.area), NO_DAY)
    lived_in = np.sort(rng.permutation(len(dwellings.area))[:households])
    heads = draw_heads(shares[dwellings.area[lived_in]], rng)
    place = _match_homes(dwellings, lived_in, heads, rng)
    _backdate(world, add_people(world, compose(heads, rng), place, day), day)
    moves.pay_off(world, day, 0.75, 0.6)
    _care_under_way(world, day)
    return world


def _younger_at_first() -> Array:
    """What each age band's share is multiplied by at the start, so that the county has its ages when it is
    recorded, years later: those who settle age where they are."""
    band = np.arange(len(AGE_BANDS))
    return np.where(band >= 17, OLDEST_AT_FIRST, np.where(band >= 13, OLDER_AT_FIRST, 1.0))


def _match_homes(dwellings: Dwellings, homes: Array, heads: Array, rng: np.random.Generator) -> Array:
    """A home for each head within its own area, by rank: older heads own outright or live in sheltered
    flats."""
    likes = np.array([64.0, 41.0, 37.0, 51.0])[dwellings.tenure[homes]] + rng.normal(0, 13, len(homes))
    likes = np.where(dwellings.sheltered[homes], 84 + rng.normal(0, 4, len(homes)), likes)
    area = dwellings.area[homes]
    by_home = np.lexsort((likes, area))
    by_head = np.lexsort((heads + rng.normal(0, 6, len(heads)), area))
    place = np.empty(len(homes), dtype=int)
    place[by_head] = homes[by_home]
    return place


def _backdate(world: World, rows: Array, day: int) -> None:
    """People founded on day one moved in years before: household by household, longer for the old;
    nobody before birth."""
    people, rng = world.people, world.rng
    years = rng.gamma(1.3, 1.0, world.households)[people["household"][rows]] * np.interp(
        world.age(rows, day), (20, 70), (2, 12)
    )
    head = np.full(world.households, NO_DAY)
    since = (day - 30 - years * 365).astype(int)
    heads = rows[people["role"][rows] == 0]
    head[people["household"][heads]] = since[people["role"][rows] == 0]
    since = np.maximum(np.minimum(head[people["household"][rows]], day - 1), people["born"][rows])
    people["arrived"][rows] = since
    world.residences["since"] = since


def _care_under_way(world: World, day: int) -> None:
    """Some already live in care homes or have support at home (rates.md 1 and 3, by age), the frail first."""
    now, rng = circumstances(world, day), world.rng
    lean = np.exp(0.8 * now.values["frailty"] - 0.32)
    in_home = np.flatnonzero(
        rng.random(len(now.who))
        < np.where(now.adult, rates.curve(now.age, rates.IN_CARE_HOME_SHARE) * _likely_resident(now), 0)
    )
    who, since = now.who[in_home], day - rng.integers(1, 900, len(in_home))
    since = np.maximum(since, world.people["arrived"][who] + 1)
    nursing = rng.random(len(who)) < rates.NURSING_SHARE
    residential.settle_in_care_home(world, who, since, nursing)
    pays = rng.random(len(who)) < np.where(now.age[in_home] >= 65, 0.42, 0.02)
    world.people["self_funder"][who] = pays
    residential.pay_for_care_home(world, who[~pays], since[~pays], nursing[~pays])
    share = np.where(
        now.adult & ~world.people["in_care_home"][now.who],
        rates.curve(now.age, rates.AT_HOME_SHARE) * lean * _service_factor(world, now),
        0,
    )
    rows = np.flatnonzero(rng.random(len(now.who)) < share)
    since = np.maximum(day - rng.integers(1, 800, len(rows)), world.people["arrived"][now.who[rows]] + 1)
    support.start_support(world, now, rows, since)


def _service_factor(world: World, now: Circumstances) -> Array:
    """How much of the usual support there is where each resident lives."""
    return world.plan.service_factor[world.dwellings.area[world.people["home"][now.who]]]


def _likely_resident(now: Circumstances) -> Array:
    """How many times likelier than others of their age people are to live in a care home at the start."""
    planted = 3.3 * now.values["dementia"] + 0.4 * now.values["frailty"]
    weight = np.exp(planted)
    group = np.bincount(now.group, weights=weight) / np.maximum(np.bincount(now.group), 1)
    return weight / group[now.group]


def _month(world: World, first: int, last: int, note: bool, observer: Observer | None) -> None:
    now = circumstances(world, first)
    if note:
        _note_truth(world, now, observer)
    else:
        _meet(world, now, observer)
    _ask(world, now, observer)
    death, emergency, chances = (
        health.death_chance(world, now),
        health.emergency_chances(world, now),
        care.care_chances(world, now),
    )
    dies = world.rng.random(len(death)) < death
    last_day = np.where(dies, health.day_between(world.rng, first, np.full(len(death), last)), last)
    health.admit(world, now, emergency, last_day)
    health.plan(world, now, last_day)
    care.provide(world, now, chances, last_day)
    if observer:
        observer.learn(world, now)
    caring.update_carers(world, now, last_day)
    _bury(world, now.who[dies], last_day[dies])
    moves.resettle(world, first, last)
    health.drift(world, world.residents())


def _bury(world: World, who: Array, day: Array) -> None:
    leave_residence(world, who, day)
    health.die(world, who, day)


def _meet(world: World, now: Circumstances, observer: Observer | None) -> None:
    if observer:
        observer.meet(world, now)


def _ask(world: World, now: Circumstances, observer: Observer | None) -> None:
    if observer and now.day in observer.as_of_days:
        observer.state_chances(world, now)


def _note_truth(world: World, now: Circumstances, observer: Observer | None) -> None:
    """Keep what is true on a day: each person's state and monthly chances, and what the practice measured."""
    people, who = world.people, now.who
    death, emergency = health.death_chance(world, now), health.emergency_chances(world, now)
    chances = care.care_chances(world, now)
    share = frailty(world, who, now.age)
    noise = world.rng.normal(0, GP_NOISE_SD, len(who))
    deficits = counted_deficits(share * np.exp(noise))
    people["measured_z"][who] = measured_z(deficits, now.age)
    _meet(world, now, observer)
    if observer:
        observer.measure(world, now, deficits)
    world.truth.append(
        {
            "day": np.full(len(who), now.day),
            "person": who,
            "household": people["household"][who].copy(),
            "frailty": share,
            "gp_noise": noise,
            "measured_z": people["measured_z"][who].copy(),
            "frailty_z": now.values["frailty"],
            "alone": now.values["alone"] > 0,
            "in_care_home": people["in_care_home"][who].copy(),
            "support": people["support"][who].copy(),
            "support_pending": people["pending"][who] > NO_DAY,
            "dementia": now.values["dementia"] > 0,
            "cold_home": now.values["cold_home"],
            "carer_strain": now.values["carer_strain"],
            "cares": caring.cares(world, who, now.age),
            "hours_per_week": weekly_hours(world, who, now.day),
            "death": death,
            "emergency_admission": 1 - (1 - emergency[0]) * (1 - emergency[1]),
            "fall_admission": (1 - emergency[0]) * emergency[1],
            **chances,
        }
    )
    world.truth[-1] = {name: _narrow(values) for name, values in world.truth[-1].items()}


def _narrow(values: Array) -> Array:
    return values.astype(np.float32) if values.dtype == np.float64 else values


def weekly_hours(world: World, who: Array, day: int) -> Array:
    """Planned hours of council-arranged home care a week on a day; both carers of a double-handed
    visit count."""
    services = world.services
    live = (services["kind"] == kinds.K_COMMUNITY) & (services["component"] == 0) & (services["day"] <= day)
    live &= (services["until"] == NO_DAY) | (services["until"] > day)
    total = np.bincount(
        services["person"][live], weights=services["hours"][live], minlength=world.people.size
    )
    return total[who]


def settle(world: World) -> None:
    """Afterwards: nothing happens to anyone after death or leaving, or before arrival; what was open
    then is closed."""
    people = world.people
    gone = np.where(
        people["died"] > NO_DAY, people["died"], np.where(people["left"] > NO_DAY, people["left"], 2**30)
    )
    health.close_stays(world)
    for name in ("admissions", "attendances", "requests", "assessments", "services", "reviews", "residences"):
        log = getattr(world, name)
        first = "since" if name == "residences" else "day"
        keep = (log[first] <= gone[log["person"]]) & (log[first] >= people["arrived"][log["person"]] - 1)
        log.keep(keep)
        if name in ("requests", "assessments"):
            log["until"] = np.minimum(log["until"], gone[log["person"]])
    _drop_passing_spells(world)
    services = world.services
    leaver = (gone[services["person"]] < 2**30) & (
        (services["until"] == NO_DAY) | (services["until"] > gone[services["person"]])
    )
    services["until"] = np.where(leaver, gone[services["person"]], services["until"])
    died = people["died"][services["person"]] > NO_DAY
    services["why_ended"] = np.where(
        leaver, np.where(died, kinds.DIED, kinds.MOVED_AWAY), services["why_ended"]
    )
    services.keep((services["until"] == NO_DAY) | (services["until"] > services["day"]))


def _drop_passing_spells(world: World) -> None:
    """A home entered and left on the day of entering the next was never lived in."""
    spells = world.residences
    order = np.lexsort((spells["until"] == NO_DAY, spells["since"], spells["person"]))
    person, since, until = (spells[name][order] for name in ("person", "since", "until"))
    again = (person[1:] == person[:-1]) & (since[1:] == since[:-1])
    passing = np.append(again & (until[:-1] == since[:-1]), False)
    keep = np.ones(spells.size, dtype=bool)
    keep[order[passing]] = False
    spells.keep(keep)
