"""The measures in which hotspots are sought: need, age-standardised, and hours of home care."""

from datetime import date

import geopandas as gpd
import numpy as np
import polars as pl

from configs.settings import Places
from models.places.hotspots import find_hotspots
from models.places.neighbours import Graph, build_graph

NEED_OUTCOMES = ("long_term_community_start", "care_home_admission")
"""Need is the start of long-term care, at home or in a care home."""

HOTSPOTS_SCHEMA = pl.Schema(
    {
        "area_code": pl.String,
        "age_group": pl.String,
        "as_of": pl.Date,
        "measure": pl.String,
        "horizon_days": pl.Int64,
        "statistic": pl.Float64,
        "p_value": pl.Float64,
        "q_value": pl.Float64,
        "class": pl.String,
        "trend": pl.String,
        "hidden_need_probability": pl.Float64,
    }
)


def gather_need(
    described: pl.DataFrame, boundaries: gpd.GeoDataFrame, as_of: date, places: Places, seed: int
) -> pl.DataFrame:
    """The rows of hotspots.parquet, sorted; `described` holds the rows of areas.parquet.

    `need`: people starting long-term care (NEED_OUTCOMES that were scored), as a ratio to what their
    ages lead one to expect. `hours`: mean hours of home care per resident of the age group. `trend`
    is `none` and `hidden_need_probability` null: both need earlier months and served need to compare with.
    """
    graph = build_graph(boundaries)
    codes = boundaries["lsoa_code"].tolist()
    parts = []
    for measure, values in (("need", _need(described)), ("hours", _hours(described))):
        for (horizon, age_group), group in values.partition_by(
            ["horizon_days", "age_group"], as_dict=True
        ).items():
            lined_up = pl.DataFrame({"area_code": codes}).join(
                group, on="area_code", how="left", maintain_order="left"
            )
            parts.append(
                _hotspots_of(lined_up, measure, str(age_group), int(str(horizon)), graph, as_of, places, seed)
            )
    return pl.concat(parts).sort("measure", "horizon_days", "age_group", "area_code")


def _need(described: pl.DataFrame) -> pl.DataFrame:
    """area_code, horizon_days, age_group, residents, value: need over what ages lead one to expect."""
    keys = ["horizon_days", "age_group", "area_code"]
    starts = described.filter(pl.col("geography") == "lsoa", pl.col("outcome").is_in(NEED_OUTCOMES))
    summed = starts.group_by(keys).agg(
        pl.col("people_mean", "people_expected").sum(), pl.col("denominator").max().alias("residents")
    )
    ratio = (pl.col("people_mean") / pl.col("people_expected")).round(9)
    return summed.sort(keys).select(
        "area_code",
        "horizon_days",
        "age_group",
        "residents",
        pl.when(pl.col("people_expected") > 0).then(ratio).otherwise(1.0).alias("value"),
    )


def _hours(described: pl.DataFrame) -> pl.DataFrame:
    """area_code, horizon_days, age_group, residents, value: hours a week per resident (any one outcome's
    rows).
    """
    keys = ["horizon_days", "age_group", "area_code"]
    areas = described.filter(pl.col("geography") == "lsoa")
    hours = areas.group_by(keys).agg(
        pl.col("hours_mean").max(), pl.col("denominator").max().alias("residents")
    )
    per_resident = (pl.col("hours_mean") / pl.col("residents")).round(9)
    return hours.sort(keys).select(
        "area_code",
        "horizon_days",
        "age_group",
        "residents",
        pl.when(pl.col("residents") > 0).then(per_resident).alias("value"),
    )


def _hotspots_of(
    values: pl.DataFrame,
    measure: str,
    age_group: str,
    horizon: int,
    graph: Graph,
    as_of: date,
    places: Places,
    seed: int,
) -> pl.DataFrame:
    numbers = values["value"].cast(pl.Float64).fill_null(np.nan).to_numpy()
    enough = (values["residents"].fill_null(0) >= places.people_min).to_numpy()
    found = find_hotspots(numbers, enough, graph, fdr=places.fdr, permutations=places.permutations, seed=seed)
    frame = pl.DataFrame(
        {
            "area_code": values["area_code"],
            "statistic": pl.Series(found.statistic.round(6)).fill_nan(None),
            "p_value": pl.Series(found.p_value.round(6)).fill_nan(None),
            "q_value": pl.Series(found.q_value.round(6)).fill_nan(None),
            "class": found.label,
        }
    )
    return (
        frame.with_columns(
            pl.lit(age_group).alias("age_group"),
            pl.lit(as_of).alias("as_of"),
            pl.lit(measure).alias("measure"),
            pl.lit(horizon, pl.Int64).alias("horizon_days"),
            pl.lit("none").alias("trend"),
            pl.lit(None, pl.Float64).alias("hidden_need_probability"),
        )
        .select(HOTSPOTS_SCHEMA.names())
        .cast(HOTSPOTS_SCHEMA)
    )
