"""Small named worlds for places and plans: invented people on a grid of square areas, or on real boundaries.

Everything is made up with a seed; nothing here was learned from anybody.
"""

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import geopandas as gpd
import numpy as np
import polars as pl
from shapely.geometry import box

from features.inputs import SCHEMAS

AS_OF = date(2026, 10, 1)
KILOMETRE = 1000.0
CHANCES = {
    "long_term_community_start": (0.004, 0.04),
    "care_home_admission": (0.001, 0.015),
    "emergency_admission": (0.05, 0.25),
    "fall_admission": (0.002, 0.03),
}
"""Outcome -> mean chance at 18-64 and at 65+."""


@dataclass(frozen=True)
class World:
    """The folders of one world: what the stages before places and plans would have written."""

    records: Path
    scores: Path


def grid_areas(columns: int, rows: int, side: float = KILOMETRE) -> gpd.GeoDataFrame:
    """`columns` x `rows` square areas, code E01000001 …, row by row from the south-west; EPSG:27700."""
    squares = [
        box(350_000 + c * side, 300_000 + r * side, 350_000 + (c + 1) * side, 300_000 + (r + 1) * side)
        for r in range(rows)
        for c in range(columns)
    ]
    codes = [f"E01{n:06d}" for n in range(1, len(squares) + 1)]
    return gpd.GeoDataFrame({"lsoa_code": codes}, geometry=squares, crs=27700)


def write_world(
    folder: Path,
    areas: gpd.GeoDataFrame,
    *,
    people_per_area: int = 60,
    seed: int = 1,
    hot: tuple[str, ...] = (),
    sites: int = 3,
    homes: int = 4,
    beds: int = 40,
    missing: tuple[str, ...] = (),
) -> World:
    """Write `records/` and `scores/` of a world under `folder`.

    People in the areas named `hot` have three times the chance of needing care. `missing` are kinds not
    landed.
    """
    rng = np.random.default_rng(seed)
    world = World(folder / "records", folder / "scores")
    world.records.mkdir(parents=True)
    world.scores.mkdir()
    table = _area_table(areas)
    people = _invent_people(table, people_per_area, rng)
    _write_records(world.records, areas, table, people, rng, missing)
    _write_supply(world.records, table, rng, sites, homes, beds)
    _write_scores(world.scores, people, rng, hot)
    return world


def _area_table(areas: gpd.GeoDataFrame) -> pl.DataFrame:
    points = areas.geometry.representative_point()
    number = np.arange(len(areas))
    told = pl.DataFrame(
        {
            "lsoa_code": areas["lsoa_code"].to_numpy(),
            "lsoa_name": [f"Somewhere {n:03d}A" for n in number],
            "ward_code": [f"E05{n // 4:06d}" for n in number],
            "ward_name": [f"Ward {n // 4}" for n in number],
            "msoa_code": [f"E02{n // 5:06d}" for n in number],
            "lad_code": ["E06000999"] * len(areas),
            "lad_name": ["Nowhere"] * len(areas),
            "easting": points.x.to_numpy(),
            "northing": points.y.to_numpy(),
            "area_square_metres": areas.geometry.area.to_numpy(),
            "ruc_code": ["UN1"] * len(areas),
            "rural": number % 3 == 0,
        }
    )
    empty = pl.DataFrame(schema=SCHEMAS["areas"])
    return pl.concat([empty, told.cast({c: SCHEMAS["areas"][c] for c in told.columns})], how="diagonal")


def _invent_people(table: pl.DataFrame, per_area: int, rng: np.random.Generator) -> pl.DataFrame:
    n = table.height * per_area
    age = rng.integers(18, 100, n)
    return pl.DataFrame(
        {
            "person_id": [f"p{i:07d}" for i in range(n)],
            "household_id": [f"h{i // 2:07d}" for i in range(n)],
            "lsoa_code": np.repeat(table["lsoa_code"].to_numpy(), per_area),
            "age": age,
            "age_group": np.where(age >= 65, "65+", "18-64"),
            "date_of_birth": [date(AS_OF.year - int(a), 6, 1) for a in age],
        }
    )


def _write_records(
    folder: Path,
    areas: gpd.GeoDataFrame,
    table: pl.DataFrame,
    people: pl.DataFrame,
    rng: np.random.Generator,
    missing: tuple[str, ...],
) -> None:
    long_ago = date(2015, 1, 1)
    persons = people.select(
        "person_id",
        "date_of_birth",
        sex=pl.lit("female"),
        opted_out=pl.lit(False),
        restricted=pl.lit(False),
        objects_planning=pl.lit(False),
        objects_direct_care=pl.lit(False),
        in_scope=pl.lit(True),
        first_seen_on=pl.lit(long_ago),
    )
    residences = people.select(
        "person_id",
        "household_id",
        "lsoa_code",
        communal=pl.lit(False),
        from_date=pl.lit(long_ago),
        known_on=pl.lit(long_ago),
        source=pl.lit("demographics"),
    )
    written = {
        "people": persons,
        "residences": residences,
        "care_events": _invent_services(people, rng),
        "admissions": _invent_stays(people, rng),
        "areas": table,
    }
    for name, schema in SCHEMAS.items():
        frame = written.get(name, pl.DataFrame())
        full = pl.concat([pl.DataFrame(schema=schema), frame], how="diagonal_relaxed").select(schema.keys())
        full.cast(schema).write_parquet(folder / f"{name}.parquet")
    areas.assign(lsoa_name=table["lsoa_name"].to_list()).to_crs(4326).to_file(
        folder / "areas.geojson", driver="GeoJSON"
    )
    bands = (
        people.with_columns(age_from=pl.col("age") // 5 * 5).group_by("lsoa_code", "age_from").len("people")
    )
    bands.with_columns(age_to=pl.col("age_from") + 4, people=pl.col("people").cast(pl.Float64)).select(
        "lsoa_code", pl.col("age_from", "age_to").cast(pl.Int64), "people"
    ).sort("lsoa_code", "age_from").write_parquet(folder / "area_population.parquet")
    summary = {
        "data_from": "2016-01-01",
        "data_to": "2026-09-30",
        "extract_dates": {},
        "sources_missing": list(missing),
        "invented": True,
        "la_code": "999",
    }
    (folder / "summary.json").write_text(json.dumps(summary), encoding="utf-8")


def _invent_services(people: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    older = people.filter(pl.col("age") >= 65)
    served = older.filter(pl.Series(rng.random(older.height) < 0.10))
    at_home = served.select(
        "person_id",
        service_type=pl.lit("Long term support: Community"),
        service_component=pl.lit("Home support or domiciliary care"),
        hours_per_week=pl.Series(np.round(rng.lognormal(2.3, 0.8, served.height), 1)),
    )
    oldest = older.filter(pl.col("age") >= 80, pl.Series(rng.random(older.height) < 0.15))
    in_homes = oldest.select(
        "person_id",
        service_type=pl.lit("Long term support: Residential care"),
        service_component=pl.lit("Long term residential care"),
        hours_per_week=pl.lit(None, pl.Float64),
    )
    return pl.concat([at_home, in_homes]).with_columns(
        client_type=pl.lit("Service user"),
        event_type=pl.lit("Service"),
        happened_on=pl.lit(date(2025, 1, 1)),
        known_on=pl.lit(date(2025, 1, 8)),
        delivery_mechanism=pl.lit("CASSR commissioned support"),
    )


def _invent_stays(people: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    stayed = people.filter(pl.Series(rng.random(people.height) < 0.1))
    return stayed.select(
        "person_id",
        happened_on=pl.lit(date(2026, 3, 1)),
        known_on=pl.lit(date(2026, 4, 5)),
        admission_method=pl.lit("21"),
        emergency=pl.lit(True),
    )


def _write_supply(
    folder: Path, table: pl.DataFrame, rng: np.random.Generator, sites: int, homes: int, beds: int
) -> None:
    def somewhere(n: int) -> pl.DataFrame:
        return table.select("lsoa_code", "easting", "northing")[
            sorted(rng.choice(table.height, n, replace=False))
        ]

    stood = somewhere(homes)
    stood.select(
        pl.Series("location_id", [f"1-{i}" for i in range(homes)], pl.String),
        name=pl.lit("Home"),
        beds=pl.lit(beds, pl.Int64),
        nursing=pl.lit(False),
        residential=pl.lit(True),
        dementia=pl.lit(False),
        rating=pl.lit("Good"),
        easting="easting",
        northing="northing",
        lsoa_code="lsoa_code",
        used_beds=pl.lit(None, pl.Int64),
    ).write_parquet(folder / "care_homes.parquet")
    offered = somewhere(sites)
    offered.select(
        pl.Series("site_id", [f"S{i:02d}" for i in range(sites)], pl.String),
        name=pl.lit("Land"),
        easting="easting",
        northing="northing",
        lsoa_code="lsoa_code",
        max_beds=pl.lit(60, pl.Int64),
        care_types=pl.lit("residential"),
        cost_per_bed_pounds=pl.lit(120_000.0),
        available_from=pl.lit(None, pl.Date),
    ).write_parquet(folder / "candidate_sites.parquet")
    pl.DataFrame(schema={"provider_id": pl.String}).write_parquet(folder / "providers.parquet")


def _write_scores(folder: Path, people: pl.DataFrame, rng: np.random.Generator, hot: tuple[str, ...]) -> None:
    older = (people["age_group"] == "65+").to_numpy()
    factor = np.where(people["lsoa_code"].is_in(list(hot)).to_numpy(), 3.0, 1.0)
    frames = []
    for outcome, (young, old) in CHANCES.items():
        mean = np.where(older, old, young) * factor
        frames.append(
            people.select(
                "person_id",
                "household_id",
                "lsoa_code",
                "age_group",
                as_of=pl.lit(AS_OF),
                outcome=pl.lit(outcome),
                horizon_days=pl.lit(365, pl.Int64),
                probability=pl.Series(np.minimum(mean * rng.gamma(2.0, 0.5, people.height), 0.95).round(6)),
                eligible=pl.lit(True),
            )
        )
    pl.concat(frames).write_parquet(folder / "person.parquet")
    served = older & (rng.random(people.height) < 0.10)
    level = np.where(served, rng.lognormal(2.3, 0.8, people.height), 0.0)
    people.select(
        "person_id",
        as_of=pl.lit(AS_OF),
        horizon_days=pl.lit(365, pl.Int64),
        hours_mean=pl.Series(np.where(served, level, np.where(older, 0.25, 0.02)).round(3)),
        hours_p10=pl.Series((level * 0.5).round(3)),
        hours_p50=pl.Series(level.round(3)),
        hours_p90=pl.Series((level * 1.5).round(3)),
    ).write_parquet(folder / "hours.parquet")
    (folder / "evaluation.json").write_text("[]", encoding="utf-8")
