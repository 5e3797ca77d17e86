"""A second opinion on a zone plan, from code that shares nothing with the search."""

from dataclasses import dataclass

import networkx as nx
import numpy as np


@dataclass(frozen=True)
class Checked:
    """What holds of a plan: balance, connectedness, distance."""

    max_deviation: float
    within_tolerance: bool
    contiguous: bool
    distance_metres: float


def recheck(
    zone: np.ndarray, points: np.ndarray, hours: np.ndarray, pairs: np.ndarray, tolerance: float
) -> Checked:
    """Balance, connectedness and distance of a plan, computed afresh.

    `zone` (n,) numbers 0 … K-1; `points` (n, 2) metres; `hours` (n,); `pairs` (m, 2) the neighbouring areas.
    """
    members = [np.flatnonzero(zone == k) for k in range(zone.max() + 1)]
    totals = np.array([hours[inside].sum() for inside in members])
    deviation = float(np.abs(totals / (hours.sum() / len(members)) - 1).max())
    graph = nx.Graph()
    graph.add_nodes_from(range(len(zone)))
    graph.add_edges_from(pairs.tolist())
    whole = all(len(inside) and nx.is_connected(graph.subgraph(inside.tolist())) for inside in members)
    distances = distances_to_centres(zone, points, hours)
    return Checked(
        deviation, deviation <= tolerance + 1e-9, whole, float(np.average(distances, weights=hours))
    )


def distances_to_centres(zone: np.ndarray, points: np.ndarray, hours: np.ndarray) -> np.ndarray:
    """Metres from each area's point to its zone's hours-weighted centre (plain centre in a zone without
    hours).
    """
    distances = np.empty(len(zone))
    for k in np.unique(zone):
        inside = zone == k
        shares = hours[inside] if hours[inside].sum() > 0 else np.ones(int(inside.sum()))
        centre = np.average(points[inside], axis=0, weights=shares)
        distances[inside] = np.hypot(*(points[inside] - centre).T)
    return distances
