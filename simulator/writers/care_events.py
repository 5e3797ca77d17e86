"""Requests, assessments, services and reviews in the columns of Client Level Data, each with the day
it was recorded."""

import numpy as np
import polars as pl

from simulator import kinds, mess, rates
from simulator.landed import Landing
from simulator.log import Array
from simulator.timeline import NO_DAY, dates
from simulator.world import World
from simulator.writers import codes
from simulator.writers.agencies import providers_of

OPEN_ENDED = 2**30
"""Later than any day."""


def described_events(landing: Landing, rng: np.random.Generator) -> pl.DataFrame:
    """Every event in the columns of the specification, with `recorded` and `end_recorded` days beside
    them."""
    events = _all_events(landing.world)
    who, day = events["person"].to_numpy(), events["day"].to_numpy()
    columns = _person_columns(landing, who, day, rng) | _event_columns(landing, events, rng) | _money(events)
    frame = pl.DataFrame(columns)
    count = len(frame)
    late = np.where(
        rng.random(count) < mess.DOSES.late_recording,
        rng.integers(60, 240, count),
        rng.geometric(0.15, count),
    )
    end_late = np.where(
        rng.random(count) < mess.DOSES.late_recording,
        rng.integers(60, 240, count),
        rng.geometric(0.12, count),
    )
    return frame.with_columns(
        recorded=pl.Series(day + late),
        start=pl.Series(day),
        until=events["until"],
        end_late=pl.Series(end_late),
    )


def _all_events(world: World) -> pl.DataFrame:
    """All events of one shape: kind, person, first and last day (NO_DAY while open), and numbers that
    say more."""
    requests = world.requests.frame().select(
        "person",
        "day",
        "until",
        "carer",
        "route",
        "sequel",
        event=pl.lit("Request"),
        number=pl.int_range(pl.len()),
    )
    assessments = world.assessments.frame().select(
        "person", "day", "until", "carer", "long_term", "eligible", event=pl.lit("Assessment")
    )
    services = world.services.frame().select(
        "person",
        "day",
        "until",
        "kind",
        "component",
        "delivery",
        "hours",
        "price",
        "double",
        "provider",
        "why_ended",
        event=pl.lit("Service"),
        carer=pl.col("kind") == kinds.K_CARER,
    )
    reviews = world.reviews.frame().select(
        "person", "day", "carer", "reason", until=pl.col("day") + 1, event=pl.lit("Review")
    )
    return (
        pl.concat([requests, assessments, services, reviews], how="diagonal")
        .drop("number")
        .sort("day", "person", "event", maintain_order=True)
    )


def _person_columns(landing: Landing, who: Array, day: Array, rng: np.random.Generator) -> dict[str, object]:
    people, book, world = landing.world.people, landing.addresses, landing.world
    place = landing.address_row(who, day)
    spare = landing.la_id[np.minimum(who + people.size, len(landing.la_id) - 1)]
    second = (rng.random(people.size) < mess.DOSES.second_la_id)[who] & (rng.random(len(who)) < 0.5)
    numbered = mess.blank(landing.nhs, mess.DOSES.no_nhs_number_cld, rng)
    age = world.age(who, day)
    dementia = world.has("dementia", who, age) & people["diagnosed"][who]
    unknown = rng.random(len(who)) < 0.08
    return {
        "NHS Number": numbered[who],
        "LA Person Unique Identifier": np.where(second, spare, landing.la_id[who]),
        "First Name": mess.written_given(people["given"], rng)[who],
        "Last Name": mess.written_family(people["family"], rng)[who],
        "GP Practice Code": landing.practice[who],
        "Gender": np.where(people["female"][who], "Female", "Male"),
        "Ethnicity": np.where(
            (rng.random(people.size) < 0.07)[who],
            "No data: Undeclared or not known",
            np.array(codes.ETHNICITIES)[people["ethnicity"][who]],
        ),
        "Date of Birth": dates(people["born"][who]),
        "Postcode": np.where(place >= 0, book.postcode[np.maximum(place, 0)], ""),
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


def _event_columns(landing: Landing, events: pl.DataFrame, rng: np.random.Generator) -> dict[str, object]:
    count, event, who = len(events), events["event"].to_numpy(), events["person"].to_numpy()
    carer = events["carer"].fill_null(False).to_numpy()
    asked, assessed, served, reviewed = (event == e for e in ("Request", "Assessment", "Service", "Review"))
    eligible, long_term = (events[c].fill_null(False).to_numpy() for c in ("eligible", "long_term"))
    pick = {
        c: events[c].fill_null(0).to_numpy()
        for c in ("route", "sequel", "kind", "component", "reason", "provider")
    }
    outcome = np.select(
        [asked, assessed & eligible, assessed, reviewed],
        [
            np.array(codes.REQUEST_OUTCOMES)[pick["sequel"]],
            "Progress to support planning or services",
            "NFA: Information and advice or signposting",
            "Continuation of support or services",
        ],
        "",
    )
    component = np.array([codes.COMPONENTS[c] for c in kinds.COMPONENTS])[pick["component"]]
    settled = pick["kind"] == kinds.K_COMMUNITY
    delivery = np.select(
        [component == "Direct payment", settled & events["delivery"].fill_null(False).to_numpy(), settled],
        ["Direct payment", "CASSR managed personal budget", "CASSR commissioned support"],
        "CASSR commissioned support",
    )
    delivery = np.where(served, mess.blank(delivery, mess.DOSES.blank_delivery, rng), "")
    name, location = providers_of(landing, events)
    linked = _linked(landing, who, carer)
    return {
        "Client Type": np.where(carer, "Unpaid carer", "Service user"),
        "Event Type": event,
        "Event Reference": np.char.add("E", (rng.permutation(count) + 1_000_000).astype(str)),
        "Event Description": np.where(
            reviewed & (pick["reason"] == kinds.CARER_RELATED), "Carer unable to continue", ""
        ),
        "outcome": outcome,
        "ending": np.where(served, events["why_ended"].fill_null(0).to_numpy(), -1),
        "Request: Route of Access": np.where(asked, np.array(codes.ROUTES)[pick["route"]], ""),
        "Assessment Type": np.where(
            assessed, np.where(long_term | carer, "Long term assessment", "Short term assessment"), ""
        ),
        "Eligible Needs Identified": np.where(
            assessed, np.where(eligible, "Eligible needs identified", "No eligible needs identified"), ""
        ),
        "Method of Assessment": np.where(assessed, np.where(carer, "Carer only", "Service user only"), ""),
        "Method of Review": np.where(reviewed, "Service user only", ""),
        "No. of adults being cared for": np.where(carer & (linked != ""), "1", ""),
        "Adult 1 Linked Person_ID": linked,
        "Service Type": np.where(served, np.array(codes.SERVICE_TYPES)[pick["kind"]], ""),
        "Service Component": np.where(served, component, ""),
        "Delivery Mechanism": delivery,
        "Provider CQC Location Name": name,
        "Provider CQC Location ID": location,
        "Review Reason": np.where(reviewed, np.array(codes.REVIEW_REASONS)[pick["reason"]], ""),
        "Client Funding Status": np.where(
            served & (pick["kind"] <= 2),
            np.where(
                rng.random(count) < 0.65, "Joint client and social care funded", "Fully social care funded"
            ),
            "",
        ),
    }


def _linked(landing: Landing, who: Array, carer: Array) -> Array:
    """The person an unpaid carer cares for, by the council's identifier."""
    links = landing.world.carings
    cared = np.full(landing.world.people.size, -1)
    cared[links["carer"]] = links["person"]
    return np.where(carer & (cared[who] >= 0), landing.la_id[np.maximum(cared[who], 0)], "")


def _money(events: pl.DataFrame) -> dict[str, object]:
    """Unit cost, its frequency and planned units a week of services; prices round the published hourly
    rate."""
    served = pl.col("event") == "Service"
    part = pl.col("component").replace_strict(
        dict(enumerate(kinds.COMPONENTS)), default="", return_dtype=pl.String
    )
    hours = (
        pl.when(part == "reablement")
        .then(8.0)
        .when(part == "emergency")
        .then(14.0)
        .when(part == "supported_living")
        .then(pl.col("hours") * 2)
        .otherwise(pl.col("hours"))
    )
    weekly = {
        "residential": 850.0,
        "nursing": 1060.0,
        "short_residential": 930.0,
        "direct_payment": 0.0,
        "other": 90.0,
    }
    once = {"equipment": 160.0, "carer_support": 280.0}
    hourly = part.is_in(["home_care", "extra_care", "reablement", "emergency", "supported_living"])
    cost = (
        pl.when(hourly)
        .then(rates.HOURLY_PRICE_POUNDS)
        .when(part == "day_support")
        .then(58.0)
        .when(part == "direct_payment")
        .then(pl.col("hours") * 16.5)
        .otherwise(part.replace_strict(weekly | once, default=0.0, return_dtype=pl.Float64))
    )
    frequency = (
        pl.when(hourly)
        .then(pl.lit("Hourly"))
        .when(part == "day_support")
        .then(pl.lit("Per session"))
        .when(part.is_in(list(once)))
        .then(pl.lit("One-off"))
        .otherwise(pl.lit("Weekly"))
    )
    units = pl.when(hourly).then(hours).when(part == "day_support").then(2.0).otherwise(1.0)
    frame = events.select(
        pl.when(served).then((cost * pl.col("price")).round(2)).alias("Unit Cost"),
        pl.when(served).then(frequency).alias("Cost Frequency (Unit Type)"),
        pl.when(served).then(units.round(2)).alias("Planned units per week"),
    )
    return {c: frame[c] for c in frame.columns}
