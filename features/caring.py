"""Whom an unpaid carer cares for, and how much that person needs: what wears a carer down."""

import polars as pl

from features.as_of import known_before, with_days_ago, within
from features.care_record import read_events, read_packages, read_status
from features.carers import carer_pairs
from features.declared import Missing, Snapshot, View, measure, yes_no
from features.person import residents_at

YEAR_DAYS = 365


def read_cared_for(seen: Snapshot) -> pl.LazyFrame:
    """One row a carer named in care records: `age, hours, dementia, admissions, requests, long_term` of those
    they care for (the oldest's age, sums, any), and how many they are.
    """
    usable = seen.records.people.filter("in_scope", ~pl.col("restricted")).select("person_id")
    pairs = carer_pairs(seen.records, seen.as_of).join(usable, on="person_id", how="semi")
    living = residents_at(seen.records, seen.as_of).select("person_id", "age_years")
    told = (
        pairs.join(living, on="person_id")
        .join(_packages(seen), on="person_id", how="left")
        .join(_status(seen), on="person_id", how="left")
        .join(_admissions(seen), on="person_id", how="left")
        .join(_requests(seen), on="person_id", how="left")
    )
    return told.group_by(pl.col("carer_id").alias("person_id")).agg(
        pl.len().alias("n_people"),
        pl.col("age_years").max().alias("age"),
        pl.col("hours_now").fill_null(0).sum().alias("hours"),
        pl.col("long_term_now").fill_null(False).any().alias("long_term"),
        pl.col("dementia").fill_null(False).any().alias("dementia"),
        pl.col("admissions").fill_null(0).sum().alias("admissions"),
        pl.col("requests").fill_null(0).sum().alias("requests"),
        pl.col("unplanned").fill_null(0).sum().alias("unplanned"),
    )


def _packages(seen: Snapshot) -> pl.LazyFrame:
    return read_packages(seen).select("person_id", "hours_now", "long_term_now")


def _status(seen: Snapshot) -> pl.LazyFrame:
    return read_status(seen).select("person_id", (pl.col("dementia") == "Yes").alias("dementia"))


def _admissions(seen: Snapshot) -> pl.LazyFrame:
    known = known_before(seen.records.admissions, seen.as_of).filter("emergency")
    dated = with_days_ago(known.select("person_id", "happened_on"), seen.as_of)
    return dated.filter(within(YEAR_DAYS)).group_by("person_id").agg(pl.len().alias("admissions"))


def _requests(seen: Snapshot) -> pl.LazyFrame:
    recent = read_events(seen).filter(within(YEAR_DAYS))
    request, review = pl.col("event_type") == "Request", pl.col("event_type") == "Review"
    return recent.group_by("person_id").agg(
        request.sum().alias("requests"), (review & pl.col("unplanned")).sum().alias("unplanned")
    )


CARED_FOR = View(
    "cared_for",
    "person_id",
    ("care_events", "residences", "people", "admissions"),
    read_cared_for,
    one_row=True,
)

FEATURES = (
    measure(
        "people_cared_for",
        CARED_FOR,
        pl.col("n_people"),
        "people",
        "people they are recorded as caring for",
        missing=Missing.ZERO,
    ),
    measure("cared_for_age", CARED_FOR, pl.col("age"), "years", "age of the person they care for"),
    measure(
        "cared_for_home_care_hours",
        CARED_FOR,
        pl.col("hours"),
        "hours a week",
        "home-care hours of the person they care for",
    ),
    yes_no(
        "cared_for_long_term", CARED_FOR, pl.col("long_term"), "cares for somebody with long-term support"
    ),
    yes_no("cared_for_dementia", CARED_FOR, pl.col("dementia"), "cares for somebody with dementia"),
    measure(
        "cared_for_emergency_admissions",
        CARED_FOR,
        pl.col("admissions"),
        "admissions",
        "emergency admissions of the person they care for in the last year",
        state="365d",
    ),
    measure(
        "cared_for_requests",
        CARED_FOR,
        pl.col("requests"),
        "requests",
        "requests for support by the person they care for in the last year",
        state="365d",
    ),
    measure(
        "cared_for_unplanned_reviews",
        CARED_FOR,
        pl.col("unplanned"),
        "reviews",
        "unplanned reviews of the person they care for in the last year",
        state="365d",
    ),
)
