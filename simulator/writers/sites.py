"""places/health_sites and projections, supply/capacity_tracker: surgeries, people to come, free beds."""

import numpy as np
import polars as pl

from simulator import rates
from simulator.landed import Landing
from simulator.log import Array
from simulator.timeline import NO_DAY, add_months, as_date, day_number
from simulator.writers.health_files import PROVIDERS

PHARMACIES_PER_PRACTICE = 1.3  # assumed
STALE_SHARE = 0.08  # share of homes that have not updated for weeks (data_specs.md 5.2: "the known problem")
TRACKER_MONTHS, EXTRACT_DAYS_AFTER = 12, 22
PROJECTED_YEARS = 18
BABIES_PER_WOMAN_A_YEAR, MOVES_IN_A_YEAR = 0.05, 0.004
"""Births per woman of 15 to 44, and net arrivals per person a year (assumed, about England's)."""


def write_health_sites(landing: Landing) -> None:
    """Surgeries of the practices that people are registered with, pharmacies, one or two hospitals."""
    rng, streets = landing.rng(207), landing.world.streets
    practices = np.unique(landing.practice)
    shops = round(PHARMACIES_PER_PRACTICE * len(practices))
    hospitals = 1 + (len(landing.world.county.codes) > 100)
    names = [f"{n} Surgery" for n in _names(landing, rng, len(practices))]
    names += [f"{n} Pharmacy" for n in _names(landing, rng, shops)]
    names += [f"{n} Hospital" for n in _names(landing, rng, hospitals)]
    street = rng.integers(0, len(streets.area), len(names))
    ids = [*practices.astype(str), *(f"FZ{k:03d}" for k in range(shops)), *PROVIDERS[:hospitals]]
    kind = np.repeat(["gp", "pharmacy", "hospital"], [len(practices), shops, hospitals])
    frame = pl.DataFrame(
        {
            "site_id": ids,
            "kind": kind,
            "name": names,
            "postcode": streets.postcode[street],
            "easting": streets.easting[street].round(),
            "northing": streets.northing[street].round(),
        }
    )
    landing.land(frame, "places/health_sites.csv")


def _names(landing: Landing, rng: np.random.Generator, count: int) -> Array:
    return rng.choice(np.unique(landing.world.streets.name.astype(str)), count)


def write_capacity_tracker(landing: Landing, beds: Array) -> None:
    """supply/capacity_tracker: one file a month of the last year, each home's beds and how many are taken."""
    after = as_date(landing.timeline.last_day + 1)
    rng, homes = landing.rng(208), landing.world.care_homes
    for month in range(min(TRACKER_MONTHS, 12 * landing.timeline.years) - 1, -1, -1):
        end = day_number(add_months(after, -month)) - 1
        late = np.where(
            rng.random(len(beds)) < STALE_SHARE,
            rng.integers(15, 70, len(beds)),
            rng.integers(0, 7, len(beds)),
        )
        taken = np.array([_residents(landing, int(end - d)) for d in np.unique(late)])
        used = taken[np.searchsorted(np.unique(late), late), np.arange(len(beds))]
        frame = pl.DataFrame(
            {
                "cqcid": homes.location_id,
                "location": homes.name.astype(str),
                "maxcapacity": beds,
                "usedbeds": np.minimum(used, beds),
                "admissionstatus": np.where(used >= beds, "Closed", "Open"),
                "lastupdatedutc": [as_date(int(end - d)) for d in late],
                "localauthority": landing.world.county.lad_name[homes.area].astype(str),
            }
        )
        stamp = landing.cut(end, EXTRACT_DAYS_AFTER).strftime("%Y%m%d")
        landing.land(frame, f"supply/capacity_tracker_{stamp}.csv")


def _residents(landing: Landing, day: int) -> Array:
    """People in each care home on a day."""
    spells = landing.world.residences
    here = spells["care_home"] & (spells["since"] <= day)
    here &= (spells["until"] == NO_DAY) | (spells["until"] > day)
    return np.bincount(spells["home"][here], minlength=len(landing.world.care_homes.area))


def write_projections(landing: Landing) -> None:
    """places/projections: people by district, sex, year of age and calendar year, aged forward from the last
    day with the published death rates, births and a little migration."""
    first = as_date(landing.timeline.last_day).year
    parts = []
    for code in landing.world.county.lad_codes:
        people = _by_sex_and_age(landing, code)
        for year in range(first, first + PROJECTED_YEARS):
            parts.append(_projected(code, year, people))
            people = _a_year_on(people)
    landing.land(pl.concat(parts), "places/projections.csv")


def _by_sex_and_age(landing: Landing, district: str) -> Array:
    """2 × 91: women and men of the district by age on the last day, 90 and over together."""
    world, day = landing.world, landing.timeline.last_day
    who = np.flatnonzero(world.people["resident"] & (world.people["arrived"] <= day))
    place = landing.address_row(who, np.full(len(who), day))
    area = landing.addresses.area[np.maximum(place, 0)]
    mine = (place >= 0) & (world.county.lad[area] == district)
    counts = np.zeros((2, 91))
    age = np.clip(world.age(who[mine], day), 0, 90).astype(int)
    np.add.at(counts, ((~world.people["female"][who[mine]]).astype(int), age), 1)
    return counts


def _a_year_on(people: Array) -> Array:
    ages = np.arange(91) + 0.5
    dies = np.stack([rates.curve(ages, rates.DEATH_WOMEN), rates.curve(ages, rates.DEATH_MEN)])
    alive = people * (1 - dies) * (1 + MOVES_IN_A_YEAR)
    older = np.zeros_like(people)
    older[:, 1:] = alive[:, :-1]
    older[:, 90] += alive[:, 90]
    older[:, 0] = people[0, 15:45].sum() * BABIES_PER_WOMAN_A_YEAR * np.array([0.488, 0.512])
    return older


def _projected(code: str, year: int, people: Array) -> pl.DataFrame:
    age = [str(a) if a < 90 else "90+" for a in range(91)]
    frames = [
        pl.DataFrame(
            {"area_code": code, "sex": sex, "age": age, "year": year, "population": people[k].round(1)}
        )
        for k, sex in enumerate(("female", "male"))
    ]
    return pl.concat(frames)
