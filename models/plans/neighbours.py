"""Which areas lie side by side, for plans: one connected graph, made from the boundaries. The door to
libpysal.
"""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from libpysal.graph import Graph
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

BORDER_METRES_MIN = 50.0
"""A shorter common border is a corner (assumed; real corners measure 10 to 45 with the slack)."""

SLACK_METRES = 5.0


@dataclass(frozen=True)
class Neighbours:
    """A connected, symmetric graph of areas 0 … n-1 in compressed rows; `joined` are the links that no
    boundary gave.
    """

    indptr: np.ndarray
    indices: np.ndarray
    joined: tuple[tuple[int, int], ...]

    def pairs(self) -> np.ndarray:
        """Every link once, as rows (lower, higher)."""
        left = np.repeat(np.arange(len(self.indptr) - 1), np.diff(self.indptr))
        both = np.column_stack([left, self.indices])
        return both[both[:, 0] < both[:, 1]]


def find_neighbours(areas: gpd.GeoDataFrame) -> Neighbours:
    """Areas that share a border; what hangs apart (an island) is joined to its nearest area.

    A corner is no border: two areas that meet in a point look apart on a map, and no round goes from one to
    the other. `areas` is projected (metres), one row an area; the graph numbers the rows in their order.
    """
    shapes = areas.geometry.reset_index(drop=True)
    contiguity = Graph.build_fuzzy_contiguity(shapes, predicate="intersects")
    left, right = (side.astype(np.int64) for side in contiguity.sparse.nonzero())
    once = left < right
    left, right = left[once], right[once]
    long_enough = _border_metres(shapes.to_numpy(), left, right) >= BORDER_METRES_MIN
    pairs = list(zip(left[long_enough].tolist(), right[long_enough].tolist(), strict=True))
    joined = _join_pieces(areas, pairs)
    return _compress(pairs + joined, len(areas), tuple(joined))


def _border_metres(shapes: np.ndarray, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """How far the boundary of `right` runs within SLACK_METRES of `left` (borders seldom meet exactly)."""
    near = shapely.buffer(shapes[left], SLACK_METRES)
    return np.asarray(shapely.length(shapely.intersection(near, shapely.boundary(shapes[right]))))


def _join_pieces(areas: gpd.GeoDataFrame, pairs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    while True:
        pieces, label = connected_components(_matrix(pairs + joined, len(areas)), directed=False)
        if pieces <= 1:
            return joined
        smallest = int(np.argmin(np.bincount(label)))
        joined.append(
            _nearest_link(areas, np.flatnonzero(label == smallest), np.flatnonzero(label != smallest))
        )


def _nearest_link(areas: gpd.GeoDataFrame, piece: np.ndarray, rest: np.ndarray) -> tuple[int, int]:
    shapes = areas.geometry.to_numpy()
    gaps = np.array([areas.geometry.iloc[rest].distance(shapes[i]).to_numpy() for i in piece])
    i, j = np.unravel_index(int(gaps.argmin()), gaps.shape)
    low, high = sorted((int(piece[i]), int(rest[j])))
    return low, high


def _matrix(pairs: list[tuple[int, int]], n: int) -> coo_array:
    left, right = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    return coo_array((np.ones(len(left)), (left, right)), shape=(n, n))


def _compress(pairs: list[tuple[int, int]], n: int, joined: tuple[tuple[int, int], ...]) -> Neighbours:
    one_way = _matrix(pairs, n)
    both = (one_way + one_way.T).tocsr()
    both.sort_indices()
    return Neighbours(both.indptr.astype(np.int64), both.indices.astype(np.int64), joined)
