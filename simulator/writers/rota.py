"""supply/carers and supply/visits: who works, and a week's visits cut from the packages of the last day."""

from itertools import product

import numpy as np
import polars as pl

from simulator import kinds
from simulator.landed import Landing
from simulator.log import Array
from simulator.names import numbered
from simulator.timeline import NO_DAY
from simulator.writers.agencies import agency_locations, agency_of_services, provider_ids

VISIT_HOURS_PER_CARER = 22.0
"""Contact hours a carer is rostered for, on average (rates.md 10 "Contact share", assumed part-time mix)."""
WINDOWS = (("07:00", "10:00"), ("11:30", "14:00"), ("16:00", "18:30"), ("19:30", "22:00"))
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
SLOTS_BY_CALLS = np.array([[0, 0, 0, 0], [0, 3, 3, 3], [0, 1, 3, 3], [0, 1, 2, 3]])
"""Which of WINDOWS the first, second … call of a day takes, for one to four calls a day."""
SKILLS = ("personal_care", "personal_care;medication", "personal_care;medication;hoist")
NEEDS = ("personal_care", "personal_care;medication", "personal_care;hoist")
"""What carers can and what visits ask; who has the third can all, who has the second all but hoists."""
SHIFTS = (
    ("Mon-Fri 07:00-14:00", (0, 1, 2, 3, 4), (0, 1)),
    ("Mon-Sun 07:00-14:30", (0, 1, 2, 3, 4, 5, 6), (0, 1)),
    ("Mon-Sun 15:30-22:00", (0, 1, 2, 3, 4, 5, 6), (2, 3)),
    ("Sat-Wed 07:00-22:00", (0, 1, 2, 5, 6), (0, 1, 2, 3)),
    ("Thu-Sun 16:00-22:00", (3, 4, 5, 6), (2, 3)),
)
"""Shifts as they are written, the weekdays and the windows that they cover (assumed)."""
MEDICATION_SHARE, LINKED_SHARE = 0.3, 0.12  # of visits, and of packages with linked calls (assumed)


def home_care_packages(landing: Landing) -> pl.DataFrame:
    """Home-care packages live on the last day: person, place, area, hours, double-handed, agency."""
    end = landing.timeline.last_day
    rows = (
        landing.world.services.frame()
        .filter(
            kinds.HOME_CARE,
            pl.col("day") <= end,
            (pl.col("until") == NO_DAY) | (pl.col("until") > end),
        )
        .sort("person", "day")
        .unique("person", keep="last", maintain_order=True)
    )
    place = landing.address_row(rows["person"].to_numpy(), np.full(len(rows), end))
    area = landing.addresses.area[np.maximum(place, 0)]
    agency = agency_of_services(landing, rows["provider"].to_numpy(), np.where(place >= 0, area, -1))
    at_home = (place >= 0) & (place < len(landing.world.dwellings.area))
    rows = rows.with_columns(place=pl.Series(place), area=pl.Series(area), agency=pl.Series(agency))
    return rows.filter(pl.Series(at_home))


def carers_of(landing: Landing, packages: pl.DataFrame) -> pl.DataFrame:
    """Care workers enough for each agency's packages, living near its clients, with mode, skills, shifts."""
    rng = landing.rng(25)
    agency, area = _staffed(landing, packages, rng)
    count = len(agency)
    streets = landing.world.streets
    first = np.searchsorted(streets.area, area)
    street = first + (rng.random(count) * np.bincount(streets.area)[area]).astype(int)
    skill = np.searchsorted([0.35, 0.7], rng.random(count))
    shift = rng.integers(0, len(SHIFTS), count)
    return pl.DataFrame(
        {
            "carer_id": numbered("CW", np.arange(count) + 1, 4),
            "provider_id": provider_ids(agency),
            "home_postcode": streets.postcode[street],
            "mode": np.array(["car", "walk", "cycle"])[np.searchsorted([0.78, 0.94], rng.random(count))],
            "skills": np.array(SKILLS)[skill],
            "weekly_hours": rng.choice([16, 20, 25, 30, 37.5], count),
            "shifts": np.array([text for text, *_ in SHIFTS])[shift],
        }
    )


def _staffed(landing: Landing, packages: pl.DataFrame, rng: np.random.Generator) -> tuple[Array, Array]:
    """Agency and home area of each carer: a client's area of the same agency, at least two carers each."""
    agencies = len(agency_locations(landing))
    clients, areas = packages["agency"].to_numpy(), packages["area"].to_numpy()
    hours = np.bincount(clients, weights=packages["hours"].to_numpy(), minlength=agencies)
    number = np.maximum(2, np.round(hours / VISIT_HOURS_PER_CARER)).astype(int)
    agency = np.repeat(np.arange(agencies), number)
    everywhere = rng.integers(0, len(landing.world.county.codes), len(agency))
    if not len(clients):
        return agency, everywhere
    order = np.argsort(clients, kind="stable")
    first, size = np.searchsorted(clients[order], agency), np.bincount(clients, minlength=agencies)[agency]
    chosen = np.minimum(first + (rng.random(len(agency)) * size).astype(int), len(order) - 1)
    return agency, np.where(size > 0, areas[order[chosen]], everywhere)


def week_of_visits(landing: Landing, packages: pl.DataFrame, carers: pl.DataFrame) -> pl.DataFrame:
    """A week's visits: each package cut into 15 to 90 minute calls at up to four times of day."""
    rng = landing.rng(26)
    calls = _calls(packages)
    row, day, slot = (calls[c].to_numpy() for c in ("row", "day", "slot"))
    who, place = packages["person"].to_numpy()[row], packages["place"].to_numpy()[row]
    double = packages["double"].to_numpy()[row]
    need = np.where(double, 2, (rng.random(len(row)) < MEDICATION_SHARE).astype(int))
    usual = usual_carers(carers, packages["agency"].to_numpy()[row], who, day, slot, need)
    ids = numbered("VS", np.arange(len(row)) + 1, 6)
    linked = (calls["call"].to_numpy() > 0) & (rng.random(len(packages)) < LINKED_SHARE)[row]
    return pl.DataFrame(
        {
            "visit_id": ids,
            "person_key": landing.la_id[who],
            "uprn": landing.addresses.uprn[place],
            "weekday": np.array(DAYS)[day],
            "window_start": np.array([start for start, _ in WINDOWS])[slot],
            "window_end": np.array([end for _, end in WINDOWS])[slot],
            "duration_minutes": calls["minutes"],
            "skills": np.array(NEEDS)[need],
            "carers_needed": np.where(double, 2, 1),
            "linked_visit_id": np.where(linked, np.roll(ids, 1), ""),
            "min_gap_minutes": np.where(linked, "180", ""),
            "max_gap_minutes": np.where(linked, "780", ""),
            "usual_carer_id": usual,
            "true:subject": who,
        }
    )


def _calls(packages: pl.DataFrame) -> pl.DataFrame:
    """One row a call, a package's calls of a day one after another: row (of packages), day, call, slot,
    minutes."""
    weekly = packages["hours"].to_numpy() * 60 / np.where(packages["double"].to_numpy(), 2, 1)
    days = np.clip(np.round(weekly / 30), 1, 7).astype(int)
    calls = np.clip(np.round(weekly / days / 32), 1, 4).astype(int)
    minutes = np.clip(np.round(weekly / days / calls / 15) * 15, 15, 90).astype(int)
    each = days * calls
    row = np.repeat(np.arange(len(packages)), each)
    step = np.arange(len(row)) - np.repeat(np.cumsum(each) - each, each)
    day, call = step // calls[row], step % calls[row]
    return pl.DataFrame(
        {
            "row": row,
            "day": day * 7 // days[row],
            "call": call,
            "slot": SLOTS_BY_CALLS[calls[row] - 1, call],
            "minutes": minutes[row],
        }
    )


def usual_carers(
    carers: pl.DataFrame, agency: Array, who: Array, day: Array, slot: Array, need: Array
) -> Array:
    """The carer who usually comes: of the person's agency, with the skills, at work in that window that day;
    one for a person's mornings and one for the evenings, another on days when that one is off, none where
    nobody fits."""
    ids = carers["carer_id"].to_numpy()
    works = carers["provider_id"].str.slice(2).cast(pl.Int64).to_numpy() - 1
    level = np.searchsorted(np.array(SKILLS), carers["skills"].to_numpy().astype(str))
    shift = {text: k for k, (text, *_) in enumerate(SHIFTS)}
    shifts = carers["shifts"].replace_strict(shift, return_dtype=pl.Int64).to_numpy()
    on_day = np.array([[d in days for d in range(7)] for _, days, _ in SHIFTS])[shifts]
    in_slot = np.array([[s in slots for s in range(4)] for *_, slots in SHIFTS])[shifts]
    pick, found = who * 7 + (slot >= 2), np.full(len(who), -1)
    for firm, skill, window in product(np.unique(agency), range(3), range(4)):
        mine = np.flatnonzero((agency == firm) & (need == skill) & (slot == window))
        fit = np.flatnonzero((works == firm) & (level >= skill) & in_slot[:, window])
        if not len(mine) or not len(fit):
            continue
        found[mine] = fit[pick[mine] % len(fit)]
        for weekday in range(7):
            off = mine[(day[mine] == weekday) & ~on_day[found[mine], weekday]]
            there = fit[on_day[fit, weekday]]
            found[off] = there[pick[off] % len(there)] if len(there) else -1
    return np.where(found >= 0, ids[np.maximum(found, 0)], "")
