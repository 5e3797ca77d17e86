"""Home-care hours a week from a date on, as the council arranged them."""

from collections.abc import Sequence
from datetime import date

import polars as pl

from configs.settings import Settings
from features.as_of import days_inside, earliest, settled, window_end
from features.cohort import build_cohort
from features.hindsight import leaving_by, seen_to, services_by
from features.inputs import Records

HOME_CARE = "Home support or domiciliary care"
DIRECT_PAYMENT = "Direct payment"

HOURS_SCHEMA = {
    "person_id": pl.String,
    "as_of": pl.Date,
    "horizon_days": pl.Int64,
    "hours_per_week": pl.Float64,
}


def build_hours(
    records: Records,
    as_of: date,
    settings: Settings,
    *,
    horizons: Sequence[int] | None = None,
    seen_by: date | None = None,
) -> pl.DataFrame:
    """Mean home-care hours a week from `as_of` on: person_id, as_of, horizon_days, hours_per_week?.

    Planned hours of home support that the council arranges (no direct payment); every carer of a
    double-handed visit counts; 0 with none, and from death or leaving the area on. Null while the window is
    not settled.
    Sorted by horizon and person; empty, with its columns, when the cohort is.
    """
    told_by = seen_by or window_end(records.data_to, 1)
    cohort = build_cohort(records, as_of).select("person_id").collect().lazy()
    parts = [
        _mean_hours(records, cohort, as_of, horizon, settings, told_by)
        for horizon in horizons or settings.need.horizons_days
    ]
    return pl.concat(pl.collect_all(parts)).sort("horizon_days", "person_id")


def arranged_packages(records: Records, seen_by: date) -> pl.LazyFrame:
    """Home care that the council arranges (no direct payment) as known before `seen_by`: person_id,
    happened_on, until? (its end, or the day of death or of leaving; blank while open), hours_per_week?."""
    arranged = pl.col("delivery_mechanism").fill_null("") != DIRECT_PAYMENT
    packages = services_by(records, seen_by).filter(pl.col("service_component") == HOME_CARE, arranged)
    ends = packages.join(leaving_by(records, seen_by), on="person_id", how="left")
    until = earliest("ended_on", "left_on", "date_of_death").alias("until")
    return ends.select("person_id", "happened_on", until, "hours_per_week")


def _mean_hours(
    records: Records, cohort: pl.LazyFrame, as_of: date, horizon: int, settings: Settings, seen_by: date
) -> pl.LazyFrame:
    end = window_end(as_of, horizon)
    days = days_inside(pl.col("happened_on"), pl.col("until"), as_of, end)
    packages = arranged_packages(records, seen_by)
    hours = packages.group_by("person_id").agg((days * pl.col("hours_per_week")).sum().alias("day_hours"))
    told = settled(as_of, horizon, settings.lags_days.cld, seen_to(records, "care_events", seen_by))
    mean = (pl.col("day_hours").fill_null(0.0) / horizon).round(6)
    return cohort.join(hours, on="person_id", how="left").select(
        "person_id",
        pl.lit(as_of).alias("as_of"),
        pl.lit(horizon, pl.Int64).alias("horizon_days"),
        (mean if told else pl.lit(None, pl.Float64)).alias("hours_per_week"),
    )
