"""Claims about counts smoothed among neighbours: what is drawn in, how sure it is, and where nothing is."""

import numpy as np
import pytest
from places_worlds import grid_areas
from scipy.sparse import csc_array

from models.places.neighbourly import draw_ratios
from models.places.neighbours import build_graph, touching_of

SIDE = 12
TOUCHING = touching_of(build_graph(grid_areas(SIDE, SIDE)))


def _draw(counted: np.ndarray, expected: np.ndarray, touching: csc_array = TOUCHING) -> np.ndarray:
    return draw_ratios(counted, expected, touching, 400, np.random.default_rng(1))


def _world(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Counts, what was expected, and true ratios that change slowly over the grid."""
    rng = np.random.default_rng(seed)
    row, column = np.divmod(np.arange(SIDE**2), SIDE)
    true = np.exp(0.5 * np.sin(row / 3 + seed) * np.cos(column / 3))
    expected = rng.uniform(2, 12, SIDE**2)
    return rng.poisson(expected * true).astype(float), expected, true


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_ratios_that_change_slowly_are_nearer_the_truth_than_the_plain_ones(seed: int) -> None:
    counted, expected, true = _world(seed)
    smooth = _draw(counted, expected).mean(axis=0)
    assert np.mean((smooth - true) ** 2) < 0.35 * np.mean((counted / expected - true) ** 2)


def test_ranges_of_four_fifths_hold_about_four_fifths() -> None:
    held = []
    for seed in range(4):
        counted, expected, true = _world(seed)
        low, high = np.quantile(_draw(counted, expected), [0.1, 0.9], axis=0)
        held.append(np.mean((low <= true) & (true <= high)))
    assert 0.7 < np.mean(held) < 0.92


def test_counts_that_are_noise_alone_leave_every_area_near_the_county() -> None:
    rng = np.random.default_rng(8)
    expected = rng.uniform(2, 12, SIDE**2)
    smooth = _draw(rng.poisson(expected).astype(float), expected).mean(axis=0)
    assert np.abs(smooth - 1).max() < 0.25


def test_an_area_where_nobody_is_expected_is_told_by_its_neighbours_and_less_surely() -> None:
    counted, expected, _ = _world(1)
    row, column = np.divmod(np.arange(SIDE**2), SIDE)
    there = int(np.flatnonzero((row == 5) & (column == 5))[0])
    counted[there] = expected[there] = 0.0
    drawn = np.log(_draw(counted, expected))
    around = np.flatnonzero(TOUCHING[[there]].toarray()[0])
    assert drawn[:, there].mean() == pytest.approx(drawn[:, around].mean(), abs=0.2)
    assert drawn[:, there].std() > drawn[:, around].std(axis=0).mean()


@pytest.mark.parametrize("areas", [0, SIDE**2])
def test_where_nothing_was_counted_every_ratio_is_one(areas: int) -> None:
    drawn = draw_ratios(np.zeros(areas), np.ones(areas), TOUCHING, 5, np.random.default_rng(1))
    assert drawn.shape == (5, areas)
    assert (drawn == 1).all()


def test_the_same_seed_gives_the_same_draws() -> None:
    counted, expected, _ = _world(1)
    assert np.array_equal(_draw(counted, expected), _draw(counted, expected))
