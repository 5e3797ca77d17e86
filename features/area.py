"""The area: deprivation, rurality, distance to a stop, density and age, and the neighbours' recent need."""

import polars as pl

from features.as_of import in_window, known_before, window_end
from features.declared import Snapshot, View, measure, yes_no

NEIGHBOURS_DAYS = 365


def read_areas(seen: Snapshot) -> pl.LazyFrame:
    """What is published of each area (undated: taken as always known)."""
    return seen.records.areas


def read_residents(seen: Snapshot) -> pl.LazyFrame:
    """How many adults of the cohort live in each area, how many are older, and how densely."""
    older = (pl.col("age_group") == "65+").mean()
    counted = seen.cohort.group_by("lsoa_code").agg(pl.len().alias("n_adults"), older.alias("older_share"))
    hectares = pl.col("area_square_metres") / 10_000
    areas = seen.records.areas.select("lsoa_code", "area_square_metres")
    return counted.join(areas, on="lsoa_code").with_columns(
        (pl.col("n_adults") / hectares).alias("per_hectare")
    )


def read_neighbours_care(seen: Snapshot) -> pl.LazyFrame:
    """Requests for support among each person's neighbours in the last year, per 1,000 adults."""
    requests = known_before(seen.records.care_events, seen.as_of).filter(pl.col("event_type") == "Request")
    return _rate_without_own_household(seen, requests)


def read_neighbours_health(seen: Snapshot) -> pl.LazyFrame:
    """Emergency admissions among each person's neighbours in the last year, per 1,000 adults."""
    return _rate_without_own_household(
        seen, known_before(seen.records.admissions, seen.as_of).filter("emergency")
    )


def _rate_without_own_household(seen: Snapshot, events: pl.LazyFrame) -> pl.LazyFrame:
    """Events per 1,000 other adults of the area, the own household left out of both; null for too few.

    Leaving out only the person would hand each of a couple the other's need as the neighbours'.
    """
    recent = in_window(events, window_end(seen.as_of, -NEIGHBOURS_DAYS), seen.as_of)
    counts = recent.group_by("person_id").agg(pl.len().alias("n_events"))
    # Who has no household is one of their own.
    single = pl.when(pl.col("household_id").is_null()).then("person_id").alias("single")
    people = seen.cohort.select("person_id", "lsoa_code", "household_id", single).join(
        counts, on="person_id", how="left"
    )
    own = ("household_id", "single")
    n = pl.col("n_events").fill_null(0).cast(pl.Int64)
    others = pl.len().over("lsoa_code").cast(pl.Int64) - pl.len().over(own).cast(pl.Int64)
    theirs = n.sum().over("lsoa_code") - n.sum().over(own)
    enough = others >= seen.settings.features.neighbours_min
    return people.select("person_id", pl.when(enough).then(1000 * theirs / others).alias("per_1000"))


AREAS = View("areas", "lsoa_code", ("areas",), read_areas, one_row=True)
RESIDENTS = View("residents", "lsoa_code", ("residences", "areas"), read_residents, one_row=True)
NEIGHBOURS_CARE = View(
    "neighbours_care", "person_id", ("care_events", "residences"), read_neighbours_care, one_row=True
)
NEIGHBOURS_HEALTH = View(
    "neighbours_health", "person_id", ("admissions", "residences"), read_neighbours_health, one_row=True
)


FEATURES = (
    measure("deprivation", AREAS, pl.col("imd_score"), "IMD score", "deprivation of the area"),
    measure(
        "income_deprivation", AREAS, pl.col("income_score"), "share", "share of the area short of income"
    ),
    measure("health_deprivation", AREAS, pl.col("health_score"), "IMD score", "poor health of the area"),
    measure("barriers", AREAS, pl.col("barriers_score"), "IMD score", "barriers to housing and services"),
    measure(
        "living_environment",
        AREAS,
        pl.col("living_environment_score"),
        "IMD score",
        "poor living environment of the area",
    ),
    yes_no("rural", AREAS, pl.col("rural"), "lives in a rural area"),
    measure(
        "metres_to_stop",
        AREAS,
        pl.col("metres_to_stop"),
        "metres",
        "distance from the area's middle to a bus stop",
    ),
    measure("stops", AREAS, pl.col("n_stops"), "stops", "bus stops in the area"),
    measure(
        "older_share", RESIDENTS, pl.col("older_share"), "share", "share of the area's adults aged 65 or over"
    ),
    measure("adults_per_hectare", RESIDENTS, pl.col("per_hectare"), "people a hectare", "adults a hectare"),
    measure(
        "neighbours_requests",
        NEIGHBOURS_CARE,
        pl.col("per_1000"),
        "per 1,000 adults",
        "neighbours' requests for support in the last year",
        state=f"{NEIGHBOURS_DAYS}d",
    ),
    measure(
        "neighbours_emergency_admissions",
        NEIGHBOURS_HEALTH,
        pl.col("per_1000"),
        "per 1,000 adults",
        "neighbours' emergency admissions in the last year",
        state=f"{NEIGHBOURS_DAYS}d",
    ),
)
