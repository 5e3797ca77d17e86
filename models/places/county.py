"""The county's own totals, with ranges."""

from datetime import date
from typing import Any

import polars as pl

from configs.settings import Places

ASSUMPTIONS = (
    "Chance is drawn person by person (a binomial of the same mean and spread), independently.",
    "The model's own error is one factor for the whole county in each draw; it does not differ by area.",
    "Rates are of the people who could have the outcome. They are "
    "age-standardised and drawn towards the county's as far as past forecasts of areas failed to come true.",
    "Hours are council-arranged home care; a person's spread is read from P10, P50 and P90.",
    "Months ahead (forecast.parquet) count those who will start, new residents among them; hours by person "
    "count today's residents alone. The two are made apart and do not add up to each other.",
)


def sum_up_county(
    described: pl.DataFrame, draws: pl.DataFrame, outside: int, as_of: date, places: Places
) -> dict[str, Any]:
    """county.json: people by outcome and age group, hours by age group and together, each with its range.

    `people` is the largest number that could have any one outcome; `people_outside_boundaries` were scored
    but live in no landed area. The range of all hours together is of the sums of the draws.
    """
    county = described.filter(pl.col("geography") == "county").sort("horizon_days", "outcome", "age_group")
    people = county.group_by("horizon_days", "age_group").agg(pl.col("denominator").max())
    return {
        "as_of": as_of.isoformat(),
        "people": max(
            people.group_by("horizon_days").agg(pl.col("denominator").sum())["denominator"].to_list()
        ),
        "people_outside_boundaries": outside,
        "outcomes": [
            _rounded(
                row,
                ("people_mean", "people_p10", "people_p50", "people_p90", "rate_per_1000"),
                ("outcome", "age_group", "horizon_days", "denominator"),
            )
            for row in county.iter_rows(named=True)
        ],
        "hours_per_week": _hours(county, draws),
        "draws": places.draws,
        "model_spread": places.model_spread,
        "assumptions": list(ASSUMPTIONS),
    }


def _hours(county: pl.DataFrame, draws: pl.DataFrame) -> list[dict[str, Any]]:
    names = ("hours_mean", "hours_p10", "hours_p50", "hours_p90")
    groups = county.unique(["horizon_days", "age_group"], keep="first", maintain_order=True)
    rows = [_rounded(row, names, ("age_group", "horizon_days")) for row in groups.iter_rows(named=True)]
    means = groups.group_by("horizon_days").agg(pl.col("hours_mean").sum())
    totals = draws.group_by("horizon_days", "draw").agg(pl.col("hours").sum())
    ranges = totals.group_by("horizon_days").agg(
        pl.col("hours").quantile(q, "linear").alias(f"hours_p{100 * q:.0f}") for q in (0.1, 0.5, 0.9)
    )
    together = (
        means.join(ranges, on="horizon_days").sort("horizon_days").with_columns(age_group=pl.lit("18+"))
    )
    return rows + [
        _rounded(row, names, ("age_group", "horizon_days")) for row in together.iter_rows(named=True)
    ]


def _rounded(row: dict[str, Any], numbers: tuple[str, ...], words: tuple[str, ...]) -> dict[str, Any]:
    return {w: row[w] for w in words} | {n: None if row[n] is None else round(row[n], 3) for n in numbers}
