"""Simulated annealing of a zone plan, compiled: boundary moves and swaps, contiguity always kept.

Areas are numbered 0 … n-1; `indptr, indices` is their neighbour graph in compressed rows (connected,
symmetric). Each area has a point `x, y` (metres), a `demand` (hours a week; balance counts it) and a
`weight` (distance counts it). A plan is one zone number an area. The method and its measured rivals:
benchmarks/zones.py.
"""

import numpy as np
from numba import njit

from models.plans.growth import draw_uniform, seed_generator

# Tuned on Shropshire (14 zones) and Wigan (16), 96 restarts of 2 million steps, three seeds each.
SWAP_SHARE = 0.4
HOT, COLD = 1.0, 0.01  # temperatures, as shares of the start's cost per area
PENALTY_START, PENALTY_END = 0.1, 4.0  # price of an excess deviation of 1, as shares of the start's cost

_DEMAND, _WEIGHT, _X, _Y = 0, 1, 2, 3  # rows of the sums that are kept per zone


@njit(cache=True, nogil=True)
def anneal_zones(indptr, indices, x, y, demand, weight, start, zones, tolerance, steps, seed):  # type: ignore[no-untyped-def]
    """Better a contiguous plan in `steps` counted steps; contiguous in, contiguous out.

    Returns (plan, excess, cost): the plan with the least excess met on the way and, among equals, the least
    weighted distance. excess = sum over zones of e + e^2, where e is |demand / mean - 1| beyond the tolerance
    (0: all within); cost = sum of weight times distance to the zone's weighted centre.
    """
    n = x.size
    state = seed_generator(seed)
    zone = start.copy()
    parts = np.stack((demand, weight, weight * x, weight * y))
    members, size, position = _list_members(zone, zones)
    sums, trial = np.zeros((4, zones)), np.empty((4, 2))
    for i in range(n):
        sums[:, zone[i]] += parts[:, i]
    mean = demand.sum() / zones
    cost = np.empty(zones)
    for k in range(zones):
        cost[k] = _cost_of(members, size, k, x, y, weight, sums, k, -1, -1)
    best, best_excess, best_cost = zone.copy(), _total_excess(sums, mean, tolerance), cost.sum()
    dearer = best_cost * (PENALTY_END - PENALTY_START) / steps
    penalty = best_cost * PENALTY_START
    temperature, cooling = HOT * best_cost / n, (COLD / HOT) ** (1.0 / steps)
    stamp, queue = np.zeros(n, np.int64), np.empty(n, np.int64)
    mark = 0
    for _ in range(steps):
        temperature *= cooling
        penalty += dearer
        i, j, a, b = _propose(indptr, indices, zone, members, size, state)
        if i < 0:
            continue
        _try_sums(sums, parts, i, j, a, b, trial)
        worse = _excess(trial[_DEMAND, 0], mean, tolerance) + _excess(trial[_DEMAND, 1], mean, tolerance)
        worse -= _excess(sums[_DEMAND, a], mean, tolerance) + _excess(sums[_DEMAND, b], mean, tolerance)
        # The Metropolis test turned round: the two zones may cost up to this much.
        allowed = cost[a] + cost[b] - penalty * worse - temperature * np.log(1.0 - draw_uniform(state))
        if allowed <= 0:
            continue
        cost_a = _cost_of(members, size, a, x, y, weight, trial, 0, i, j)
        if cost_a >= allowed:
            continue
        cost_b = _cost_of(members, size, b, x, y, weight, trial, 1, j, i)
        if cost_a + cost_b >= allowed:
            continue
        mark += 2
        if not _stays_whole(indptr, indices, zone, a, i, j, size[a] - (j < 0), stamp, mark, queue):
            continue
        if j >= 0 and not _stays_whole(indptr, indices, zone, b, j, i, size[b], stamp, mark + 1, queue):
            continue
        _carry_out(zone, members, size, position, i, j, a, b)
        for row in range(4):
            sums[row, a], sums[row, b] = trial[row, 0], trial[row, 1]
        cost[a], cost[b] = cost_a, cost_b
        excess = _total_excess(sums, mean, tolerance)
        if excess <= best_excess + 1e-12:
            now = cost.sum()
            if excess < best_excess - 1e-12 or now < best_cost - 1e-9:
                best[:], best_excess, best_cost = zone, excess, now
    return best, best_excess, best_cost


@njit(cache=True, nogil=True)
def _list_members(zone, zones):  # type: ignore[no-untyped-def]
    members = np.empty((zones, zone.size), np.int64)
    size = np.zeros(zones, np.int64)
    position = np.empty(zone.size, np.int64)
    for i in range(zone.size):
        k = zone[i]
        members[k, size[k]] = i
        position[i] = size[k]
        size[k] += 1
    return members, size, position


@njit(cache=True, nogil=True)
def _propose(indptr, indices, zone, members, size, state):  # type: ignore[no-untyped-def]
    """Area i leaves zone a for a neighbour's zone b; j (-1: none) comes from b instead. i = -1: no move."""
    i = int(draw_uniform(state) * zone.size)
    a = zone[i]
    degree = indptr[i + 1] - indptr[i]
    if degree == 0:
        return -1, -1, a, a
    b = zone[indices[indptr[i] + int(draw_uniform(state) * degree)]]
    if b == a:
        return -1, -1, a, b
    if draw_uniform(state) >= SWAP_SHARE:
        return (i if size[a] > 1 else -1), -1, a, b
    j = members[b, int(draw_uniform(state) * size[b])]
    for e in range(indptr[j], indptr[j + 1]):
        if zone[indices[e]] == a and (indices[e] != i or size[a] == 1):
            return i, j, a, b
    return -1, -1, a, b


@njit(cache=True, nogil=True)
def _try_sums(sums, parts, i, j, a, b, trial):  # type: ignore[no-untyped-def]
    for row in range(4):
        net = parts[row, i] - (parts[row, j] if j >= 0 else 0.0)
        trial[row, 0] = sums[row, a] - net
        trial[row, 1] = sums[row, b] + net


@njit(cache=True, nogil=True)
def _excess(total, mean, tolerance):  # type: ignore[no-untyped-def]
    # Linear near the tolerance, so that small excesses hurt; square beyond, so that large ones are shared
    # out where one area holds more than a zone and no plan can be within.
    beyond = max(0.0, abs(total / mean - 1.0) - tolerance)
    return beyond + beyond * beyond


@njit(cache=True, nogil=True)
def _total_excess(sums, mean, tolerance):  # type: ignore[no-untyped-def]
    excess = 0.0
    for k in range(sums.shape[1]):
        excess += _excess(sums[_DEMAND, k], mean, tolerance)
    return excess


@njit(cache=True, nogil=True)
def _cost_of(members, size, k, x, y, weight, sums, column, leave, join):  # type: ignore[no-untyped-def]
    # Whole arrays and numbers go in, never slices: a slice in the hot loop costs three times the arithmetic.
    cx, cy = sums[_X, column] / sums[_WEIGHT, column], sums[_Y, column] / sums[_WEIGHT, column]
    cost = 0.0
    for p in range(size[k]):
        i = members[k, p]
        if i != leave:
            cost += weight[i] * np.sqrt((x[i] - cx) ** 2 + (y[i] - cy) ** 2)
    if join >= 0:
        cost += weight[join] * np.sqrt((x[join] - cx) ** 2 + (y[join] - cy) ** 2)
    return cost


@njit(cache=True, nogil=True)
def _stays_whole(indptr, indices, zone, k, leave, join, count, stamp, mark, queue):  # type: ignore[no-untyped-def]
    # Zone k without `leave` and with `join` must be one piece of `count` areas: a search inside the zone.
    start = join
    for e in range(indptr[leave], indptr[leave + 1]):
        if start >= 0:
            break
        if zone[indices[e]] == k:
            start = indices[e]
    if start < 0:
        return False
    stamp[start] = mark
    queue[0] = start
    head, tail = 0, 1
    while head < tail:
        i = queue[head]
        head += 1
        for e in range(indptr[i], indptr[i + 1]):
            j = indices[e]
            if stamp[j] != mark and j != leave and (zone[j] == k or j == join):
                stamp[j] = mark
                queue[tail] = j
                tail += 1
    return tail == count


@njit(cache=True, nogil=True)
def _carry_out(zone, members, size, position, i, j, a, b):  # type: ignore[no-untyped-def]
    if j >= 0:
        pi, pj = position[i], position[j]
        members[a, pi], members[b, pj] = j, i
        position[i], position[j] = pj, pi
        zone[i], zone[j] = b, a
        return
    size[a] -= 1
    last = members[a, size[a]]
    members[a, position[i]], position[last] = last, position[i]
    members[b, size[b]], position[i] = i, size[b]
    size[b] += 1
    zone[i] = b
