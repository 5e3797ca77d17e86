"""Addresses as households: what kind of dwelling, in which area, communal or not; and where people live by
date."""

from dataclasses import dataclass

import geopandas as gpd
import polars as pl

from features.records.addresses import keep_living_places, normalise_postcode
from features.records.pseudonym import household_ids

_DWELLING_TYPES = {
    "RD02": "detached",
    "RD03": "semi_detached",
    "RD04": "terraced",
    "RD06": "flat",
    "RD08": "flat",
}
_COMMUNAL = r"^(?:RI|CM)"
_RESIDENTIAL = r"^(?:RD|RH|RI|X$|R$)"


@dataclass(frozen=True)
class Gazetteer:
    """Where every UPRN and postcode lies.

    `places`: uprn, classification_code, easting, northing, postcode?, lsoa_code?, household_id, care_home,
    communal. `postcodes`: postcode, lsoa_code (the commonest), easting, northing (the mean).
    """

    places: pl.DataFrame
    postcodes: pl.DataFrame

    @property
    def communal_uprns(self) -> pl.Series:
        """The UPRNs of care homes and the like."""
        return self.places.filter("communal").get_column("uprn")


def build_gazetteer(tables: dict[str, pl.DataFrame], boundaries: gpd.GeoDataFrame, key: bytes) -> Gazetteer:
    """Read the landed gazetteer, UPRN lookup and CQC directory together. An area that the lookup lacks is
    found by the point's place in the boundaries."""
    lookup = tables["uprn_lookup"].unique("uprn", keep="first", maintain_order=True)
    places = (
        keep_living_places(tables["gazetteer"])
        .select(
            "uprn",
            "classification_code",
            "easting",
            "northing",
            postcode=normalise_postcode(pl.col("postcode")),
        )
        .join(
            lookup.select("uprn", "lsoa_code", _postcode=normalise_postcode(pl.col("postcode"))),
            on="uprn",
            how="left",
            maintain_order="left",
        )
        .with_columns(postcode=pl.coalesce("postcode", "_postcode"))
        .drop("_postcode")
    )
    places = fill_areas(places, boundaries)
    homes = _care_home_uprns(tables).to_list()
    care_home = pl.col("classification_code").eq("RI01").fill_null(False) | pl.col("uprn").is_in(homes)
    communal = care_home | pl.col("classification_code").str.contains(_COMMUNAL).fill_null(False)
    places = places.with_columns(
        household_ids(places.get_column("uprn"), key).alias("household_id"),
        care_home=care_home,
        communal=communal,
    )
    return Gazetteer(places, _postcodes(places))


def _care_home_uprns(tables: dict[str, pl.DataFrame]) -> pl.Series:
    homes = tables["cqc_locations"].filter(pl.col("care_home").fill_null(False))
    return homes.get_column("uprn").drop_nulls().unique()


def fill_areas(points: pl.DataFrame, boundaries: gpd.GeoDataFrame) -> pl.DataFrame:
    """Fill a missing lsoa_code from easting and northing; outside all boundaries it stays null. Same rows,
    same order."""
    lost = points.with_row_index("_at").filter(
        pl.col("lsoa_code").is_null() & pl.col("easting").is_not_null() & pl.col("northing").is_not_null()
    )
    if lost.is_empty():
        return points
    shapes = gpd.GeoDataFrame(
        {"_at": lost["_at"].to_numpy()},
        geometry=gpd.points_from_xy(lost["easting"], lost["northing"]),
        crs=27700,
    )
    within = gpd.sjoin(shapes, boundaries[["lsoa_code", "geometry"]], predicate="within")
    found = (
        pl.DataFrame(
            {"_at": within["_at"].to_list(), "_found": within["lsoa_code"].to_list()},
            schema={"_at": lost.schema["_at"], "_found": pl.String},
        )
        .sort("_at", "_found")
        .unique("_at", keep="first", maintain_order=True)
    )
    filled = points.with_row_index("_at").join(found, on="_at", how="left", maintain_order="left")
    return filled.with_columns(lsoa_code=pl.coalesce("lsoa_code", "_found")).drop("_at", "_found")


def _postcodes(places: pl.DataFrame) -> pl.DataFrame:
    known = places.filter(pl.col("postcode").is_not_null())
    modal = (
        known.filter(pl.col("lsoa_code").is_not_null())
        .group_by("postcode", "lsoa_code")
        .len()
        .sort("postcode", "len", "lsoa_code", descending=[False, True, False])
        .unique("postcode", keep="first", maintain_order=True)
        .select("postcode", "lsoa_code")
    )
    middle = known.group_by("postcode").agg(pl.col("easting", "northing").mean().round(1))
    return (
        middle.join(modal, on="postcode", how="left")
        .select("postcode", "lsoa_code", "easting", "northing")
        .sort("postcode")
    )


def build_residences(spells: pl.DataFrame, gazetteer: Gazetteer, restricted: pl.Series) -> pl.DataFrame:
    """Laid spells under pseudonyms, in the columns of `residences.parquet`.

    `spells`: residences.LAID; `restricted`: person_ids whose address nobody may learn: their household is
    null. The area is the address's, else the postcode's.
    """
    placed = (
        spells.join(
            gazetteer.places.select("uprn", "household_id", "communal", uprn_area="lsoa_code"),
            on="uprn",
            how="left",
        )
        .join(gazetteer.postcodes.select("postcode", postcode_area="lsoa_code"), on="postcode", how="left")
        .with_columns(hidden=pl.col("person_id").is_in(restricted.implode()))
    )
    return placed.select(
        "person_id",
        household_id=pl.when(~pl.col("hidden")).then("household_id"),
        lsoa_code=pl.coalesce("uprn_area", "postcode_area"),
        communal=pl.col("communal").fill_null(False) | pl.col("placed"),
        from_date="from_date",
        to_date="to_date",
        known_on="known_on",
        to_known_on="to_known_on",
        replaced_on="replaced_on",
        source=pl.col("source").replace("placement", "cld"),
    ).sort("person_id", "from_date", "known_on")


def build_households(
    gazetteer: Gazetteer, used_uprns: pl.Series, sheltered_uprns: pl.Series, restricted_uprns: pl.Series
) -> pl.DataFrame:
    """Every dwelling and communal home, and any other address that a record uses, in the columns of
    `households.parquet`, with `restricted` (holds, or held, a restricted person: never to be listed)."""
    code = pl.col("classification_code")
    lived_in = code.str.contains(_RESIDENTIAL).fill_null(False) | pl.col("communal")
    kept = gazetteer.places.filter(lived_in | pl.col("uprn").is_in(used_uprns.implode()))
    plain = code.str.slice(0, 4).replace_strict(_DWELLING_TYPES, default="other", return_dtype=pl.String)
    return kept.select(
        "household_id",
        "lsoa_code",
        "easting",
        "northing",
        dwelling_class=code,
        communal="communal",
        care_home="care_home",
        sheltered=code.eq("RD08").fill_null(False) | pl.col("uprn").is_in(sheltered_uprns.implode()),
        dwelling_type=pl.when("communal").then(pl.lit("communal")).otherwise(plain),
        restricted=pl.col("uprn").is_in(restricted_uprns.implode()),
    ).sort("household_id")


def home_at(rows: pl.DataFrame, residences: pl.DataFrame) -> pl.Series:
    """The household where each row's person lived on its own date, in the rows' order; null where unknown.

    `rows`: person_id?, on_date?; `residences`: build_residences' columns.
    """
    asked = rows.select("person_id", "on_date").with_row_index("_at")
    asked = asked.filter(pl.col("person_id").is_not_null() & pl.col("on_date").is_not_null()).sort("on_date")
    spells = residences.select("person_id", "household_id", "from_date", "to_date").sort("from_date")
    found = asked.join_asof(
        spells,
        left_on="on_date",
        right_on="from_date",
        by="person_id",
        strategy="backward",
        check_sortedness=False,
    ).filter(pl.col("to_date").is_null() | (pl.col("on_date") < pl.col("to_date")))
    whole = rows.with_row_index("_at").select("_at")
    return whole.join(found.select("_at", "household_id"), on="_at", how="left", maintain_order="left")[
        "household_id"
    ]
