"""What happened next: outcomes in `[as_of, as_of + horizon)`, from landed facts alone.

Definitions: the table at the end of the landing contract. A window is settled only when it, and the time
that its source takes to report, are over; until then what happened is null, never False. Death and leaving
the area are competing events: somebody who dies or leaves without the outcome did not have it. Who turns out
to have been dead, gone, or supported already on the day itself, though nobody knew yet, is null too: neither
a case nor proof that there was none.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from configs.settings import Settings
from configs.vocabulary import HEALTH_OUTCOMES, OUTCOMES
from features.as_of import (
    ends_with,
    falls_before,
    in_window,
    is_before_or_on,
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
    LONG_TERM_COMMUNITY,
    build_cohort,
    care_home_residents,
    long_term_open,
)
from features.hindsight import care_home_spells, leaving_by, seen_to, services_by
from features.inputs import Records

DEFINITIONS_VERSION = 2
"""Raised whenever what counts changes in this file. 2: who was already there tells nothing (adr/0010)."""

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


@dataclass(frozen=True)
class Outcome:
    """One outcome: the days on which it happened, who cannot have it as far as was known, how long its
    reports take; and who, as was learnt later (before the second date), had it already."""

    name: str
    table: str
    days: Callable[[Records, date, Settings], pl.LazyFrame]
    not_eligible: Callable[[Records, date], pl.LazyFrame] | None
    wait_days: Callable[[Settings], int]
    already: Callable[[Records, date, date], pl.LazyFrame] | None = None


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


def define_outcomes(settings: Settings) -> dict[str, int]:
    """What an outcome's meaning rests on, name -> value: kept with the features and with every model, so that
    no model is held against outcomes that mean something else."""
    return {
        "definitions_version": DEFINITIONS_VERSION,
        "care_home_stay_days": settings.records.care_home_stay_days,
        "community_gap_days": COMMUNITY_GAP_DAYS,
        "care_home_gap_days": CARE_HOME_GAP_DAYS,
    }


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
        newest_settled(nearest, o.wait_days(settings), seen_to(records, o.table, seen_by))
        for o in outcomes_of(records)
    )


def community_starts(records: Records, seen_by: date, settings: Settings) -> pl.LazyFrame:
    """Starts of spells of long-term community support: `person_id, happened_on`.

    Every such service on the council's own record counts, a direct payment too; self-funders are not on it.
    """
    services = services_by(records, seen_by).filter(pl.col("service_type") == LONG_TERM_COMMUNITY)
    spells = merge_spells(services, "person_id", COMMUNITY_GAP_DAYS, start="happened_on", end="ended_on")
    return spells.select("person_id", pl.col("from_date").alias("happened_on"))


def care_home_moves(records: Records, seen_by: date, settings: Settings) -> pl.LazyFrame:
    """Starts of care-home stays that last, or that end in death: `person_id, happened_on`.

    A stay is long-term residential or nursing care, or living at the address of a care home, joined where
    they touch; it lasts when it is at least `records.care_home_stay_days` long.
    """
    stays = merge_spells(care_home_spells(records, seen_by), "person_id", CARE_HOME_GAP_DAYS)
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
            lambda records, day, seen_by: long_term_open(records, day, seen_by=seen_by),
        ),
        Outcome(
            "care_home_admission",
            "care_events",
            care_home_moves,
            care_home_residents,
            lambda s: max(s.lags_days.cld, s.lags_days.demographics) + s.records.care_home_stay_days,
            lambda records, day, seen_by: care_home_residents(records, day, seen_by=seen_by),
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
    """`person_id, eligible, could, happened_on?`: the first day of the outcome within the longest horizon;
    and whether it could happen from `as_of` on, as is known before `seen_by`."""
    end = window_end(as_of, max(horizons))
    had = in_window(outcome.days(records, seen_by, settings), as_of, end)
    first = had.group_by("person_id").agg(pl.col("happened_on").min())
    eligible = _with_eligible(records, cohort, outcome, as_of)
    could = _out_of_reach(records, outcome, as_of, seen_by).with_columns(pl.lit(False).alias("could"))
    judged = eligible.join(could, on="person_id", how="left").with_columns(pl.col("could").fill_null(True))
    return judged.join(first, on="person_id", how="left")


def _out_of_reach(records: Records, outcome: Outcome, as_of: date, seen_by: date) -> pl.LazyFrame:
    """Who had died, left for good, or had the outcome already on `as_of`, as known before `seen_by`."""
    leaving = leaving_by(records, seen_by)
    gone = leaving.filter(falls_before(as_of, happened="date_of_death") | is_before_or_on(as_of, "left_on"))
    parts = [gone.select("person_id")]
    if outcome.already is not None:
        parts.append(outcome.already(records, as_of, seen_by).select("person_id"))
    return pl.concat(parts).unique()


def _label(
    records: Records,
    first: pl.DataFrame,
    outcome: Outcome,
    as_of: date,
    horizon: int,
    settings: Settings,
    seen_by: date,
) -> pl.DataFrame:
    told = settled(as_of, horizon, outcome.wait_days(settings), seen_to(records, outcome.table, seen_by))
    seen = pl.when(pl.col("could") | ~pl.col("eligible")).then(falls_before(window_end(as_of, horizon)))
    return first.select(
        "person_id",
        pl.lit(as_of).alias("as_of"),
        pl.lit(outcome.name).alias("outcome"),
        pl.lit(horizon, pl.Int64).alias("horizon_days"),
        "eligible",
        (seen if told else pl.lit(None, pl.Boolean)).alias("happened"),
    )


def _with_eligible(records: Records, cohort: pl.LazyFrame, outcome: Outcome, as_of: date) -> pl.LazyFrame:
    if outcome.not_eligible is None:
        return cohort.with_columns(pl.lit(True).alias("eligible"))
    without = outcome.not_eligible(records, as_of).with_columns(pl.lit(False).alias("eligible"))
    return cohort.join(without, on="person_id", how="left").with_columns(pl.col("eligible").fill_null(True))
