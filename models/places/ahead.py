"""Home care month by month for two years: starters and leavers of each area, fed by the forecast of need."""

from datetime import date, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from configs.settings import Places, Settings
from configs.vocabulary import AGE_GROUPS
from features.as_of import falls_before, in_window, next_month
from features.home_care import (
    HomeCare,
    count_exits,
    count_months,
    describe_clients,
    read_home_care,
    track_hours,
)
from features.inputs import Records
from features.outcomes import community_starts
from models.places.flow import MONTHS, TENURES, Flow, flow_ahead, learn_staying
from models.places.forecast import (
    PUBLISHED_HOURS,
    PUBLISHED_HOURS_CV,
    Cells,
    read_quantiles,
)
from models.places.levels import Level
from models.places.served import describe_residents

Floats = NDArray[np.float64]

LEARNT_DAYS = 3 * 365
"""How far back staying and leaving are learnt from (assumed)."""

YEAR_MONTHS = 12
BOTH_AGES = "18+"
MEASURES = ("hours", "clients", "starters", "leavers")

FORECAST_SCHEMA = pl.Schema(
    {
        "geography": pl.String,
        "area_code": pl.String,
        "age_group": pl.String,
        "as_of": pl.Date,
        "month": pl.Date,
        "measure": pl.String,
        "mean": pl.Float64,
        "p10": pl.Float64,
        "p50": pl.Float64,
        "p90": pl.Float64,
    }
)


def forecast_home_care(
    records: Records,
    need: pl.DataFrame,
    cells: Cells,
    levels: list[Level],
    as_of: date,
    settings: Settings,
    seed: int,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """(months on record, months ahead): count_months' rows and those of forecast.parquet.

    `need`: area_code, age_group, forecast: people expected to start long-term support at home within a year.
    """
    care = read_home_care(records, as_of, settings)
    months = count_months(care)
    starts = expect_starters(care, months, need, count_known_starts(records, care, settings))
    flow = draw_ahead(care, starts, cells, settings.places, np.random.default_rng([seed, MONTHS]))
    return months, describe_ahead(flow, levels, as_of)


def count_known_starts(records: Records, care: HomeCare, settings: Settings) -> pl.DataFrame:
    """Of the residents of a year before the newest settled month ended, how many have started long-term
    support at home since: age_group, started; no rows without a full year on record."""
    if len(care.months) < YEAR_MONTHS:
        return pl.DataFrame(schema={"age_group": pl.String, "started": pl.Float64})
    first, end = care.months[-YEAR_MONTHS], next_month(care.months[-1])
    started = in_window(community_starts(records, care.as_of, settings), first, end).collect()
    residents = describe_residents(records, first)
    known = residents.join(started.select("person_id").unique(), on="person_id", how="semi")
    return known.group_by("age_group").agg(pl.len().cast(pl.Float64).alias("started"))


def expect_starters(care: HomeCare, months: pl.DataFrame, need: pl.DataFrame, known: pl.DataFrame) -> Floats:
    """Expected starters of home care a month in each cell of `need`'s areas, laid out as lay_out_cells does.

    `months`: count_months' rows; `need`: area_code, age_group, forecast (people expected to start long-term
    support at home within a year, as far as differences between areas are believed); `known`: age_group,
    started (people described a year before the newest settled month who have started since). The county's
    last twelve settled months of starters, times the forecast of the coming year over what last year's
    residents turned out to do: so starters who are new to the county, or come back, or are no start of
    support, go on being as many to each of those. Without a full year on record the forecast stands alone.
    Shared out among areas by the forecast. Age groups follow each other within an area.
    """
    year = months.filter(pl.col("month").is_in(care.months[-YEAR_MONTHS:]))
    recorded = _by_group(year.group_by("age_group").agg(pl.col("starters").sum()), "starters")
    before = _by_group(known, "started")
    ahead = _by_group(need.group_by("age_group").agg(pl.col("forecast").sum()), "forecast")
    full = len(care.months) >= YEAR_MONTHS
    total = recorded * (ahead + 1) / (before + 1) if full else ahead
    shares = need.sort("area_code", "age_group").with_columns(
        (pl.col("forecast") / pl.col("forecast").sum().over("age_group")).fill_nan(0.0).alias("share")
    )
    by_cell = shares["share"].to_numpy().reshape(-1, len(AGE_GROUPS))
    return np.asarray((by_cell * total / YEAR_MONTHS).ravel())


def _by_group(frame: pl.DataFrame, column: str) -> Floats:
    told = dict(frame.select("age_group", column).iter_rows())
    return np.array([float(told.get(group) or 0.0) for group in AGE_GROUPS])


def draw_ahead(
    care: HomeCare, starts: Floats, cells: Cells, places: Places, rng: np.random.Generator
) -> Flow:
    """The coming MONTHS months of home care in draws, from the clients of the as-of date on."""
    since = care.as_of - timedelta(days=LEARNT_DAYS)
    tracked = track_hours(care).filter(~falls_before(since, happened="month"))
    staying = learn_staying(count_exits(care, since, TENURES), tracked, PUBLISHED_HOURS, PUBLISHED_HOURS_CV)
    clients = describe_clients(care).drop_nulls("area_code")
    return flow_ahead(clients, starts, staying, cells, places.draws, places.model_spread, rng)


def coming_months(as_of: date) -> list[date]:
    """First days of the MONTHS months ahead: the as-of date's own if it is a first, else from the next."""
    first = as_of if as_of.day == 1 else next_month(as_of)
    months = [first]
    while len(months) < MONTHS:
        months.append(next_month(months[-1]))
    return months


def describe_ahead(flow: Flow, levels: list[Level], as_of: date) -> pl.DataFrame:
    """The rows of forecast.parquet: FORECAST_SCHEMA, sorted. Ranges are of sums of the same draws, so a mean
    of a level is the sum of its parts' means; both age groups together stand as `18+`."""
    months = coming_months(as_of)
    parts = [
        _describe(level, measure, getattr(flow, measure), as_of, months)
        for level in levels
        for measure in MEASURES
    ]
    return (
        pl.concat(parts)
        .select(FORECAST_SCHEMA.names())
        .cast(FORECAST_SCHEMA)
        .sort("geography", "area_code", "age_group", "measure", "month")
    )


def _describe(level: Level, measure: str, drawn: Floats, as_of: date, months: list[date]) -> pl.DataFrame:
    draws = drawn.shape[0]
    unions = level.add_up(drawn.reshape(draws * MONTHS, -1)).reshape(draws, MONTHS, -1)
    codes = level.keys["area_code"].unique(maintain_order=True)
    both = unions.reshape(draws, MONTHS, len(codes), len(AGE_GROUPS)).sum(axis=3)
    keys = pl.concat(
        [
            level.keys,
            pl.DataFrame({"geography": level.name, "area_code": codes, "age_group": BOTH_AGES}),
        ]
    )
    every = np.concatenate([unions, both], axis=2)
    low, middle, high = read_quantiles(every.reshape(draws, -1), whole=False)
    rows = keys.join(pl.DataFrame({"month": months}), how="cross")
    by_month = {"mean": every.mean(axis=0).ravel(), "p10": low, "p50": middle, "p90": high}
    columns = {n: v.reshape(MONTHS, -1).T.ravel().round(6) for n, v in by_month.items()}
    return rows.with_columns(
        *(pl.Series(name, values) for name, values in columns.items()),
        pl.lit(measure).alias("measure"),
        pl.lit(as_of).alias("as_of"),
    )
