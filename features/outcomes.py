"""What happened next: outcomes in `[as_of, as_of + horizon)` and home-care hours, from landed facts alone.

Definitions: the table at the end of the landing contract. A window is settled only when it, and the time
that its source takes to report, are over; until then what happened is null, never False. Death and leaving
the area are competing events: somebody who dies or leaves without the outcome did not have it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from configs.settings import Settings
from configs.vocabulary import HEALTH_OUTCOMES, OUTCOMES
from features.as_of import (
    days_inside,
    earliest,
    ends_with,
    falls_before,
    hide_unknown_ends,
    in_window,
    is_known,
    known_before,
    lasts,
    merge_spells,
    newest_settled,
    settled,
    window_end,
)
from features.carers import carer_breakdowns, without_open_pair
from features.cohort import (
    LONG_TERM_CARE_HOME,
    LONG_TERM_COMMUNITY,
    build_cohort,
    care_home_residents,
    long_term_open,
)
from features.inputs import Records

HOME_CARE = "Home support or domiciliary care"
DIRECT_PAYMENT = "Direct payment"

COMMUNITY_GAP_DAYS = 91
"""A start counts only with no long-term community support in the 91 days before (landing contract)."""

CARE_HOME_GAP_DAYS = 2
"""Care-home spells at most a day apart are one stay: year-end resets end on 31 March and start on 1 April."""

OUTCOME_SCHEMA = {
    "person_id": pl.String,
    "as_of": pl.Date,
    "outcome": pl.String,
    "horizon_days": pl.Int64,
    "eligible": pl.Boolean,
    "happened": pl.Boolean,
}
HOURS_SCHEMA = {
    "person_id": pl.String,
    "as_of": pl.Date,
    "horizon_days": pl.Int64,
    "hours_per_week": pl.Float64,
}


@dataclass(frozen=True)
class Outcome:
    """One outcome: the days on which it happened, who cannot have it, and how long its reports take."""

    name: str
    table: str
    days: Callable[[Records, date, Settings], pl.LazyFrame]
    not_eligible: Callable[[Records, date], pl.LazyFrame] | None
    wait_days: Callable[[Settings], int]


def build_outcomes(
    records: Records,
    as_of: date,
    settings: Settings,
    *,
    horizons: Sequence[int] | None = None,
    seen_by: date | None = None,
) -> pl.DataFrame:
    """Person x outcome x horizon at `as_of`: person_id, as_of, outcome, horizon_days, eligible, happened?.

    Only facts known before `seen_by` count (default: everything landed), so that a training label is no wiser
    than the run that trains on it. Health outcomes are absent when no hospital extract was landed. Sorted by
    outcome, horizon, person; empty, with its columns, when the cohort is.
    """
    told_by = seen_by or window_end(records.data_to, 1)
    cohort = build_cohort(records, as_of).select("person_id").collect().lazy()
    ahead = tuple(horizons or settings.need.horizons_days)
    parts = [_first_days(records, cohort, o, as_of, ahead, settings, told_by) for o in outcomes_of(records)]
    labelled = [
        _label(records, first, outcome, as_of, horizon, settings, told_by)
        for outcome, first in zip(outcomes_of(records), pl.collect_all(parts), strict=True)
        for horizon in ahead
    ]
    return pl.concat(labelled).sort("outcome", "horizon_days", "person_id")


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


def outcomes_of(records: Records) -> list[Outcome]:
    """The outcomes that these records can tell, in the order of the vocabulary."""
    return [DEFINED[o] for o in OUTCOMES if o not in HEALTH_OUTCOMES or has_hospital(records)]


def has_hospital(records: Records) -> bool:
    """True when hospital admissions were landed."""
    return records.first_known_on["admissions"] is not None


def newest_training_origin(records: Records, settings: Settings, seen_by: date) -> date:
    """The latest date whose every outcome within the shortest horizon is settled by what is seen before
    `seen_by`; within the longer ones it may not be yet, and is then unknown."""
    nearest = min(settings.need.horizons_days)
    return min(
        newest_settled(nearest, o.wait_days(settings), _seen_to(records, o.table, seen_by))
        for o in outcomes_of(records)
    )


def community_starts(records: Records, seen_by: date, settings: Settings) -> pl.LazyFrame:
    """Starts of spells of long-term community support: `person_id, happened_on`.

    Every such service on the council's own record counts, a direct payment too; self-funders are not on it.
    """
    services = _services(records, seen_by).filter(pl.col("service_type") == LONG_TERM_COMMUNITY)
    spells = merge_spells(services, "person_id", COMMUNITY_GAP_DAYS, start="happened_on", end="ended_on")
    return spells.select("person_id", pl.col("from_date").alias("happened_on"))


def care_home_moves(records: Records, seen_by: date, settings: Settings) -> pl.LazyFrame:
    """Starts of care-home stays that last, or that end in death: `person_id, happened_on`.

    A stay is long-term residential or nursing care, or living at the address of a care home, joined where
    they touch; it lasts when it is at least `records.care_home_stay_days` long.
    """
    stays = merge_spells(_care_home_spells(records, seen_by), "person_id", CARE_HOME_GAP_DAYS)
    deaths = records.people.filter(is_known("death_known_on", seen_by)).select("person_id", "date_of_death")
    lasting = lasts(settings.records.care_home_stay_days) | ends_with("date_of_death")
    counted = stays.join(deaths, on="person_id", how="left").filter(lasting)
    return counted.select("person_id", pl.col("from_date").alias("happened_on"))


def emergency_admissions(records: Records, seen_by: date, settings: Settings) -> pl.LazyFrame:
    """Emergency admissions, transfers already joined: `person_id, happened_on`."""
    stays = known_before(records.admissions, seen_by).filter("emergency")
    return stays.select("person_id", "happened_on")


def fall_admissions(records: Records, seen_by: date, settings: Settings) -> pl.LazyFrame:
    """Emergency admissions for an injury after a fall: `person_id, happened_on`."""
    stays = known_before(records.admissions, seen_by).filter("emergency", "fall")
    return stays.select("person_id", "happened_on")


def _hospital_wait_days(settings: Settings) -> int:
    return settings.lags_days.apc + settings.features.hospital_stay_days


DEFINED = {
    outcome.name: outcome
    for outcome in (
        Outcome(
            "long_term_community_start",
            "care_events",
            community_starts,
            long_term_open,
            lambda s: s.lags_days.cld,
        ),
        Outcome(
            "care_home_admission",
            "care_events",
            care_home_moves,
            care_home_residents,
            lambda s: max(s.lags_days.cld, s.lags_days.demographics) + s.records.care_home_stay_days,
        ),
        Outcome("emergency_admission", "admissions", emergency_admissions, None, _hospital_wait_days),
        Outcome("fall_admission", "admissions", fall_admissions, None, _hospital_wait_days),
        Outcome(
            "carer_breakdown",
            "care_events",
            carer_breakdowns,
            without_open_pair,
            lambda s: s.lags_days.cld,
        ),
    )
}
"""Every outcome this version can label."""


def _first_days(
    records: Records,
    cohort: pl.LazyFrame,
    outcome: Outcome,
    as_of: date,
    horizons: Sequence[int],
    settings: Settings,
    seen_by: date,
) -> pl.LazyFrame:
    """`person_id, eligible, happened_on?`: the first day of the outcome within the longest horizon."""
    end = window_end(as_of, max(horizons))
    had = in_window(outcome.days(records, seen_by, settings), as_of, end)
    first = had.group_by("person_id").agg(pl.col("happened_on").min())
    return _with_eligible(records, cohort, outcome, as_of).join(first, on="person_id", how="left")


def _label(
    records: Records,
    first: pl.DataFrame,
    outcome: Outcome,
    as_of: date,
    horizon: int,
    settings: Settings,
    seen_by: date,
) -> pl.DataFrame:
    seen_to = _seen_to(records, outcome.table, seen_by)
    told = settled(as_of, horizon, outcome.wait_days(settings), seen_to)
    had = falls_before(window_end(as_of, horizon))
    return first.select(
        "person_id",
        pl.lit(as_of).alias("as_of"),
        pl.lit(outcome.name).alias("outcome"),
        pl.lit(horizon, pl.Int64).alias("horizon_days"),
        "eligible",
        (had if told else pl.lit(None, pl.Boolean)).alias("happened"),
    )


def _with_eligible(records: Records, cohort: pl.LazyFrame, outcome: Outcome, as_of: date) -> pl.LazyFrame:
    if outcome.not_eligible is None:
        return cohort.with_columns(pl.lit(True).alias("eligible"))
    without = outcome.not_eligible(records, as_of).with_columns(pl.lit(False).alias("eligible"))
    return cohort.join(without, on="person_id", how="left").with_columns(pl.col("eligible").fill_null(True))


def _mean_hours(
    records: Records, cohort: pl.LazyFrame, as_of: date, horizon: int, settings: Settings, seen_by: date
) -> pl.LazyFrame:
    end = window_end(as_of, horizon)
    arranged = pl.col("delivery_mechanism").fill_null("") != DIRECT_PAYMENT
    packages = _services(records, seen_by).filter(pl.col("service_component") == HOME_CARE, arranged)
    until = packages.join(_leaving(records, seen_by), on="person_id", how="left").with_columns(
        earliest("ended_on", "left_on", "date_of_death").alias("until")
    )
    days = days_inside(pl.col("happened_on"), pl.col("until"), as_of, end)
    hours = until.group_by("person_id").agg((days * pl.col("hours_per_week")).sum().alias("day_hours"))
    told = settled(as_of, horizon, settings.lags_days.cld, _seen_to(records, "care_events", seen_by))
    mean = (pl.col("day_hours").fill_null(0.0) / horizon).round(6)
    return cohort.join(hours, on="person_id", how="left").select(
        "person_id",
        pl.lit(as_of).alias("as_of"),
        pl.lit(horizon, pl.Int64).alias("horizon_days"),
        (mean if told else pl.lit(None, pl.Float64)).alias("hours_per_week"),
    )


def _services(records: Records, seen_by: date) -> pl.LazyFrame:
    services = known_before(records.care_events, seen_by).filter(pl.col("event_type") == "Service")
    return hide_unknown_ends(services, seen_by)


def _care_home_spells(records: Records, seen_by: date) -> pl.LazyFrame:
    services = _services(records, seen_by).filter(pl.col("service_type").is_in(LONG_TERM_CARE_HOME))
    by_service = services.select(
        "person_id", pl.col("happened_on").alias("from_date"), pl.col("ended_on").alias("to_date")
    )
    homes = records.households.filter("care_home").select("household_id")
    lived = _residences(records, seen_by).join(homes, on="household_id", how="semi")
    return pl.concat([by_service, lived.select("person_id", "from_date", "to_date")])


def _residences(records: Records, seen_by: date) -> pl.LazyFrame:
    known = known_before(records.residences, seen_by, happened="from_date")
    return hide_unknown_ends(known, seen_by, end="to_date", end_known="to_known_on")


def _leaving(records: Records, seen_by: date) -> pl.LazyFrame:
    """When each person died or left the area for good: `person_id, date_of_death?, left_on?`."""
    inside = _residences(records, seen_by).join(records.areas.select("lsoa_code"), on="lsoa_code", how="semi")
    last = inside.group_by("person_id").agg(
        pl.when(pl.col("to_date").is_not_null().all()).then(pl.col("to_date").max()).alias("left_on")
    )
    death = pl.when(is_known("death_known_on", seen_by)).then(pl.col("date_of_death"))
    return records.people.select("person_id", death.alias("date_of_death")).join(
        last, on="person_id", how="left"
    )


def _seen_to(records: Records, table: str, seen_by: date) -> date:
    return min(records.source_seen_to(table), seen_by)
