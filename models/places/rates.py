"""One outcome at every level: expected people with ranges, rates, smoothed rates, the chance to be above
the county.
"""

import numpy as np
import polars as pl

from configs.settings import Places
from models.places.forecast import Cells, draw_people, read_quantiles, sum_people
from models.places.levels import Level
from models.places.smoothing import Trust, expect_by_age, smooth_ratios

AREAS_SCHEMA = pl.Schema(
    {
        "geography": pl.String,
        "area_code": pl.String,
        "age_group": pl.String,
        "denominator": pl.Int64,
        "as_of": pl.Date,
        "outcome": pl.String,
        "horizon_days": pl.Int64,
        "people_mean": pl.Float64,
        "people_p10": pl.Float64,
        "people_p50": pl.Float64,
        "people_p90": pl.Float64,
        "hours_mean": pl.Float64,
        "hours_p10": pl.Float64,
        "hours_p50": pl.Float64,
        "hours_p90": pl.Float64,
        "rate_per_1000": pl.Float64,
        "rate_smoothed": pl.Float64,
        "p_above_county": pl.Float64,
        "people_expected": pl.Float64,
    }
)
"""places/areas.parquet; `people_expected`: with the county's rate in each age band (what need is measured
by).
"""


def describe_outcome(
    people: pl.DataFrame,
    cells: Cells,
    levels: list[Level],
    hours_mean: np.ndarray,
    hours_drawn: np.ndarray,
    rng: np.random.Generator,
    places: Places,
    trusts: dict[str, Trust],
) -> pl.DataFrame:
    """The rows of one outcome and horizon at every level.

    `people`: area_code, age_group, age_band, probability of the eligible; hours by cell (cells,) and
    (draws, cells). `rate_per_1000` is of the eligible; `rate_smoothed` is the county's rate times the
    area's smoothed, age-standardised ratio; `p_above_county` the chance that this ratio is 1 +
    above_county_by or more (null for the county). `trusts`: age group -> how far the forecast's differences
    between areas are to be believed. Rates are null where nobody is eligible.
    """
    summed = sum_people(people)
    sums = {c: cells.spread(summed, c) for c in ("denominator", "people_mean", "squares")}
    sums["expected"] = cells.spread(expect_by_age(people), "expected")
    drawn = draw_people(rng, sums["people_mean"], sums["squares"], places.draws, places.model_spread)
    tables = [
        _describe_level(level, sums, drawn, hours_mean, hours_drawn, places, trusts) for level in levels
    ]
    return pl.concat(tables)


def _describe_level(
    level: Level,
    sums: dict[str, np.ndarray],
    drawn: np.ndarray,
    hours_mean: np.ndarray,
    hours_drawn: np.ndarray,
    places: Places,
    trusts: dict[str, Trust],
) -> pl.DataFrame:
    people, expected = level.add_up(sums["people_mean"]), level.add_up(sums["expected"])
    ranges = _name_quantiles("people", level.add_up(drawn), whole=True)
    ranges |= _name_quantiles("hours", level.add_up(hours_drawn), whole=False)
    table = level.keys.with_columns(
        pl.Series("denominator", level.add_up(sums["denominator"])),
        pl.Series("people_mean", people.round(6)),
        pl.Series("people_expected", expected.round(6)),
        pl.Series("hours_mean", level.add_up(hours_mean).round(6)),
        *(pl.Series(name, values) for name, values in ranges.items()),
    )
    groups = table.partition_by("age_group", maintain_order=True)
    return pl.concat([_with_rates(g, places.above_county_by, trusts[g["age_group"][0]]) for g in groups])


def _with_rates(group: pl.DataFrame, above_by: float, trust: Trust) -> pl.DataFrame:
    forecast, expected = group["people_mean"].to_numpy(), group["people_expected"].to_numpy()
    smoothed = smooth_ratios(forecast, expected, above_by, trust)
    people = group["denominator"].sum()
    county_rate = 1000 * forecast.sum() / people if people else np.nan
    somebody = pl.col("denominator") > 0
    told = somebody & (pl.col("geography") != "county")
    return group.with_columns(
        pl.when(somebody)
        .then(1000 * pl.col("people_mean") / pl.col("denominator"))
        .round(6)
        .alias("rate_per_1000"),
        pl.when(somebody).then(pl.Series((county_rate * smoothed.ratio).round(6))).alias("rate_smoothed"),
        pl.when(told).then(pl.Series(smoothed.p_above.round(6))).alias("p_above_county"),
    )


def _name_quantiles(what: str, draws: np.ndarray, *, whole: bool) -> dict[str, np.ndarray]:
    low, middle, high = read_quantiles(draws, whole=whole).round(6)
    return {f"{what}_p10": low, f"{what}_p50": middle, f"{what}_p90": high}
