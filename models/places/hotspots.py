"""Where need gathers: Getis-Ord Gi* with permutations and a false-discovery rate. The door to esda."""

from dataclasses import dataclass

import numpy as np
from esda.getisord import G_Local
from esda.moran import Moran_Local
from scipy.stats import false_discovery_control

from models.places.neighbours import Graph

AREAS_MIN = 8
"""Fewer areas than this to compare with: no statistic (assumed; permutations of so few say nothing)."""

ALIKE = 1e-12
QUADRANTS = ("high_high", "low_high", "low_low", "high_low")
"""Local Moran's quadrants in esda's order: the area's own value, then its neighbours'."""


@dataclass(frozen=True)
class Hotspots:
    """For each area: Gi* (standard normal units), two-sided p and q (NaN where not told), and its class;
    Local Moran's I and the quadrant it falls in (`none` where q is too large, as for the class)."""

    statistic: np.ndarray
    p_value: np.ndarray
    q_value: np.ndarray
    label: list[str]
    moran: np.ndarray
    moran_class: list[str]


def find_hotspots(
    values: np.ndarray, enough: np.ndarray, graph: Graph, *, fdr: float, permutations: int, seed: int
) -> Hotspots:
    """Classes hot, cold, none, too_few for each area's `values`.

    Gi* compares the mean of an area and its neighbours with the county's (Ord and Getis 1995), Local Moran's
    I an area with its neighbours (Anselin 1995). p is from conditional permutation (`permute_neighbours`) and
    is that of both: the area staying, each rises or falls with the neighbours' sum alone. q is Benjamini and
    Hochberg's over the areas told of.
    Areas not `enough` are told nothing of, and stand at the others' mean for their neighbours. Where all
    values are alike, or fewer than AREAS_MIN areas can be told of, nothing is.
    """
    unknown = np.full(len(values), np.nan)
    told = enough & np.isfinite(values)
    filled = np.where(told, values, values[told].mean() if told.any() else 0.0)
    if told.sum() < AREAS_MIN or np.ptp(filled) < ALIKE:
        label = ["none" if t else "too_few" for t in told]
        return Hotspots(unknown, unknown, unknown, label, unknown, label)
    rng = np.random.default_rng(seed)
    statistic = np.where(told, score_neighbourhoods(filled, graph), np.nan)
    p_value = np.where(told, permute_neighbours(filled, graph, permutations, rng), np.nan)
    q_value = unknown.copy()
    q_value[told] = control_false_discoveries(p_value[told])
    label = _classify(statistic, q_value, told, fdr)
    moran = Moran_Local(filled, graph, permutations=0)
    quadrant = [QUADRANTS[q - 1] if c in ("hot", "cold") else c for q, c in zip(moran.q, label, strict=True)]
    return Hotspots(statistic, p_value, q_value, label, np.where(told, moran.Is, np.nan), quadrant)


def score_neighbourhoods(values: np.ndarray, graph: Graph) -> np.ndarray:
    """Gi* of each area, in standard normal units; 0 where all values are alike, or where the whole county is
    the neighbourhood."""
    if np.ptp(values) < ALIKE:
        return np.zeros(len(values))
    # esda divides by the sum of the values; a shift, which changes no score, keeps that above 0.
    above = values - values.min() + 1.0
    with np.errstate(divide="ignore", invalid="ignore"):
        scores = G_Local(above, graph, transform="B", star=True, permutations=0).Zs
    return np.nan_to_num(np.asarray(scores), nan=0.0, posinf=0.0, neginf=0.0)


def permute_neighbours(
    values: np.ndarray, graph: Graph, permutations: int, rng: np.random.Generator
) -> np.ndarray:
    """Two-sided p of each area's local sum: the area stays, its neighbours are drawn afresh from all others.

    The draws without replacement are shared by all areas, as esda does (crand), which is not called because
    it compiles for ten seconds in every process. p = 2 (rarer side + 1) / (permutations + 1), at most 1.
    """
    n = len(values)
    neighbours = np.asarray(graph.sparse.astype(bool).sum(axis=1)).ravel()
    observed = graph.sparse.astype(bool) @ values
    drawn = rng.random((permutations, n - 1)).argsort(axis=1)[:, : int(neighbours.max())]
    p_value = np.empty(n)
    for i in range(n):
        chance = np.delete(values, i)[drawn[:, : neighbours[i]]].sum(axis=1)
        # Sums of the same numbers in another order differ in the last bit and are still ties.
        high, low = (chance >= observed[i] - 1e-9).sum(), (chance <= observed[i] + 1e-9).sum()
        p_value[i] = min(1.0, 2 * (min(high, low) + 1) / (permutations + 1))
    return p_value


def control_false_discoveries(p_values: np.ndarray) -> np.ndarray:
    """Benjamini and Hochberg's q for each p (1995, J. R. Statist. Soc. B 57:289). Empty in, empty out."""
    return false_discovery_control(p_values) if len(p_values) else p_values


def _classify(statistic: np.ndarray, q_value: np.ndarray, told: np.ndarray, fdr: float) -> list[str]:
    labels = np.where(statistic > 0, "hot", "cold")
    labels = np.where(q_value <= fdr, labels, "none")
    return [str(label) for label in np.where(told, labels, "too_few")]
