"""places/: boundaries, deprivation, rural-urban classes, population, wards and bus stops."""

import json

import numpy as np
import polars as pl
import shapely
from pyproj import Transformer

from simulator.geography import AGE_BANDS, DOMAINS, ENGLAND_AREAS, RUC_NAMES
from simulator.housing import points_inside
from simulator.landed import Landing
from simulator.log import Array
from simulator.writers.sites import write_health_sites, write_projections
from simulator.writers.zones import write_area_groups, write_lsoa_lookup

STOPS_PER_AREA_URBAN, STOPS_PER_AREA_RURAL = 9, 4  # assumed
_NAPTAN = [
    "ATCOCode",
    "NaptanCode",
    "PlateCode",
    "CleardownCode",
    "CommonName",
    "CommonNameLang",
    "ShortCommonName",
    "ShortCommonNameLang",
    "Landmark",
    "LandmarkLang",
    "Street",
    "StreetLang",
    "Crossing",
    "CrossingLang",
    "Indicator",
    "IndicatorLang",
    "Bearing",
    "NptgLocalityCode",
    "LocalityName",
    "ParentLocalityName",
    "GrandParentLocalityName",
    "Town",
    "TownLang",
    "Suburb",
    "SuburbLang",
    "LocalityCentre",
    "GridType",
    "Easting",
    "Northing",
    "Longitude",
    "Latitude",
    "StopType",
    "BusStopType",
    "TimingStatus",
    "DefaultWaitTime",
    "Notes",
    "NotesLang",
    "AdministrativeAreaCode",
    "CreationDateTime",
    "ModificationDateTime",
    "RevisionNumber",
    "Modification",
    "Status",
]


def to_degrees(easting: Array, northing: Array) -> tuple[Array, Array]:
    """Longitude and latitude (WGS84) of points in British National Grid, to six decimals."""
    longitude, latitude = Transformer.from_crs(27700, 4326, always_xy=True).transform(easting, northing)
    return np.round(longitude, 6), np.round(latitude, 6)


def write_places(landing: Landing) -> None:
    """Write boundaries, deprivation, rural-urban classes, population, wards and stops."""
    _write_boundaries(landing)
    landing.land(_deprivation(landing), "places/iod2025_file7_scores_ranks_deciles.csv")
    landing.land(_rural_urban(landing), "places/ruc2021_lsoa.csv")
    landing.land(_population(landing), "places/population_by_five_year_band.csv")
    landing.land(_wards(landing), "places/lsoa21_ward_lad_lookup.csv")
    landing.land(_stops(landing), "places/naptan_stops.csv")
    write_health_sites(landing)
    write_projections(landing)
    write_area_groups(landing)
    write_lsoa_lookup(landing)


def _write_boundaries(landing: Landing) -> None:
    county = landing.world.county
    turned = shapely.transform(county.shapes, lambda xy: np.stack(to_degrees(xy[:, 0], xy[:, 1]), axis=1))
    features = [
        {
            "type": "Feature",
            "properties": {"LSOA21CD": str(code), "LSOA21NM": str(name)},
            "geometry": shapely.geometry.mapping(shape),
        }
        for code, name, shape in zip(county.codes, county.names, turned, strict=True)
    ]
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}
    path = landing.folder / "places/lsoa21_boundaries.geojson"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        json.dumps(
            {"type": "FeatureCollection", "name": "lsoa21_boundaries", "crs": crs, "features": features}
        ),
        encoding="utf-8",
    )
    landing.files["places/lsoa21_boundaries.geojson"] = len(features)


def _deprivation(landing: Landing) -> pl.DataFrame:
    county = landing.world.county
    ranks = {"Index of Multiple Deprivation (IMD)": (county.imd_score, county.imd_rank)}
    ranks |= {
        name: (county.domains[:, k], _domain_rank(county.domains[:, k], county.imd_rank))
        for k, name in enumerate(DOMAINS)
    }
    columns: dict[str, object] = {
        "LSOA code (2021)": county.codes,
        "LSOA name (2021)": county.names,
        "Local Authority District code (2024)": county.lad,
        "Local Authority District name (2024)": county.lad_name,
    }
    for name, (score, rank) in ranks.items():
        stem = name.removesuffix(" (rate)").removesuffix(" Score")
        columns[f"{stem} Score" if stem.endswith("(IMD)") else name] = np.round(score, 3)
        columns[f"{stem} Rank (where 1 is most deprived)"] = rank
        columns[f"{stem} Decile (where 1 is most deprived 10% of LSOAs)"] = np.clip(
            (rank - 1) * 10 // ENGLAND_AREAS + 1, 1, 10
        )
    return pl.DataFrame(columns)


def _domain_rank(score: Array, overall: Array) -> Array:
    """Ranks that order the areas by the domain's score and spread as the overall ranks do."""
    rank = np.empty(len(score), dtype=int)
    rank[np.argsort(-score, kind="stable")] = np.sort(overall)
    return rank


def _rural_urban(landing: Landing) -> pl.DataFrame:
    county = landing.world.county
    return pl.DataFrame(
        {
            "LSOA21CD": county.codes,
            "RUC21CD": county.ruc,
            "RUC21NM": [RUC_NAMES.get(r, "") for r in county.ruc],
            "Urban_rural_flag": np.where(county.rural, "Rural", "Urban"),
        }
    )


def population_by_area(landing: Landing) -> Array:
    """Areas × five-year bands: the invented people who live there on the last day."""
    world, day = landing.world, landing.timeline.last_day
    who = np.flatnonzero(world.people["resident"] & (world.people["arrived"] <= day))
    place = landing.address_row(who, np.full(len(who), day))
    band = np.clip(world.age(who, day) // 5, 0, len(AGE_BANDS) - 1).astype(int)
    counts = np.zeros((len(world.county.codes), len(AGE_BANDS)), dtype=int)
    np.add.at(counts, (landing.addresses.area[place[place >= 0]], band[place >= 0]), 1)
    return counts


def _population(landing: Landing) -> pl.DataFrame:
    counts = population_by_area(landing)
    bands = {f"{a}-{a + 4}" if a < 90 else "90+": counts[:, k] for k, a in enumerate(AGE_BANDS)}
    return pl.DataFrame({"lsoa21cd": landing.world.county.codes, **bands})


def _wards(landing: Landing) -> pl.DataFrame:
    county = landing.world.county
    return pl.DataFrame(
        {
            "LSOA21CD": county.codes,
            "WD24CD": county.ward,
            "WD24NM": county.ward_name.astype(str),
            "LAD24CD": county.lad,
            "LAD24NM": county.lad_name,
        }
    )


def _stops(landing: Landing) -> pl.DataFrame:
    """Bus stops: thick in towns, thin in the country; longitude and latitude blank on some, as NaPTAN
    has it."""
    rng, county = landing.rng(8), landing.world.county
    mean = np.where(county.rural, STOPS_PER_AREA_RURAL, STOPS_PER_AREA_URBAN)
    area = np.repeat(np.arange(len(county.codes)), np.maximum(1, rng.poisson(mean)))
    at = np.round(points_inside(county, area, rng, gather=0.7)).astype(int)
    longitude, latitude = to_degrees(at[:, 0], at[:, 1])
    street = landing.world.streets.name[np.searchsorted(landing.world.streets.area, area)]
    bare = pl.Series(rng.random(len(area)) < 0.15)
    number = np.arange(1, len(area) + 1)
    given: dict[str, object] = {
        "ATCOCode": np.char.add("9990FB", np.char.zfill(number.astype(str), 5)),
        "NaptanCode": np.char.add("fbx", number.astype(str)),
        "CommonName": street,
        "Street": street,
        "LocalityName": county.place[area].astype(str),
        "GridType": "UKOS",
        "NptgLocalityCode": "E0099990",
        "Easting": at[:, 0],
        "Northing": at[:, 1],
        "Longitude": pl.Series(longitude).set(bare, None),
        "Latitude": pl.Series(latitude).set(bare, None),
        "StopType": "BCT",
        "BusStopType": "MKD",
        "TimingStatus": "OTH",
        "AdministrativeAreaCode": "999",
        "CreationDateTime": "2012-03-01T00:00:00",
        "ModificationDateTime": "2026-02-01T00:00:00",
        "RevisionNumber": 1,
        "Modification": "revise",
        "Status": np.where(rng.random(len(area)) < 0.97, "active", "inactive"),
    }
    frame = pl.DataFrame(given)
    return frame.with_columns([pl.lit("").alias(c) for c in _NAPTAN if c not in given]).select(_NAPTAN)
