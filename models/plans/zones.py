"""Commissioning zones: K contiguous zones, balanced on forecast hours, with the least way to their centres.

Method: spread seeds, contiguous growth, simulated annealing, many counted restarts (`growth`, `annealing`);
the answer is checked again by code that shares nothing with the search (`recheck`). Why, and what it was
measured against: benchmarks/zones.py.
"""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import geopandas as gpd
import numpy as np

from configs.errors import PlanError
from models.plans.annealing import anneal_zones
from models.plans.bound import bound_distance
from models.plans.growth import grow_zones
from models.plans.neighbours import Neighbours, find_neighbours
from models.plans.recheck import recheck

WEIGHT_FLOOR_SHARE = 1e-3
"""An area with no hours counts this share of the mean in distances, so that it still joins a near zone."""


@dataclass(frozen=True)
class ZonePlan:
    """A zone for every area, and what an independent check says of it.

    `zone` holds 0 … K-1 in the order of the areas given, numbered west to east. `max_deviation` is the
    largest |zone hours / mean - 1|; `distance_metres` the mean distance from an area's point to its zone's
    hours-weighted centre, weighted by hours; `lower_bound_metres` what no plan within the tolerance can
    beat, contiguous or not (None when the tolerance could not be met). `joined` names links between areas
    that do not touch.
    """

    zone: np.ndarray
    max_deviation: float
    within_tolerance: bool
    contiguous: bool
    distance_metres: float
    lower_bound_metres: float | None
    restarts_within_tolerance: int
    joined: tuple[tuple[int, int], ...]


def plan_zones(
    areas: gpd.GeoDataFrame,
    hours: np.ndarray,
    zones: int,
    *,
    tolerance: float,
    seed: int,
    restarts: int,
    steps: int,
    progress: Callable[[str], None] | None = None,
) -> ZonePlan:
    """Divide `areas` into `zones` contiguous zones whose hours lie within `tolerance` of their mean.

    `areas` is in EPSG:27700, one row an area; `hours` its mean hours a week, in the same order, at least 0.
    When no balance within the tolerance is found (one area may hold more than a zone), the best balance
    found is returned with `within_tolerance` false. The same arguments give the same plan on any number of
    cores.

    Raises PlanError for fewer than one zone, more zones than areas, or no hours at all.
    """
    check_request(len(areas), zones)
    hours = np.asarray(hours, dtype=float)
    if not np.isfinite(hours).all() or (hours < 0).any() or hours.sum() <= 0:
        raise PlanError(
            "There are no forecast hours to share out",
            where=f"{len(areas)} areas, {hours.sum():.1f} hours a week",
            todo="Zones are balanced on home-care hours: land care records that hold planned hours",
        )
    neighbours = find_neighbours(areas)
    points = locate(areas)
    found = _search(neighbours, points, hours, zones, tolerance, seed, restarts, steps)
    zone = _number_west_to_east(found[0], points, hours)
    checked = recheck(zone, points, hours, neighbours.pairs(), tolerance)
    if progress is not None:
        progress(f"Zones: {restarts} restarts, {found[1]} of them within the tolerance")
    bound = None
    if checked.within_tolerance:
        bound = bound_distance(points, hours, zones, tolerance, start=checked.distance_metres)
    return ZonePlan(
        zone,
        checked.max_deviation,
        checked.within_tolerance,
        checked.contiguous,
        checked.distance_metres,
        bound,
        found[1],
        neighbours.joined,
    )


def check_request(areas: int, zones: int) -> None:
    """Raises PlanError unless `zones` lies between one and the number of areas."""
    if zones < 1:
        raise PlanError(
            "A plan needs at least one zone", where=f"{zones} zones asked for", todo="Ask for 1 or more"
        )
    if zones > areas:
        raise PlanError(
            "More zones than areas",
            where=f"{zones} zones asked for, {areas} areas landed (places/lsoa_boundaries)",
            todo=f"Ask for at most {areas} zones (--zones), or land the boundaries of the whole council",
        )


def locate(areas: gpd.GeoDataFrame) -> np.ndarray:
    """A point inside each area (its representative point), metres; shape (n, 2)."""
    points = areas.geometry.representative_point()
    return np.column_stack([points.x, points.y])


def _search(
    neighbours: Neighbours,
    points: np.ndarray,
    hours: np.ndarray,
    zones: int,
    tolerance: float,
    seed: int,
    restarts: int,
    steps: int,
) -> tuple[np.ndarray, int]:
    """The best plan of all restarts and how many restarts ended within the tolerance."""
    x, y = np.ascontiguousarray(points[:, 0]), np.ascontiguousarray(points[:, 1])
    weight = np.maximum(hours, WEIGHT_FLOOR_SHARE * hours.mean())
    graph = (neighbours.indptr, neighbours.indices)

    def restart(number: int) -> tuple[np.ndarray, float, float]:
        start = grow_zones(*graph, x, y, hours, weight, zones, number)
        plan: tuple[np.ndarray, float, float] = anneal_zones(
            *graph, x, y, hours, weight, start, zones, tolerance, steps, number
        )
        return plan

    # Each restart has its own generator and results keep their order, so the cores only share the waiting.
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        plans = list(pool.map(restart, range(seed * restarts, (seed + 1) * restarts)))
    best = min(range(restarts), key=lambda r: (round(plans[r][1], 9), round(plans[r][2], 3), r))
    return plans[best][0], sum(excess <= 1e-9 for _, excess, _ in plans)


def _number_west_to_east(zone: np.ndarray, points: np.ndarray, hours: np.ndarray) -> np.ndarray:
    totals = np.bincount(zone, hours)
    shares = np.where(totals[zone] > 0, hours, 1.0)
    centres = np.column_stack([np.bincount(zone, shares * points[:, axis]) for axis in (0, 1)])
    centres = np.round(centres / np.bincount(zone, shares)[:, None], 3)
    order = np.lexsort((centres[:, 1], centres[:, 0]))
    return np.argsort(order)[zone]
