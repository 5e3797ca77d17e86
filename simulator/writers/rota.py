"""supply/carers and supply/visits: who works, and a week's visits cut from the packages of the last day."""

import numpy as np
import polars as pl

from simulator import kinds
from simulator.landed import Landing
from simulator.log import Array
from simulator.timeline import NO_DAY
from simulator.writers.agencies import agency_locations

VISIT_HOURS_PER_CARER = 22.0
"""Contact hours a carer is rostered for, on average (rates.md 10 "Contact share", assumed part-time mix)."""
_WINDOWS = (("07:00", "10:00"), ("11:30", "14:00"), ("16:00", "18:30"), ("19:30", "22:00"))
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def home_care_packages(landing: Landing) -> pl.DataFrame:
    """Home-care packages live on the last day: person, dwelling, hours, double-handed, agency."""
    end, agencies = landing.timeline.last_day, len(agency_locations(landing))
    rows = (
        landing.world.services.frame()
        .filter(
            (pl.col("kind") == kinds.K_COMMUNITY)
            & (pl.col("component") == 0)
            & (pl.col("day") <= end)
            & ((pl.col("until") == NO_DAY) | (pl.col("until") > end))
        )
        .sort("person", "day")
        .unique("person", keep="last", maintain_order=True)
    )
    place = landing.address_row(rows["person"].to_numpy(), np.full(len(rows), end))
    at_home = (place >= 0) & (place < len(landing.world.dwellings.area))
    return rows.with_columns(place=pl.Series(place), agency=pl.col("provider") % agencies).filter(
        pl.Series(at_home)
    )


def carers_of(landing: Landing, packages: pl.DataFrame) -> pl.DataFrame:
    """Care workers enough for the packages, each with agency, home, mode, skills and shifts."""
    rng = landing.rng(25)
    count = max(4, round(float(packages["hours"].sum()) / VISIT_HOURS_PER_CARER))
    agency = rng.integers(0, len(agency_locations(landing)), count)
    street = rng.integers(0, len(landing.world.streets.area), count)
    skills = np.array(["personal_care", "personal_care;medication", "personal_care;medication;hoist"])[
        np.searchsorted([0.35, 0.7], rng.random(count))
    ]
    shifts = np.array(
        [
            "Mon-Fri 07:00-14:00",
            "Mon-Sun 07:00-14:30",
            "Mon-Sun 15:30-22:00",
            "Sat-Wed 07:00-22:00",
            "Thu-Sun 16:00-22:00",
        ]
    )
    return pl.DataFrame(
        {
            "carer_id": [f"CW{k + 1:04d}" for k in range(count)],
            "provider_id": [f"PV{a + 1:02d}" for a in agency],
            "home_postcode": landing.world.streets.postcode[street],
            "mode": np.array(["car", "walk", "cycle"])[np.searchsorted([0.78, 0.94], rng.random(count))],
            "skills": skills,
            "weekly_hours": rng.choice([16, 20, 25, 30, 37.5], count),
            "shifts": shifts[rng.integers(0, len(shifts), count)],
        }
    )


def week_of_visits(landing: Landing, packages: pl.DataFrame, carers: pl.DataFrame) -> pl.DataFrame:
    """A week's visits: each package cut into 15, 30, 45 or 60 minute calls at up to four times of day."""
    rng = landing.rng(26)
    double = packages["double"].to_numpy()
    weekly = packages["hours"].to_numpy() * 60 / np.where(double, 2, 1)
    days = np.clip(np.round(weekly / 30), 1, 7).astype(int)
    calls = np.clip(np.round(weekly / days / 32), 1, 4).astype(int)
    minutes = np.clip(np.round(weekly / days / calls / 15) * 15, 15, 90).astype(int)
    per = days * calls
    row = np.repeat(np.arange(len(packages)), per)
    step = np.arange(len(row)) - np.repeat(np.cumsum(per) - per, per)
    day, call = step // calls[row], step % calls[row]
    slot = np.where(
        calls[row] == 1,
        0,
        np.where(calls[row] == 2, call * 3, np.where(calls[row] == 3, np.array([0, 1, 3])[call % 3], call)),
    )
    spread = day * 7 // days[row]
    who, place = packages["person"].to_numpy()[row], packages["place"].to_numpy()[row]
    same = pl.DataFrame({"agency": packages["agency"].to_numpy()})["agency"].to_numpy()[row]
    usual = _usual_carer(carers, same, who, slot)
    ids = np.char.add("VS", np.char.zfill((np.arange(len(row)) + 1).astype(str), 6))
    linked = (call > 0) & (landing.rng(27).random(len(packages)) < 0.12)[row]
    return pl.DataFrame(
        {
            "visit_id": ids,
            "person_key": landing.la_id[who],
            "uprn": landing.addresses.uprn[place],
            "weekday": np.array(_DAYS)[spread],
            "window_start": np.array([w[0] for w in _WINDOWS])[slot],
            "window_end": np.array([w[1] for w in _WINDOWS])[slot],
            "duration_minutes": minutes[row],
            "skills": np.where(
                double[row],
                "personal_care;hoist",
                np.where(rng.random(len(row)) < 0.3, "personal_care;medication", "personal_care"),
            ),
            "carers_needed": np.where(double[row], 2, 1),
            "linked_visit_id": np.where(linked, np.roll(ids, 1), ""),
            "min_gap_minutes": np.where(linked, "180", ""),
            "max_gap_minutes": np.where(linked, "780", ""),
            "usual_carer_id": usual,
            "true:subject": who,
        }
    )


def _usual_carer(carers: pl.DataFrame, agency: Array, who: Array, slot: Array) -> Array:
    """The same carer for a person's mornings and another for the evenings, from the person's agency
    where it has any."""
    ids, provider = (
        carers["carer_id"].to_numpy(),
        carers["provider_id"].str.slice(2).cast(pl.Int64).to_numpy() - 1,
    )
    order = np.argsort(provider, kind="stable")
    first, last = (
        np.searchsorted(provider[order], agency, side="left"),
        np.searchsorted(provider[order], agency, side="right"),
    )
    pick = who * 7 + (slot >= 2)
    inside = first + pick % np.maximum(last - first, 1)
    return np.where(last > first, ids[order[np.minimum(inside, len(order) - 1)]], ids[pick % len(ids)])
