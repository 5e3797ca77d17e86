"""What is on record now, by area: observed counts and hours, uncontrolled (they stay inside until
released).
"""

from datetime import date

import polars as pl

from features.as_of import known_before, open_at, with_days_ago, within
from features.cohort import LONG_TERM_CARE_HOME, build_cohort, care_home_residents, long_term_open
from features.hours_ahead import DIRECT_PAYMENT, HOME_CARE
from features.inputs import Records

YEAR_DAYS = 365


def count_observed(records: Records, as_of: date) -> pl.DataFrame:
    """`lsoa_code, measure, value, n_people, largest_share`, sorted; a measure with nobody in an area has no
    row.

    Measures, of the people described at `as_of` (18 and over), from what was known before it: people_18_64,
    people_65_plus; clients_home_care (home care planned now), hours_home_care (hours a week of it);
    clients_care_home (long-term residential or nursing service open); people_care_home (living in a care
    home, by address or service, whoever pays); emergency_admissions_365d (stays, their number). `n_people`
    is how many people stand behind the value, `largest_share` the largest one's part of it.
    """
    cohort = build_cohort(records, as_of).select("person_id", "lsoa_code", "age_group").collect().lazy()
    amounts = pl.concat([_everybody(cohort), *(_measures(records, as_of))])
    placed = amounts.join(cohort.select("person_id", "lsoa_code"), on="person_id")
    value = pl.col("amount")
    return (
        placed.filter(value > 0)
        .group_by("lsoa_code", "measure")
        .agg(
            value.sum().round(6).alias("value"),
            pl.len().cast(pl.Int64).alias("n_people"),
            (value.max() / value.sum()).round(6).alias("largest_share"),
        )
        .sort("lsoa_code", "measure")
        .collect()
    )


def _everybody(cohort: pl.LazyFrame) -> pl.LazyFrame:
    measure = (
        pl.when(pl.col("age_group") == "65+").then(pl.lit("people_65_plus")).otherwise(pl.lit("people_18_64"))
    )
    return cohort.select("person_id", measure.alias("measure"), pl.lit(1.0).alias("amount"))


def _measures(records: Records, as_of: date) -> list[pl.LazyFrame]:
    hours = _home_care_hours(records, as_of)
    return [
        _of(hours.select("person_id"), "clients_home_care"),
        hours.select(
            "person_id", pl.lit("hours_home_care").alias("measure"), pl.col("hours").alias("amount")
        ),
        _of(long_term_open(records, as_of, LONG_TERM_CARE_HOME), "clients_care_home"),
        _of(care_home_residents(records, as_of), "people_care_home"),
        _emergency_admissions(records, as_of),
    ]


def _of(people: pl.LazyFrame, measure: str) -> pl.LazyFrame:
    return people.select("person_id", pl.lit(measure).alias("measure"), pl.lit(1.0).alias("amount"))


def home_care_packages(records: Records) -> pl.LazyFrame:
    """Every package of council-arranged home care on record (direct payments apart), as care events."""
    arranged = pl.col("delivery_mechanism").fill_null("") != DIRECT_PAYMENT
    home_care = (pl.col("event_type") == "Service") & (pl.col("service_component") == HOME_CARE)
    return records.care_events.filter(home_care & arranged)


def _home_care_hours(records: Records, as_of: date) -> pl.LazyFrame:
    packages = open_at(home_care_packages(records), as_of)
    return packages.group_by("person_id").agg(pl.col("hours_per_week").sum().alias("hours"))


def _emergency_admissions(records: Records, as_of: date) -> pl.LazyFrame:
    stays = with_days_ago(known_before(records.admissions.filter("emergency"), as_of), as_of)
    counted = (
        stays.filter(within(YEAR_DAYS)).group_by("person_id").agg(pl.len().cast(pl.Float64).alias("amount"))
    )
    return counted.select("person_id", pl.lit("emergency_admissions_365d").alias("measure"), "amount")
