"""Where a new home should stand, and how large: capacitated location as a mixed-integer programme."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array, csc_array, hstack, vstack

from configs.errors import PlanError
from configs.settings import Homes
from models.solver import Answer, Programme, solve

SMALL_BED_COST = 0.01
"""Minutes: no bed more than is used, all else equal."""


@dataclass(frozen=True)
class Supply:
    """Places with beds: minutes from each area (n, places), how many beds at most; existing ones first,
    then sites.
    """

    minutes: np.ndarray
    beds: np.ndarray
    existing: int


@dataclass(frozen=True)
class Siting:
    """Who goes where: people from each area to each place (n, places), unmet (n,), beds by place, proof."""

    people: np.ndarray
    unmet: np.ndarray
    beds: np.ndarray
    answer: Answer

    def mean_minutes(self, minutes: np.ndarray) -> float | None:
        """Minutes one way of everybody who has a bed; None when nobody has."""
        housed = self.people.sum()
        return float((self.people * minutes).sum() / housed) if housed > 1e-9 else None


def site_homes(need: np.ndarray, supply: Supply, homes: int, settings: Homes, seed: int) -> Siting:
    """Share `need` (people by area) out over existing homes and exactly `homes` new ones, at the best sites.

    Minimises minutes travelled; a person without a bed costs `unmet_minutes`, one in a new bed
    `new_bed_minutes` more, so that existing beds come first. Nobody is sent further than `unmet_minutes`. A
    home holds `occupancy_target` of its beds; a new one has between `beds_min` and the site's beds. Raises
    PlanError when HiGHS finds no plan at all.
    """
    areas, places = supply.minutes.shape
    area, place = np.nonzero(supply.minutes < settings.unmet_minutes)
    sites = places - supply.existing
    programme = _write_programme(need, supply, area, place, homes, settings)
    answer = solve(programme, nodes_max=settings.nodes_max, seed=seed)
    if answer.values is None:
        raise PlanError(
            "No plan for homes could be made",
            where=f"{areas} areas, {supply.existing} homes, {sites} sites: HiGHS says {answer.status}",
            todo="Check beds of candidate_sites and [homes] in the settings",
        )
    flows, unmet, built = np.split(answer.values[: len(area) + areas + sites], [len(area), len(area) + areas])
    people = np.zeros((areas, places))
    people[area, place] = np.maximum(flows, 0.0)
    beds = np.concatenate([supply.beds[: supply.existing], np.round(built)]).astype(np.int64)
    return Siting(people.round(6), np.maximum(unmet, 0.0).round(6), beds, answer)


def _write_programme(
    need: np.ndarray, supply: Supply, area: np.ndarray, place: np.ndarray, homes: int, settings: Homes
) -> Programme:
    """Variables: flows (pairs), unmet (areas), beds built (sites), opened (sites)."""
    areas, places = supply.minutes.shape
    existing, sites, pairs = supply.existing, places - supply.existing, len(area)
    room = supply.beds[existing:].astype(float)
    flow_cost = supply.minutes[area, place] + settings.new_bed_minutes * (place >= existing)
    cost = np.concatenate(
        [flow_cost, np.full(areas, settings.unmet_minutes), np.full(sites, SMALL_BED_COST), np.zeros(sites)]
    )
    everybody = hstack([_ones(area, np.arange(pairs), (areas, pairs)), _eye(areas), _none(areas, 2 * sites)])
    per_bed = vstack([_none(existing, sites), -settings.occupancy_target * _eye(sites)])
    full = hstack(
        [_ones(place, np.arange(pairs), (places, pairs)), _none(places, areas), per_bed, _none(places, sites)]
    )
    smallest = hstack([_none(sites, pairs + areas), _eye(sites), -settings.beds_min * _eye(sites)])
    largest = hstack([_none(sites, pairs + areas), _eye(sites), -_diagonal(room)])
    count = hstack([_none(1, pairs + areas + sites), csc_array(np.ones((1, sites)))])
    capacity = np.concatenate([settings.occupancy_target * supply.beds[:existing], np.zeros(sites)])
    free, zero = np.full(places, -np.inf), np.zeros(sites)
    return Programme(
        cost=cost,
        lower=np.zeros(len(cost)),
        upper=np.concatenate([np.full(pairs, np.inf), need, room, np.ones(sites)]),
        whole=np.arange(len(cost)) >= pairs + areas,
        rows=csc_array(vstack([everybody, full, smallest, largest, count])),
        row_lower=np.concatenate([need, free, zero, np.full(sites, -np.inf), [homes]]),
        row_upper=np.concatenate([need, capacity, np.full(sites, np.inf), zero, [homes]]),
    )


def _ones(rows: np.ndarray, columns: np.ndarray, shape: tuple[int, int]) -> csc_array:
    return csc_array(coo_array((np.ones(len(rows)), (rows, columns)), shape=shape))


def _eye(n: int) -> csc_array:
    return _diagonal(np.ones(n))


def _diagonal(values: np.ndarray) -> csc_array:
    index = np.arange(len(values))
    return csc_array(coo_array((values, (index, index)), shape=(len(values), len(values))))


def _none(rows: int, columns: int) -> csc_array:
    return csc_array((rows, columns))
