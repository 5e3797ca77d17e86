"""Claims about hotspots: the statistic, the permutation test, the false-discovery rate, islands, small areas."""

from itertools import combinations

import geopandas as gpd
import numpy as np
import pytest
from places_worlds import grid_areas
from shapely.geometry import box

from models.places.hotspots import find_hotspots, permute_neighbours
from models.places.neighbours import build_graph


def _find(values: np.ndarray, side: int, enough: np.ndarray | None = None):  # type: ignore[no-untyped-def]
    told = np.ones(len(values), bool) if enough is None else enough
    return find_hotspots(values, told, build_graph(grid_areas(side, side)), fdr=0.1, permutations=999, seed=3)


def _world_with_a_hot_corner() -> np.ndarray:
    values = np.random.default_rng(1).normal(10, 1, 100)
    values[[0, 1, 2, 10, 11, 12, 20, 21, 22]] += 8
    return values


def test_a_planted_hotspot_is_found_and_its_opposite_is_cold() -> None:
    values = _world_with_a_hot_corner()
    assert _find(values, 10).label[11] == "hot"
    assert _find(30 - values, 10).label[11] == "cold"


def test_noise_alone_makes_no_hotspot() -> None:
    labels = [_find(np.random.default_rng(s).normal(10, 1, 100), 10).label for s in range(5)]
    assert sum(set(label) != {"none"} for label in labels) <= 1


def test_the_statistic_is_that_of_getis_and_ord() -> None:
    values = _world_with_a_hot_corner()
    weights = build_graph(grid_areas(10, 10)).sparse.toarray() + np.eye(100)
    total, squares, n = weights.sum(1), (weights**2).sum(1), 100
    spread = values.std() * np.sqrt((n * squares - total**2) / (n - 1))
    by_hand = (weights @ values - values.mean() * total) / spread
    assert _find(values, 10).statistic == pytest.approx(by_hand)


def test_permuted_p_agrees_with_every_possible_arrangement() -> None:
    values = np.array([9.0, 7, 8, 1, 2, 3, 4, 1, 2])
    graph = build_graph(grid_areas(3, 3))
    permuted = permute_neighbours(values, graph, 9999, np.random.default_rng(0))
    for area in range(9):
        near = [n for n in range(9) if graph.sparse.toarray()[area, n]]
        others = np.delete(values, area)
        sums = np.array([others[list(c)].sum() for c in combinations(range(8), len(near))])
        exact = 2 * min((sums >= values[near].sum()).mean(), (sums <= values[near].sum()).mean())
        assert permuted[area] == pytest.approx(min(1, exact), abs=0.03)


def test_too_few_residents_are_told_nothing_and_do_not_move_their_neighbours() -> None:
    values, enough = _world_with_a_hot_corner(), np.ones(100, bool)
    enough[55] = False
    wild = values.copy()
    wild[55] = 1e6
    calm, shaken = _find(values, 10, enough), _find(wild, 10, enough)
    assert calm.label[55] == "too_few"
    assert np.isnan(calm.statistic[55])
    assert np.array_equal(calm.statistic, shaken.statistic, equal_nan=True)


def test_areas_all_alike_have_no_hotspot_and_no_statistic() -> None:
    alike = _find(np.full(100, 3.0), 10)
    assert set(alike.label) == {"none"}
    assert np.isnan(alike.statistic).all()


def test_corners_touch_and_an_island_is_joined_to_its_nearest() -> None:
    areas = grid_areas(2, 2)
    graph = build_graph(areas)
    assert graph.sparse.toarray()[0, 3] == 1
    island = gpd.GeoDataFrame(
        {"lsoa_code": ["X"]}, geometry=[box(352_500, 301_200, 353_500, 301_800)], crs=27700
    )
    joined = build_graph(gpd.pd.concat([areas, island], ignore_index=True)).sparse.toarray()
    assert joined[4].tolist() == [0, 0, 0, 1, 0]
    assert joined[:, 4].tolist() == [0, 0, 0, 1, 0]


def test_a_hotspot_is_hot_wherever_nought_lies() -> None:
    values = _world_with_a_hot_corner()
    usual, below = _find(values, 10), _find(values - 30, 10)
    assert below.label == usual.label
    assert below.statistic == pytest.approx(usual.statistic)


def test_local_moran_says_whether_an_area_is_like_its_neighbours() -> None:
    values = _world_with_a_hot_corner()
    values[11] = 4.0
    found = _find(values, 10)
    assert found.moran_class[10] == "high_high"
    assert found.moran_class[11] == "low_high"
    assert found.moran[11] < 0 < found.moran[10]
    assert {m for m, c in zip(found.moran_class, found.label, strict=True) if c == "none"} == {"none"}
