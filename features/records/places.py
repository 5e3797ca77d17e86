"""The areas of the county: shape, wards, deprivation, rurality, public transport, and who lives there in
total."""

import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import polars as pl
import shapely
from scipy.spatial import cKDTree

from features.records.one_per_area import newest_file_per_area

_AREAS = pl.Schema(
    {
        "lsoa_code": pl.String,
        "lsoa_name": pl.String,
        "ward_code": pl.String,
        "ward_name": pl.String,
        "msoa_code": pl.String,
        "lad_code": pl.String,
        "lad_name": pl.String,
        "easting": pl.Float64,
        "northing": pl.Float64,
        "area_square_metres": pl.Float64,
        "imd_score": pl.Float64,
        "imd_rank": pl.Int64,
        "imd_decile": pl.Int64,
        "income_score": pl.Float64,
        "health_score": pl.Float64,
        "barriers_score": pl.Float64,
        "living_environment_score": pl.Float64,
        "ruc_code": pl.String,
        "rural": pl.Boolean,
        "n_stops": pl.Int64,
        "metres_to_stop": pl.Float64,
    }
)
_POPULATION = pl.Schema(
    {"lsoa_code": pl.String, "age_from": pl.Int64, "age_to": pl.Int64, "people": pl.Float64}
)
_WRITTEN_CRS = 4326


def build_areas(boundaries: gpd.GeoDataFrame, tables: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """One row per landed area in the columns of `areas.parquet`, sorted by lsoa_code. `boundaries`:
    EPSG:27700. What was not landed is null; with no stops, n_stops is 0 and metres_to_stop null."""
    points = boundaries.representative_point()
    areas = pl.DataFrame(
        {
            "lsoa_code": boundaries["lsoa_code"].to_list(),
            "lsoa_name": boundaries["lsoa_name"].to_list(),
            "easting": points.x.round(1).to_list(),
            "northing": points.y.round(1).to_list(),
            "area_square_metres": boundaries.area.round(0).to_list(),
        }
    )
    for kind in ("ward_lookup", "deprivation", "rural_urban"):
        areas = _lay_beside(areas, tables.get(kind))
    if "msoa_code" not in areas.columns or areas.get_column("msoa_code").null_count():
        areas = _fill_msoa(areas, tables.get("uprn_lookup"))
    areas = _add_stops(areas, boundaries, tables.get("stops"))
    lacking = [pl.lit(None, dtype).alias(name) for name, dtype in _AREAS.items() if name not in areas.columns]
    return areas.with_columns(lacking).select(_AREAS.names()).cast(_AREAS).sort("lsoa_code")


def _lay_beside(areas: pl.DataFrame, more: pl.DataFrame | None) -> pl.DataFrame:
    if more is None:
        return areas
    fresh = [c for c in _AREAS.names() if c in more.columns and c not in areas.columns]
    newest = newest_file_per_area(more)
    once = newest.select("lsoa_code", *fresh).unique("lsoa_code", keep="first", maintain_order=True)
    return areas.join(once, on="lsoa_code", how="left", maintain_order="left")


def _fill_msoa(areas: pl.DataFrame, lookup: pl.DataFrame | None) -> pl.DataFrame:
    if lookup is None:
        return areas
    msoas = (
        lookup.select("lsoa_code", _msoa="msoa_code")
        .drop_nulls()
        .unique()
        .sort("lsoa_code", "_msoa")
        .unique("lsoa_code", keep="first", maintain_order=True)
    )
    own = pl.col("msoa_code") if "msoa_code" in areas.columns else pl.lit(None, pl.String)
    joined = areas.join(msoas, on="lsoa_code", how="left", maintain_order="left")
    return joined.with_columns(msoa_code=pl.coalesce(own, "_msoa")).drop("_msoa")


def _add_stops(areas: pl.DataFrame, boundaries: gpd.GeoDataFrame, stops: pl.DataFrame | None) -> pl.DataFrame:
    none = areas.with_columns(n_stops=pl.lit(0, pl.Int64), metres_to_stop=pl.lit(None, pl.Float64))
    if stops is None:
        return none
    there = stops.filter(pl.col("easting").is_not_null() & pl.col("northing").is_not_null()).unique("stop_id")
    if there.is_empty():
        return none
    at = there.select("easting", "northing").to_numpy()
    shapes = gpd.GeoDataFrame(geometry=gpd.points_from_xy(at[:, 0], at[:, 1]), crs=boundaries.crs)
    inside = gpd.sjoin(shapes, boundaries[["lsoa_code", "geometry"]], predicate="within")["lsoa_code"]
    counts = (
        pl.DataFrame({"lsoa_code": inside.to_list()}, schema={"lsoa_code": pl.String})
        .group_by("lsoa_code")
        .len("n_stops")
    )
    metres = cKDTree(at).query(areas.select("easting", "northing").to_numpy())[0]
    return (
        areas.with_columns(metres_to_stop=pl.Series(np.round(metres, 0)))
        .join(counts, on="lsoa_code", how="left", maintain_order="left")
        .with_columns(n_stops=pl.col("n_stops").fill_null(0).cast(pl.Int64))
    )


def build_area_population(population: pl.DataFrame | None) -> pl.DataFrame:
    """lsoa_code, age_from, age_to (included), people of the landed population; empty where none was
    landed."""
    if population is None:
        return pl.DataFrame(schema=_POPULATION)
    newest = newest_file_per_area(population)
    return newest.select(_POPULATION.names()).cast(_POPULATION).sort("lsoa_code", "age_from", "age_to")


def write_boundaries(boundaries: gpd.GeoDataFrame, file: Path) -> None:
    """GeoJSON (EPSG:4326, 6 decimals) with lsoa_code and lsoa_name alone, sorted: the same bytes each
    time."""
    written = boundaries[["lsoa_code", "lsoa_name", "geometry"]].to_crs(_WRITTEN_CRS).sort_values("lsoa_code")
    features = [
        {
            "type": "Feature",
            "properties": {"lsoa_code": code, "lsoa_name": name},
            "geometry": _rounded(json.loads(shapely.to_geojson(shape))),
        }
        for code, name, shape in zip(
            written["lsoa_code"], written["lsoa_name"], written.geometry, strict=True
        )
    ]
    file.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")


def _rounded(geometry: dict[str, object]) -> dict[str, object]:
    def nested(value: object) -> object:
        if isinstance(value, list):
            return [nested(v) for v in value]
        return round(value, 6) if isinstance(value, float) else value

    return {**geometry, "coordinates": nested(geometry["coordinates"])}
