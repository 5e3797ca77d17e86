"""What has been served, and where, over the last two years: the record that forecasts of places stand beside.

All of it is told from what was known before the as-of date; nothing is a forecast.
"""

from collections.abc import Iterator
from datetime import date, timedelta

import polars as pl

from configs.settings import Settings
from features.as_of import in_window, known_before, open_at, reaches_back, with_days_ago, within
from features.cohort import LONG_TERM_COMMUNITY, build_cohort, long_term_open
from features.inputs import Records
from features.outcomes import care_home_moves, community_starts
from features.table import band_ages
from models.places.observed import home_care_packages

SERVICE_USER = "Service user"
REACHED_DAYS = 730
STEP_DAYS = 91
STEPS = 8
WINDOW_DAYS = 182
"""Two years in quarters; what happened is counted over the half-year that ends with each."""


def describe_residents(records: Records, as_of: date) -> pl.DataFrame:
    """Adults at `as_of`: person_id, area_code, age_group, age_band, at_home (not at a communal address)."""
    return (
        build_cohort(records, as_of)
        .select(
            "person_id",
            pl.col("lsoa_code").alias("area_code"),
            "age_group",
            band_ages(pl.col("age_years")).alias("age_band"),
            (~pl.col("communal")).alias("at_home"),
        )
        .collect()
    )


def mark_reached(records: Records, residents: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """Residents at home with `probability` 1 where adult social care has reached them: support at home is
    open, or they asked, were assessed, reviewed or served within REACHED_DAYS; else 0: area_code, age_group,
    age_band, probability. Support alone is so seldom that a small area's lack of it is mostly chance."""
    open_now = long_term_open(records, as_of, (LONG_TERM_COMMUNITY,))
    events = records.care_events.filter(pl.col("client_type") == SERVICE_USER)
    lately = with_days_ago(known_before(events, as_of), as_of).filter(within(REACHED_DAYS))
    reached = pl.concat([open_now, lately.select("person_id")]).unique().collect()["person_id"]
    return residents.filter("at_home").select(
        "area_code",
        "age_group",
        "age_band",
        pl.col("person_id").is_in(reached.implode()).cast(pl.Float64).alias("probability"),
    )


def count_steps(records: Records, as_of: date, settings: Settings) -> pl.DataFrame:
    """Each quarter of the last two years, oldest first: step, on_date, area_code, age_group, measure, value.

    `need`: people who started long-term care, at home or in a care home, in the half-year before `on_date`,
    over what the county's rate in each age band leads one to expect (1.0 where nothing is). `hours`: hours a
    week of home care planned on the day, per resident. Steps whose half-year began before the data did are
    left out; perhaps none are left.
    """
    starts = _starts_of_care(records, as_of, settings).collect()
    packages = home_care_packages(records).collect().lazy()
    steps = [
        pl.concat([_need_by(residents, starts, day), _hours_by(residents, packages, as_of, day)])
        .with_columns(pl.lit(step, pl.Int64).alias("step"), pl.lit(day).alias("on_date"))
        .select(STEPS_SCHEMA.names())
        for step, day, residents in _residents_by_step(records, as_of)
    ]
    return pl.concat([pl.DataFrame(schema=STEPS_SCHEMA), *steps]).sort(
        "measure", "age_group", "step", "area_code"
    )


STEPS_SCHEMA = pl.Schema(
    {
        "step": pl.Int64,
        "on_date": pl.Date,
        "area_code": pl.String,
        "age_group": pl.String,
        "measure": pl.String,
        "value": pl.Float64,
    }
)


def _residents_by_step(records: Records, as_of: date) -> Iterator[tuple[int, date, pl.DataFrame]]:
    for step in range(STEPS):
        day = as_of - timedelta(days=STEP_DAYS * (STEPS - 1 - step))
        if reaches_back(day, records.data_from, WINDOW_DAYS):
            yield step, day, describe_residents(records, day)


def _starts_of_care(records: Records, as_of: date, settings: Settings) -> pl.LazyFrame:
    starts = [community_starts(records, as_of, settings), care_home_moves(records, as_of, settings)]
    return pl.concat(starts)


def _need_by(residents: pl.DataFrame, starts: pl.DataFrame, day: date) -> pl.DataFrame:
    window = in_window(starts.lazy(), day - timedelta(days=WINDOW_DAYS), day).collect()
    started = pl.col("person_id").is_in(window["person_id"].unique().implode()).cast(pl.Float64)
    expected = started.mean().over("age_group", "age_band")
    by_area = (
        residents.with_columns(started.alias("started"), expected.alias("expected"))
        .group_by("area_code", "age_group")
        .agg(pl.col("started", "expected").sum())
    )
    ratio = pl.when(pl.col("expected") > 0).then(pl.col("started") / pl.col("expected")).otherwise(1.0)
    return by_area.select(
        "area_code", "age_group", pl.lit("need").alias("measure"), ratio.round(9).alias("value")
    )


def _hours_by(residents: pl.DataFrame, packages: pl.LazyFrame, as_of: date, day: date) -> pl.DataFrame:
    open_then = open_at(packages, as_of, day=day)
    hours = open_then.group_by("person_id").agg(pl.col("hours_per_week").sum()).collect()
    per_resident = pl.col("hours_per_week").fill_null(0.0).sum() / pl.len()
    return (
        residents.join(hours, on="person_id", how="left")
        .group_by("area_code", "age_group")
        .agg(per_resident.round(9).alias("value"))
        .select("area_code", "age_group", pl.lit("hours").alias("measure"), "value")
    )
