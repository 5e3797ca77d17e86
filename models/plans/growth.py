"""Where a search for zones starts, compiled: spread centres and contiguous growth round them.

Areas are numbered 0 … n-1; `indptr, indices` is their neighbour graph in compressed rows (connected,
symmetric). Randomness is a generator of our own that starts at `seed`, so that a result depends neither on
threads nor on the version of a library.
"""

import numpy as np
from numba import njit

LLOYD_ROUNDS = 12


@njit(cache=True, nogil=True)
def seed_generator(seed):  # type: ignore[no-untyped-def]
    """The state of a generator (array of one uint64); neighbouring seeds start far apart (splitmix64)."""
    word = np.uint64(seed) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(0x9E3779B97F4A7C15)
    word = (word ^ (word >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    word = (word ^ (word >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    state = np.empty(1, np.uint64)
    state[0] = (word ^ (word >> np.uint64(31))) | np.uint64(1)
    return state


@njit(cache=True, nogil=True)
def draw_uniform(state):  # type: ignore[no-untyped-def]
    """The next number in [0, 1): xorshift64* (Vigna 2016, "An experimental exploration of Marsaglia's …")."""
    word = state[0]
    word ^= word >> np.uint64(12)
    word ^= word << np.uint64(25)
    word ^= word >> np.uint64(27)
    state[0] = word
    return ((word * np.uint64(2685821657736338717)) >> np.uint64(11)) * (1.0 / 9007199254740992.0)


@njit(cache=True, nogil=True)
def grow_zones(indptr, indices, x, y, demand, weight, zones, seed):  # type: ignore[no-untyped-def]
    """A contiguous plan: round spread centres, the zone with least demand takes its nearest free neighbour.

    Returns the zone number (0 … zones-1) of each area; every zone holds at least one.
    """
    cx, cy = _spread_centres(x, y, weight, zones, seed_generator(seed))
    zone, total = _plant(x, y, demand, cx, cy)
    stuck = np.zeros(zones, np.bool_)
    left = x.size - zones
    while left > 0:
        k = np.argmin(np.where(stuck, np.inf, total))
        i = _nearest_free_neighbour(indptr, indices, x, y, zone, k, cx[k], cy[k])
        if i < 0:
            stuck[k] = True
            continue
        zone[i] = k
        total[k] += demand[i]
        left -= 1
    return zone


@njit(cache=True, nogil=True)
def _spread_centres(x, y, weight, zones, state):  # type: ignore[no-untyped-def]
    # k-means++ (Arthur and Vassilvitskii 2007) weighted by demand, then Lloyd's rounds.
    cx, cy = np.empty(zones), np.empty(zones)
    nearest = np.ones(x.size)
    for k in range(zones):
        pick = _draw_index(weight * nearest, state)
        cx[k], cy[k] = x[pick], y[pick]
        away = (x - cx[k]) ** 2 + (y - cy[k]) ** 2
        nearest = away if k == 0 else np.minimum(nearest, away)
    for _ in range(LLOYD_ROUNDS):
        _recentre(x, y, weight, cx, cy)
    return cx, cy


@njit(cache=True, nogil=True)
def _draw_index(shares, state):  # type: ignore[no-untyped-def]
    target = draw_uniform(state) * shares.sum()
    for i in range(shares.size):
        target -= shares[i]
        if target < 0:
            return i
    return shares.size - 1


@njit(cache=True, nogil=True)
def _recentre(x, y, weight, cx, cy):  # type: ignore[no-untyped-def]
    sums = np.zeros((3, cx.size))
    for i in range(x.size):
        k = np.argmin((cx - x[i]) ** 2 + (cy - y[i]) ** 2)
        sums[0, k] += weight[i]
        sums[1, k] += weight[i] * x[i]
        sums[2, k] += weight[i] * y[i]
    for c in range(cx.size):
        if sums[0, c] > 0:
            cx[c], cy[c] = sums[1, c] / sums[0, c], sums[2, c] / sums[0, c]


@njit(cache=True, nogil=True)
def _plant(x, y, demand, cx, cy):  # type: ignore[no-untyped-def]
    zone = np.full(x.size, -1, np.int64)
    total = np.empty(cx.size)
    for k in range(cx.size):
        away = np.where(zone >= 0, np.inf, (x - cx[k]) ** 2 + (y - cy[k]) ** 2)
        first = np.argmin(away)
        zone[first] = k
        total[k] = demand[first]
    return zone, total


@njit(cache=True, nogil=True)
def _nearest_free_neighbour(indptr, indices, x, y, zone, k, cx, cy):  # type: ignore[no-untyped-def]
    best, best_away = -1, np.inf
    for i in range(x.size):
        if zone[i] != k:
            continue
        for e in range(indptr[i], indptr[i + 1]):
            j = indices[e]
            away = (x[j] - cx) ** 2 + (y[j] - cy) ** 2
            if zone[j] < 0 and away < best_away:
                best, best_away = int(j), away
    return best
