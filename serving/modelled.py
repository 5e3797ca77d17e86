"""What may be said of modelled values: where, and how exactly.

A modelled value (a forecast, a smoothed rate, a chance) counts nobody, but it leans on the people who live
there. It is shown where enough residents of the age group live, once somebody has signed that off; people
and rates as ranges and classes, hours as rounded numbers. Invented data open every area.
"""

import math
from dataclasses import dataclass

import numpy as np
import polars as pl

from configs.settings import Disclosure

CLASSES = 5
LIKELY = 0.8
FINEST_FIRST = ("lsoa", "msoa", "ward", "county")


@dataclass(frozen=True)
class Opening:
    """Who opened modelled values: nobody (`closed`: county only), a person (`signed`), or invented data
    (`open`).
    """

    how: str
    residents_min: int

    @classmethod
    def of(cls, settings: Disclosure, *, invented: bool) -> "Opening":
        """From the sign-off in the settings; both who and when are needed."""
        signed = bool(settings.signed_off_by.strip() and settings.signed_off_on.strip())
        how = "open" if invented else "signed" if signed else "closed"
        return cls(how, settings.modelled_residents_min)


def may_show(residents: pl.DataFrame, parents: pl.DataFrame, opening: Opening) -> pl.DataFrame:
    """Which areas' modelled values may be shown, for each age group.

    `residents`: `geography, area_code, age_group, residents`; `parents`: `area_code, union_code`, one row
    for each union (MSOA, ward, zone) that an LSOA lies in. The LSOAs hidden in any one union hold no
    resident or at least `residents_min` of them together, so that taking the shown from the union's own
    value singles nobody out.

    Returns `geography, area_code, age_group, shown`.
    """
    if opening.how == "open":
        return _decided(residents, pl.lit(True))
    if opening.how == "closed":
        return _decided(residents, pl.col("geography") == "county")
    enough = residents.with_columns(shown=pl.col("residents") >= opening.residents_min)
    areas = enough.filter(pl.col("geography") == "lsoa")
    while True:
        more = _too_few_left(areas, parents, opening.residents_min)
        if more.is_empty():
            break
        areas = areas.join(more.with_columns(also=True), on=["area_code", "age_group"], how="left").select(
            *areas.columns[:-1], shown=pl.col("shown") & pl.col("also").is_null()
        )
    rest = enough.filter(pl.col("geography") != "lsoa")
    return _decided(pl.concat([areas, rest]), pl.col("shown"))


def _decided(frame: pl.DataFrame, shown: pl.Expr) -> pl.DataFrame:
    return frame.select("geography", "area_code", "age_group", shown=shown).sort(
        "geography", "area_code", "age_group"
    )


def _too_few_left(areas: pl.DataFrame, parents: pl.DataFrame, least: int) -> pl.DataFrame:
    """In each union whose hidden areas hold some but too few residents: its smallest shown area."""
    inside = areas.join(parents, on="area_code")
    group = ["union_code", "age_group"]
    hidden = pl.col("residents").filter(~pl.col("shown")).sum().over(group)
    wanting = inside.filter((hidden > 0) & (hidden < least)).filter("shown")
    return (
        wanting.sort("residents", "area_code")
        .group_by(group, maintain_order=True)
        .first()
        .select("area_code", "age_group")
        .unique(maintain_order=True)
    )


def finest_shown(decided: pl.DataFrame, parents: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """For each LSOA and age group: the finest geography at which a value may be shown (`shown_at`).

    `parents`: for `msoa` and `ward`, a frame `area_code, union_code` of LSOAs.
    """
    areas = decided.filter(pl.col("geography") == "lsoa").select(
        "area_code", "age_group", pl.col("shown").alias("lsoa")
    )
    for geography, members in parents.items():
        shown = decided.filter(pl.col("geography") == geography).select(
            pl.col("area_code").alias("union_code"), "age_group", pl.col("shown").alias(geography)
        )
        areas = (
            areas.join(members, on="area_code", how="left")
            .join(shown, on=["union_code", "age_group"], how="left")
            .drop("union_code")
        )
    choice = pl.coalesce(
        *(pl.when(pl.col(g).fill_null(False)).then(pl.lit(g)) for g in ("lsoa", *parents)), pl.lit("county")
    )
    return areas.select("area_code", "age_group", shown_at=choice).sort("area_code", "age_group")


def nice_edges(values: pl.Series, classes: int = CLASSES) -> list[float]:
    """Inner borders of up to `classes` classes: quantiles, rounded to two figures, strictly rising."""
    known = values.drop_nulls().to_numpy()
    if known.size == 0:
        return []
    cuts = np.quantile(known, np.linspace(0, 1, classes + 1)[1:-1])
    return sorted({two_figures(float(cut)) for cut in cuts if cut > 0})


def two_figures(value: float) -> float:
    """The value to two significant figures."""
    if value == 0:
        return 0.0
    digits = 1 - math.floor(math.log10(abs(value)))
    return float(round(value, digits))


def classed(column: str, edges: list[float]) -> pl.Expr:
    """Class 1, 2, … of a column by its inner borders; null stays null."""
    above = pl.sum_horizontal([(pl.col(column) >= edge).cast(pl.Int32) for edge in edges] or [pl.lit(0)])
    return pl.when(pl.col(column).is_not_null()).then(above.cast(pl.Int32) + 1)


def control_forecast(areas: pl.DataFrame, decided: pl.DataFrame, round_to: int) -> pl.DataFrame:
    """Rates and people by area, age group, outcome and horizon, as classes and ranges.

    `areas`: the `places/areas` columns with lower-case geography; `decided`: from `may_show`. Returns
    `geography, area_code, age_group, outcome, horizon_days, rate_class, rate_low, rate_high` (per 1,000
    residents of the age group: the borders of the class, an open end null), `people_low, people_high` (80%
    range, outwards to the nearest `round_to`), `above_county` (likely, unlikely, unclear), `hidden`.
    Values are null where hidden.
    """
    groups = areas.filter(pl.col("people_mean").is_not_null()).partition_by(
        "outcome", "age_group", "horizon_days", maintain_order=True
    )
    shown = decided.filter("shown").drop("shown").with_columns(open=pl.lit(True))
    parts = [_forecast_of(group, shown, round_to) for group in groups]
    frame = pl.concat(parts) if parts else _forecast_of(areas.head(0), shown, round_to)
    return frame.sort("outcome", "age_group", "horizon_days", "geography", "area_code")


def _forecast_of(group: pl.DataFrame, shown: pl.DataFrame, round_to: int) -> pl.DataFrame:
    frame = group.join(shown, on=["geography", "area_code", "age_group"], how="left")
    visible = frame.filter(pl.col("open").fill_null(False))
    finest = next((g for g in FINEST_FIRST if (visible["geography"] == g).any()), "county")
    edges = nice_edges(visible.filter(pl.col("geography") == finest)["rate_smoothed"])
    borders: list[float | None] = [0.0, *edges, None]
    above = (
        pl.when(pl.col("p_above_county") >= LIKELY)
        .then(pl.lit("likely"))
        .when(pl.col("p_above_county") <= 1 - LIKELY)
        .then(pl.lit("unlikely"))
        .when(pl.col("p_above_county").is_not_null())
        .then(pl.lit("unclear"))
    )
    values: dict[str, pl.Expr] = {
        "rate_class": classed("rate_smoothed", edges),
        "people_low": (pl.col("people_p10") / round_to).floor() * round_to,
        "people_high": (pl.col("people_p90") / round_to).ceil() * round_to,
        "above_county": above,
    }
    keys = ["geography", "area_code", "age_group", "outcome", "horizon_days"]
    controlled = frame.select(
        *keys,
        *(pl.when("open").then(expr).alias(name) for name, expr in values.items()),
        hidden=~pl.col("open").fill_null(False),
    )
    ends = pl.DataFrame(
        {"rate_class": range(1, len(borders)), "rate_low": borders[:-1], "rate_high": borders[1:]},
        schema={"rate_class": pl.Int32, "rate_low": pl.Float64, "rate_high": pl.Float64},
    )
    return controlled.join(ends, on="rate_class", how="left").select(
        *keys, "rate_class", "rate_low", "rate_high", "people_low", "people_high", "above_county", "hidden"
    )


def control_hours(hours: pl.DataFrame, decided: pl.DataFrame, round_to: int) -> pl.DataFrame:
    """Forecast home-care hours a week, rounded to the nearest `round_to`, null where hidden.

    `hours`: `geography, area_code, horizon_days, hours_mean, hours_p10, hours_p50, hours_p90`. An area is
    shown where every age group of it may be. Returns the same columns and `hidden`.
    """
    open_areas = decided.group_by("geography", "area_code").agg(open=pl.col("shown").all())
    frame = hours.join(open_areas, on=["geography", "area_code"], how="left")
    names = ("hours_mean", "hours_p10", "hours_p50", "hours_p90")
    return frame.select(
        "geography",
        "area_code",
        "horizon_days",
        *(pl.when("open").then(rounded_to(name, round_to)).alias(name) for name in names),
        hidden=~pl.col("open").fill_null(False),
    ).sort("geography", "area_code", "horizon_days")


def rounded_to(column: str, step: float) -> pl.Expr:
    """The column to the nearest multiple of `step`, halves upwards."""
    return (pl.col(column) / step + 0.5).floor() * step
