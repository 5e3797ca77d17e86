"""supply/packages, delivered, workforce and contracts: the home-care market as its coordinators record it."""

from itertools import pairwise

import numpy as np
import polars as pl

from simulator import kinds, rates
from simulator.landed import Landing
from simulator.log import Array
from simulator.names import numbered
from simulator.timeline import NO_DAY, add_months, as_date, dates, day_number
from simulator.writers.agencies import agency_locations, agency_of_services, provider_ids
from simulator.writers.zones import zone_ids

MONTHS_BACK = 24
HANDED_BACK = 0.04  # share of packages that an agency hands back within half a year (assumed)
DELIVERED_MEAN, DELIVERED_SD = 0.955, 0.02
"""Share of planned hours delivered, by agency (assumed; rates.md 2 "Hours not delivered")."""
SUBCONTRACTED = 0.05  # share of delivered hours given by another agency, at most twice this (assumed)
CONTACT_HOURS_PER_FTE = 37.5 * 0.80  # rates.md 10 "Contact share of a home carer's paid time" about 80%
VACANCY, STARTERS_A_YEAR, LEAVERS_A_YEAR = 0.101, 0.31, 0.285
"""rates.md 10: "Vacancy rate by service" home care, "Starter rate", "Turnover" of care workers."""
PRICE_RISE_A_YEAR = 1.068  # rates.md 2 "Average hourly rate councils pay", up 6.8%
PAY_POUNDS = 12.60  # rates.md 10 "Median pay", December 2025


def home_care_services(landing: Landing) -> pl.DataFrame:
    """Every home-care service: person, day, until (NO_DAY while open), hours, agency, area (a number)."""
    rows = landing.world.services.frame().filter(kinds.HOME_CARE)
    place = landing.address_row(rows["person"].to_numpy(), rows["day"].to_numpy())
    area = np.where(place >= 0, landing.addresses.area[np.maximum(place, 0)], -1)
    agency = agency_of_services(landing, rows["provider"].to_numpy(), area)
    return rows.with_columns(agency=pl.Series(agency), area=pl.Series(area)).filter(pl.col("area") >= 0)


def write_market(landing: Landing) -> None:
    """Write packages, delivered hours, workforce and contracts."""
    services = home_care_services(landing)
    landing.land(_packages(landing, services), "supply/packages.csv")
    months = _months(landing)
    planned = pl.concat([_planned(landing, services, first, after) for first, after in months])
    landing.land(_delivered(landing, planned), "supply/delivered.csv")
    landing.land(_workforce(landing, planned), "supply/workforce.csv")
    landing.land(_contracts(landing, planned), "supply/contracts.csv")


def _months(landing: Landing) -> list[tuple[int, int]]:
    """First day of each of the last months, and the day after its last."""
    timeline = landing.timeline
    count = min(MONTHS_BACK, 12 * timeline.years)
    after = as_date(timeline.last_day + 1)
    starts = [day_number(add_months(after, -m)) for m in range(count, -1, -1)]
    return list(pairwise(starts))


def _packages(landing: Landing, services: pl.DataFrame) -> pl.DataFrame:
    """Packages asked for in the recorded time: those that began, some handed back, and those that wait."""
    rng, timeline = landing.rng(202), landing.timeline
    spells = services.sort("person", "day").with_columns(
        fresh=pl.col("day") - pl.col("until").shift(1).over("person").fill_null(-(10**6)) > 0
    )
    begun = spells.filter("fresh", pl.col("day").is_between(timeline.first_day, timeline.last_day))
    day, count = begun["day"].to_numpy(), len(begun)
    until = np.where(begun["until"].to_numpy() == NO_DAY, timeline.last_day, begun["until"].to_numpy())
    back = day + rng.integers(20, 180, count)
    returned = (rng.random(count) < HANDED_BACK) & (back < np.minimum(until, timeline.last_day))
    shown = pl.DataFrame(
        {
            "area": begun["area"],
            "requested": day - rng.geometric(0.16, count),
            "started": day,
            "hours": begun["hours"],
            "route": np.where(_after_hospital(landing, begun), "hospital", "community"),
            "provider_id": provider_ids(begun["agency"].to_numpy()),
            "back": np.where(returned, back, NO_DAY),
        }
    )
    both = pl.concat([shown, _waiting(landing, rng)], how="vertical_relaxed").sort(
        "requested", "area", "hours"
    )
    return pl.DataFrame(
        {
            "package_id": numbered("PK", np.arange(len(both)) + 1, 6),
            "area_code": landing.world.county.codes[both["area"].to_numpy()].astype(str),
            "requested_on": dates(both["requested"].to_numpy()),
            "started_on": dates(both["started"].to_numpy()),
            "hours_per_week": both["hours"],
            "route": both["route"],
            "provider_id": both["provider_id"],
            "handed_back_on": dates(both["back"].to_numpy()),
        }
    )


def _after_hospital(landing: Landing, begun: pl.DataFrame) -> Array:
    """Whose last request before the package came with a discharge."""
    requests = landing.world.requests.frame().filter(~pl.col("carer")).select("person", "day", "route")
    asked = begun.select("person", "day").with_row_index("n").sort("day")
    found = asked.join_asof(requests.sort("day"), on="day", by="person", check_sortedness=False)
    return (found.sort("n")["route"].fill_null(kinds.COMMUNITY) == kinds.DISCHARGE).to_numpy()


def _waiting(landing: Landing, rng: np.random.Generator) -> pl.DataFrame:
    """Packages of people whose support is decided on and has not begun by the last day."""
    people, last = landing.world.people, landing.timeline.last_day
    who = np.flatnonzero(people["resident"] & (people["pending"] > NO_DAY) & ~people["in_care_home"])
    place = landing.address_row(who, np.full(len(who), last))
    area = landing.addresses.area[np.maximum(place, 0)]
    hours = np.clip(np.round(np.exp(rng.normal(np.log(rates.HOURS_MEDIAN), 0.5, len(who))) * 4) / 4, 1, 60)
    return pl.DataFrame(
        {
            "area": area,
            "requested": last - rng.geometric(0.09, len(who)),
            "started": np.full(len(who), NO_DAY),
            "hours": hours,
            "route": np.where(rng.random(len(who)) < 0.4, "hospital", "community"),
            "provider_id": [""] * len(who),
            "back": np.full(len(who), NO_DAY),
        },
        schema_overrides={"provider_id": pl.String},
    ).filter(pl.Series(place >= 0))


def _planned(landing: Landing, services: pl.DataFrame, first: int, after: int) -> pl.DataFrame:
    """Planned hours in a month by agency and area: month, agency, area, hours."""
    until = pl.when(pl.col("until") == NO_DAY).then(2**30).otherwise(pl.col("until"))
    days = pl.min_horizontal(until, pl.lit(after)) - pl.max_horizontal("day", pl.lit(first))
    live = services.with_columns(days=days).filter(pl.col("days") > 0)
    hours = live.group_by("agency", "area").agg(hours=(pl.col("hours") * pl.col("days") / 7).sum().round(2))
    month = as_date(first).strftime("%Y-%m")
    return hours.sort("agency", "area").select(pl.lit(month).alias("month"), "agency", "area", "hours")


def _delivered(landing: Landing, planned: pl.DataFrame) -> pl.DataFrame:
    rng, agencies = landing.rng(203), len(agency_locations(landing))
    usual = rng.normal(DELIVERED_MEAN, DELIVERED_SD, agencies)
    share = np.clip(usual[planned["agency"].to_numpy()] + rng.normal(0, 0.02, len(planned)), 0.7, 1.0)
    delivered = planned["hours"].to_numpy() * share
    given = delivered * SUBCONTRACTED * 2 * rng.random(len(planned))
    return pl.DataFrame(
        {
            "provider_id": provider_ids(planned["agency"].to_numpy()),
            "area_code": _codes(landing, planned),
            "month": planned["month"],
            "planned_hours": planned["hours"],
            "delivered_hours": np.round(delivered, 2),
            "subcontracted_hours": np.round(given, 2),
        }
    )


def _workforce(landing: Landing, planned: pl.DataFrame) -> pl.DataFrame:
    """Whole-time home-care workers by area and month, with vacancies, starters and leavers."""
    rng = landing.rng(204)
    by_area = planned.group_by("month", "area").agg(pl.col("hours").sum()).sort("month", "area")
    fte = by_area["hours"].to_numpy() * 12 / 52 / CONTACT_HOURS_PER_FTE
    return pl.DataFrame(
        {
            "area_code": _codes(landing, by_area),
            "month": by_area["month"],
            "fte": np.round(fte, 2),
            "vacancies": rng.poisson(fte * VACANCY / (1 - VACANCY)),
            "starters": rng.poisson(fte * STARTERS_A_YEAR / 12),
            "leavers": rng.poisson(fte * LEAVERS_A_YEAR / 12),
        }
    )


def _contracts(landing: Landing, planned: pl.DataFrame) -> pl.DataFrame:
    """One line an agency, zone and month: the price, and what is paid in advance for the hours planned."""
    zones = zone_ids(landing.zones)
    rural = landing.world.county.rural
    lines = planned.with_columns(
        zone=pl.Series(zones[planned["area"].to_numpy()]), rural=pl.Series(rural[planned["area"].to_numpy()])
    )
    lines = lines.group_by("month", "agency", "zone").agg(
        pl.col("hours").sum(), pl.col("rural").cast(pl.Float64).mean()
    )
    lines = lines.sort("month", "zone", "agency")
    age = (landing.timeline.last_day - _month_days(lines)) / 365.25
    price = rates.HOURLY_PRICE_POUNDS * PRICE_RISE_A_YEAR ** (1.5 - age)
    price = np.round(price * (1 + 0.06 * lines["rural"].to_numpy()), 2)
    agency = lines["agency"].to_numpy()
    rng, agencies = landing.rng(205), len(agency_locations(landing))
    pay, qualified = PAY_POUNDS + rng.uniform(-0.2, 0.9, agencies), rng.uniform(0.4, 0.75, agencies)
    return pl.DataFrame(
        {
            "contract_id": np.char.add(
                np.char.add("C", lines["zone"].to_numpy().astype(str)), provider_ids(agency)
            ),
            "provider_id": provider_ids(agency),
            "zone_id": lines["zone"],
            "month": lines["month"],
            "price_per_hour": price,
            "advance_pounds": np.round(price * lines["hours"].to_numpy(), 2),
            "staff_pay_per_hour": np.round(pay[agency] * PRICE_RISE_A_YEAR ** (-age), 2),
            "qualified_share": np.round(qualified[agency], 3),
        }
    )


def _month_days(lines: pl.DataFrame) -> Array:
    return lines["month"].str.to_date("%Y-%m").cast(pl.Int32).to_numpy()


def _codes(landing: Landing, rows: pl.DataFrame) -> Array:
    return landing.world.county.codes[rows["area"].to_numpy()].astype(str)
