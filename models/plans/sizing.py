"""What each zone means for whoever runs it: hours, people, visits, carers, recruits, pounds."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from configs.settings import Prices, Settings
from configs.settings import Zones as ZoneSettings
from models.plans.recheck import distances_to_centres

MINUTES_PER_HOUR = 60.0
METRES_PER_KILOMETRE = 1000.0
ROUND_LEG = 0.7124
"""Leg of the shortest round through many points, over the square root of the ground per point (Beardwood,
Halton and Hammersley 1959; constant of Applegate, Cook, Johnson and others 2010).
"""

CLIENTS_MIN = 20
"""Fewer clients on record than this: the published hours a person are used instead of the county's
(assumed).
"""


@dataclass(frozen=True)
class Demand:
    """Hours a week by area: `mean` (n,), `draws` (draws, n); `points` (n, 2) metres; hours a person has."""

    mean: np.ndarray
    draws: np.ndarray
    points: np.ndarray
    hours_per_person: float


def hours_per_person(observed: pl.DataFrame, zones: ZoneSettings) -> float:
    """Home-care hours a week of a client: the county's own if it has CLIENTS_MIN of them, else published."""
    totals = dict(observed.group_by("measure").agg(pl.col("value").sum()).iter_rows())
    clients, hours = totals.get("clients_home_care", 0.0), totals.get("hours_home_care", 0.0)
    return hours / clients if clients >= CLIENTS_MIN and hours > 0 else zones.hours_per_person_per_week


def size_zones(
    zone: np.ndarray, names: list[str], areas: pl.DataFrame, demand: Demand, settings: Settings
) -> pl.DataFrame:
    """One row a zone with the columns of plans/zones.parquet (docs/reference/tables.md, 5), west to east.

    `zone` numbers 0 … K-1 the rows of `areas` (rural?, area_square_metres); `names` are the zones'. Ranges
    of hours are of the sums of the draws. Shares are of hours, null where a zone has none; `rural_share` is
    null, and travel stands halfway, where rurality was not landed. `walkable_share` counts areas in which a
    round goes from client to client in at most `walk_minutes_max` on foot.
    """
    k = len(names)
    hours = np.bincount(zone, demand.mean, k)
    drawn = np.column_stack([demand.draws[:, zone == z].sum(axis=1) for z in range(k)])
    low, middle, high = np.quantile(drawn, (0.1, 0.5, 0.9), axis=0)
    rural = areas["rural"].cast(pl.Float64).fill_null(0.5).to_numpy()
    country = _share(zone, demand.mean, rural, k)
    metres = distances_to_centres(zone, demand.points, demand.mean)
    walkable = can_be_walked(
        demand.mean, areas["area_square_metres"].to_numpy(), demand.hours_per_person, settings
    )
    table = pl.DataFrame(
        {
            "zone_id": name_ids(k),
            "zone_name": names,
            "n_areas": np.bincount(zone, minlength=k),
            "hours_mean": hours,
            "hours_p10": low,
            "hours_p50": middle,
            "hours_p90": high,
            "people_mean": hours / demand.hours_per_person,
            "visits_per_week": hours * MINUTES_PER_HOUR / settings.zones.visit_minutes,
            **count_carers(hours, np.nan_to_num(country, nan=0.5), settings.prices),
            **price_hours(np.nan_to_num(country, nan=0.5), settings.prices),
            "rural_share": _nothing_if(areas["rural"].is_null().all(), country),
            "walkable_share": _share(zone, demand.mean, walkable.astype(float), k),
            "mean_distance_metres": _share(zone, demand.mean, metres, k),
        }
    )
    yearly = pl.col("hours_mean") * pl.col("price_per_hour_pounds") * settings.prices.weeks_per_year
    viable = pl.col("hours_mean") >= settings.prices.hours_viable_min
    numbers = pl.selectors.float()
    return table.with_columns(yearly.alias("cost_per_year_pounds"), viable.alias("viable")).with_columns(
        numbers.fill_nan(None).round(4)
    )


def name_ids(zones: int) -> list[str]:
    """Z01, Z02 … (as many digits as needed, two at least)."""
    return [f"Z{number:0{max(2, len(str(zones)))}d}" for number in range(1, zones + 1)]


def count_carers(hours: np.ndarray, rural: np.ndarray, prices: Prices) -> dict[str, np.ndarray]:
    """`fte` (posts to fund) and `recruits_per_year` for contact hours a week in zones of rural share `rural`.

    A full-time carer in work gives `contact_hours_per_fte_per_week` in town, fewer where travel takes more;
    holiday and sickness are covered by others; a share of posts stands vacant. Recruits replace who leaves
    filled posts.
    """
    travel = travel_share(rural, prices)
    in_work = hours / prices.contact_hours_per_fte_per_week * (1 + travel) / (1 + prices.travel_share_urban)
    filled = in_work * (1 + prices.holiday_share + prices.sickness_share)
    return {
        "fte": filled / (1 - prices.vacancy_share),
        "recruits_per_year": filled * prices.turnover_share_per_year,
    }


def price_hours(rural: np.ndarray, prices: Prices) -> dict[str, np.ndarray]:
    """A fair price of an hour of care in pounds, in all and by component, for zones of rural share `rural`.

    Pay for contact, travel and training time; holiday and sickness on all of it; on-costs on all of that;
    mileage; overheads; a surplus on the whole (the parts of the Homecare Association's model).
    """
    pay = np.full_like(rural, prices.carer_pay_pounds_per_hour)
    travel, training = pay * travel_share(rural, prices), pay * prices.training_share
    away = (pay + travel + training) * (prices.holiday_share + prices.sickness_share)
    on_costs = (pay + travel + training + away) * prices.on_cost_share
    miles = prices.miles_per_contact_hour_urban * (1 - rural) + prices.miles_per_contact_hour_rural * rural
    overhead = np.full_like(rural, prices.overhead_pounds_per_hour)
    parts = {
        "pay": pay,
        "travel": travel,
        "training": training,
        "holiday_sickness": away,
        "on_costs": on_costs,
        "mileage": miles * prices.mileage_pounds_per_mile,
        "overhead": overhead,
    }
    before_surplus = np.sum(list(parts.values()), axis=0)
    parts["surplus"] = before_surplus * prices.surplus_share
    priced = {f"price_{name}_pounds": value for name, value in parts.items()}
    return {"price_per_hour_pounds": before_surplus + parts["surplus"], **priced}


def travel_share(rural: np.ndarray, prices: Prices) -> np.ndarray:
    """Paid travel time per hour of care in zones of rural share `rural`."""
    return prices.travel_share_urban * (1 - rural) + prices.travel_share_rural * rural


def can_be_walked(
    hours: np.ndarray, square_metres: np.ndarray, hours_per_person: float, settings: Settings
) -> np.ndarray:
    """Where a carer can walk from client to client: the expected leg of a round takes `walk_minutes_max` at
    most.

    The leg is ROUND_LEG times the square root of the ground per client, times the detour factor. True or
    false for each area; an area without hours cannot be walked.
    """
    clients = hours / hours_per_person
    ground = np.divide(square_metres, clients, out=np.full_like(hours, np.inf), where=clients > 0)
    metres_per_minute = settings.zones.walking_kilometres_per_hour * METRES_PER_KILOMETRE / MINUTES_PER_HOUR
    return (
        ROUND_LEG * np.sqrt(ground) * settings.travel.detour_factor
        <= settings.zones.walk_minutes_max * metres_per_minute
    )


def _share(zone: np.ndarray, hours: np.ndarray, values: np.ndarray, zones: int) -> np.ndarray:
    """The mean of `values` weighted by hours in each zone; NaN in a zone without hours."""
    total = np.bincount(zone, hours, zones)
    return np.divide(
        np.bincount(zone, hours * values, zones), total, out=np.full(zones, np.nan), where=total > 0
    )


def _nothing_if(unknown: bool, values: np.ndarray) -> np.ndarray:
    return np.full_like(values, np.nan) if unknown else values
