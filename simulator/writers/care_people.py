"""The person's part of a row of Client Level Data: identifiers, address, accommodation, impairments."""

import numpy as np

from simulator import written
from simulator.landed import Landing
from simulator.log import Array
from simulator.timeline import NO_DAY
from simulator.world import World
from simulator.writers import codes
from simulator.written import Written

OPEN_ENDED = 2**30
"""Later than any day."""


def person_columns(
    landing: Landing, who: Array, day: Array, rng: np.random.Generator, dirt: np.random.Generator
) -> dict[str, object]:
    """Who each event is about, and what the council has on them: columns of the specification, the hidden
    ones of their defects, and `true:subject`."""
    world = landing.world
    people, place, age = world.people, landing.address_row(who, day), world.age(who, day)
    dementia = world.has("dementia", who, age) & people["diagnosed"][who]
    unknown = rng.random(len(who)) < 0.08
    return {
        **_identifiers(landing, who, rng, dirt),
        **_postcodes(landing, who, day, place, dirt).columns("Postcode"),
        "Accommodation Status": np.where(unknown, "Unknown", _accommodation(world, place)),
        "Has Unpaid Carer": _has_carer(world, who, day, rng),
        "Visual Impairment": np.where(
            world.has("sight_loss", who, age), "Partial sight/sight impaired", "No visual impairment"
        ),
        "Hearing Impairment": np.where(
            world.has("hearing_loss", who, age), "Hard of hearing", "No hearing impairment"
        ),
        "Dementia": np.where(unknown, "Unknown", np.where(dementia, "Yes", "No")),
        "Primary Support Reason": _reason(world, who, age, dementia, rng),
        "true:subject": who,
    }


def _identifiers(
    landing: Landing, who: Array, rng: np.random.Generator, dirt: np.random.Generator
) -> dict[str, object]:
    """Numbers, names, birth, sex and ethnic group, as the council's system has each person in every row; a
    few have a second identifier on some rows."""
    people, doses, everybody = landing.world.people, landing.doses, np.arange(landing.world.people.size)
    numbers = landing.nhs_numbers("cld", everybody, doses.no_nhs_number_cld, dirt).of(who)
    spare = landing.la_id[np.minimum(who + people.size, len(landing.la_id) - 1)]
    second = (dirt.random(people.size) < doses.second_la_id)[who] & (dirt.random(len(who)) < 0.5)
    unstated = (rng.random(people.size) < 0.07)[who]
    ethnicity = np.array(codes.ETHNICITIES)[people["ethnicity"][who]]
    return {
        **written.through_a_spreadsheet(numbers, dirt, doses).columns("NHS Number"),
        **Written(landing.la_id[who])
        .with_text(second, spare, "second_la_id")
        .columns("LA Person Unique Identifier"),
        **landing.given_names(dirt).of(who).columns("First Name"),
        **landing.family_names("cld", dirt).of(who).columns("Last Name"),
        "GP Practice Code": landing.practice[who],
        "Gender": np.where(people["female"][who], "Female", "Male"),
        "Ethnicity": np.where(unstated, "No data: Undeclared or not known", ethnicity),
        **landing.births(dirt).of(who).columns("Date of Birth"),
    }


def _postcodes(landing: Landing, who: Array, day: Array, place: Array, dirt: np.random.Generator) -> Written:
    """Postcodes on the day of each event; of a few people as they were when social care first knew them, of
    some as they were months before."""
    count, doses, book = landing.world.people.size, landing.doses, landing.addresses
    u, months = dirt.random(count)[who], dirt.integers(60, 300, count)[who]
    first = np.full(count, OPEN_ENDED)
    np.minimum.at(first, who, day)
    never, late = u < doses.move_never_told, u > 1 - doses.move_told_late
    told = np.select([never, late], [first[who], np.maximum(day - months, first[who])], day)
    then = landing.address_row(who, told)
    right, old = (np.where(p >= 0, book.postcode[np.maximum(p, 0)], "") for p in (place, then))
    stale = (place >= 0) & (then >= 0) & (old != right)
    known = Written(right).with_text(stale & never, old, "move_never_told")
    return known.with_text(stale & late, old, "move_told_late")


def _accommodation(world: World, place: Array) -> Array:
    d, homes = world.dwellings, len(world.dwellings.area)
    at = np.clip(place, 0, homes - 1)
    kind = np.where(d.sheltered[at], 4, d.tenure[at])
    in_home = place >= homes
    kind = np.where(
        in_home,
        np.where(world.care_homes.nursing[np.clip(place - homes, 0, len(world.care_homes.area) - 1)], 6, 5),
        kind,
    )
    return np.where(place < 0, "Unknown", np.array(codes.ACCOMMODATION)[kind])


def _has_carer(world: World, who: Array, day: Array, rng: np.random.Generator) -> Array:
    """Recorded for six in ten who have one; `No` is written for many who do (data_specs.md 1.6)."""
    links = world.carings
    first, last = np.full(world.people.size, OPEN_ENDED), np.full(world.people.size, NO_DAY)
    np.minimum.at(first, links["person"], links["day"])
    np.maximum.at(last, links["person"], np.where(links["until"] == NO_DAY, OPEN_ENDED, links["until"]))
    cared = (first[who] <= day) & (day < last[who])
    cared |= world.people["carer_elsewhere"][who] & (world.age(who, day) > 78)
    told = rng.random(len(who))
    return np.where(cared & (told < 0.6), "Yes", np.where(told < 0.8, "No", "Unknown"))


def _reason(world: World, who: Array, age: Array, dementia: Array, rng: np.random.Generator) -> Array:
    other = np.searchsorted([0.68, 0.94, 0.97], rng.random(world.people.size))[who]
    younger = world.has("learning_disability", who, age)
    mental = world.has("serious_mental_illness", who, age)
    number = np.select([younger, dementia, mental, other <= 1], [3, 2, 4, other], np.where(other == 2, 5, 6))
    return np.array(codes.SUPPORT_REASONS)[number]
