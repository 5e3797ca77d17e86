"""The search for zones, compiled: seeds, contiguous growth, simulated annealing. Arrays in, arrays out.

Areas are numbered 0 … n-1; `indptr, indices` is their neighbour graph in compressed rows (connected, symmetric).
Each area has a point `x, y` (metres), a `demand` (hours a week; balance counts this) and a `weight` (distance
counts this). A plan is one zone number an area. Randomness is a xorshift64* generator of our own that starts at
`seed`, so that a result depends neither on threads nor on the version of a library.
"""

import numpy as np
from numba import njit

SWAP_SHARE = 0.4
HOT = 0.5
COLD = 0.002
PENALTY_START = 0.5
PENALTY_END = 6.0
LLOYD_ROUNDS = 12


@njit(cache=True, nogil=True)
def _random(state):  # type: ignore[no-untyped-def]
    # xorshift64* (Vigna 2016, "An experimental exploration of Marsaglia's xorshift generators, scrambled").
    word = state[0]
    word ^= word >> np.uint64(12)
    word ^= word << np.uint64(25)
    word ^= word >> np.uint64(27)
    state[0] = word
    return ((word * np.uint64(2685821657736338717)) >> np.uint64(11)) * (1.0 / 9007199254740992.0)


@njit(cache=True, nogil=True)
def _seeded(seed):  # type: ignore[no-untyped-def]
    # splitmix64: neighbouring seeds start far apart, and zero is never the state.
    word = np.uint64(seed) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(0x9E3779B97F4A7C15)
    word = (word ^ (word >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    word = (word ^ (word >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    state = np.empty(1, np.uint64)
    state[0] = (word ^ (word >> np.uint64(31))) | np.uint64(1)
    return state


@njit(cache=True, nogil=True)
def _draw(shares, state):  # type: ignore[no-untyped-def]
    target = _random(state) * shares.sum()
    for i in range(shares.size):
        target -= shares[i]
        if target < 0:
            return i
    return shares.size - 1


@njit(cache=True, nogil=True)
def _spread_centres(x, y, weight, zones, state):  # type: ignore[no-untyped-def]
    """k-means++ weighted by demand, then Lloyd's rounds; the centres' coordinates."""
    n = x.size
    cx, cy = np.empty(zones), np.empty(zones)
    first = _draw(weight, state)
    cx[0], cy[0] = x[first], y[first]
    nearest = (x - cx[0]) ** 2 + (y - cy[0]) ** 2
    for k in range(1, zones):
        shares = weight * nearest
        pick = _draw(shares, state) if shares.sum() > 0 else int(_random(state) * n)
        cx[k], cy[k] = x[pick], y[pick]
        nearest = np.minimum(nearest, (x - cx[k]) ** 2 + (y - cy[k]) ** 2)
    for _ in range(LLOYD_ROUNDS):
        sx, sy, sw = np.zeros(zones), np.zeros(zones), np.zeros(zones)
        for i in range(n):
            k = np.argmin((cx - x[i]) ** 2 + (cy - y[i]) ** 2)
            sx[k] += weight[i] * x[i]
            sy[k] += weight[i] * y[i]
            sw[k] += weight[i]
        for k in range(zones):
            if sw[k] > 0:
                cx[k], cy[k] = sx[k] / sw[k], sy[k] / sw[k]
    return cx, cy


@njit(cache=True, nogil=True)
def grow_zones(indptr, indices, x, y, demand, weight, zones, seed):  # type: ignore[no-untyped-def]
    """A contiguous plan: around spread centres, the zone with least demand takes its nearest free neighbour."""
    n = x.size
    state = _seeded(seed)
    cx, cy = _spread_centres(x, y, weight, zones, state)
    zone = np.full(n, -1, np.int64)
    total = np.zeros(zones)
    for k in range(zones):
        gaps = (x - cx[k]) ** 2 + (y - cy[k]) ** 2
        gaps[zone >= 0] = np.inf
        first = np.argmin(gaps)
        zone[first] = k
        total[k] = demand[first]
    done = np.zeros(zones, np.bool_)
    for _ in range(n - zones):
        while True:
            k = np.argmin(np.where(done, np.inf, total))
            best, best_gap = -1, np.inf
            for i in range(n):
                if zone[i] != k:
                    continue
                for e in range(indptr[i], indptr[i + 1]):
                    j = indices[e]
                    gap = (x[j] - cx[k]) ** 2 + (y[j] - cy[k]) ** 2
                    if zone[j] < 0 and gap < best_gap:
                        best, best_gap = j, gap
            if best >= 0:
                break
            done[k] = True
        zone[best] = k
        total[k] += demand[best]
    return zone


@njit(cache=True, nogil=True)
def _cost(members, size, x, y, weight, cx, cy, leave, join):  # type: ignore[no-untyped-def]
    """Weighted distance to (cx, cy) of a zone without area `leave` and with area `join` (-1: none)."""
    cost = 0.0
    for p in range(size):
        i = members[p]
        if i != leave:
            cost += weight[i] * np.sqrt((x[i] - cx) ** 2 + (y[i] - cy) ** 2)
    if join >= 0:
        cost += weight[join] * np.sqrt((x[join] - cx) ** 2 + (y[join] - cy) ** 2)
    return cost


@njit(cache=True, nogil=True)
def _excess(total, mean, tolerance):  # type: ignore[no-untyped-def]
    return max(0.0, abs(total / mean - 1.0) - tolerance)


@njit(cache=True, nogil=True)
def _stays_whole(indptr, indices, zone, k, leave, join, count, stamp, mark, queue):  # type: ignore[no-untyped-def]
    """Whether zone k without `leave` and with `join` is one piece of `count` areas (search inside the zone)."""
    start = join
    if start < 0:
        for e in range(indptr[leave], indptr[leave + 1]):
            if zone[indices[e]] == k:
                start = indices[e]
                break
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
def _touches(indptr, indices, zone, i, k, besides):  # type: ignore[no-untyped-def]
    for e in range(indptr[i], indptr[i + 1]):
        if zone[indices[e]] == k and indices[e] != besides:
            return True
    return False


@njit(cache=True, nogil=True)
def anneal_zones(indptr, indices, x, y, demand, weight, start, zones, tolerance, steps, seed, hot):  # type: ignore[no-untyped-def]
    """Better a contiguous plan by boundary moves and swaps, `steps` of them, cooling from `hot` to COLD.

    Returns (plan, excess, cost): the plan with the least excess deviation met on the way and among equals the
    least weighted distance. excess = sum over zones of what lies beyond the tolerance (0: all within);
    cost = sum of weight times distance to the zone's centre. Temperatures are shares of the start's cost per area.
    """
    n = x.size
    state = _seeded(seed)
    zone = start.copy()
    members = np.empty((zones, n), np.int64)
    size = np.zeros(zones, np.int64)
    position = np.empty(n, np.int64)
    total, sw, sx, sy = np.zeros(zones), np.zeros(zones), np.zeros(zones), np.zeros(zones)
    for i in range(n):
        k = zone[i]
        members[k, size[k]] = i
        position[i] = size[k]
        size[k] += 1
        total[k] += demand[i]
        sw[k] += weight[i]
        sx[k] += weight[i] * x[i]
        sy[k] += weight[i] * y[i]
    mean = demand.sum() / zones
    cost = np.empty(zones)
    for k in range(zones):
        cost[k] = _cost(members[k], size[k], x, y, weight, sx[k] / sw[k], sy[k] / sw[k], -1, -1)
    excess = 0.0
    for k in range(zones):
        excess += _excess(total[k], mean, tolerance)
    scale = cost.sum() / n
    best, best_excess, best_cost = zone.copy(), excess, cost.sum()
    stamp = np.zeros(n, np.int64)
    queue = np.empty(n, np.int64)
    mark = 0
    temperature = hot * scale
    cooling = (COLD / hot) ** (1.0 / steps)
    penalty_start, penalty_end = PENALTY_START * best_cost, PENALTY_END * best_cost
    for step in range(steps):
        temperature *= cooling
        penalty = penalty_start + (penalty_end - penalty_start) * step / steps
        i = int(_random(state) * n)
        a = zone[i]
        degree = indptr[i + 1] - indptr[i]
        if degree == 0:
            continue
        b = zone[indices[indptr[i] + int(_random(state) * degree)]]
        if b == a:
            continue
        j = -1
        if _random(state) < SWAP_SHARE:
            j = members[b, int(_random(state) * size[b])]
            if not _touches(indptr, indices, zone, j, a, i):
                continue
        elif size[a] == 1:
            continue
        in_demand = demand[j] if j >= 0 else 0.0
        in_weight = weight[j] if j >= 0 else 0.0
        in_x = in_weight * x[j] if j >= 0 else 0.0
        in_y = in_weight * y[j] if j >= 0 else 0.0
        wa, wb = sw[a] - weight[i] + in_weight, sw[b] + weight[i] - in_weight
        xa, xb = sx[a] - weight[i] * x[i] + in_x, sx[b] + weight[i] * x[i] - in_x
        ya, yb = sy[a] - weight[i] * y[i] + in_y, sy[b] + weight[i] * y[i] - in_y
        ta, tb = total[a] - demand[i] + in_demand, total[b] + demand[i] - in_demand
        more = _excess(ta, mean, tolerance) + _excess(tb, mean, tolerance)
        more -= _excess(total[a], mean, tolerance) + _excess(total[b], mean, tolerance)
        threshold = cost[a] + cost[b] - penalty * more - temperature * np.log(1.0 - _random(state))
        if threshold <= 0:
            continue
        cost_a = _cost(members[a], size[a], x, y, weight, xa / wa, ya / wa, i, j)
        if cost_a >= threshold:
            continue
        cost_b = _cost(members[b], size[b], x, y, weight, xb / wb, yb / wb, j, i)
        if cost_a + cost_b >= threshold:
            continue
        whole_a = size[a] if j >= 0 else size[a] - 1
        mark += 1
        if not _stays_whole(indptr, indices, zone, a, i, j, whole_a, stamp, mark, queue):
            continue
        if j >= 0:
            mark += 1
            if not _stays_whole(indptr, indices, zone, b, j, i, size[b], stamp, mark, queue):
                continue
            pi, pj = position[i], position[j]
            members[a, pi], members[b, pj] = j, i
            position[i], position[j] = pj, pi
            zone[i], zone[j] = b, a
        else:
            size[a] -= 1
            last = members[a, size[a]]
            members[a, position[i]] = last
            position[last] = position[i]
            members[b, size[b]] = i
            position[i] = size[b]
            size[b] += 1
            zone[i] = b
        total[a], total[b] = ta, tb
        sw[a], sw[b], sx[a], sx[b], sy[a], sy[b] = wa, wb, xa, xb, ya, yb
        cost[a], cost[b] = cost_a, cost_b
        excess = 0.0
        for k in range(zones):
            excess += _excess(total[k], mean, tolerance)
        if excess <= best_excess + 1e-12:
            now = cost.sum()
            if excess < best_excess - 1e-12 or now < best_cost - 1e-9:
                best, best_excess, best_cost = zone.copy(), excess, now
    return best, best_excess, best_cost
