"""The care record as it may be read at a date: every event, the newest status, packages and reviews."""

from datetime import timedelta

import polars as pl

from features.as_of import hide_unknown_ends, is_open_on, known_before, latest_known, with_days_ago, within
from features.cohort import LONG_TERM
from features.declared import Snapshot
from features.hours_ahead import DIRECT_PAYMENT, HOME_CARE
from features.inputs import told_of_person

TREND_DAYS = 365
REVIEW_DUE_DAYS = 365
"""A long-term package is to be reviewed within a year (Care Act statutory guidance, 13.32)."""

TO_ASSESSMENT = r"(?i)^Progress to (re-?)?assessment"
TO_REABLEMENT = r"(?i)^Progress to reablement"
TO_SUPPORT = r"(?i)^(Progress to support planning|Provision of service)"
"""What a request or an assessment led to, in the wording of either release of Client Level Data."""


def read_events(seen: Snapshot) -> pl.LazyFrame:
    """Every care event known, with days since it began (`days_ago`) and ended (`ended_days_ago`)."""
    return seen.once("care_events", lambda: _events(seen))


def _events(seen: Snapshot) -> pl.LazyFrame:
    known = known_before(seen.records.care_events, seen.as_of)
    hidden = hide_unknown_ends(known, seen.as_of, told_at_end=("event_outcome",))
    a_year_back = seen.as_of - timedelta(days=TREND_DAYS)
    dated = with_days_ago(
        with_days_ago(hidden, seen.as_of), seen.as_of, happened="ended_on", name="ended_days_ago"
    )
    service = pl.col("event_type") == "Service"
    direct = (pl.col("service_component") == DIRECT_PAYMENT) | (
        pl.col("delivery_mechanism") == DIRECT_PAYMENT
    )
    home_care = service & (pl.col("service_component") == HOME_CARE) & ~direct.fill_null(False)
    return dated.select(
        "person_id",
        "days_ago",
        "ended_days_ago",
        "event_type",
        "service_type",
        "service_component",
        "assessment_type",
        "pounds_per_week",
        "provider_location_id",
        (service & is_open_on(seen.as_of)).alias("open_now"),
        (service & is_open_on(a_year_back)).alias("open_then"),
        pl.col("event_outcome").str.starts_with("NFA").fill_null(False).alias("came_to_nothing"),
        pl.col("event_outcome").str.contains(TO_ASSESSMENT).fill_null(False).alias("to_assessment"),
        pl.col("event_outcome").str.contains(TO_REABLEMENT).fill_null(False).alias("to_reablement"),
        pl.col("event_outcome").str.contains(TO_SUPPORT).fill_null(False).alias("to_support"),
        pl.col("ended_on").is_null().alias("undecided"),
        pl.col("route_of_access")
        .str.to_lowercase()
        .str.contains("hospital")
        .fill_null(False)
        .alias("by_hospital"),
        pl.col("review_reason").str.starts_with("Unplanned").fill_null(False).alias("unplanned"),
        direct.fill_null(False).alias("direct_payment"),
        pl.when(home_care).then(pl.col("hours_per_week")).alias("hours"),
    )


def read_status(seen: Snapshot) -> pl.LazyFrame:
    """What the newest known event of each service user says of them."""
    of_users = seen.records.care_events.filter(pl.col("client_type") == "Service user")
    told = told_of_person(
        of_users, "primary_support_reason", "accommodation_status", "dementia", "client_funding_status"
    )
    return latest_known(told, seen.as_of, "person_id")


def read_packages(seen: Snapshot) -> pl.LazyFrame:
    """One row a person ever known to social care: hours now and a year ago, long-term support, reviews."""
    hours, now, then = pl.col("hours"), pl.col("open_now"), pl.col("open_then")
    long_term = pl.col("service_type").is_in(LONG_TERM)
    reviewed = (pl.col("event_type") == "Review").fill_null(False)
    assessed = (pl.col("event_type") == "Assessment").fill_null(False)
    by_person = read_events(seen).group_by("person_id").agg(
        hours.filter(now).sum().alias("hours_now"),
        hours.filter(then).sum().alias("hours_then"),
        (long_term & now).any().alias("long_term_now"),
        pl.col("days_ago").filter(long_term & now).max().alias("long_term_days"),
        pl.col("days_ago").filter(reviewed | assessed).min().alias("days_since_looked_at"),
        pl.col("provider_location_id").filter(within(365)).drop_nulls().n_unique().alias("n_providers"),
    )  # fmt: skip
    since = pl.min_horizontal("long_term_days", "days_since_looked_at")
    return by_person.with_columns(
        (pl.col("hours_now") - pl.col("hours_then")).alias("hours_trend"),
        (pl.col("long_term_now") & (since > REVIEW_DUE_DAYS)).fill_null(False).alias("review_overdue"),
    )
