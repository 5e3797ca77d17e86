"""social_care/: Client Level Data, a rolling twelve months every quarter, in Release 1 and then 2."""

from dataclasses import dataclass
from datetime import date
from functools import partial

import numpy as np
import polars as pl

from simulator import mess
from simulator.landed import Landing
from simulator.timeline import NO_DAY, add_months, as_date, dates, day_number
from simulator.writers import codes
from simulator.writers.care_events import described_events
from simulator.writers.care_release_1 import in_release_1
from simulator.written import FLAG_PREFIX, INSTEAD_PREFIX, flag

LA_CODE = "999"
"""No council's code: CASSR codes of real councils are lower (data_specs.md 1.1)."""
EXTRACT_DAYS_AFTER = 24
RELEASE_2_FROM = date(2025, 10, 1)
"""Submissions from this day on are Release 2 (data_specs.md 1); requests from 1 July 2025 are the first."""


@dataclass(frozen=True)
class _Quarter:
    """One extract: the first and last day of its twelve months, and the day it was cut."""

    first: int
    last: int

    @property
    def cut(self) -> int:
        return self.last + EXTRACT_DAYS_AFTER

    @property
    def file(self) -> str:
        return f"social_care/cld_rolling_year_{as_date(self.cut).strftime('%Y%m%d')}.csv"


def write_social_care(landing: Landing) -> None:
    """Write one file a quarter: events that ended in its twelve months and services live in them, as
    recorded by then; where there is no mess at all, every one in Release 2."""
    rng, dirt = landing.rng(3), landing.dirt(3)
    events = described_events(landing, rng, dirt)
    quarters = [
        _Quarter(day_number(add_months(as_date(last + 1), -12)), last)
        for last in landing.timeline.every(3, back_from=landing.timeline.last_day)
        if last > landing.timeline.first_day
    ]
    broken_off = (
        int(dirt.integers(len(quarters) // 2, len(quarters))) if landing.mess == max(mess.DIALS) else -1
    )
    for number, quarter in enumerate(quarters):
        before = quarters[number - 1] if number else None
        shown = _extract(landing, events, quarter, before, rng)
        _land(landing, _muddled(shown, landing, dirt), quarter, truncated=number == broken_off)


def _land(landing: Landing, shown: pl.DataFrame, quarter: _Quarter, *, truncated: bool) -> None:
    land = partial(landing.land, name=quarter.file, truncated=truncated)
    if landing.mess and as_date(quarter.cut) < RELEASE_2_FROM:
        land(in_release_1(shown), whole=("release_1",))
    else:
        land(shown)


def _extract(
    landing: Landing,
    events: pl.DataFrame,
    quarter: _Quarter,
    before: _Quarter | None,
    rng: np.random.Generator,
) -> pl.DataFrame:
    """The events that this extract shows, in the columns of the specification and in any order."""
    over = _end_known(quarter, landing.timeline.last_day)
    shown = events.filter((pl.col("recorded") <= quarter.cut) & _belongs(quarter, over))
    service = pl.col("Event Type") == "Service"
    ended = (pl.col("until") != NO_DAY) & (pl.col("until") <= quarter.last)
    shown = shown.with_columns(
        _missed_by(before).alias(flag("recorded_late")),
        (service & ended & ~over).alias(flag("end_recorded_late", "Event End Date")),
        end_known=over,
    )
    return _finished_columns(landing, shown[rng.permutation(len(shown))], quarter)


def _missed_by(before: _Quarter | None) -> pl.Expr:
    """What the extract before should have shown, and could not for want of a record."""
    if before is None:
        return pl.lit(False)
    return _belongs(before, pl.col("until") != NO_DAY) & (pl.col("recorded") > before.cut)


def _end_known(quarter: _Quarter, last_day: int) -> pl.Expr:
    until = pl.col("until")
    return (until != NO_DAY) & (until + pl.col("end_late") <= quarter.cut) & (until <= last_day)


def _belongs(quarter: _Quarter, over: pl.Expr) -> pl.Expr:
    """Services live in the twelve months, as far as their ends are known, and all else that ended in them."""
    service = pl.col("Event Type") == "Service"
    live = service & (pl.col("start") <= quarter.last) & (~over | (pl.col("until") >= quarter.first))
    finished = (
        ~service & (pl.col("until") != NO_DAY) & pl.col("until").is_between(quarter.first, quarter.last)
    )
    return live | finished


def _muddled(shown: pl.DataFrame, landing: Landing, dirt: np.random.Generator) -> pl.DataFrame:
    """Rows twice, sentinels, and dates that are none."""
    doses = landing.doses
    shown = mess.duplicated(shown, dirt, doses)
    has_number = pl.col("NHS Number") != ""
    shown = mess.with_sentinels(shown, "NHS Number", "9999999999", dirt, doses, has_number)
    shown = mess.with_sentinels(shown, "Date of Birth", "1800-01-01", dirt, doses)
    shown = mess.with_sentinels(shown, "Postcode", "NULL", dirt, doses)
    return mess.spoiled(shown, "Event Start Date", "2025-02-31", dirt, doses)


def _finished_columns(landing: Landing, shown: pl.DataFrame, quarter: _Quarter) -> pl.DataFrame:
    """The columns of the specification in its order, and the hidden ones."""
    service = (shown["Event Type"] == "Service").to_numpy()
    until = np.where(shown["end_known"].to_numpy() | ~service, shown["until"].to_numpy(), NO_DAY)
    ending = np.array([*codes.ENDINGS, ""])[np.where(until > NO_DAY, shown["ending"].to_numpy(), -1)]
    carers = pl.col("Client Type") == "Unpaid carer"
    reason = pl.when(carers).then(pl.lit(codes.SUPPORT_REASONS[-1])).otherwise("Primary Support Reason")
    shown = shown.with_columns(
        reason.alias("Primary Support Reason"),
        pl.lit(LA_CODE).alias("LA Code"),
        pl.lit(as_date(quarter.first)).alias("Reporting Period Start Date"),
        pl.lit(as_date(quarter.last)).alias("Reporting Period End Date"),
        _deaths(landing, shown, quarter).alias("Date of Death"),
        dates(shown["start"].to_numpy()).alias("Event Start Date"),
        dates(until).alias("Event End Date"),
        pl.Series("Event Outcome", np.where(service, ending, shown["outcome"].to_numpy())),
    )
    empty = [pl.lit("").alias(h) for h in codes.CLD_HEADERS if h not in shown.columns]
    hidden = [c for c in shown.columns if c.startswith((FLAG_PREFIX, INSTEAD_PREFIX))]
    return shown.with_columns(empty).select(*codes.CLD_HEADERS, "true:subject", *hidden)


def _deaths(landing: Landing, shown: pl.DataFrame, quarter: _Quarter) -> pl.Series:
    """Deaths that the council has heard of, nine days after."""
    died = landing.world.people["died"][shown["true:subject"].to_numpy()]
    heard = (died > NO_DAY) & (died + 9 <= quarter.cut) & (died <= landing.timeline.last_day)
    return dates(np.where(heard, died, NO_DAY))
