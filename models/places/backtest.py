"""What would we have said? Past forecasts of home-care hours, made again with what was known then, beside
what came and beside the usual rivals.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from configs.settings import Settings
from configs.vocabulary import AGE_GROUPS
from features.home_care import HomeCare, count_months, describe_clients, read_home_care
from features.inputs import Records
from models.places.ahead import coming_months, count_known_starts, draw_ahead, expect_starters
from models.places.forecast import lay_out_cells
from models.places.series import forecast_series
from models.places.served import describe_residents

Floats = NDArray[np.float64]

AHEAD_MONTHS = (3, 6, 12)
OURS, PREVALENCE = "flow", "prevalence"
COUNTY = "county"
Rows = list[dict[str, Any]]

BACKTEST_SCHEMA = pl.Schema(
    {
        "origin": pl.Date,
        "geography": pl.String,
        "area_code": pl.String,
        "months_ahead": pl.Int64,
        "month": pl.Date,
        "method": pl.String,
        "forecast": pl.Float64,
        "p10": pl.Float64,
        "p90": pl.Float64,
        "actual": pl.Float64,
    }
)


def backtest_hours(
    records: Records,
    starts: Mapping[date, pl.DataFrame],
    as_of: date,
    settings: Settings,
    seed: int,
    say: Callable[[str], None],
) -> pl.DataFrame:
    """Home-care hours a week in the 3rd, 6th and 12th month from each origin, as forecast and as they came:
    BACKTEST_SCHEMA, of the county and of each area; months not settled by `as_of` are left out.

    `starts`: origin -> area_code, age_group, forecast (people expected to start support within a year, by a
    model that knew nothing later), laid out as `lay_out_cells`. Rivals: for the county and its areas
    `last_value` and `prevalence` (the county's hours per head in each age band times the people there, as
    POPPI reckons); for the county `seasonal_naive`, `ets` and `arima` too.
    """
    now = read_home_care(records, as_of, settings)
    came = count_months(now)
    parts = [pl.DataFrame(schema=BACKTEST_SCHEMA)]
    for origin in sorted(starts):
        say(f"What would have been said on {origin.isoformat()}")
        targets = {m: coming_months(origin)[m - 1] for m in AHEAD_MONTHS}
        told = {m: day for m, day in targets.items() if day in now.months}
        if told:
            parts.append(_from_origin(records, starts[origin], origin, told, came, settings, seed))
    return pl.concat(parts).sort("origin", "geography", "area_code", "months_ahead", "method")


def sum_up_backtest(table: pl.DataFrame) -> pl.DataFrame:
    """Per geography, months ahead and method: origins, mape_percent (county), wape_percent (absolute error
    over hours), bias_percent, coverage_p10_p90 (null where a method has no range)."""
    error = (pl.col("forecast") - pl.col("actual")).abs()
    inside = (pl.col("actual") >= pl.col("p10")) & (pl.col("actual") <= pl.col("p90"))
    summed = table.group_by("geography", "months_ahead", "method").agg(
        pl.col("origin").n_unique().alias("origins"),
        (100 * (error / pl.col("actual")).filter(pl.col("actual") > 0).mean()).alias("mape_percent"),
        (100 * error.sum() / pl.col("actual").sum()).alias("wape_percent"),
        (100 * (pl.col("forecast").sum() / pl.col("actual").sum() - 1)).alias("bias_percent"),
        (100 * inside.mean()).alias("coverage_p10_p90"),
    )
    county = pl.col("geography") == COUNTY
    return summed.with_columns(
        pl.when(county).then(pl.col("mape_percent")),
        pl.col("wape_percent", "bias_percent", "coverage_p10_p90").round(2),
    ).sort("geography", "months_ahead", "method")


def _from_origin(
    records: Records,
    need: pl.DataFrame,
    origin: date,
    told: dict[int, date],
    came: pl.DataFrame,
    settings: Settings,
    seed: int,
) -> pl.DataFrame:
    care = read_home_care(records, origin, settings)
    months = count_months(care)
    cells = lay_out_cells(need["area_code"].unique().to_list())
    codes = cells.keys["area_code"].unique(maintain_order=True).to_list()
    expected = expect_starters(care, months, need, count_known_starts(records, care, settings))
    rng = np.random.default_rng([seed, origin.toordinal()])
    drawn = draw_ahead(care, expected, cells, settings.places, rng).hours
    by_area = drawn.reshape(*drawn.shape[:2], len(codes), len(AGE_GROUPS)).sum(axis=3)
    last = _hours_by_area(months, care.months[-1], codes) if care.months else np.zeros(len(codes))
    usual = _multiply_prevalence(care, describe_residents(records, origin), codes)
    history = _history(months, care)
    # The newest months are told of late: a rival's first step is the month after the last that is settled.
    late = _months_between(care.months[-1], coming_months(origin)[0]) - 1 if care.months else 0
    rows: Rows = []
    for ahead, month in told.items():
        actual = _hours_by_area(came, month, codes)
        base = {"origin": origin, "months_ahead": ahead, "month": month}
        ours = by_area[:, ahead - 1]
        rows += _area_rows(base, codes, actual, ours, {"last_value": last, PREVALENCE: usual})
        rows += _county_rows(base, float(actual.sum()), ours.sum(axis=1), float(usual.sum()), history, late)
    return pl.DataFrame(rows, schema=BACKTEST_SCHEMA)


def _months_between(earlier: date, later: date) -> int:
    return 12 * (later.year - earlier.year) + later.month - earlier.month


def _hours_by_area(months: pl.DataFrame, month: date, codes: list[str]) -> Floats:
    summed = months.filter(pl.col("month") == month).group_by("area_code").agg(pl.col("hours").sum())
    areas = pl.DataFrame({"area_code": codes}, schema={"area_code": pl.String})
    lined = areas.join(summed, on="area_code", how="left", maintain_order="left")
    return lined["hours"].fill_null(0.0).to_numpy()


def _history(months: pl.DataFrame, care: HomeCare) -> Floats:
    placed = months.drop_nulls("area_code").group_by("month").agg(pl.col("hours").sum())
    every = pl.DataFrame({"month": care.months}, schema={"month": pl.Date})
    lined = every.join(placed, on="month", how="left", maintain_order="left")
    return lined["hours"].fill_null(0.0).to_numpy()


def _multiply_prevalence(care: HomeCare, residents: pl.DataFrame, codes: list[str]) -> Floats:
    """Hours a week each area would have with the county's hours per head in each age band."""
    clients = describe_clients(care).select("person_id", "hours_per_week")
    hours = residents.join(clients, on="person_id", how="left").with_columns(
        pl.col("hours_per_week").fill_null(0.0).mean().over("age_band").alias("usual")
    )
    summed = hours.group_by("area_code").agg(pl.col("usual").sum())
    areas = pl.DataFrame({"area_code": codes}, schema={"area_code": pl.String})
    lined = areas.join(summed, on="area_code", how="left", maintain_order="left")
    return lined["usual"].fill_null(0.0).to_numpy()


def _area_rows(
    base: dict[str, Any], codes: list[str], actual: Floats, ours: Floats, rivals: dict[str, Floats]
) -> Iterator[dict[str, Any]]:
    low, high = np.quantile(ours, [0.1, 0.9], axis=0)
    methods = {OURS: (ours.mean(axis=0), low, high)}
    methods |= {name: (values, None, None) for name, values in rivals.items()}
    for method, (mean, p10, p90) in methods.items():
        for i, code in enumerate(codes):
            row = base | {"geography": "lsoa", "area_code": code, "method": method, "actual": actual[i]}
            ends = {"p10": None, "p90": None} if p10 is None else {"p10": p10[i], "p90": p90[i]}
            yield row | {"forecast": mean[i]} | ends


def _county_rows(
    base: dict[str, Any], actual: float, ours: Floats, usual: float, history: Floats, late: int
) -> Iterator[dict[str, Any]]:
    low, high = np.quantile(ours, [0.1, 0.9])
    told = forecast_series(history, base["months_ahead"] + late)
    methods: dict[str, tuple[float, float | None, float | None]] = {
        OURS: (float(ours.mean()), float(low), float(high)),
        PREVALENCE: (usual, None, None),
    }
    methods |= {name: (float(m[-1]), float(p[-1]), float(q[-1])) for name, (m, p, q) in told.items()}
    for method, (mean, p10, p90) in methods.items():
        row = base | {"geography": COUNTY, "area_code": COUNTY, "method": method, "actual": actual}
        yield row | {"forecast": mean, "p10": p10, "p90": p90}
