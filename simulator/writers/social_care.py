"""social_care/: Client Level Data, Release 2, a rolling twelve months every quarter."""

import numpy as np
import polars as pl

from simulator import mess
from simulator.landed import Landing
from simulator.timeline import NO_DAY, add_months, as_date, dates, day_number
from simulator.writers import codes
from simulator.writers.care_events import described_events

LA_CODE = "999"
"""No council's code: CASSR codes of real councils are lower (data_specs.md 1.1)."""
EXTRACT_DAYS_AFTER = 24


def write_social_care(landing: Landing) -> None:
    """Write one file a quarter: events that ended in its twelve months and services live in them, as
    recorded by then."""
    rng = landing.rng(3)
    events = described_events(landing, rng)
    for quarter_end in landing.timeline.every(3, back_from=landing.timeline.last_day):
        if quarter_end > landing.timeline.first_day:
            _land_extract(landing, events, quarter_end, rng)


def _land_extract(landing: Landing, events: pl.DataFrame, quarter_end: int, rng: np.random.Generator) -> None:
    start, cut = add_months(as_date(quarter_end + 1), -12), quarter_end + EXTRACT_DAYS_AFTER
    first = day_number(start)
    ended = pl.col("until") != NO_DAY
    end_known = (
        ended & (pl.col("until") + pl.col("end_late") <= cut) & (pl.col("until") <= landing.timeline.last_day)
    )
    service = pl.col("Event Type") == "Service"
    live = service & (pl.col("start") <= quarter_end) & (~end_known | (pl.col("until") >= first))
    finished = ~service & ended & pl.col("until").is_between(first, quarter_end)
    shown = events.filter((pl.col("recorded") <= cut) & (live | finished)).with_columns(end_known=end_known)
    shown = mess.duplicated(shown[rng.permutation(len(shown))], rng)
    shown = _finished_columns(landing, shown, start, quarter_end, cut)
    shown = mess.spoiled(shown, "Event Start Date", "2025-02-31", rng)
    stamp = as_date(cut).strftime("%Y%m%d")
    landing.land(shown, f"social_care/cld_rolling_year_{stamp}.csv")


def _finished_columns(
    landing: Landing, shown: pl.DataFrame, start: object, quarter_end: int, cut: int
) -> pl.DataFrame:
    people = landing.world.people
    who = shown["true:subject"].to_numpy()
    died = np.where(
        (people["died"] > NO_DAY)
        & (people["died"] + 9 <= cut)
        & (people["died"] <= landing.timeline.last_day),
        people["died"],
        NO_DAY,
    )
    until = np.where(
        shown["end_known"].to_numpy() | (shown["Event Type"] != "Service").to_numpy(),
        shown["until"].to_numpy(),
        NO_DAY,
    )
    ending = np.array([*codes.ENDINGS, ""])[np.where(until > NO_DAY, shown["ending"].to_numpy(), -1)]
    outcome = np.where((shown["Event Type"] == "Service").to_numpy(), ending, shown["outcome"].to_numpy())
    shown = shown.with_columns(
        pl.lit(LA_CODE).alias("LA Code"),
        pl.lit(start).alias("Reporting Period Start Date"),
        pl.lit(as_date(quarter_end)).alias("Reporting Period End Date"),
        dates(died[who]).alias("Date of Death"),
        dates(shown["start"].to_numpy()).alias("Event Start Date"),
        dates(until).alias("Event End Date"),
        pl.Series("Event Outcome", outcome),
        pl.when(pl.col("Client Type") == "Unpaid carer")
        .then(pl.lit(codes.SUPPORT_REASONS[-1]))
        .otherwise(pl.col("Primary Support Reason"))
        .alias("Primary Support Reason"),
    )
    empty = [pl.lit("").alias(h) for h in codes.CLD_HEADERS if h not in shown.columns]
    return shown.with_columns(empty).select(*codes.CLD_HEADERS, "true:subject")
