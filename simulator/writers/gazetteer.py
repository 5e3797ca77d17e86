"""housing/: the gazetteer (AddressBase Core) and the lookup from UPRN to area (NSUL)."""

import numpy as np
import polars as pl

from simulator.landed import Landing
from simulator.log import Array
from simulator.writers.places import to_degrees

EXTRACT_DAYS_AFTER = 22
_CLASSES = ("RD02", "RD03", "RD04", "RD06")
_NSUL = [
    "UPRN",
    "GRIDGB1E",
    "GRIDGB1N",
    "PCDS",
    "OA21CD",
    "CTY25CD",
    "CED25CD",
    "LAD25CD",
    "WD25CD",
    "HLTH19CD",
    "CTRY25CD",
    "RGN25CD",
    "PCON24CD",
    "EER20CD",
    "TTWA15CD",
    "ITL25CD",
    "NPARK16CD",
    "LSOA21CD",
    "MSOA21CD",
    "WZ11CD",
    "SICBL26CD",
    "BUA24CD",
    "BUASD11CD",
    "RUC21IND",
    "OAC21IND",
    "LEP21CD1",
    "LEP21CD2",
    "PFA23CD",
    "IMD19IND",
]
_CORE = [
    "uprn",
    "parent_uprn",
    "udprn",
    "usrn",
    "toid",
    "classification_code",
    "easting",
    "northing",
    "latitude",
    "longitude",
    "rpc",
    "last_update_date",
    "single_line_address",
    "po_box",
    "organisation",
    "sub_building",
    "building_name",
    "building_number",
    "street_name",
    "locality",
    "town_name",
    "post_town",
    "island",
    "postcode",
    "delivery_point_suffix",
    "gss_code",
    "change_code",
]


def write_gazetteer(landing: Landing) -> None:
    """Write the gazetteer and the lookup, one row a property each."""
    stamp = landing.cut(landing.timeline.last_day, EXTRACT_DAYS_AFTER).strftime("%Y%m%d")
    properties = _properties(landing)
    landing.land(_gazetteer(properties), f"housing/addressbase_core_{stamp}.csv")
    landing.land(_lookup(landing, properties), f"housing/nsul_{stamp}.csv")


def _properties(landing: Landing) -> pl.DataFrame:
    """Every addressable thing: dwellings, care homes, the shells of blocks, and a few garages and shops."""
    dwellings, others = _dwelling_rows(landing), _other_rows(landing)
    rows = pl.concat([dwellings, others], how="diagonal")
    longitude, latitude = to_degrees(rows["easting"].to_numpy(), rows["northing"].to_numpy())
    rng = landing.rng(9)
    return rows.with_columns(longitude=pl.Series(longitude), latitude=pl.Series(latitude))[
        rng.permutation(len(rows))
    ]


def _dwelling_rows(landing: Landing) -> pl.DataFrame:
    book, world = landing.addresses, landing.world
    d, homes = world.dwellings, len(world.dwellings.area)
    rows = np.arange(len(book.uprn))
    is_home = rows >= homes
    at = np.minimum(rows, homes - 1)
    in_block = ~is_home & (d.block[at] >= 0)
    classes = np.select([is_home, d.sheltered[at]], ["RI01", "RD08"], np.array(_CLASSES)[d.kind[at]])
    parent = pl.Series(d.block_uprn[np.maximum(d.block[at], 0)]).set(pl.Series(~in_block), None)
    line = (
        pl.Series(book.canonical(rows).tolist(), dtype=pl.String) + ", " + pl.Series(book.postcode.tolist())
    )
    flat = np.where(book.flat > 0, np.char.add("FLAT ", book.flat.astype(str)), "")
    return pl.DataFrame(
        {
            "uprn": book.uprn,
            "parent_uprn": parent,
            "classification_code": classes,
            "easting": book.easting,
            "northing": book.northing,
            "single_line_address": line.str.to_uppercase(),
            "organisation": np.where(is_home, book.building, "").astype(str),
            "sub_building": flat,
            "building_name": _upper(np.where(is_home, "", book.building)),
            "building_number": book.number.astype(str),
            "street_name": _upper(book.street),
            "locality": _upper(book.locality),
            "town_name": _upper(book.town),
            "postcode": book.postcode,
            "area": book.area,
            "lad": world.county.lad[book.area].astype(str),
        }
    )


def _upper(values: Array) -> pl.Series:
    return pl.Series(np.asarray(values, dtype=object).tolist(), dtype=pl.String).str.to_uppercase()


def _other_rows(landing: Landing) -> pl.DataFrame:
    """Parent shells (PP), then a garage (RG02) or shop (CR08) for every hundred dwellings: no
    household lives there."""
    world, rng = landing.world, landing.rng(10)
    d, streets = world.dwellings, world.streets
    first = np.flatnonzero(np.diff(d.block, prepend=-1) * (d.block >= 0) != 0)
    extra = rng.integers(0, len(streets.area), max(2, len(d.area) // 100))
    shop = rng.random(len(extra)) < 0.6
    street = np.concatenate([d.street[first], extra])
    number = np.concatenate([d.number[first], np.full(len(extra), 200) + np.arange(len(extra)) % 40])
    name = np.concatenate([d.block_name[d.block[first]], np.where(shop, "Shop", "Garage")]).astype(str)
    area = streets.area[street]
    place, town = world.county.place[area].astype(str), world.county.town[area].astype(str)
    line = [
        f"{n}, {k} {s}, {p}, {t}, {c}"
        for n, k, s, p, t, c in zip(
            name, number, streets.name[street], place, town, streets.postcode[street], strict=True
        )
    ]
    return pl.DataFrame(
        {
            "uprn": np.concatenate(
                [d.block_uprn[d.block[first]], 10_095_000_000 + np.arange(len(extra)) * 13]
            ),
            "classification_code": np.concatenate(
                [np.full(len(first), "PP"), np.where(shop, "CR08", "RG02")]
            ),
            "easting": np.concatenate([d.easting[first], streets.easting[extra].round(1)]),
            "northing": np.concatenate([d.northing[first], streets.northing[extra].round(1)]),
            "single_line_address": _upper(np.array(line)),
            "building_name": _upper(name),
            "building_number": number.astype(str),
            "street_name": _upper(streets.name[street]),
            "locality": _upper(place),
            "town_name": _upper(town),
            "postcode": streets.postcode[street],
            "area": area,
            "lad": world.county.lad[area].astype(str),
        }
    )


def _gazetteer(properties: pl.DataFrame) -> pl.DataFrame:
    frame = properties.with_columns(
        post_town=pl.col("town_name"),
        udprn=pl.lit("0"),
        rpc=pl.lit("1"),
        last_update_date=pl.lit("2026-01-15"),
        usrn=(pl.lit(30_000_000) + pl.col("area") * 1000).cast(pl.String),
        change_code=pl.lit("I"),
        gss_code=pl.col("lad"),
    )
    return frame.with_columns([pl.lit("").alias(c) for c in _CORE if c not in frame.columns]).select(_CORE)


def _lookup(landing: Landing, properties: pl.DataFrame) -> pl.DataFrame:
    county = landing.world.county
    area = properties["area"].to_numpy()
    frame = properties.select(
        pl.col("uprn").alias("UPRN"),
        pl.col("easting").round(0).cast(pl.Int64).alias("GRIDGB1E"),
        pl.col("northing").round(0).cast(pl.Int64).alias("GRIDGB1N"),
        pl.col("postcode").alias("PCDS"),
    ).with_columns(
        OA21CD=pl.Series(np.char.replace(county.codes[area].astype(str), "E01", "E00")),
        LAD25CD=pl.Series(county.lad[area]),
        WD25CD=pl.Series(county.ward[area]),
        LSOA21CD=pl.Series(county.codes[area]),
        MSOA21CD=pl.Series(county.msoa[area]),
        RUC21IND=pl.Series(county.ruc[area]),
        CTRY25CD=pl.lit("E92000001"),
    )
    return frame.with_columns([pl.lit("").alias(c) for c in _NSUL if c not in frame.columns]).select(_NSUL)
