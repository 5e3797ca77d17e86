"""Which areas lie side by side, for hotspots: three graphs of the same areas. The door to libpysal."""

import geopandas as gpd
import numpy as np
from libpysal.graph import Graph
from scipy.sparse import csc_array
from scipy.spatial import KDTree

from configs.settings import Travel
from models.travel.matrix import estimate_pairs, reach_metres

__all__ = ["Graph", "build_band_graph", "build_graph", "build_travel_graph", "touching_of"]


def build_graph(areas: gpd.GeoDataFrame) -> Graph:
    """Areas that touch at an edge or a corner; an area that touches none is joined to its nearest, both ways.

    `areas` is projected (metres), one row an area; the graph numbers the rows 0 … n-1. A single area has no
    neighbour.
    """
    shapes = areas.geometry.reset_index(drop=True)
    touching = Graph.build_fuzzy_contiguity(shapes, predicate="intersects")
    lonely = [int(i) for i in touching.isolates]
    if not lonely or len(shapes) < 2:
        return touching
    links = {i: int(shapes.drop(index=i).distance(shapes[i]).idxmin()) for i in lonely}
    left, right = (side.astype(np.int64) for side in touching.sparse.nonzero())
    ends = np.array(list(links.items()))
    return _join(np.concatenate([left, ends[:, 0]]), np.concatenate([right, ends[:, 1]]), len(shapes))


def build_band_graph(areas: gpd.GeoDataFrame) -> Graph:
    """Areas whose middles lie within one distance: the least at which every area has a neighbour."""
    middles = find_middles(areas)
    if len(middles) < 2:
        return build_graph(areas)
    tree = KDTree(middles)
    band = float(tree.query(middles, k=2)[0][:, 1].max())
    pairs = tree.query_pairs(band * (1 + 1e-9), output_type="ndarray")
    return _join(pairs[:, 0], pairs[:, 1], len(middles))


def build_travel_graph(areas: gpd.GeoDataFrame, rural: np.ndarray, minutes: float, travel: Travel) -> Graph:
    """Areas whose middles lie within `minutes` by car; an area that reaches none is joined to the nearest.

    `rural` (n,): 1 rural, 0 urban, 0.5 where it is not known.
    """
    middles = find_middles(areas)
    if len(middles) < 2:
        return build_graph(areas)
    tree = KDTree(middles)
    pairs = tree.query_pairs(reach_metres(minutes, travel), output_type="ndarray")
    left, right = pairs[:, 0], pairs[:, 1]
    near = estimate_pairs(middles[left], middles[right], rural[left], rural[right], travel) <= minutes
    left, right = left[near], right[near]
    alone = np.setdiff1d(np.arange(len(middles)), np.concatenate([left, right]))
    nearest = tree.query(middles[alone], k=2)[1][:, 1] if len(alone) else alone
    return _join(np.concatenate([left, alone]), np.concatenate([right, nearest]), len(middles))


def find_middles(areas: gpd.GeoDataFrame) -> np.ndarray:
    """A point inside each area, (areas, 2), in metres."""
    points = areas.geometry.representative_point()
    return np.column_stack([points.x.to_numpy(), points.y.to_numpy()])


def touching_of(graph: Graph) -> csc_array:
    """The graph as a symmetric matrix of 0 and 1, (areas, areas)."""
    return csc_array(graph.sparse.astype(bool).astype(float))


def _join(left: np.ndarray, right: np.ndarray, n: int) -> Graph:
    """A graph of `n` areas with these pairs, both ways, each once."""
    pairs = np.unique(np.column_stack([np.concatenate([left, right]), np.concatenate([right, left])]), axis=0)
    isolated = np.setdiff1d(np.arange(n), pairs[:, 0])
    focal = np.concatenate([pairs[:, 0], isolated])
    neighbour = np.concatenate([pairs[:, 1], isolated])
    weight = np.concatenate([np.ones(len(pairs)), np.zeros(len(isolated))])
    order = np.lexsort((neighbour, focal))
    return Graph.from_arrays(focal[order], neighbour[order], weight[order])
