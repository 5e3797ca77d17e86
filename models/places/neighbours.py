"""Which areas lie side by side, for hotspots: one graph, made from the boundaries. The door to libpysal."""

import geopandas as gpd
from libpysal.graph import Graph

__all__ = ["Graph", "build_graph"]


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
    near = [*links.items(), *((j, i) for i, j in links.items())]
    left, right = touching.sparse.nonzero()
    pairs = sorted({*zip(left.tolist(), right.tolist(), strict=True), *near})
    focal, neighbour = (list(side) for side in zip(*pairs, strict=True))
    return Graph.from_arrays(focal, neighbour, [1] * len(pairs))
