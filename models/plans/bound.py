"""What no zone plan can beat: a proven lower bound on the mean distance, by Lagrangian relaxation.

The ground is cut into square cells. Every zone has its centre in some cell, and the way from an area to the
centre is at least the way to that cell; so K zones cost at least what K cells cost that share the areas
out. The rule that each area belongs to exactly one zone is priced (`price`, metres an area) instead of
kept; what is left falls apart by cell: fill one zone within the tolerance as cheaply as one can, areas
divisible. For *any* prices, sum(weight x price) + K x (the cheapest cell's cost) is a bound; prices are
bettered by subgradient steps (Held, Wolfe and Crowder 1974) and the cells that matter are cut smaller.
Contiguity is not used, nor is that areas are whole.
"""

import numpy as np
from numba import njit

ROUNDS = 16
STEPS_PER_ROUND = 40
CELLS_PER_SIDE = 12
CELLS_SPLIT = 100
SMALLEST_CELL_SHARE = 0.05
"""Cells are not cut below this share of the plan's mean distance."""

WIDTH = 0.02
"""How near the cheapest a cell's cost lies that has a say in the prices, as a share of the gap per zone."""


def bound_distance(
    points: np.ndarray, hours: np.ndarray, zones: int, tolerance: float, *, start: float
) -> float:
    """Metres that the hours-weighted mean distance of no plan within `tolerance` can go below.

    `points` (n, 2) metres, `hours` (n,), `start` the mean distance of a plan known (metres). Counted steps:
    the same arguments give the same bound. Never above `start`.
    """
    total = hours.sum()
    low, high = (1 - tolerance) * total / zones, (1 + tolerance) * total / zones
    x, y = np.ascontiguousarray(points[:, 0]), np.ascontiguousarray(points[:, 1])
    cells = _first_cells(points)
    price, best = np.full(len(hours), start), 0.0
    for _ in range(ROUNDS):
        price, reached, values = _raise_prices(
            x, y, hours, price, cells, zones, low, high, start * total, STEPS_PER_ROUND
        )
        best = max(best, reached)
        cells = _split_cells(cells, values, SMALLEST_CELL_SHARE * start)
    return min(best / total, start)


def _first_cells(points: np.ndarray) -> np.ndarray:
    """Square cells that cover every point: rows (west, south, side)."""
    south_west = points.min(axis=0)
    side = max(np.ptp(points, axis=0).max() / CELLS_PER_SIDE, 1.0)
    across, up = np.ceil(np.ptp(points, axis=0) / side).astype(int) + 1
    grid = [
        (south_west[0] + c * side, south_west[1] + r * side, side) for r in range(up) for c in range(across)
    ]
    return np.array(grid)


def _split_cells(cells: np.ndarray, values: np.ndarray, smallest: float) -> np.ndarray:
    """The cheapest cells that are not small yet, each cut in four; the others as they are."""
    wide = np.flatnonzero(cells[:, 2] > smallest)
    chosen = wide[np.argsort(values[wide], kind="stable")[:CELLS_SPLIT]]
    quarters = [
        np.column_stack([cells[chosen, 0] + dx * half, cells[chosen, 1] + dy * half, half])
        for half in (cells[chosen, 2] / 2,)
        for dx in (0, 1)
        for dy in (0, 1)
    ]
    return np.concatenate([np.delete(cells, chosen, axis=0), *quarters])


@njit(cache=True, nogil=True)
def _raise_prices(x, y, weight, price, cells, zones, low, high, target, steps):  # type: ignore[no-untyped-def]
    """(prices of the best bound, that bound, each cell's cost at it) after `steps` subgradient steps."""
    n, count = x.size, cells.shape[0]
    best, best_price, best_values = -np.inf, price.copy(), np.zeros(count)
    trust, stalled = 1.0, 0
    share = np.zeros((count, n))
    values = np.full(count, -np.inf)
    price = price.copy()
    cheapest = 0
    for _ in range(steps):
        width = max(target - best, 1e-9) * WIDTH / zones if best > -np.inf else np.inf
        least = _fill_cell(x, y, weight, price, cells[cheapest], low, high, share[cheapest])
        for g in range(count):
            # `values` of a cell passed over is a floor under its cost, too high to matter now.
            if values[g] <= least + 14.0 * width:
                values[g] = _fill_cell(x, y, weight, price, cells[g], low, high, share[g])
                least = min(least, values[g])
        cheapest = int(np.argmin(values))
        reached = (weight * price).sum() + zones * values.min()
        if reached > best:
            best, best_price[:], best_values[:] = reached, price, values
            stalled = 0
        else:
            stalled += 1
        if stalled >= 5:
            trust, stalled = trust / 2, 0
        taken = _mix(values, share, zones, max(target - reached, 1e-9) * WIDTH / zones)
        slack = 1.0 - taken
        length = (weight * slack * slack).sum()
        if length <= 1e-12:
            break
        change = trust * (target - reached) * slack / length
        price += change
        values -= min(high * max(change.max(), 0.0), (weight * np.maximum(change, 0.0)).sum())
    return best_price, best, best_values


@njit(cache=True, nogil=True)
def _fill_cell(x, y, weight, price, cell, low, high, share):  # type: ignore[no-untyped-def]
    """The least cost of one zone with its centre in `cell`; `share` gets how much of each area it takes."""
    n = x.size
    net = np.empty(n)
    for i in range(n):
        dx = max(cell[0] - x[i], 0.0, x[i] - cell[0] - cell[2])
        dy = max(cell[1] - y[i], 0.0, y[i] - cell[1] - cell[2])
        net[i] = np.sqrt(dx * dx + dy * dy) - price[i]
    order = np.argsort(net)
    share[:] = 0.0
    held, cost = 0.0, 0.0
    for i in order:
        if weight[i] <= 0.0:
            continue
        limit = high if net[i] < 0.0 else low
        take = min(weight[i], limit - held)
        if take <= 0.0:
            break
        held += take
        cost += take * net[i]
        share[i] = take / weight[i]
    return cost


@njit(cache=True, nogil=True)
def _mix(values, share, zones, width):  # type: ignore[no-untyped-def]
    # The cheapest cells share the K zones, so that prices feel all of them and not one at a time.
    odds = np.exp(-(values - values.min()) / width)
    odds /= odds.sum()
    taken = np.zeros(share.shape[1])
    for g in range(values.size):
        if odds[g] > 1e-6:
            taken += zones * odds[g] * share[g]
    return taken
