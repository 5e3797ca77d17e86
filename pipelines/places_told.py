"""What a finished run found about places, in one dictionary."""

from pathlib import Path
from typing import Any

import polars as pl

from configs.errors import ReleaseError
from pipelines.summary import read_json

MONTHS_TOLD = (1, 3, 6, 12, 24)
TRENDS = ("new", "growing", "persistent", "fading")


def tell_places(out: Path, as_of: str | None) -> dict[str, Any]:
    """County totals, months ahead, hotspots counted and named, from `places/` of a finished run.

    `as_of`: the run's date, default the latest. Raises ReleaseError when no such run has ended.
    """
    run = (out / (as_of or "latest")).resolve()
    if not (run / "places" / "county.json").is_file():
        raise ReleaseError(
            "No such run has ended here" if as_of else "No run has ended here yet",
            where=str(run),
            todo="Give the folder of a run as --out; `forebridge runs --out ...` lists them",
        )
    places = run / "places"
    county = read_json(places / "county.json")
    hotspots = pl.read_parquet(places / "hotspots.parquet")
    return {
        **county,
        "invented": bool(read_json(run / "records" / "summary.json")["invented"]),
        "months_ahead": _months_ahead(places),
        "hotspots": _count_classes(hotspots),
        "areas": _named(hotspots),
        "files": sorted(str(file) for file in places.glob("*.parquet")),
    }


def _months_ahead(places: Path) -> list[dict[str, Any]]:
    forecast = pl.read_parquet(places / "forecast.parquet")
    county = forecast.filter(pl.col("geography") == "county", pl.col("age_group") == "18+")
    number = pl.col("month").rank("dense").over("measure").cast(pl.Int64)
    told = county.with_columns(number.alias("months_ahead")).filter(pl.col("months_ahead").is_in(MONTHS_TOLD))
    shown = told.with_columns(
        pl.col("month").dt.strftime("%Y-%m"), pl.col("mean", "p10", "p50", "p90").round(1)
    )
    return (
        shown.sort("measure", "month")
        .select("months_ahead", "month", "measure", "mean", "p10", "p50", "p90")
        .to_dicts()
    )


def _count_classes(hotspots: pl.DataFrame) -> list[dict[str, Any]]:
    counts = [(pl.col("class") == name).sum().alias(name) for name in ("hot", "cold", "too_few")]
    trends = [(pl.col("trend") == name).sum().alias(name) for name in TRENDS]
    grouped = hotspots.group_by("measure", "age_group", "horizon_days").agg(*counts, *trends)
    return grouped.sort("measure", "age_group", "horizon_days").to_dicts()


def _named(hotspots: pl.DataFrame) -> list[dict[str, Any]]:
    """Every area that is hot or has a trend, and why."""
    told = hotspots.filter((pl.col("class") == "hot") | (pl.col("trend") != "none"))
    columns = ("area_code", "age_group", "measure", "horizon_days", "class", "trend", "q_value", "value")
    return told.select(*columns, "hidden_need_probability").to_dicts()
