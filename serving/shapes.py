"""Boundaries of everything a map shows: areas and their unions, simplified once, together, so that edges
still meet.
"""

import geopandas as gpd
import polars as pl
import shapely

from serving.inputs import BRITISH_GRID, Inputs

SIMPLIFY_METRES = 15.0
"""Below a pixel on a screen that shows a district; keeps 400 areas under about 300 kB."""

GEOGRAPHIES = ("lsoa", "msoa", "ward", "zone", "county")
WORLD = 4326


def draw_boundaries(inputs: Inputs) -> gpd.GeoDataFrame:
    """`geography, area_code`, geometry (British National Grid) of areas, MSOAs, wards, zones and the
    county.
    """
    areas = inputs.shapes.copy()
    areas["geometry"] = shapely.coverage_simplify(areas.geometry.to_numpy(), SIMPLIFY_METRES)
    parts = [_layer("lsoa", areas.rename(columns={"lsoa_code": "area_code"}))]
    parts += [_union(areas, name, members) for name, members in inputs.members.items()]
    drawn = gpd.GeoDataFrame(_stack(parts), geometry="geometry", crs=BRITISH_GRID)
    order = {name: place for place, name in enumerate(GEOGRAPHIES)}
    return drawn.sort_values(
        ["geography", "area_code"],
        key=lambda c: c.map(order) if c.name == "geography" else c,
        ignore_index=True,
    )


def as_table(boundaries: gpd.GeoDataFrame) -> pl.DataFrame:
    """`geography, area_code, boundary` (WKB, longitude and latitude): what Delta holds."""
    shapes = boundaries.geometry.to_crs(WORLD)
    return pl.DataFrame(
        {
            "geography": boundaries["geography"].tolist(),
            "area_code": boundaries["area_code"].tolist(),
            "boundary": list(shapely.to_wkb(shapely.set_precision(shapes.to_numpy(), 1e-6))),
        },
        schema={"geography": pl.String, "area_code": pl.String, "boundary": pl.Binary},
    )


def _layer(name: str, frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    return frame.assign(geography=name)[["geography", "area_code", "geometry"]]


def _union(areas: gpd.GeoDataFrame, name: str, members: pl.DataFrame) -> gpd.GeoDataFrame:
    codes = dict(members.select("area_code", "union_code").iter_rows())
    grouped = areas.assign(area_code=areas["lsoa_code"].map(codes)).dropna(subset="area_code")
    if grouped.empty:
        return _layer(name, grouped)
    return _layer(name, grouped[["area_code", "geometry"]].dissolve(by="area_code", as_index=False))


def _stack(parts: list[gpd.GeoDataFrame]) -> gpd.GeoDataFrame:
    import pandas as pd

    return pd.concat([part for part in parts if len(part)], ignore_index=True)
