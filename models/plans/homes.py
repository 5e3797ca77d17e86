"""A plan for care homes: beds needed, beds there are, the best site for a new home, before and after."""

from datetime import date
from typing import Any

import numpy as np
import polars as pl

from configs.errors import PlanError
from configs.settings import Settings
from models.plans.beds import BedNeed
from models.plans.siting import Siting, Supply, site_homes
from models.travel.matrix import TravelTimes, estimate_travel

NO_SITES_LANDED = "no candidate sites landed"
OLDER_YEARS = 75


def check_sites(sites: pl.DataFrame, landed: bool, beds_min: int) -> None:
    """Raises PlanError when candidate sites were landed and none can be used: none located, or all too small.

    `sites` is records/candidate_sites.parquet. Sites that were not landed at all are no error (nothing is
    raised).
    """
    if not landed:
        return
    if sites.is_empty():
        raise PlanError(
            "No candidate sites",
            where="supply/candidate_sites: landed, but no row has a place on the map",
            todo="Give each site coordinates, or a postcode that the gazetteer knows; or land no file",
        )
    if not (sites["max_beds"] >= beds_min).any():
        raise PlanError(
            "No candidate sites are large enough",
            where=f"supply/candidate_sites: {sites.height} rows, all below {beds_min} beds",
            todo="Land larger sites, or lower homes.beds_min in the settings",
        )


def plan_homes(
    areas: pl.DataFrame,
    need: BedNeed,
    care_homes: pl.DataFrame,
    sites: pl.DataFrame,
    older: np.ndarray | None,
    homes: int,
    *,
    as_of: date,
    settings: Settings,
    seed: int,
) -> dict[str, Any]:
    """What homes.json holds (docs/reference/tables.md, 5); numbers are rounded, minutes one way by car.

    Where existing beds are enough (`needed` false) the site is the one that would save most travel, and a
    new bed need not save `new_bed_minutes` first.

    `areas`, `care_homes`, `sites`: the tables of records/; `older`: people aged 75 and over by area, or
    None where no population was landed. `homes`: how many new ones; fewer sites than that: one on each.
    Without sites (none landed) `chosen` is empty, and `status` says so.
    """
    usable = sites.filter(pl.col("max_beds") >= settings.homes.beds_min).sort("site_id")
    existing = care_homes.sort("location_id")
    travel = _travel(areas, existing, usable, settings)
    supply = Supply(
        travel.minutes,
        np.concatenate([existing["beds"].fill_null(0).to_numpy(), usable["max_beds"].to_numpy()]),
        existing.height,
    )
    count = min(homes, usable.height)
    there = supply.beds[: supply.existing].sum()
    before = _site(need.central, supply, 0, settings, seed)
    needed = bool(before.unmet.sum() >= 1)
    settings = settings if needed else _without_bed_price(settings)
    after = _site(need.central, supply, count, settings, seed) if count else before
    described = _describe_sites(usable, after, supply, travel, older, settings)
    chosen = [site for site in described if site["beds"]]
    return {
        "as_of": as_of.isoformat(),
        "status": after.answer.status if count else NO_SITES_LANDED,
        "chosen": chosen,
        "candidates": [_without_plan(site) for site in described if not site["beds"]],
        "existing": _describe_existing(existing, before, after, settings),
        "needed": needed,
        "need_beds": round(float(need.central.sum()), 1),
        "existing_beds": int(there),
        "existing_beds_usable": round(float(there * settings.homes.occupancy_target), 1),
        "unmet_before": round(float(before.unmet.sum()), 1),
        "unmet_after": round(float(after.unmet.sum()), 1),
        "mean_minutes_before": _rounded(before.mean_minutes(travel.minutes)),
        "mean_minutes_after": _rounded(after.mean_minutes(travel.minutes)),
        "objective": _rounded(after.answer.objective),
        "bound": _rounded(after.answer.bound),
        "gap": round(after.answer.gap, 6),
        "scenarios": _run_scenarios(need, supply, usable, chosen, count, settings, seed),
        "people_within_reach_are": "aged 75 and over"
        if older is not None
        else "not known: no population landed",
        "travel_source": travel.source,
        "travel_date": travel.date,
        "sites_considered": usable.height,
        "sites_too_small": sites.height - usable.height,
        "assumptions": [*need.assumptions, *_footing(settings)],
    }


def _without_bed_price(settings: Settings) -> Settings:
    return settings.model_copy(update={"homes": settings.homes.model_copy(update={"new_bed_minutes": 0.0})})


def _travel(
    areas: pl.DataFrame, existing: pl.DataFrame, sites: pl.DataFrame, settings: Settings
) -> TravelTimes:
    rural = areas.select("lsoa_code", rural=pl.col("rural").cast(pl.Float64).fill_null(0.5))
    places = pl.concat(
        [
            existing.select("lsoa_code", "easting", "northing"),
            sites.select("lsoa_code", "easting", "northing"),
        ]
    )
    around = places.join(rural, on="lsoa_code", how="left", maintain_order="left")["rural"].fill_null(0.5)
    return estimate_travel(
        areas.select("easting", "northing").to_numpy(),
        places.select("easting", "northing").to_numpy(),
        rural["rural"].to_numpy(),
        around.to_numpy(),
        settings.travel,
    )


def _site(need: np.ndarray, supply: Supply, homes: int, settings: Settings, seed: int) -> Siting:
    return site_homes(need, supply, homes, settings.homes, seed)


def _describe_sites(
    sites: pl.DataFrame,
    after: Siting,
    supply: Supply,
    travel: TravelTimes,
    older: np.ndarray | None,
    settings: Settings,
) -> list[dict[str, Any]]:
    """Every site that was considered; `beds` is null where nothing is built."""
    said = []
    for place, site in enumerate(sites.iter_rows(named=True), start=supply.existing):
        beds = int(after.beds[place]) or None
        cost = site["cost_per_bed_pounds"]
        near = travel.minutes[:, place] <= settings.homes.travel_minutes_max
        said.append(
            {key: site[key] for key in ("site_id", "name", "easting", "northing", "lsoa_code", "care_types")}
            | {
                "beds": beds,
                "max_beds": site["max_beds"],
                "cost_pounds": round(cost * beds) if beds and cost is not None else None,
                "people_within_reach": None if older is None else round(float(older[near].sum())),
                "people_placed": round(float(after.people[:, place].sum()), 1),
            }
        )
    return said


def _without_plan(site: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in site.items() if key not in ("beds", "cost_pounds", "people_placed")}


def _describe_existing(
    existing: pl.DataFrame, before: Siting, after: Siting, settings: Settings
) -> list[dict[str, Any]]:
    keys = ("location_id", "name", "easting", "northing", "lsoa_code", "beds", "rating")
    placed = zip(before.people.sum(axis=0), after.people.sum(axis=0), strict=True)
    return [
        {key: home[key] for key in keys}
        | {"people_before": round(float(b), 1), "people_after": round(float(a), 1)}
        for home, (b, a) in zip(existing.iter_rows(named=True), placed, strict=False)
    ]


def _run_scenarios(
    need: BedNeed,
    supply: Supply,
    sites: pl.DataFrame,
    chosen: list[dict[str, Any]],
    count: int,
    settings: Settings,
    seed: int,
) -> list[dict[str, Any]]:
    """For low, central and high need: what is short without a new home, with the chosen site, with its own
    best.
    """
    picked = sites["site_id"].is_in([c["site_id"] for c in chosen]).to_numpy()
    columns = np.concatenate([np.ones(supply.existing, bool), picked])
    kept = Supply(supply.minutes[:, columns], supply.beds[columns], supply.existing)
    said = []
    for name, people in need.scenarios.items():
        before = _site(people, supply, 0, settings, seed)
        ours = _site(people, kept, count, settings, seed) if count else before
        best = _site(people, supply, count, settings, seed) if count else before
        said.append(
            {
                "scenario": name,
                "need_beds": round(float(people.sum()), 1),
                "unmet_before": round(float(before.unmet.sum()), 1),
                "unmet_after": round(float(ours.unmet.sum()), 1),
                "beds": int(ours.beds[supply.existing :].sum()),
                "best_site_ids": sites["site_id"]
                .filter(pl.Series(best.beds[supply.existing :] > 0))
                .to_list(),
                "regret": round(max(0.0, ours.answer.objective / max(best.answer.objective, 1e-9) - 1), 6),
                "gap": round(best.answer.gap, 6),
                "status": best.answer.status if count else NO_SITES_LANDED,
            }
        )
    return said


def _footing(settings: Settings) -> list[str]:
    homes = settings.homes
    return [
        f"Existing beds come first: a new one must save its visitors {homes.new_bed_minutes:g} minutes."
        if homes.new_bed_minutes
        else "Existing beds are enough: the site is where a new home would save most travel.",
        f"A person without a bed counts as a journey of {homes.unmet_minutes:g} minutes, and none is longer.",
        f"A new home has at least {homes.beds_min} beds, and no bed more than is used.",
        "Regret is how much dearer the chosen site is in a scenario than that scenario's own best site.",
    ]


def _rounded(number: float | None) -> float | None:
    return None if number is None or not np.isfinite(number) else round(number, 3)
