"""Places files that are not plain rows: boundaries with geometry, population by age, timetable feeds."""

import zipfile
from pathlib import Path

import geopandas as gpd
import polars as pl
import pyogrio
import shapely

from features.records.reading_files import EXTRA, ROW, Opened, Sheet
from features.records.recognise import age_columns
from features.records.unpacking import Unreadable, zip_members

GEOMETRY_ENDINGS = {".geojson", ".json", ".gpkg", ".shp", ".fgb"}
SIDECAR_ENDINGS = {".dbf", ".shx", ".prj", ".cpg", ".sbn", ".sbx", ".qmd", ".qix"}
"""Parts of a shapefile beside its .shp."""
BRITISH_GRID = "EPSG:27700"
GRID_BOUNDS_METRES = (-100_000, -100_000, 800_000, 1_400_000)
"""Great Britain in the national grid, with room at the edges for sea and islands."""
_AREAL = ("Polygon", "MultiPolygon", "GeometryCollection")
FEED_STOPS = "stops.txt"
GEOMETRY_FIRST_ROW = 1


def has_geometry(path: Path) -> bool:
    """Whether a file is read as geometry: by its ending (before .gz), or a zip that holds one such file."""
    ending = path.suffix.lower()
    if ending == ".zip":
        return _geometry_member(path) is not None
    return (Path(path.stem).suffix.lower() if ending == ".gz" else ending) in GEOMETRY_ENDINGS


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
    source = _source(path)
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


def _source(path: Path) -> str:
    """The file as GDAL names it: inside its zip or gz where it is packed."""
    if path.suffix.lower() == ".zip":
        return f"/vsizip/{path.as_posix()}/{_geometry_member(path)}"
    return f"/vsigzip/{path.as_posix()}" if path.suffix.lower() == ".gz" else path.as_posix()


def _layer(name: str, frame: gpd.GeoDataFrame) -> Sheet:
    if frame.crs is None:
        raise Unreadable(
            "the geometry file does not say its reference system; add the .prj, or export GeoPackage"
        )
    if _misplaced(frame):
        raise Unreadable(
            "the shapes do not lie in Great Britain: the reference system that the file states (GeoJSON: "
            "degrees of WGS84 where it states none) is not that of its coordinates; export it again"
        )
    attributes = frame.drop(columns=frame.geometry.name)
    columns = {str(at): [_word(v) for v in attributes[c]] for at, c in enumerate(attributes.columns)}
    numbered = pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String)).with_columns(
        pl.int_range(GEOMETRY_FIRST_ROW, len(frame) + GEOMETRY_FIRST_ROW, dtype=pl.Int64).alias(ROW),
        pl.lit(None, dtype=pl.String).alias(EXTRA),
    )
    shapes = gpd.GeoDataFrame(geometry=frame.geometry.reset_index(drop=True), crs=frame.crs)
    return Sheet([str(c) for c in attributes.columns], lambda: iter([numbered]), name=name, shapes=shapes)


def _misplaced(frame: gpd.GeoDataFrame) -> bool:
    """Whether the whole of it falls outside the national grid; shapes that are all empty do not."""
    if frame.geometry.isna().all() or frame.geometry.is_empty.all():
        return False
    west, south, east, north = GRID_BOUNDS_METRES
    bounds = gpd.GeoSeries(shapely.box(*frame.total_bounds), crs=frame.crs).to_crs(BRITISH_GRID).total_bounds
    x_min, y_min, x_max, y_max = bounds
    return not (west <= x_min <= x_max <= east and south <= y_min <= y_max <= north)


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
    """Row numbers of features without a boundary: nothing drawn, or a point or a line."""
    drawn_at_all = ~(shapes.geometry.isna() | shapes.geometry.is_empty)
    empty = ~(drawn_at_all & shapes.geometry.geom_type.isin(_AREAL)).to_numpy()
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
