"""What there is to commission from: care homes, candidate sites and providers, each at a place on the map."""

import geopandas as gpd
import polars as pl

from features.records.addresses import normalise_postcode
from features.records.households import Gazetteer, fill_areas

_POINT = {"easting": pl.Float64, "northing": pl.Float64}
CARE_HOMES = pl.Schema(
    {
        "location_id": pl.String,
        "name": pl.String,
        "beds": pl.Int64,
        "nursing": pl.Boolean,
        "residential": pl.Boolean,
        "dementia": pl.Boolean,
        "rating": pl.String,
        **_POINT,
        "lsoa_code": pl.String,
        "used_beds": pl.Int64,
    }
)
CANDIDATE_SITES = pl.Schema(
    {
        "site_id": pl.String,
        "name": pl.String,
        **_POINT,
        "lsoa_code": pl.String,
        "max_beds": pl.Int64,
        "care_types": pl.String,
        "cost_per_bed_pounds": pl.Float64,
        "available_from": pl.Date,
    }
)
PROVIDERS = pl.Schema(
    {
        "provider_id": pl.String,
        "provider_name": pl.String,
        "base_easting": pl.Float64,
        "base_northing": pl.Float64,
        "offered_hours_per_week": pl.Float64,
        "max_lots": pl.Int64,
        "min_own_share": pl.Float64,
        "quality_score": pl.Float64,
    }
)
_RULE = "cannot be located: no coordinates, and no postcode that the gazetteer knows"


def build_care_homes(
    tables: dict[str, pl.DataFrame], gazetteer: Gazetteer, boundaries: gpd.GeoDataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """(care homes in CARE_HOMES' columns, the lines that could not be located as quarantine lines).

    `tables` are completed (shapes.complete). The newest directory speaks; dormant homes are left out. Beds in
    use come from the newest capacity tracker line.
    """
    newest = _newest(tables["cqc_locations"], "location_id")
    homes = newest.filter(pl.col("care_home").fill_null(False) & ~pl.col("dormant").fill_null(False))
    homes = _from_degrees(homes.rename({"location_name": "name"}))
    homes = _locate(homes, gazetteer, boundaries).join(_used_beds(tables), on="location_id", how="left")
    return _split(homes, "cqc_locations", CARE_HOMES, "location_id")


def _newest(rows: pl.DataFrame, key: str) -> pl.DataFrame:
    """Each key once, as the file cut last says (undated files before dated ones, then by name), by key."""
    last = rows.sort(key, "extract_date", "file", "row", nulls_last=False)
    return last.unique(key, keep="last", maintain_order=True)


def _used_beds(tables: dict[str, pl.DataFrame]) -> pl.DataFrame:
    newest = (
        tables["capacity_tracker"]
        .sort("cqc_location_id", "last_updated")
        .unique("cqc_location_id", keep="last", maintain_order=True)
    )
    return newest.select(location_id="cqc_location_id", used_beds=pl.col("used_beds").cast(pl.Int64))


def build_candidate_sites(
    sites: pl.DataFrame, gazetteer: Gazetteer, boundaries: gpd.GeoDataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """(sites in CANDIDATE_SITES' columns, the lines that could not be located as quarantine lines)."""
    located = _locate(_newest(sites, "site_id"), gazetteer, boundaries)
    return _split(located, "candidate_sites", CANDIDATE_SITES, "site_id")


def build_providers(providers: pl.DataFrame, gazetteer: Gazetteer) -> pl.DataFrame:
    """Providers in PROVIDERS' columns; a base whose postcode the gazetteer lacks has no coordinates."""
    newest = _newest(providers, "provider_id")
    based = newest.with_columns(_postcode=normalise_postcode(pl.col("base_postcode"))).join(
        gazetteer.postcodes.select(_postcode="postcode", base_easting="easting", base_northing="northing"),
        on="_postcode",
        how="left",
    )
    return based.select(PROVIDERS.names()).cast(PROVIDERS).sort("provider_id")


def find_home_uprns(tables: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """location_id, uprn? of every care home in the newest directory."""
    return _newest(tables["cqc_locations"], "location_id").select("location_id", "uprn")


def _from_degrees(homes: pl.DataFrame) -> pl.DataFrame:
    """Easting and northing (metres, EPSG:27700) of latitude and longitude."""
    points = gpd.GeoSeries(
        gpd.points_from_xy(
            homes["longitude"].fill_null(float("nan")), homes["latitude"].fill_null(float("nan"))
        ),
        crs=4326,
    ).to_crs(27700)
    flat = homes.with_columns(easting=pl.Series(points.x.to_numpy()), northing=pl.Series(points.y.to_numpy()))
    finite = pl.col("easting").is_finite() & pl.col("northing").is_finite()
    return flat.with_columns(pl.when(finite).then(pl.col("easting", "northing").round(1)))


def _locate(rows: pl.DataFrame, gazetteer: Gazetteer, boundaries: gpd.GeoDataFrame) -> pl.DataFrame:
    """easting, northing, lsoa_code: the UPRN's where there is one, else the row's own, else the
    postcode's."""
    own = rows if "uprn" in rows.columns else rows.with_columns(uprn=pl.lit(None, pl.Int64))
    by_uprn = gazetteer.places.select("uprn", _e1="easting", _n1="northing", lsoa_code="lsoa_code")
    by_postcode = gazetteer.postcodes.select(_postcode="postcode", _e3="easting", _n3="northing")
    joined = (
        own.with_columns(_postcode=normalise_postcode(pl.col("postcode")))
        .join(by_uprn, on="uprn", how="left", maintain_order="left")
        .join(by_postcode, on="_postcode", how="left", maintain_order="left")
        .with_columns(
            easting=pl.coalesce("_e1", "easting", "_e3").cast(pl.Float64),
            northing=pl.coalesce("_n1", "northing", "_n3").cast(pl.Float64),
        )
    )
    return fill_areas(joined, boundaries)


def _split(rows: pl.DataFrame, kind: str, schema: pl.Schema, key: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    lost = pl.col("easting").is_null() | pl.col("northing").is_null()
    kept = rows.filter(~lost).select(schema.names()).cast(schema).sort(key)
    bad = rows.filter(lost).select(
        kind=pl.lit(kind),
        file="file",
        row=pl.col("row").cast(pl.Int64),
        column=pl.lit("postcode"),
        rule=pl.lit(_RULE),
    )
    return kept, bad
