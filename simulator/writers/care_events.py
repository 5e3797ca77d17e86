"""Requests, assessments, services and reviews in the columns of Client Level Data, each with the day
it was recorded."""

import numpy as np
import polars as pl

from simulator import kinds
from simulator.landed import Landing
from simulator.log import Array
from simulator.mess import Doses
from simulator.writers import codes
from simulator.writers.agencies import providers_of
from simulator.writers.care_people import person_columns
from simulator.writers.prices import frequency, part_of, unit_cost, units
from simulator.written import blanked


def described_events(landing: Landing, rng: np.random.Generator, dirt: np.random.Generator) -> pl.DataFrame:
    """Every event in the columns of the specification, with `recorded`, `start` and `until` days beside them,
    and `end_late`: days from the end to its record."""
    events = _all_events(landing)
    who, day = events["person"].to_numpy(), events["day"].to_numpy()
    columns = person_columns(landing, who, day, rng, dirt) | _event_columns(landing, events, rng, dirt)
    return pl.DataFrame(columns | _money(events)).with_columns(
        recorded=pl.Series(day + _days_late(len(who), 0.15, rng, dirt, landing.doses)),
        start=pl.Series(day),
        until=events["until"],
        end_late=pl.Series(_days_late(len(who), 0.12, rng, dirt, landing.doses)),
    )


PROMPT_DAYS_MAX = 20
"""What is recorded promptly stands in the extract of its quarter, cut 24 days after."""


def _days_late(
    count: int, a_day: float, rng: np.random.Generator, dirt: np.random.Generator, doses: Doses
) -> Array:
    """Days until each is recorded: a few, or months where recording is late."""
    prompt = np.minimum(rng.geometric(a_day, count), PROMPT_DAYS_MAX)
    late, months = dirt.random(count) < doses.late_recording, dirt.integers(60, 240, count)
    return np.where(late, months, prompt)


def _all_events(landing: Landing) -> pl.DataFrame:
    """All recorded events of one shape: kind, person, first and last day (NO_DAY while open), and numbers
    that say more."""
    world = landing.world
    requests, assessments = _asked(landing)
    services = world.services.frame().with_columns(
        event=pl.lit("Service"), carer=pl.col("kind") == kinds.K_CARER
    )
    reviews = world.reviews.frame().with_columns(event=pl.lit("Review"), until=pl.col("day") + 1)
    parts = [requests, assessments, services, reviews]
    return pl.concat(parts, how="diagonal").sort("day", "person", "event", maintain_order=True)


ASSESSED_WITHIN_DAYS = 120
"""An assessment so soon after a request belongs to it (requesting.py: reablement between them at most)."""


def _asked(landing: Landing) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Requests and assessments, but for those that a world never records, of the ethnic groups it names."""
    world = landing.world
    requests = world.requests.frame().with_columns(event=pl.lit("Request"))
    assessments = world.assessments.frame().with_columns(event=pl.lit("Assessment"))
    share = world.plan.unrecorded_request_share
    if not share:
        return requests, assessments
    ethnicity = world.people["ethnicity"][requests["person"].to_numpy()]
    chance = np.zeros(max(len(codes.ETHNICITIES), *(n + 1 for n in share)))
    chance[list(share)] = list(share.values())
    lost = landing.rng(30).random(len(requests)) < chance[ethnicity]
    kept = _without_their_assessments(requests.with_columns(lost=pl.Series(lost)), assessments)
    return requests.filter(~pl.Series(lost)), kept


def _without_their_assessments(requests: pl.DataFrame, assessments: pl.DataFrame) -> pl.DataFrame:
    """The assessments whose request, the last before them, is not lost."""
    asked = requests.select("person", "carer", "lost", "day", asked="day").sort("day", maintain_order=True)
    looked_at = assessments.sort("day", maintain_order=True).join_asof(
        asked, on="day", by=["person", "carer"], strategy="backward", check_sortedness=False
    )
    soon = pl.col("day") - pl.col("asked") <= ASSESSED_WITHIN_DAYS
    return looked_at.filter(~(pl.col("lost") & soon).fill_null(False)).select(assessments.columns)


def _event_columns(
    landing: Landing, events: pl.DataFrame, rng: np.random.Generator, dirt: np.random.Generator
) -> dict[str, object]:
    """What each event is, columns common to all kinds first."""
    carer = events["carer"].fill_null(False).to_numpy()
    linked = _linked(landing, events["person"].to_numpy(), carer)
    return {
        "Client Type": np.where(carer, "Unpaid carer", "Service user"),
        "Event Type": events["event"].to_numpy(),
        "Event Reference": np.char.add("E", (rng.permutation(len(events)) + 1_000_000).astype(str)),
        "outcome": _outcome(events),
        "No. of adults being cared for": np.where(carer & (linked != ""), "1", ""),
        "Adult 1 Linked Person_ID": linked,
        **_of_asking(events, carer),
        **_of_service(landing, events, rng, dirt),
        **_of_review(events),
    }


def _numbers(events: pl.DataFrame, column: str) -> Array:
    return events[column].fill_null(0).to_numpy()


def _outcome(events: pl.DataFrame) -> Array:
    """What came of requests, assessments and reviews; of services that is said by their ending."""
    event, eligible = events["event"].to_numpy(), events["eligible"].fill_null(False).to_numpy()
    assessed = event == "Assessment"
    return np.select(
        [event == "Request", assessed & eligible, assessed, event == "Review"],
        [
            np.array(codes.REQUEST_OUTCOMES)[_numbers(events, "sequel")],
            "Progress to support planning or services",
            "NFA: Information and advice or signposting",
            "Continuation of support or services",
        ],
        "",
    )


def _of_asking(events: pl.DataFrame, carer: Array) -> dict[str, object]:
    """The columns of requests and assessments."""
    asked, assessed = ((events["event"] == e).to_numpy() for e in ("Request", "Assessment"))
    eligible, long_term = (events[c].fill_null(False).to_numpy() for c in ("eligible", "long_term"))
    kind = np.where(long_term | carer, "Long term assessment", "Short term assessment")
    found = np.where(eligible, "Eligible needs identified", "No eligible needs identified")
    return {
        "Request: Route of Access": np.where(asked, np.array(codes.ROUTES)[_numbers(events, "route")], ""),
        "Assessment Type": np.where(assessed, kind, ""),
        "Eligible Needs Identified": np.where(assessed, found, ""),
        "Method of Assessment": np.where(assessed, np.where(carer, "Carer only", "Service user only"), ""),
    }


def _of_service(
    landing: Landing, events: pl.DataFrame, rng: np.random.Generator, dirt: np.random.Generator
) -> dict[str, object]:
    """The columns of services; the mechanism by which some are delivered is left out."""
    served, kind = (events["event"] == "Service").to_numpy(), _numbers(events, "kind")
    name, location = providers_of(landing, events)
    funded = np.where(
        rng.random(len(events)) < 0.65, "Joint client and social care funded", "Fully social care funded"
    )
    delivery = np.where(served, _delivery(events), "")
    return {
        "ending": np.where(served, _numbers(events, "why_ended"), -1),
        "Service Type": np.where(served, np.array(codes.SERVICE_TYPES)[kind], ""),
        "Service Component": np.where(served, _component(events), ""),
        **blanked(delivery, landing.doses.blank_delivery, "delivery_blank", dirt).columns(
            "Delivery Mechanism"
        ),
        "Provider CQC Location Name": name,
        "Provider CQC Location ID": location,
        "Client Funding Status": np.where(served & (kind <= 2), funded, ""),
    }


def _component(events: pl.DataFrame) -> Array:
    return np.array([codes.COMPONENTS[c] for c in kinds.COMPONENTS])[_numbers(events, "component")]


def _delivery(events: pl.DataFrame) -> Array:
    managed = events["delivery"].fill_null(False).to_numpy() & (_numbers(events, "kind") == kinds.K_COMMUNITY)
    paid = _component(events) == "Direct payment"
    return np.select(
        [paid, managed], ["Direct payment", "CASSR managed personal budget"], "CASSR commissioned support"
    )


def _of_review(events: pl.DataFrame) -> dict[str, object]:
    """The columns of reviews."""
    reviewed, reason = (events["event"] == "Review").to_numpy(), _numbers(events, "reason")
    broken_down = reviewed & (reason == kinds.CARER_RELATED)
    return {
        "Event Description": np.where(broken_down, "Carer unable to continue", ""),
        "Method of Review": np.where(reviewed, "Service user only", ""),
        "Review Reason": np.where(reviewed, np.array(codes.REVIEW_REASONS)[reason], ""),
    }


def _linked(landing: Landing, who: Array, carer: Array) -> Array:
    """The person an unpaid carer cares for, by the council's identifier."""
    links = landing.world.carings
    cared = np.full(landing.world.people.size, -1)
    cared[links["carer"]] = links["person"]
    return np.where(carer & (cared[who] >= 0), landing.la_id[np.maximum(cared[who], 0)], "")


def _money(events: pl.DataFrame) -> dict[str, object]:
    """Unit cost, its frequency and planned units a week of services."""
    served = pl.col("event") == "Service"
    part = part_of()
    frame = events.select(
        pl.when(served).then((unit_cost(part) * pl.col("price")).round(2)).alias("Unit Cost"),
        pl.when(served).then(frequency(part)).alias("Cost Frequency (Unit Type)"),
        pl.when(served).then(units(part).round(2)).alias("Planned units per week"),
    )
    return {c: frame[c] for c in frame.columns}
