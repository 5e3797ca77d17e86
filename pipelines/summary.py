"""What a finished run says of itself: every figure of the last screen, and where the outputs lie."""

import json
from pathlib import Path
from typing import Any

import polars as pl

from configs.vocabulary import HORIZON_DAYS
from pipelines.job import Job

OUTPUTS = (
    "records/identity.parquet",
    "records/quarantine.parquet",
    "records/people.parquet",
    "scores/person.parquet",
    "scores/household.parquet",
    "scores/hours.parquet",
    "scores/evaluation.json",
    "drift/drift.json",
    "places/areas.parquet",
    "places/draws.parquet",
    "places/hotspots.parquet",
    "plans/zones.csv",
    "plans/zones.gpkg",
    "plans/homes.json",
)
HOTSPOTS_SHOWN = 3


def read_json(file: Path) -> Any:
    """The JSON in a file."""
    return json.loads(file.read_text(encoding="utf-8"))


def sum_up(job: Job, finished: Path, published: dict[str, Any]) -> dict[str, Any]:
    """One object with the figures of records, models, hotspots, zones and homes, and all output paths."""
    champion = read_json(finished / "scores" / "champion.json")
    return {
        "as_of": job.as_of.isoformat(),
        "purpose": job.purpose,
        "records": read_json(finished / "records" / "summary.json"),
        "champion": champion,
        "evaluation": read_json(finished / "scores" / "evaluation.json"),
        "drift": read_json(finished / "drift" / "drift.json"),
        "county": read_json(finished / "places" / "county.json"),
        "hotspots": strongest_hotspots(finished),
        "zones": {
            **read_json(finished / "plans" / "zones.json"),
            "table": pl.read_parquet(finished / "plans" / "zones.parquet").to_dicts(),
        },
        "home": read_json(finished / "plans" / "homes.json"),
        "release": published,
        "outputs": output_paths(job, finished),
    }


def strongest_hotspots(finished: Path) -> list[dict[str, Any]]:
    """The three areas where need among people aged 65+ gathers most (highest Gi*), with names and class."""
    hotspots = pl.read_parquet(finished / "places" / "hotspots.parquet")
    names = pl.read_parquet(finished / "records" / "areas.parquet").select(
        "lsoa_code", "lsoa_name", "ward_name"
    )
    return (
        hotspots.filter(pl.col("measure") == "need", pl.col("age_group") == "65+")
        .filter(pl.col("horizon_days") == HORIZON_DAYS)
        .filter(pl.col("class") != "too_few")
        .sort(["statistic", "area_code"], descending=[True, False], nulls_last=True)
        .head(HOTSPOTS_SHOWN)
        .join(names, left_on="area_code", right_on="lsoa_code", how="left", maintain_order="left")
        .select("area_code", "lsoa_name", "ward_name", "statistic", "p_value", "q_value", "class")
        .to_dicts()
    )


def output_paths(job: Job, finished: Path) -> dict[str, str]:
    """Name -> path of every output that people read."""
    paths = {name: str(finished / name) for name in OUTPUTS if (finished / name).exists()}
    return {**paths, "release": str(job.release), "latest": str(job.out / "latest"), "state": str(job.state)}
