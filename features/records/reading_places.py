"""Places files that are not plain rows: boundaries with geometry, population by age, timetable feeds."""

import zipfile
from pathlib import Path

import geopandas as gpd
import polars as pl
import pyogrio

from features.records.reading_files import EXTRA, ROW, Opened, Sheet, Unreadable, zip_members
from features.records.recognise import age_columns

GEOMETRY_ENDINGS = {".geojson", ".json", ".gpkg", ".shp", ".fgb"}
SIDECAR_ENDINGS = {".dbf", ".shx", ".prj", ".cpg", ".sbn", ".sbx", ".qmd", ".qix"}
"""Parts of a shapefile beside its .shp."""
BRITISH_GRID = "EPSG:27700"
FEED_STOPS = "stops.txt"
GEOMETRY_FIRST_ROW = 1


def has_geometry(path: Path) -> bool:
    """Whether a file is read as geometry: by its ending, or a zip that holds one such file."""
    if path.suffix.lower() == ".zip":
        return _geometry_member(path) is not None
    return path.suffix.lower() in GEOMETRY_ENDINGS


def _geometry_member(path: Path) -> str | None:
    try:
        with zipfile.ZipFile(path) as packed:
            found = [n for n in zip_members(packed) if Path(n).suffix.lower() in GEOMETRY_ENDINGS]
    except zipfile.BadZipFile:
        return None
    return found[0] if len(found) == 1 else None


def open_geometry(path: Path) -> Opened:
    """A geometry file: each layer a sheet of text attributes with its shapes. Features are numbered from 1.

    Raises Unreadable (damaged, no features, no reference system).
    """
    member = _geometry_member(path) if path.suffix.lower() == ".zip" else None
    source = f"/vsizip/{path.as_posix()}/{member}" if member else path.as_posix()
    try:
        layers = [name for name, _ in pyogrio.list_layers(source)]
        frames = {name: gpd.read_file(source, layer=name) for name in layers}
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, ValueError, OSError):
        raise Unreadable(
            "the geometry file cannot be read; export it again as GeoJSON or GeoPackage"
        ) from None
    sheets = [
        _layer(name, f) for name, f in frames.items() if isinstance(f, gpd.GeoDataFrame) and not f.empty
    ]
    if not sheets:
        raise Unreadable("the geometry file holds no features; land it again")
    return Opened("geometry", "-", sheets)


def _layer(name: str, frame: gpd.GeoDataFrame) -> Sheet:
    if frame.crs is None:
        raise Unreadable(
            "the geometry file does not say its reference system; add the .prj, or export GeoPackage"
        )
    attributes = frame.drop(columns=frame.geometry.name)
    columns = {str(at): [_word(v) for v in attributes[c]] for at, c in enumerate(attributes.columns)}
    numbered = pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String)).with_columns(
        pl.int_range(GEOMETRY_FIRST_ROW, len(frame) + GEOMETRY_FIRST_ROW, dtype=pl.Int64).alias(ROW),
        pl.lit(None, dtype=pl.String).alias(EXTRA),
    )
    shapes = gpd.GeoDataFrame(geometry=frame.geometry.reset_index(drop=True), crs=frame.crs)
    return Sheet([str(c) for c in attributes.columns], lambda: numbered, name=name, shapes=shapes)


def _word(value: object) -> str | None:
    """Text of an attribute; pandas writes a missing one as None or NaN, which alone differs from itself."""
    return None if value is None or value != value else str(value)


def drawn(shapes: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Boundaries in the British National Grid, made valid; empty where a boundary cannot be drawn."""
    return shapes.to_crs(BRITISH_GRID).assign(geometry=lambda s: s.geometry.make_valid())


def boundaries(kept: pl.DataFrame, shapes: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """`lsoa_code, lsoa_name, geometry` of the kept features, sorted by code."""
    rows = kept.select("row", "lsoa_code", "lsoa_name").to_pandas()
    shape = drawn(shapes).geometry.iloc[rows["row"].to_numpy() - GEOMETRY_FIRST_ROW]
    names = rows[["lsoa_code", "lsoa_name"]].reset_index(drop=True)
    frame = gpd.GeoDataFrame(names, geometry=shape.reset_index(drop=True), crs=BRITISH_GRID)
    return frame.sort_values("lsoa_code", ignore_index=True)


def undrawable(shapes: gpd.GeoDataFrame) -> list[int]:
    """Row numbers of features without a boundary."""
    empty = (shapes.geometry.isna() | shapes.geometry.is_empty).to_numpy()
    return [at + GEOMETRY_FIRST_ROW for at, no in enumerate(empty) if no]


def no_boundaries() -> gpd.GeoDataFrame:
    """The same columns with no rows."""
    return gpd.GeoDataFrame({"lsoa_code": [], "lsoa_name": []}, geometry=[], crs=BRITISH_GRID)


def population_long(kept: pl.DataFrame, raw: pl.DataFrame, header: list[str]) -> pl.DataFrame:
    """Wide residents by age -> `lsoa_code, age_from, age_to, people`, a row an area and band, sexes summed.

    `kept` holds the usable rows; a cell that is no number is left out of the sum.
    """
    bands = age_columns(header)
    wide = kept.join(raw.select(ROW, *(_cell(at) for at in bands)), on=ROW, how="left")
    long = wide.unpivot(
        on=[str(at) for at in bands], index=["lsoa_code", "file", "row", "extract_date"], value_name="people"
    )
    at = pl.col("variable").cast(pl.Int64)
    dated = long.with_columns(
        at.replace_strict({k: v[0] for k, v in bands.items()}, return_dtype=pl.Int64).alias("age_from"),
        at.replace_strict({k: v[1] for k, v in bands.items()}, return_dtype=pl.Int64).alias("age_to"),
    ).filter(pl.col("people").is_not_null())
    summed = dated.group_by("lsoa_code", "age_from", "age_to", "file", "row", "extract_date").agg(
        pl.col("people").sum()
    )
    ordered = summed.select("lsoa_code", "age_from", "age_to", "people", "file", "row", "extract_date")
    return ordered.sort("lsoa_code", "age_from", "age_to", "file", "row")


def _cell(at: int) -> pl.Expr:
    return pl.col(str(at)).str.replace_all(r"[,\s]", "").cast(pl.Float64, strict=False)


def is_feed(path: Path) -> bool:
    """Whether a zip is a GTFS timetable feed (it holds stops.txt and stop_times.txt)."""
    if path.suffix.lower() != ".zip":
        return False
    try:
        with zipfile.ZipFile(path) as packed:
            names = set(packed.namelist())
    except zipfile.BadZipFile:
        return False
    return {FEED_STOPS, "stop_times.txt"} <= names


def feed_stops(path: Path) -> bytes:
    """The stops of a feed, as delimited text."""
    with zipfile.ZipFile(path) as packed:
        return packed.read(FEED_STOPS)
