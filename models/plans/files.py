"""How plans are written: the same plan gives the same bytes."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import polars as pl
import pyogrio


def write_json(value: dict[str, Any], file: Path) -> None:
    """`value` as JSON, keys sorted."""
    file.write_text(json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8")


def write_table(frame: pl.DataFrame, file: Path) -> None:
    """`frame` as CSV."""
    frame.write_csv(file)


def write_geopackage(
    boundaries: gpd.GeoDataFrame, zone_ids: np.ndarray, sized: pl.DataFrame, file: Path, as_of: date
) -> None:
    """One feature a zone with its sizing, EPSG:27700, layer `zones`; its time stamp is the as-of date.

    `boundaries` in the order of `zone_ids`; `sized` one row a zone.
    """
    zones = boundaries[["geometry"]].assign(zone_id=zone_ids).dissolve("zone_id").reset_index()
    columns = {name: sized[name].to_list() for name in sized.columns}
    table = zones.merge(gpd.pd.DataFrame(columns), on="zone_id").sort_values("zone_id")
    file.unlink(missing_ok=True)
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": f"{as_of.isoformat()}T00:00:00.000Z"})
    try:
        pyogrio.write_dataframe(table, file, layer="zones", driver="GPKG")
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})
