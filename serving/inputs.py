"""What a release is made from: area-level tables and figures. Nothing that holds a row about a person is
opened.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import polars as pl

from configs.errors import ReleaseError

RECORDS_READ = ("areas.parquet", "areas.geojson", "care_homes.parquet", "summary.json")
SCORES_READ = (
    "evaluation.json", "groups.json", "calibration.json", "decision.json", "champion.json",
    "model_facts.json", "picture.json",
)  # fmt: skip
DRIFT_READ = ("drift.json",)
PLACES_READ = ("areas.parquet", "draws.parquet", "hotspots.parquet", "observed.parquet", "county.json")
PLANS_READ = ("zones.csv", "zones.parquet", "zones.json", "homes.json")
BRITISH_GRID = 27700


@dataclass(frozen=True)
class Inputs:
    """The files a release reads, as frames (geography names in lower case, codes as text)."""

    areas: pl.DataFrame
    shapes: gpd.GeoDataFrame
    care_homes: pl.DataFrame
    summary: dict[str, Any]
    evaluation: list[dict[str, Any]]
    groups: list[dict[str, Any]]
    calibration: list[dict[str, Any]]
    decision: list[dict[str, Any]]
    champion: dict[str, Any]
    model_facts: dict[str, Any]
    picture: list[dict[str, Any]]
    drift: dict[str, Any]
    forecast: pl.DataFrame
    draws: pl.DataFrame
    hotspots: pl.DataFrame
    observed: pl.DataFrame
    zones: pl.DataFrame
    zone_areas: pl.DataFrame
    zones_facts: dict[str, Any]
    homes: dict[str, Any]

    @property
    def members(self) -> dict[str, pl.DataFrame]:
        """For each union of areas (MSOA, ward, zone, county): `area_code, union_code`, unknown ones left
        out.
        """
        code = pl.col("lsoa_code").alias("area_code")
        frames = {
            "msoa": self.areas.select(code, union_code="msoa_code"),
            "ward": self.areas.select(code, union_code="ward_code"),
            "county": self.areas.select(code, union_code=pl.lit("county")),
            "zone": self.zone_areas.select("area_code", union_code="zone_id"),
        }
        return {name: frame.drop_nulls() for name, frame in frames.items()}


def read_inputs(records: Path, places: Path, plans: Path, scores: Path, drift: Path) -> Inputs:
    """Read the files named above; raises ReleaseError naming every one that is not there."""
    wanted = {records: RECORDS_READ, scores: SCORES_READ, drift: DRIFT_READ, places: PLACES_READ}
    _all_there({**wanted, plans: PLANS_READ})
    forecast = pl.read_parquet(places / "areas.parquet")
    return Inputs(
        areas=pl.read_parquet(records / "areas.parquet").sort("lsoa_code"),
        shapes=_shapes(records / "areas.geojson"),
        care_homes=pl.read_parquet(records / "care_homes.parquet").sort("location_id"),
        summary=_json(records / "summary.json"),
        evaluation=_json(scores / "evaluation.json"),
        groups=_json(scores / "groups.json"),
        calibration=_json(scores / "calibration.json"),
        decision=_json(scores / "decision.json"),
        champion=_json(scores / "champion.json"),
        model_facts=_json(scores / "model_facts.json"),
        picture=_json(scores / "picture.json"),
        drift=_json(drift / "drift.json"),
        forecast=forecast.with_columns(
            pl.col("geography").str.to_lowercase(), pl.col("area_code").cast(pl.String)
        ),
        draws=pl.read_parquet(places / "draws.parquet"),
        hotspots=pl.read_parquet(places / "hotspots.parquet"),
        observed=pl.read_parquet(places / "observed.parquet"),
        zones=pl.read_parquet(plans / "zones.parquet").with_columns(pl.col("zone_id").cast(pl.String)),
        zone_areas=pl.read_csv(plans / "zones.csv", infer_schema=False).select("area_code", "zone_id"),
        zones_facts=_json(plans / "zones.json"),
        homes=_json(plans / "homes.json"),
    )


def _all_there(wanted: dict[Path, tuple[str, ...]]) -> None:
    absent = [
        str(folder / name)
        for folder, names in wanted.items()
        for name in names
        if not (folder / name).is_file()
    ]
    if absent:
        raise ReleaseError(
            "The release cannot be made: files of the run are missing",
            where=f"{len(absent)} files",
            todo="Run `forebridge run` again; the last release stands as it was",
            details=absent,
        )


def _json(file: Path) -> Any:
    return json.loads(file.read_text(encoding="utf-8"))


def _shapes(file: Path) -> gpd.GeoDataFrame:
    shapes = gpd.read_file(file)
    return shapes[["lsoa_code", "geometry"]].sort_values("lsoa_code", ignore_index=True).to_crs(BRITISH_GRID)
