"""supply/: care homes and agencies, candidate sites, providers, carers, a week's visits, commissioned
hours."""

import numpy as np
import polars as pl

from simulator import kinds, rates
from simulator.housing import points_inside
from simulator.landed import Landing
from simulator.log import Array
from simulator.timeline import NO_DAY, add_months, as_date, day_number
from simulator.writers.agencies import agency_locations, provider_ids
from simulator.writers.market import write_market
from simulator.writers.places import to_degrees
from simulator.writers.purse import write_budget
from simulator.writers.rota import carers_of, home_care_packages, week_of_visits
from simulator.writers.sites import write_capacity_tracker
from simulator.writers.zones import zone_ids

EXTRACT_DAYS_AFTER = 22


def write_supply(landing: Landing) -> None:
    """Write care homes and agencies, sites, providers, carers, visits and commissioned hours."""
    stamp = landing.cut(landing.timeline.last_day, EXTRACT_DAYS_AFTER).strftime("%Y%m%d")
    landing.land(_locations(landing), f"supply/HSCA_Active_Locations_{stamp}.csv")
    landing.land(_sites(landing), "supply/candidate_sites.csv")
    write_capacity_tracker(landing, beds(landing))
    packages = home_care_packages(landing)
    landing.land(_providers(landing, packages), "supply/providers.csv")
    carers = carers_of(landing, packages)
    landing.land(carers, "supply/carers.csv")
    landing.land(week_of_visits(landing, packages, carers), f"supply/visits_{stamp}.csv")
    landing.land(_commissioned(landing), "supply/commissioned_hours.csv")
    write_market(landing)
    write_budget(landing)


def beds(landing: Landing) -> Array:
    """Beds of each care home: its mean residents of the last year over the usual occupancy (rates.md 3)."""
    world, end = landing.world, landing.timeline.last_day
    spells = world.residences
    until = np.where(spells["until"] == NO_DAY, end, spells["until"])
    days = np.clip(np.minimum(until, end) - np.maximum(spells["since"], end - 365), 0, 365)
    stays = spells["care_home"]
    mean = np.bincount(spells["home"][stays], weights=days[stays], minlength=len(world.care_homes.area)) / 365
    return np.maximum(np.ceil(mean / rates.OCCUPANCY), 5).astype(int)


def _locations(landing: Landing) -> pl.DataFrame:
    homes, agencies, world = landing.world.care_homes, agency_locations(landing), landing.world
    rng, count, extra = landing.rng(22), len(landing.world.care_homes.area), len(agency_locations(landing))
    streets = world.streets
    office = rng.integers(0, len(streets.area), extra)
    area = np.concatenate([homes.area, streets.area[office]])
    easting, northing = (
        np.concatenate([homes.easting, streets.easting[office]]),
        np.concatenate([homes.northing, streets.northing[office]]),
    )
    longitude, latitude = to_degrees(easting, northing)
    is_home, nursing = (
        np.arange(count + extra) < count,
        np.concatenate([homes.nursing, np.zeros(extra, dtype=bool)]),
    )
    dementia = np.concatenate([homes.dementia, rng.random(extra) < 0.5])
    extra_care = ~is_home & (rng.random(count + extra) < 0.15)
    yes = lambda flag: np.where(flag, "Y", "")  # noqa: E731
    street = np.concatenate([homes.street, office])
    number = np.concatenate([homes.number, np.full(extra, 2)])
    line = number.astype(str).astype(object) + " " + streets.name[street]
    rating = np.array(["Good", "Requires improvement", "Outstanding", "Inadequate"])[
        np.searchsorted([0.74, 0.94, 0.98], rng.random(count + extra))
    ]
    uprns = np.concatenate([homes.uprn.astype(str), np.full(extra, "")])
    directorate = np.where(is_home, "Residential social care", "Community based adult social care services")
    return pl.DataFrame(
        {
            "Location ID": np.concatenate([homes.location_id, agencies["location_id"].to_numpy()]),
            "Location HSCA start date": "2012-04-01",
            "Dormant (Y/N)": "N",
            "Care home?": np.where(is_home, "Y", "N"),
            "Location Name": np.concatenate([homes.name, agencies["name"].to_numpy()]).astype(str),
            "Care homes beds": np.concatenate([beds(landing), np.zeros(extra, dtype=int)]),
            "Location Type/Sector": "Social Care Org",
            "Location Inspection Directorate": "Adult social care",
            "Location Primary Inspection Category": directorate,
            "Location Latest Overall Rating": rating,
            "Publication Date": "2025-06-10",
            "Inherited Rating (Y/N)": "",
            "Location Region": "",
            "Location Local Authority": world.county.lad_name[area],
            "Location Street Address": line.astype(str),
            "Location City": world.county.town[area].astype(str),
            "Location Postal Code": streets.postcode[street],
            "Location UPRN ID": uprns,
            "Location Latitude": latitude,
            "Location Longitude": longitude,
            "Brand Name": "-",
            "Provider ID": np.char.add("1-", (900_000_001 + np.arange(count + extra)).astype(str)),
            "Provider Name": np.concatenate([homes.name, agencies["name"].to_numpy()]).astype(str),
            "Provider Ownership Type": "Organisation",
            "Regulated activity - Personal care": yes(~is_home),
            "Regulated activity - Accommodation for persons who require nursing or personal care": yes(
                is_home
            ),
            "Service type - Care home service with nursing": yes(nursing),
            "Service type - Care home service without nursing": yes(is_home & ~nursing),
            "Service type - Domiciliary care service": yes(~is_home),
            "Service type - Extra Care housing services": yes(extra_care),
            "Service user band - Older People": "Y",
            "Service user band - Dementia": yes(dementia),
            "Location Dual Registered": "",
            "Primary ID": "",
        }
    )


def _sites(landing: Landing) -> pl.DataFrame:
    """Ten pieces of land where a home could stand, more of them where people are."""
    county, rng, count = landing.world.county, landing.rng(23), 10
    area = rng.choice(
        len(county.codes), count, replace=len(county.codes) < count, p=county.people / county.people.sum()
    )
    at = np.round(points_inside(county, area, rng, gather=0.3))
    street = landing.world.streets.name[np.searchsorted(landing.world.streets.area, area)]
    kinds = np.array(["residential", "nursing", "residential;dementia", "residential;nursing;dementia"])[
        rng.integers(0, 4, count)
    ]
    return pl.DataFrame(
        {
            "site_id": [f"SITE{k:02d}" for k in range(1, count + 1)],
            "name": np.array(["Land at " + s for s in street]),
            "easting": at[:, 0].astype(int),
            "northing": at[:, 1].astype(int),
            "max_beds": rng.choice([36, 48, 60, 66, 80], count),
            "care_types": kinds,
            "cost_per_bed_pounds": rng.integers(98, 156, count) * 1000,
            "available_from": [as_date(landing.timeline.last_day + 200 + 60 * k) for k in range(count)],
        }
    )


def _providers(landing: Landing, packages: pl.DataFrame) -> pl.DataFrame:
    """The agencies with hours to offer: what they deliver today and some to spare, at least the
    county's hours in all."""
    rng, agencies = landing.rng(24), agency_locations(landing)
    count = len(agencies)
    today = np.bincount(packages["agency"].to_numpy(), weights=packages["hours"].to_numpy(), minlength=count)
    offered = np.round(np.maximum(today, today.mean() * 0.6) * rng.uniform(1.1, 1.7, count), 0)
    street = rng.integers(0, len(landing.world.streets.area), count)
    return pl.DataFrame(
        {
            "provider_id": provider_ids(np.arange(count)),
            "provider_name": agencies["name"],
            "cqc_location_id": agencies["location_id"],
            "base_postcode": landing.world.streets.postcode[street],
            "offered_hours_per_week": offered,
            "max_lots": rng.integers(1, 4, count),
            "min_own_share": 0.95,
            "quality_score": np.round(rng.uniform(55, 95, count), 1),
            "today_zones": _today_zones(landing, count),
        }
    )


def _today_zones(landing: Landing, agencies: int) -> list[str]:
    """The zones that each agency leads today, separated by semicolons; some lead none."""
    numbers = np.unique(landing.zones)
    names = zone_ids(numbers)
    return [";".join(names[numbers % agencies == agency]) for agency in range(agencies)]


def _commissioned(landing: Landing) -> pl.DataFrame:
    """Planned home-care hours a week by area on the first of each month: everybody counted, nobody named."""
    world, timeline = landing.world, landing.timeline
    rows = world.services.frame().filter(kinds.HOME_CARE)
    parts = []
    for month in range(12 * timeline.years):
        first = add_months(timeline.first_date, month)
        day = day_number(first)
        live = rows.filter((pl.col("day") <= day) & ((pl.col("until") == NO_DAY) | (pl.col("until") > day)))
        place = landing.address_row(live["person"].to_numpy(), np.full(len(live), day))
        area = world.county.codes[landing.addresses.area[np.maximum(place, 0)]]
        counted = (
            live.with_columns(area_code=pl.Series(area))
            .filter(pl.Series(place >= 0))
            .group_by("area_code")
            .agg(hours_per_week=pl.col("hours").sum().round(2), people=pl.col("person").n_unique())
            .sort("area_code")
        )
        parts.append(
            counted.select(
                "area_code",
                month=pl.lit(first.strftime("%Y-%m")),
                service=pl.lit("home_care"),
                hours_per_week="hours_per_week",
                people="people",
            )
        )
    return pl.concat(parts)
