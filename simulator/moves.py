"""Births, moves, partings, pairings and newcomers: who lives in which dwelling."""

import numpy as np

from simulator import rates
from simulator.health import day_between
from simulator.log import Array
from simulator.population import CHILD, HEAD, HEAD_BANDS, OTHER, PARTNER, compose, draw_heads
from simulator.timeline import NO_DAY
from simulator.world import World, add_people, append_people, leave_residence

NEWLY_EMPTY_DAYS = 45
"""A home stays empty at least so long after its last people leave (assumed)."""
LEAVES_PARENTS, PARTS, PAIRS, JOINS_FAMILY = 0.09, 0.009, 0.075, 0.03
"""Yearly chances: a grown child at 18-34 leaves; a couple under 65 parts; a lone adult under 62 finds
a partner; a frail
lone older person moves in with family (all assumed)."""


LEAVES_COUNTY = 0.7  # share of them who leave the county (assumed)


def resettle(world: World, first: int, last: int) -> None:
    """All changes of address within one month."""
    promote_heads(world)
    _note_empty(world, first)
    _move_households(world, first, last)
    _leave_parents(world, first, last)
    _part(world, first, last)
    _pair(world, first, last)
    _join_family(world, first, last)
    _bear(world, first, last)
    promote_heads(world)
    pay_off(world, first, 0.02, 0.03)
    _fill(world, first, last)


def at_home(world: World) -> Array:
    """Row numbers of residents outside care homes."""
    people = world.people
    return np.flatnonzero(people["resident"] & ~people["in_care_home"])


def promote_heads(world: World) -> None:
    """Every occupied dwelling has one head: where none is left, its eldest becomes one."""
    people, who = world.people, at_home(world)
    order = np.lexsort((people["born"][who], people["role"][who], people["home"][who]))
    who = who[order]
    first = np.flatnonzero(np.diff(people["home"][who], prepend=-1))
    people["role"][who[first]] = HEAD
    rest = np.setdiff1d(np.arange(len(who)), first, assume_unique=True)
    extra = rest[people["role"][who[rest]] == HEAD]
    people["role"][who[extra]] = OTHER


def occupied(world: World) -> Array:
    """Whether each dwelling has anybody in it."""
    return np.bincount(world.people["home"][at_home(world)], minlength=len(world.dwellings.area)) > 0


def _note_empty(world: World, day: int) -> None:
    full = occupied(world)
    newly = ~full & (world.vacated == NO_DAY)
    world.vacated[newly] = day
    world.vacated[full] = NO_DAY


def _vacant(world: World, day: int) -> Array:
    """Homes free to move into, in random order."""
    free = np.flatnonzero(~occupied(world) & (world.vacated < day - NEWLY_EMPTY_DAYS))
    return world.rng.permutation(free)


def rehouse(world: World, who: Array, homes: Array, household: Array, day: Array) -> None:
    """Move each person to a dwelling and household on a day."""
    people = world.people
    day = leave_residence(world, who, day)
    people["home"][who], people["household"][who] = homes, household
    world.residences.add(len(who), person=who, home=homes, household=household, since=day, until=NO_DAY)


def depart(world: World, who: Array, day: Array) -> None:
    """Leave the county for good."""
    people = world.people
    day = leave_residence(world, who, day)
    people["resident"][who], people["left"][who] = False, day
    partner = people["partner"][who]
    people["partner"][partner[partner >= 0]] = -1


def _move_households(world: World, first: int, last: int) -> None:
    people, rng = world.people, world.rng
    heads = at_home(world)
    heads = heads[people["role"][heads] == HEAD]
    chance = rates.curve(world.age(heads, first), rates.MOVES) / 12
    movers = heads[rng.random(len(heads)) < chance]
    stays = rng.random(len(movers)) < rates.MOVES_STAY_IN_COUNCIL
    day = day_between(rng, first, np.full(len(movers), last))
    _move_all(world, movers[stays], day[stays])
    members, index = _members(world, movers[~stays])
    depart(world, members, day[~stays][index])


def _members(world: World, heads: Array) -> tuple[Array, Array]:
    """Everyone in the dwellings of `heads`, and for each the position of the head."""
    position = np.full(len(world.dwellings.area), -1)
    position[world.people["home"][heads]] = np.arange(len(heads))
    who = at_home(world)
    at = position[world.people["home"][who]]
    return who[at >= 0], at[at >= 0]


def _move_all(world: World, heads: Array, day: Array) -> None:
    """Whole households to empty homes; older people living alone take sheltered flats first."""
    age = world.age(heads, day)
    homes = _vacant(world, int(day.min()) if len(day) else 0)
    sheltered = world.dwellings.sheltered[homes]
    old = age > 68
    order = np.argsort(~old, kind="stable")
    homes = np.concatenate([homes[sheltered], homes[~sheltered]])
    skip = int(sheltered.sum()) - min(int(sheltered.sum()), int(old.sum()))
    takes_sheltered = min(int(sheltered.sum()), int(old.sum()))
    homes = np.concatenate([homes[:takes_sheltered], homes[takes_sheltered + skip :]])
    count = min(len(homes), len(heads))
    chosen = order[:count]
    homes[takes_sheltered:count] = _likely_homes(
        world, age[chosen[takes_sheltered:]], homes[takes_sheltered:count]
    )
    members, index = _members(world, heads[chosen])
    household = world.people["household"][members]
    rehouse(world, members, homes[:count][index], household, day[chosen][index])


def _likely_homes(world: World, age: Array, homes: Array) -> Array:
    """The same homes, the older heads where the older live: by rank, with much chance."""
    middle = np.array(HEAD_BANDS) + 2.5
    usual = (world.heads[world.dwellings.area[homes]] * middle).sum(1)
    by_home = np.argsort(usual + world.rng.normal(0, 2.0, len(homes)), kind="stable")
    by_head = np.argsort(age + world.rng.normal(0, 10.0, len(age)), kind="stable")
    placed = np.empty_like(homes)
    placed[by_head] = homes[by_home]
    return placed


def pay_off(world: World, day: int, paid_share: float, taken_share: float) -> None:
    """Owners past sixty pay off their mortgages, and those who buy young take one up."""
    people, tenure = world.people, world.dwellings.tenure
    heads = at_home(world)
    heads = heads[people["role"][heads] == HEAD]
    home, age, luck = people["home"][heads], world.age(heads, day), world.rng.random(len(heads))
    tenure[home[(tenure[home] == 1) & (age > 60) & (luck < paid_share)]] = 0
    tenure[home[(tenure[home] == 0) & (age < 48) & (luck > 1 - taken_share)]] = 1


def _leave_parents(world: World, first: int, last: int) -> None:
    people, rng, who = world.people, world.rng, at_home(world)
    age = world.age(who, first)
    grown = (people["role"][who] == CHILD) & (age >= 18) & (age < 35)
    leavers = who[grown & (rng.random(len(who)) < LEAVES_PARENTS / 12)]
    day = day_between(rng, first, np.full(len(leavers), last))
    away = rng.random(len(leavers)) < LEAVES_COUNTY
    depart(world, leavers[away], day[away])
    _live_alone(world, leavers[~away], day[~away])


def _live_alone(world: World, who: Array, day: Array) -> None:
    """Each person to an empty home of their own, as a household of its own."""
    homes = _vacant(world, int(day.min()) if len(day) else 0)
    homes = homes[~world.dwellings.sheltered[homes]][: len(who)]
    who, day = who[: len(homes)], day[: len(homes)]
    household = world.households + np.arange(len(who))
    world.households += len(who)
    rehouse(world, who, homes, household, day)
    world.people["role"][who] = HEAD


def _part(world: World, first: int, last: int) -> None:
    people, rng, who = world.people, world.rng, at_home(world)
    young = (world.age(who, first) < 65) & (people["role"][who] == PARTNER) & (people["partner"][who] >= 0)
    parting = who[young & (rng.random(len(who)) < PARTS / 12)]
    people["partner"][people["partner"][parting]] = -1
    people["partner"][parting] = -1
    day = day_between(rng, first, np.full(len(parting), last))
    away = rng.random(len(parting)) < 0.4
    depart(world, parting[away], day[away])
    _live_alone(world, parting[~away], day[~away])


def _pair(world: World, first: int, last: int) -> None:
    """Lone men and women of like age move in together; the one moves to the other's home."""
    people, rng, who = world.people, world.rng, at_home(world)
    crowd = np.bincount(people["home"][who], minlength=len(world.dwellings.area))
    age = world.age(who, first)
    single = who[
        (crowd[people["home"][who]] == 1) & (age > 19) & (age < 62) & (rng.random(len(who)) < PAIRS / 12)
    ]
    women = single[people["female"][single]]
    men = single[~people["female"][single]]
    count = min(len(women), len(men))
    women = np.sort(women)[:count]
    men = np.sort(men)[:count]
    women, men = (
        women[np.argsort(people["born"][women], kind="stable")],
        men[np.argsort(people["born"][men], kind="stable")],
    )
    day = day_between(rng, first, np.full(count, last))
    rehouse(world, women, people["home"][men].copy(), people["household"][men].copy(), day)
    people["role"][women], people["partner"][women], people["partner"][men] = PARTNER, men, women


def _join_family(world: World, first: int, last: int) -> None:
    people, rng, who = world.people, world.rng, at_home(world)
    age = world.age(who, first)
    crowd = np.bincount(people["home"][who], minlength=len(world.dwellings.area))
    frail = people["vigour"][who] + people["acute"][who] > 0.8
    old = (age > 72) & (crowd[people["home"][who]] == 1) & frail & (people["support"][who] == 0)
    movers = who[old & (rng.random(len(who)) < JOINS_FAMILY / 12)]
    hosts = who[(people["role"][who] == HEAD) & (age > 42) & (age < 62)]
    hosts = rng.permutation(hosts)[: len(movers)]
    movers = movers[: len(hosts)]
    day = day_between(rng, first, np.full(len(movers), last))
    rehouse(world, movers, people["home"][hosts].copy(), people["household"][hosts].copy(), day)
    people["role"][movers] = OTHER


def _bear(world: World, first: int, last: int) -> None:
    """Births to women in couples mostly; a few are twins, born on one day."""
    people, rng, who = world.people, world.rng, at_home(world)
    age = world.age(who, first)
    yearly = np.interp(age, (17, 22, 30, 36, 43, 45), (0, 0.055, 0.125, 0.09, 0.012, 0), left=0, right=0)
    yearly = yearly * np.where(people["partner"][who] >= 0, 1.35, 0.35) * people["female"][who]
    mothers = who[rng.random(len(who)) < yearly / 12]
    mothers = np.repeat(mothers, 1 + (rng.random(len(mothers)) < 0.016))
    born = day_between(rng, first, np.full(len(mothers), last))
    twin = np.flatnonzero(np.diff(mothers, prepend=-1) == 0)
    born[twin] = born[twin - 1]
    rows = append_people(
        world,
        len(mothers),
        born,
        rng.random(len(mothers)) < 0.488,
        people["group"][mothers],
        people["family"][mothers],
        born,
    )
    people = world.people
    for name in ("home", "household"):
        people[name][rows] = people[name][mothers]
    people["role"][rows] = CHILD
    world.residences.add(
        len(rows),
        person=rows,
        home=people["home"][rows],
        household=people["household"][rows],
        since=born,
        until=NO_DAY,
    )


def _fill(world: World, first: int, last: int) -> None:
    """Newcomers take empty homes until only the usual share is empty, of ages that the area lacks."""
    homes = _vacant(world, first)
    full = occupied(world)
    spare = int((~full).sum() - round(rates.EMPTY_SHARE * len(full)))
    homes = homes[: max(0, min(spare, len(homes)))]
    if not len(homes):
        return
    area = world.dwellings.area[homes]
    shares = world.heads[area] * _lacking(world, first)[area] * _suits(world, homes)
    newcomers = compose(draw_heads(shares / shares.sum(1, keepdims=True), world.rng), world.rng)
    day = int(world.rng.integers(first, last + 1))
    add_people(world, newcomers, homes, day)


def _lacking(world: World, day: int) -> Array:
    """Areas × head bands: more than 1 where the county has fewer such households than at first, and
    the chance of moving."""
    people, who = world.people, at_home(world)
    heads = who[people["role"][who] == HEAD]
    band = np.clip((world.age(heads, day) - HEAD_BANDS[0]) // 5, 0, len(HEAD_BANDS) - 1).astype(int)
    area = world.dwellings.area[people["home"][heads]]
    now = np.zeros(world.heads.shape)
    np.add.at(now, (area, band), 1)
    target = world.heads * np.maximum(now.sum(1, keepdims=True), 1)
    local = (target + 4) / (now + 4)
    overall = (target.sum(0) + 4) / (now.sum(0) + 4)
    moves = rates.curve(np.array(HEAD_BANDS) + 2.5, rates.MOVES)
    return np.clip(local**2 * overall**4, 0.02, 20.0) * np.sqrt(moves)


def _suits(world: World, homes: Array) -> Array:
    """Homes × head bands: private lets for the young, owned homes for the older, sheltered flats for
    the old alone."""
    middle = np.array(HEAD_BANDS) + 2.5
    tenure = world.dwellings.tenure[homes][:, None]
    tilt = np.select(
        [tenure == 2, tenure <= 1], [np.exp(-(middle - 45) / 30), np.exp((middle - 50) / 60)], 1.0
    )
    return np.where(world.dwellings.sheltered[homes][:, None], np.where(middle > 65, 1.0, 0.001), tilt)
