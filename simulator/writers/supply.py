"""supply/: care homes and agencies, candidate sites, providers, carers, a week's visits, commissioned hours."""

import numpy as np
import polars as pl

from simulator import care, rates
from simulator.housing import points_inside
from simulator.landed import Landing
from simulator.log import Array
from simulator.timeline import NO_DAY, add_months, as_date, day_number
from simulator.writers.places import to_degrees
from simulator.writers.social_care import agency_locations

EXTRACT_DAYS_AFTER = 22
VISIT_HOURS_PER_CARER = 22.0
"""Contact hours a carer is rostered for, on average (rates.md 10 "Contact share", assumed part-time mix)."""
_WINDOWS = (("07:00", "10:00"), ("11:30", "14:00"), ("16:00", "18:30"), ("19:30", "22:00"))
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def write_supply(landing: Landing) -> None:
    stamp = landing.cut(landing.timeline.last_day, EXTRACT_DAYS_AFTER).strftime("%Y%m%d")
    landing.land(_locations(landing), f"supply/HSCA_Active_Locations_{stamp}.csv")
    landing.land(_sites(landing), "supply/candidate_sites.csv")
    packages = _packages(landing)
    landing.land(_providers(landing, packages), "supply/providers.csv")
    carers = _carers(landing, packages)
    landing.land(carers, "supply/carers.csv")
    landing.land(_visits(landing, packages, carers), f"supply/visits_{stamp}.csv")
    landing.land(_commissioned(landing), "supply/commissioned_hours.csv")


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
    easting, northing = np.concatenate([homes.easting, streets.easting[office]]), np.concatenate([homes.northing, streets.northing[office]])
    longitude, latitude = to_degrees(easting, northing)
    is_home, nursing = np.arange(count + extra) < count, np.concatenate([homes.nursing, np.zeros(extra, dtype=bool)])
    dementia = np.concatenate([homes.dementia, rng.random(extra) < 0.5])
    extra_care = ~is_home & (rng.random(count + extra) < 0.15)
    yes = lambda flag: np.where(flag, "Y", "")  # noqa: E731
    street = np.concatenate([homes.street, office])
    number = np.concatenate([homes.number, np.full(extra, 2)])
    line = number.astype(str).astype(object) + " " + streets.name[street]
    rating = np.array(["Good", "Requires improvement", "Outstanding", "Inadequate"])[np.searchsorted([0.74, 0.94, 0.98], rng.random(count + extra))]
    uprns = np.concatenate([homes.uprn.astype(str), np.full(extra, "")])
    directorate = np.where(is_home, "Residential social care", "Community based adult social care services")
    return pl.DataFrame(
        {
            "Location ID": np.concatenate([homes.location_id, agencies["location_id"].to_numpy()]), "Location HSCA start date": "2012-04-01",
            "Dormant (Y/N)": "N", "Care home?": np.where(is_home, "Y", "N"),
            "Location Name": np.concatenate([homes.name, agencies["name"].to_numpy()]).astype(str),
            "Care homes beds": np.concatenate([beds(landing), np.zeros(extra, dtype=int)]), "Location Type/Sector": "Social Care Org",
            "Location Inspection Directorate": "Adult social care", "Location Primary Inspection Category": directorate,
            "Location Latest Overall Rating": rating, "Publication Date": "2025-06-10", "Inherited Rating (Y/N)": "",
            "Location Region": "West Midlands", "Location Local Authority": world.county.lad_name[area],
            "Location Street Address": line.astype(str), "Location City": world.county.town[area].astype(str),
            "Location Postal Code": streets.postcode[street], "Location UPRN ID": uprns, "Location Latitude": latitude,
            "Location Longitude": longitude, "Brand Name": "-", "Provider ID": np.char.add("1-", (900_000_001 + np.arange(count + extra)).astype(str)),
            "Provider Name": np.concatenate([homes.name, agencies["name"].to_numpy()]).astype(str), "Provider Ownership Type": "Organisation",
            "Regulated activity - Personal care": yes(~is_home),
            "Regulated activity - Accommodation for persons who require nursing or personal care": yes(is_home),
            "Service type - Care home service with nursing": yes(nursing), "Service type - Care home service without nursing": yes(is_home & ~nursing),
            "Service type - Domiciliary care service": yes(~is_home), "Service type - Extra Care housing services": yes(extra_care),
            "Service user band - Older People": "Y", "Service user band - Dementia": yes(dementia), "Location Dual Registered": "", "Primary ID": "",
        }
    )  # fmt: skip


def _sites(landing: Landing) -> pl.DataFrame:
    """Ten pieces of land where a home could stand, more of them where people are."""
    county, rng, count = landing.world.county, landing.rng(23), 10
    area = rng.choice(len(county.codes), count, replace=len(county.codes) < count, p=county.people / county.people.sum())
    at = np.round(points_inside(county, area, rng, gather=0.3))
    street = landing.world.streets.name[np.searchsorted(landing.world.streets.area, area)]
    kinds = np.array(["residential", "nursing", "residential;dementia", "residential;nursing;dementia"])[rng.integers(0, 4, count)]
    return pl.DataFrame(
        {
            "site_id": [f"SITE{k:02d}" for k in range(1, count + 1)], "name": np.array(["Land at " + s for s in street]),
            "easting": at[:, 0].astype(int), "northing": at[:, 1].astype(int), "max_beds": rng.choice([36, 48, 60, 66, 80], count),
            "care_types": kinds, "cost_per_bed_pounds": rng.integers(98, 156, count) * 1000,
            "available_from": [as_date(landing.timeline.last_day + 200 + 60 * k) for k in range(count)],
        }
    )  # fmt: skip


def _packages(landing: Landing) -> pl.DataFrame:
    """Home-care packages live on the last day: person, dwelling, hours, double-handed, agency."""
    end, agencies = landing.timeline.last_day, len(agency_locations(landing))
    rows = landing.world.services.frame().filter(
        (pl.col("kind") == care.K_COMMUNITY) & (pl.col("component") == 0) & (pl.col("day") <= end)
        & ((pl.col("until") == NO_DAY) | (pl.col("until") > end))
    ).sort("person", "day").unique("person", keep="last", maintain_order=True)  # fmt: skip
    place = landing.address_row(rows["person"].to_numpy(), np.full(len(rows), end))
    at_home = (place >= 0) & (place < len(landing.world.dwellings.area))
    return rows.with_columns(place=pl.Series(place), agency=pl.col("provider") % agencies).filter(pl.Series(at_home))


def _providers(landing: Landing, packages: pl.DataFrame) -> pl.DataFrame:
    """The agencies with hours to offer: what they deliver today and some to spare, at least the county's hours in all."""
    rng, agencies = landing.rng(24), agency_locations(landing)
    count = len(agencies)
    today = np.bincount(packages["agency"].to_numpy(), weights=packages["hours"].to_numpy(), minlength=count)
    offered = np.round(np.maximum(today, today.mean() * 0.6) * rng.uniform(1.1, 1.7, count), 0)
    street = rng.integers(0, len(landing.world.streets.area), count)
    return pl.DataFrame(
        {
            "provider_id": [f"PV{k + 1:02d}" for k in range(count)], "provider_name": agencies["name"], "cqc_location_id": agencies["location_id"],
            "base_postcode": landing.world.streets.postcode[street], "offered_hours_per_week": offered,
            "max_lots": rng.integers(1, 4, count), "min_own_share": 0.95, "quality_score": np.round(rng.uniform(55, 95, count), 1), "today_zones": "",
        }
    )  # fmt: skip


def _carers(landing: Landing, packages: pl.DataFrame) -> pl.DataFrame:
    rng = landing.rng(25)
    count = max(4, round(float(packages["hours"].sum()) / VISIT_HOURS_PER_CARER))
    agency = rng.integers(0, len(agency_locations(landing)), count)
    street = rng.integers(0, len(landing.world.streets.area), count)
    skills = np.array(["personal_care", "personal_care;medication", "personal_care;medication;hoist"])[np.searchsorted([0.35, 0.7], rng.random(count))]
    shifts = np.array(["Mon-Fri 07:00-14:00", "Mon-Sun 07:00-14:30", "Mon-Sun 15:30-22:00", "Sat-Wed 07:00-22:00", "Thu-Sun 16:00-22:00"])
    return pl.DataFrame(
        {
            "carer_id": [f"CW{k + 1:04d}" for k in range(count)], "provider_id": [f"PV{a + 1:02d}" for a in agency],
            "home_postcode": landing.world.streets.postcode[street],
            "mode": np.array(["car", "walk", "cycle"])[np.searchsorted([0.78, 0.94], rng.random(count))],
            "skills": skills, "weekly_hours": rng.choice([16, 20, 25, 30, 37.5], count), "shifts": shifts[rng.integers(0, len(shifts), count)],
        }
    )  # fmt: skip


def _visits(landing: Landing, packages: pl.DataFrame, carers: pl.DataFrame) -> pl.DataFrame:
    """A week's visits: each package cut into 15, 30, 45 or 60 minute calls at up to four times of day."""
    rng, end = landing.rng(26), landing.timeline.last_day
    double = packages["double"].to_numpy()
    weekly = packages["hours"].to_numpy() * 60 / np.where(double, 2, 1)
    days = np.clip(np.round(weekly / 30), 1, 7).astype(int)
    calls = np.clip(np.round(weekly / days / 38), 1, 4).astype(int)
    minutes = np.clip(np.round(weekly / days / calls / 15) * 15, 15, 120).astype(int)
    per = days * calls
    row = np.repeat(np.arange(len(packages)), per)
    step = np.arange(len(row)) - np.repeat(np.cumsum(per) - per, per)
    day, call = step // calls[row], step % calls[row]
    slot = np.where(calls[row] == 1, 0, np.where(calls[row] == 2, call * 3, np.where(calls[row] == 3, np.array([0, 1, 3])[call % 3], call)))
    spread = day * 7 // days[row]
    who, place = packages["person"].to_numpy()[row], packages["place"].to_numpy()[row]
    same = pl.DataFrame({"agency": packages["agency"].to_numpy()})["agency"].to_numpy()[row]
    usual = _usual_carer(carers, same, who, slot)
    ids = np.char.add("VS", np.char.zfill((np.arange(len(row)) + 1).astype(str), 6))
    linked = (call > 0) & (landing.rng(27).random(len(packages)) < 0.12)[row]
    return pl.DataFrame(
        {
            "visit_id": ids, "person_key": landing.la_id[who], "uprn": landing.addresses.uprn[place], "weekday": np.array(_DAYS)[spread],
            "window_start": np.array([w[0] for w in _WINDOWS])[slot], "window_end": np.array([w[1] for w in _WINDOWS])[slot],
            "duration_minutes": minutes[row],
            "skills": np.where(double[row], "personal_care;hoist", np.where(rng.random(len(row)) < 0.3, "personal_care;medication", "personal_care")),
            "carers_needed": np.where(double[row], 2, 1), "linked_visit_id": np.where(linked, np.roll(ids, 1), ""),
            "min_gap_minutes": np.where(linked, "180", ""), "max_gap_minutes": np.where(linked, "780", ""), "usual_carer_id": usual,
            "true:subject": who,
        }
    )  # fmt: skip


def _usual_carer(carers: pl.DataFrame, agency: Array, who: Array, slot: Array) -> Array:
    """The same carer for a person's mornings and another for the evenings, from the person's agency where it has any."""
    ids, provider = carers["carer_id"].to_numpy(), carers["provider_id"].str.slice(2).cast(pl.Int64).to_numpy() - 1
    order = np.argsort(provider, kind="stable")
    first, last = np.searchsorted(provider[order], agency, side="left"), np.searchsorted(provider[order], agency, side="right")
    pick = who * 7 + (slot >= 2)
    inside = first + pick % np.maximum(last - first, 1)
    return np.where(last > first, ids[order[np.minimum(inside, len(order) - 1)]], ids[pick % len(ids)])


def _commissioned(landing: Landing) -> pl.DataFrame:
    """Planned home-care hours a week by area on the first of each month: everybody counted, nobody named."""
    world, timeline = landing.world, landing.timeline
    rows = world.services.frame().filter((pl.col("kind") == care.K_COMMUNITY) & (pl.col("component") == 0))
    parts = []
    for month in range(12 * timeline.years):
        first = add_months(timeline.first_date, month)
        day = day_number(first)
        live = rows.filter((pl.col("day") <= day) & ((pl.col("until") == NO_DAY) | (pl.col("until") > day)))
        place = landing.address_row(live["person"].to_numpy(), np.full(len(live), day))
        area = world.county.codes[landing.addresses.area[np.maximum(place, 0)]]
        counted = live.with_columns(area_code=pl.Series(area)).filter(pl.Series(place >= 0)).group_by("area_code").agg(hours_per_week=pl.col("hours").sum().round(2), people=pl.col("person").n_unique()).sort("area_code")
        parts.append(counted.select("area_code", month=pl.lit(first.strftime("%Y-%m")), service=pl.lit("home_care"), hours_per_week="hours_per_week", people="people"))
    return pl.concat(parts)
