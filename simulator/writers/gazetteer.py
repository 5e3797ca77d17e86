"""housing/: the gazetteer (AddressBase Core) and the lookup from UPRN to area (NSUL)."""

from dataclasses import replace

import numpy as np
import polars as pl

from simulator import words
from simulator.housing import Dwellings
from simulator.landed import Landing
from simulator.log import Array
from simulator.writers.places import to_degrees
from simulator.written import FLAG_PREFIX, flag

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
    """Dwellings and care homes, some of the homes under an earlier name."""
    rows, homes = np.arange(len(landing.addresses.uprn)), len(landing.world.dwellings.area)
    is_home = rows >= homes
    names, old = _names(landing, is_home)
    book = replace(landing.addresses, building=names)
    flat = np.where(book.flat > 0, np.char.add("FLAT ", book.flat.astype(str)), "")
    columns = {
        "uprn": book.uprn,
        **_kinds(landing.world.dwellings, np.minimum(rows, homes - 1), is_home),
        "single_line_address": _upper(_joined(book.canonical(rows), book.postcode)),
        "organisation": np.where(is_home, book.building, "").astype(str),
        "sub_building": flat,
        "building_name": _upper(np.where(is_home, "", book.building)),
        "building_number": book.number.astype(str),
        "street_name": _upper(book.street),
        "locality": _upper(book.locality),
        "town_name": _upper(book.town),
        "postcode": book.postcode,
        **{flag("old_care_home_name", c): old for c in ("organisation", "single_line_address")},
    }
    return pl.DataFrame(columns | _place(landing, book.easting, book.northing, book.area))


def _kinds(d: Dwellings, at: Array, is_home: Array) -> dict[str, object]:
    """Class of each property, and the shell of the block that it is part of."""
    in_block = ~is_home & (d.block[at] >= 0)
    return {
        "parent_uprn": pl.Series(d.block_uprn[np.maximum(d.block[at], 0)]).set(pl.Series(~in_block), None),
        "classification_code": np.select(
            [is_home, d.sheltered[at]], ["RI01", "RD08"], np.array(_CLASSES)[d.kind[at]]
        ),
    }


def _place(landing: Landing, easting: Array, northing: Array, area: Array) -> dict[str, object]:
    lad = landing.world.county.lad[area].astype(str)
    return {"easting": easting, "northing": northing, "area": area, "lad": lad}


def _joined(*parts: Array) -> Array:
    """Texts side by side with ", " between them."""
    columns = {str(k): np.asarray(p, dtype=object).tolist() for k, p in enumerate(parts)}
    frame = pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))
    return frame.select(pl.concat_str(pl.all(), separator=", ")).to_series().to_numpy()


def _names(landing: Landing, is_home: Array) -> tuple[Array, Array]:
    """Names of buildings as the gazetteer has them, and which of them are earlier names of care homes."""
    book, dirt = landing.addresses, landing.dirt(9)
    homes = landing.world.care_homes
    pool = [f"{a} {b}" for a in words.STREET_FIRST for b in words.HOME_LAST]
    taken = pl.Series(homes.name.tolist(), dtype=pl.String).str.replace(r" (Residential|Nursing) Home$", "")
    free = np.setdiff1d(np.array(pool, dtype=object), taken.to_numpy())
    kind = np.where(homes.nursing, " Nursing Home", " Residential Home").astype(object)
    earlier = np.resize(dirt.permutation(free), len(homes.name)) + kind
    old = np.zeros(len(is_home), dtype=bool)
    old[is_home] = dirt.random(len(homes.name)) < landing.doses.old_care_home_name
    names = book.building.copy()
    names[is_home] = np.where(old[is_home], earlier, homes.name)
    return names, old


def _upper(values: Array) -> pl.Series:
    return pl.Series(np.asarray(values, dtype=object).tolist(), dtype=pl.String).str.to_uppercase()


def _other_rows(landing: Landing) -> pl.DataFrame:
    """Parent shells (PP), then a garage (RG02) or shop (CR08) for every hundred dwellings: no
    household lives there."""
    world, rng = landing.world, landing.rng(10)
    d, streets, county = world.dwellings, world.streets, world.county
    first = np.flatnonzero(np.diff(d.block, prepend=-1) * (d.block >= 0) != 0)
    extra = rng.integers(0, len(streets.area), max(2, len(d.area) // 100))
    shop, count = rng.random(len(extra)) < 0.6, np.arange(len(extra))
    street = np.concatenate([d.street[first], extra])
    area, name = (
        streets.area[street],
        np.concatenate([d.block_name[d.block[first]], np.where(shop, "Shop", "Garage")]),
    )
    number = np.concatenate([d.number[first], 200 + count % 40]).astype(str)
    easting = np.concatenate([d.easting[first], streets.easting[extra].round(1)])
    northing = np.concatenate([d.northing[first], streets.northing[extra].round(1)])
    columns = {
        "uprn": np.concatenate([d.block_uprn[d.block[first]], 10_095_000_000 + count * 13]),
        "classification_code": np.concatenate([np.full(len(first), "PP"), np.where(shop, "CR08", "RG02")]),
        "building_name": _upper(name),
        "building_number": number,
        "street_name": _upper(streets.name[street]),
        "locality": _upper(county.place[area]),
        "town_name": _upper(county.town[area]),
        "postcode": streets.postcode[street],
    }
    rows = pl.DataFrame(columns | _place(landing, easting, northing, area))
    premises = pl.col("building_number") + " " + pl.col("street_name")
    parts = ("building_name", premises, "locality", "town_name", "postcode")
    return rows.with_columns(single_line_address=pl.concat_str(*parts, separator=", "))


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
    frame = frame.with_columns([pl.lit("").alias(c) for c in _CORE if c not in frame.columns])
    hidden = [c for c in frame.columns if c.startswith(FLAG_PREFIX)]
    return frame.select(*_CORE, *hidden).with_columns(pl.col(hidden).fill_null(False))


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
