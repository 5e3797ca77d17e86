"""Copies of a release for other tools: CSV, GeoPackage and GeoParquet, one folder a month."""

import os
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import polars as pl
import pyogrio

from configs.vocabulary import HORIZON_DAYS
from serving.tables import INVENTED_LABEL

PACKAGE = "forebridge.gpkg"
POINTS = "sites"
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def write_copies(
    release: Path,
    as_of: date,
    tables: dict[str, pl.DataFrame],
    boundaries: gpd.GeoDataFrame,
    *,
    invented: bool,
) -> Path:
    """Write `release/<as_of>/`: each table as CSV, boundaries with figures as GeoPackage and GeoParquet.

    Written aside and renamed; the same tables give the same bytes. Returns the folder.
    """
    folder, aside = release / as_of.isoformat(), release / f".making-{as_of.isoformat()}"
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True)
    for name, frame in tables.items():
        if "boundary" not in frame.columns:
            (aside / f"{name}.csv").write_text(as_csv(frame), encoding="utf-8")
    layers = with_figures(boundaries, tables)
    write_package(aside / PACKAGE, layers, as_of)
    for name, layer in layers.items():
        layer.to_parquet(aside / f"{name}.parquet", index=False)
    (aside / "README.txt").write_text(_read_me(as_of, invented), encoding="utf-8")
    _swap(aside, folder)
    return folder


def as_csv(frame: pl.DataFrame) -> str:
    """The frame as CSV; a text that a spreadsheet would run as a formula gets an apostrophe before it."""
    texts = [c for c, t in frame.schema.items() if t == pl.String]
    risky = {c: pl.any_horizontal(pl.col(c).str.starts_with(s) for s in FORMULA_STARTS) for c in texts}
    safe = [pl.when(risky[c]).then(pl.lit("'") + pl.col(c)).otherwise(c).alias(c) for c in texts]
    return frame.with_columns(safe).write_csv()


def with_figures(
    boundaries: gpd.GeoDataFrame, tables: dict[str, pl.DataFrame]
) -> dict[str, gpd.GeoDataFrame]:
    """One layer a geography with names, counts, hours and the main forecasts as columns; and sites as
    points.
    """
    figures = _wide(tables).to_pandas()
    layers = {}
    for geography in dict.fromkeys(boundaries["geography"]):
        shapes = boundaries[boundaries["geography"] == geography]
        mine = figures[figures["geography"] == geography].drop(columns="geography").dropna(axis=1, how="all")
        layers[geography] = shapes.drop(columns="geography").merge(mine, on="area_code", how="left")
    sites = tables[POINTS].drop("as_of").to_pandas()
    points = gpd.points_from_xy(sites.pop("easting"), sites.pop("northing"), crs=boundaries.crs)
    return {**layers, POINTS: gpd.GeoDataFrame(sites, geometry=points)}


def _wide(tables: dict[str, pl.DataFrame]) -> pl.DataFrame:
    counts = tables["counts"].pivot("measure", index=["geography", "area_code"], values="value")
    hours = (
        tables["hours"]
        .drop("as_of", "data_label", "hidden")
        .filter(pl.col("horizon_days") == HORIZON_DAYS)
        .rename(lambda c: f"forecast_{c}" if c.startswith("hours_") else c)
        .drop("horizon_days")
    )
    name = pl.concat_str(
        "outcome",
        pl.col("age_group").str.replace("+", "_plus", literal=True).str.replace("-", "_"),
        separator="_",
    )
    rates = (
        tables["forecast"]
        .filter(pl.col("horizon_days") == HORIZON_DAYS)
        .with_columns(name=name)
        .pivot("name", index=["geography", "area_code"], values="rate_class", aggregate_function="first")
        .rename(lambda c: c if c in ("geography", "area_code") else f"{c}_class")
    )
    frame = tables["areas"].drop("as_of")
    for part in (counts, hours, rates):
        frame = frame.join(part, on=["geography", "area_code"], how="left")
    return frame


def write_package(file: Path, layers: dict[str, gpd.GeoDataFrame], as_of: date) -> None:
    """A GeoPackage of the layers, with the month as its timestamp so that the same layers are the same
    bytes.
    """
    stamp = f"{as_of.isoformat()}T00:00:00.000Z"
    before = pyogrio.get_gdal_config_option("OGR_CURRENT_DATE")
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": stamp})
    try:
        for name, layer in layers.items():
            layer.to_file(file, layer=name, driver="GPKG", engine="pyogrio")
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": before})


def _read_me(as_of: date, invented: bool) -> str:
    label = f"{INVENTED_LABEL}\n\n" if invented else ""
    return (
        f"{label}Forebridge release, data as of {as_of.isoformat()}.\n"
        "An empty value with hidden = true is too small to show, or hidden to protect a neighbour.\n"
        "Counts are rounded to the nearest 5: totals need not add up. `at_least` marks sums that leave\n"
        "hidden areas out. forebridge.gpkg opens in QGIS; the Delta tables beside this folder open in\n"
        "Power BI.\n"
    )


def _swap(aside: Path, folder: Path) -> None:
    old: Any = folder.with_name(f".old-{folder.name}")
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        os.replace(folder, old)
    os.replace(aside, folder)
    shutil.rmtree(old, ignore_errors=True)
