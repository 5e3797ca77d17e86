"""The state of the county while it is lived: people, homes, and the logs of all that happened."""

from dataclasses import dataclass, field

import numpy as np

from simulator import names, rates
from simulator.care_homes import CareHomes
from simulator.effects import Effects
from simulator.geography import County
from simulator.housing import Dwellings, Streets
from simulator.log import Array, Log
from simulator.population import Members
from simulator.timeline import NO_DAY
from simulator.worlds import Plan

NAMED_AFTER_FATHER = 0.03  # share of sons (assumed)
NOT_SUPPORTED, AT_HOME, RESIDENTIAL, NURSING = 0, 1, 2, 3
"""Council-arranged long-term support of a person at a moment."""


def new_people() -> Log:
    """One row a person who ever lived in the county; days are day numbers, NO_DAY for never."""
    return Log(
        born="i4",
        died="i4",
        left="i4",
        arrived="i4",
        female="?",
        group="i1",
        ethnicity="i1",
        given="O",
        family="O",
        home="i4",
        care_home="i4",
        household="i4",
        role="i1",
        partner="i4",
        resident="?",
        in_care_home="?",
        self_funder="?",
        vigour="f8",
        measured_z="f8",
        acute="f8",
        luck="f8",
        support="i1",
        support_row="i4",
        served_until="i4",
        pending="i4",
        in_hospital_until="i4",
        discharged="i4",
        last_emergency="i4",
        last_fall="i4",
        bereaved="i4",
        carer_elsewhere="?",
        care_rank="f4",
        cares_for="i4",
        carer="i4",
        strain="f8",
        caring_row="i4",
        care_home_since="i4",
        breakdown="i4",
        last_review="i4",
        diagnosed="?",
    )


@dataclass
class World:
    """Everything that changes. `rng` is the one source of chance; `onset` holds each person's age of
    each condition."""

    county: County
    streets: Streets
    dwellings: Dwellings
    care_homes: CareHomes
    heads: Array
    plan: Plan
    rng: np.random.Generator
    people: Log = field(default_factory=new_people)
    onset: dict[str, Array] = field(default_factory=dict)
    residences: Log = field(
        default_factory=lambda: Log(
            person="i4", home="i4", household="i4", since="i4", until="i4", care_home="?"
        )
    )
    admissions: Log = field(
        default_factory=lambda: Log(
            person="i4", day="i4", until="i4", emergency="?", fall="?", died="?", frail="?"
        )
    )
    attendances: Log = field(default_factory=lambda: Log(person="i4", day="i4", admitted="?", fall="?"))
    requests: Log = field(
        default_factory=lambda: Log(person="i4", day="i4", until="i4", route="i1", sequel="i1", carer="?")
    )
    assessments: Log = field(
        default_factory=lambda: Log(person="i4", day="i4", until="i4", long_term="?", eligible="?", carer="?")
    )
    services: Log = field(
        default_factory=lambda: Log(
            person="i4",
            day="i4",
            until="i4",
            kind="i1",
            component="i1",
            delivery="?",
            hours="f8",
            price="f8",
            double="?",
            provider="i4",
            why_ended="i1",
        )
    )
    carings: Log = field(default_factory=lambda: Log(person="i4", carer="i4", day="i4", until="i4"))
    reviews: Log = field(default_factory=lambda: Log(person="i4", day="i4", reason="i1", carer="?"))
    multipliers: dict[str, Array] = field(default_factory=dict)
    frozen: bool = False
    truth: list[dict[str, Array]] = field(default_factory=list)
    households: int = 0
    vacated: Array = field(default_factory=lambda: np.empty(0, dtype="i4"))

    @property
    def effects(self) -> Effects:
        """How much each circumstance raises each chance here."""
        return self.plan.effects

    def lean(self, who: Array) -> Array:
        """How much frailer than their age, in standard deviations, the people's areas are."""
        return self.plan.lean[self.dwellings.area[self.people["home"][who]]]

    def age(self, who: Array, day: int | Array) -> Array:
        """Age in years of people (row numbers) on a day."""
        return (day - self.people["born"][who]) / 365.25

    def residents(self) -> Array:
        """Row numbers of those who live in the county now."""
        return np.flatnonzero(self.people["resident"])

    def has(self, condition: str, who: Array, age: Array) -> Array:
        """Whether each person has the condition at that age."""
        return self.onset[condition][who] <= age


def add_people(world: World, members: Members, homes: Array, day: int) -> Array:
    """Take new households in: person rows for their members, living at `homes` (one a household) from
    `day`."""
    rng, county = world.rng, world.county
    count, groups = len(members.age), len(homes)
    area = world.dwellings.area[homes]
    minority = rng.random(groups) < county.minority[area]
    group = np.where(minority, np.where(rng.random(groups) < 0.6, 1, 2), 0)
    family = names.family_names(group, rng)
    of = members.household
    apart = (members.role == 3) | ((members.role == 1) & (rng.random(count) < 0.12))
    surname = np.where(apart, names.family_names(group[of], rng), family[of])
    born = (day - np.round(members.age * 365.25)).astype(int)
    rows = append_people(world, count, born, members.female, group[of], surname, day)
    people = world.people
    people["home"][rows], people["household"][rows] = homes[of], world.households + of
    people["vigour"][rows] += world.lean(rows)
    people["role"][rows] = members.role
    people["partner"][rows] = np.where(members.partner >= 0, rows[0] + members.partner, -1) if count else -1
    _name_after_father(world, rows, members)
    world.residences.add(
        count, person=rows, home=homes[of], household=people["household"][rows], since=day, until=NO_DAY
    )
    world.households += groups
    return rows


def _name_after_father(world: World, rows: Array, members: Members) -> None:
    """A few sons carry their father's name in full, at one address: the hardest case for linkage."""
    people = world.people
    father = np.full(members.household.max() + 1 if len(rows) else 0, -1)
    grown_men = ~members.female & (members.role <= 1)
    father[members.household[grown_men]] = rows[grown_men]
    chance = world.rng.random(len(rows)) < NAMED_AFTER_FATHER
    son = chance & ~members.female & (members.role == 2) & (father[members.household] >= 0)
    people["given"][rows[son]] = people["given"][father[members.household[son]]]
    people["family"][rows[son]] = people["family"][father[members.household[son]]]


def append_people(
    world: World, count: int, born: Array, female: Array, group: Array, family: Array, day: int | Array
) -> Array:
    """Rows for new people with what is theirs from birth: names, ethnicity, onsets of conditions."""
    rng = world.rng
    rows = world.people.add(
        count,
        born=born,
        female=female,
        group=group,
        given=names.given_names(female, 1970 + born // 365.25, group, rng),
        family=family,
        arrived=day,
        resident=True,
        partner=-1,
        carer=-1,
        cares_for=-1,
        support_row=-1,
        pending=NO_DAY,
        care_home=-1,
        vigour=rng.normal(0, 1, count),
        luck=rng.normal(0, 1, count),
        died=NO_DAY,
        left=NO_DAY,
        in_hospital_until=NO_DAY,
        discharged=NO_DAY,
        last_emergency=NO_DAY,
        last_fall=NO_DAY,
        bereaved=NO_DAY,
        breakdown=NO_DAY,
        last_review=NO_DAY,
        care_home_since=NO_DAY,
        diagnosed=rng.random(count) < rates.DEMENTIA_DIAGNOSED,
        ethnicity=_ethnicity(group, rng),
        carer_elsewhere=rng.random(count) < 0.5,
        care_rank=rng.random(count),
    )
    _draw_onsets(world, rows)
    return rows


def _ethnicity(group: Array, rng: np.random.Generator) -> Array:
    """Number of a CLD ethnicity (writers.codes.ETHNICITIES) that goes with the name group."""
    choice = rng.random(len(group))
    british = np.where(choice < 0.95, 0, np.where(choice < 0.965, 1, 4))
    asian = 9 + (choice * 5).astype(int)
    other = np.array([4, 5, 6, 8, 14, 15, 16, 17])[(choice * 8).astype(int)]
    return np.select([group == 0, group == 1], [british, asian], other)


def _draw_onsets(world: World, rows: Array) -> None:
    """The age at which each condition comes: each person's rank, tied to vigour, against prevalence by
    age."""
    rng = world.rng
    ages = np.arange(0, 111)
    for name, knots in rates.CONDITIONS.items():
        rank = 0.35 * world.people["vigour"][rows] + 0.94 * rng.normal(0, 1, len(rows))
        threshold = 1 - _normal_cdf(rank)
        onset = np.interp(
            threshold, np.maximum.accumulate(rates.curve(ages, knots)) + 1e-9 * ages, ages, right=999.0
        )
        held = world.onset.get(name, np.empty(0, dtype="f4"))
        world.onset[name] = np.concatenate([held, onset.astype("f4")])


def _normal_cdf(z: Array) -> Array:
    """Logistic approximation of the normal distribution, good to 0.01."""
    return 1 / (1 + np.exp(-1.702 * z))


def leave_residence(world: World, who: Array, day: Array) -> Array:
    """Close the open residence of each person named, and return the days: never before it was begun."""
    residences = world.residences
    open_row = np.full(world.people.size, -1)
    rows = np.flatnonzero(residences["until"] == NO_DAY)
    open_row[residences["person"][rows]] = rows
    closed = np.maximum(day, residences["since"][open_row[who]])
    residences["until"][open_row[who]] = closed
    return closed
