"""The plans stage: places in; commissioning zones, sized and priced, and a plan for homes out.

It reads areas, places and supply, never people.
"""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import polars as pl

from configs.settings import Settings
from configs.vocabulary import AGE_GROUPS
from models.plans.beds import forecast_beds
from models.plans.files import write_geopackage, write_json, write_table
from models.plans.homes import NO_SITES_LANDED, OLDER_YEARS, check_sites, plan_homes
from models.plans.names import name_zones
from models.plans.sizing import Demand, hours_per_person, size_zones
from models.plans.zones import ZonePlan, check_request, locate, plan_zones

Progress = Callable[[str], None]


def check_inputs(records: Path, zones: int, *, beds_min: int = 1) -> None:
    """What would stop the plans, told before anything long is begun. Reads records/, returns nothing.

    Raises PlanError when there are more zones than areas or fewer than one, and when candidate sites were
    landed but none can be used (none located, or all below `beds_min`). Sites not landed at all are no
    error: homes.json then says so.
    """
    check_request(pl.scan_parquet(records / "areas.parquet").select(pl.len()).collect().item(), zones)
    check_sites(pl.read_parquet(records / "candidate_sites.parquet"), sites_landed(records), beds_min)


def sites_landed(records: Path) -> bool:
    """Whether the landing held candidate sites at all (records/summary.json, `sources_missing`)."""
    summary = json.loads((records / "summary.json").read_text(encoding="utf-8"))
    return "candidate_sites" not in summary["sources_missing"]


def make_plans(
    records: Path,
    places: Path,
    out: Path,
    *,
    as_of: date,
    settings: Settings,
    seed: int,
    zones: int | None = None,
    sites: int | None = None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Write the plans stage (docs/reference/tables.md, section 5) into `out`; return the main figures.

    Files: zones.csv, zones.parquet, zones.json, zones.gpkg (EPSG:27700), homes.json. `zones` and `sites`
    override the settings' numbers. Raises PlanError where no plan can be made (see `check_inputs`,
    `plan_zones`).
    """
    count = settings.zones.count if zones is None else zones
    check_inputs(records, count, beds_min=settings.homes.beds_min)
    tell = progress or (lambda _: None)
    areas = pl.read_parquet(records / "areas.parquet").sort("lsoa_code")
    observed = pl.read_parquet(places / "observed.parquet")
    boundaries = _read_boundaries(records, areas)
    horizon = settings.need.horizon_days
    demand = _read_demand(places, areas, boundaries, hours_per_person(observed, settings.zones), horizon)
    tell(f"Drawing {count} zones over {areas.height} areas")
    plan = plan_zones(
        boundaries,
        demand.mean,
        count,
        tolerance=settings.zones.tolerance,
        seed=seed,
        restarts=settings.zones.restarts,
        steps=settings.zones.steps,
        progress=progress,
    )
    names = name_zones(plan.zone, areas, demand.mean)
    sized = size_zones(plan.zone, names, areas, demand, settings)
    said = _describe_plan(plan, areas, demand, settings, seed)
    tell("Placing a new home")
    homes = plan_homes(
        areas,
        forecast_beds(areas, pl.read_parquet(places / "areas.parquet"), observed, settings.homes, horizon),
        pl.read_parquet(records / "care_homes.parquet"),
        pl.read_parquet(records / "candidate_sites.parquet"),
        _older_people(records, areas),
        settings.homes.sites_max if sites is None else sites,
        as_of=as_of,
        settings=settings,
        seed=seed,
    )
    _write(out, plan, areas, boundaries, sized, said, homes, as_of)
    return {
        "zones": count,
        **{k: said[k] for k in ("within_tolerance", "max_deviation", "distance_metres")},
        "home": homes["chosen"][0]["site_id"] if homes["chosen"] else NO_SITES_LANDED,
    }


def _read_boundaries(records: Path, areas: pl.DataFrame) -> gpd.GeoDataFrame:
    shapes = gpd.read_file(records / "areas.geojson").to_crs(27700)
    return shapes.set_index("lsoa_code").loc[areas["lsoa_code"].to_list()].reset_index()


def _read_demand(
    places: Path, areas: pl.DataFrame, boundaries: gpd.GeoDataFrame, per_person: float, horizon_days: int
) -> Demand:
    """Hours of both age groups by area at the planning horizon, and their draws."""
    at_horizon = pl.col("horizon_days") == horizon_days
    told = pl.scan_parquet(places / "areas.parquet").filter(at_horizon, pl.col("geography") == "lsoa")
    once = told.unique(["area_code", "age_group"], keep="first").filter(pl.col("age_group").is_in(AGE_GROUPS))
    mean = once.group_by("area_code").agg(pl.col("hours_mean").sum().round(6)).collect()
    codes = areas.select(area_code="lsoa_code")
    lined_up = codes.join(mean, on="area_code", how="left", maintain_order="left")
    draws = pl.read_parquet(places / "draws.parquet").filter(at_horizon).sort("draw")
    wide = draws.pivot("draw", index="area_code", values="hours", sort_columns=False)
    by_area = codes.join(wide, on="area_code", how="left", maintain_order="left").drop("area_code")
    return Demand(
        lined_up["hours_mean"].fill_null(0.0).to_numpy(),
        by_area.fill_null(0.0).to_numpy().T,
        locate(boundaries),
        per_person,
    )


def _older_people(records: Path, areas: pl.DataFrame) -> np.ndarray | None:
    population = pl.read_parquet(records / "area_population.parquet")
    if population.is_empty():
        return None
    older = (
        population.filter(pl.col("age_from") >= OLDER_YEARS).group_by("lsoa_code").agg(pl.col("people").sum())
    )
    joined = areas.select("lsoa_code").join(older, on="lsoa_code", how="left", maintain_order="left")
    return joined["people"].fill_null(0.0).to_numpy()


def _describe_plan(
    plan: ZonePlan, areas: pl.DataFrame, demand: Demand, settings: Settings, seed: int
) -> dict[str, Any]:
    codes = areas["lsoa_code"].to_list()
    zones = settings.zones
    return {
        "zones": int(plan.zone.max()) + 1,
        "max_deviation": round(plan.max_deviation, 6),
        "tolerance": zones.tolerance,
        "within_tolerance": plan.within_tolerance,
        "contiguous": plan.contiguous,
        "distance_metres": round(plan.distance_metres, 3),
        "lower_bound_metres": None if plan.lower_bound_metres is None else round(plan.lower_bound_metres, 1),
        "restarts": zones.restarts,
        "restarts_within_tolerance": plan.restarts_within_tolerance,
        "steps": zones.steps,
        "seed": seed,
        "horizon_days": settings.need.horizon_days,
        "hours_mean": round(float(demand.mean.sum()), 1),
        "hours_per_person_per_week": round(demand.hours_per_person, 2),
        "published_minimum_pounds_per_hour": settings.prices.published_minimum_pounds_per_hour,
        "joined": [[codes[i], codes[j]] for i, j in plan.joined],
        "notes": _notes(plan, settings),
    }


def _notes(plan: ZonePlan, settings: Settings) -> list[str]:
    zones, prices = settings.zones, settings.prices
    notes = [
        f"People are hours over hours a person; a visit is {zones.visit_minutes:g} minutes of one carer.",
        f"Walkable: {zones.walk_minutes_max:g} minutes on foot at most from client to client, on average.",
        "The price is one fair price by component; its parts are assumed, and the council's to set. "
        f"The published minimum for 2025-26 is {prices.published_minimum_pounds_per_hour:.2f} pounds.",
    ]
    if not plan.within_tolerance:
        notes.insert(
            0,
            f"No balance within {zones.tolerance:.0%} was found: this plan's largest deviation is "
            f"{plan.max_deviation:.1%}. An area may hold more than a zone's share: ask for fewer zones.",
        )
    if plan.joined:
        notes.append(f"{len(plan.joined)} areas hang apart and were joined to their nearest.")
    return notes


def _write(
    out: Path,
    plan: ZonePlan,
    areas: pl.DataFrame,
    boundaries: gpd.GeoDataFrame,
    sized: pl.DataFrame,
    said: dict[str, Any],
    homes: dict[str, Any],
    as_of: date,
) -> None:
    out.mkdir(parents=True, exist_ok=True)
    ids = sized["zone_id"].to_numpy()[plan.zone]
    write_table(pl.DataFrame({"area_code": areas["lsoa_code"], "zone_id": ids}), out / "zones.csv")
    sized.write_parquet(out / "zones.parquet")
    write_json(said, out / "zones.json")
    write_json(homes, out / "homes.json")
    write_geopackage(boundaries, ids, sized, out / "zones.gpkg", as_of)
