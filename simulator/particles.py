"""A particle filter over what no file shows of a person: long-run frailty, luck, dementia not diagnosed, and
support already decided on. The arithmetic of one month, compiled; `oracle.py` says when it is called.

Each person has `number` particles, the first columns of `vigour`, with weights that sum to 1 (bootstrap
filter with systematic resampling when the effective number falls below half: Gordon, Salmond and Smith 1993).
Every person draws from a stream of their own, so the answer does not depend on threads or chunks.
"""

import math

import numpy as np
from numba import njit

from simulator.hazards import FRAILTY_LOG_SD, FRAILTY_RANGE
from simulator.log import Array
from simulator.rates import THROUGH_REABLEMENT

HAZARDS = (
    "emergency",
    "fall",
    "death",
    "long_term_at_home",
    "care_home_move",
    "other_request",
    "planned",
    "attendance",
)
EMERGENCY, FALL, DEATH, LONG_TERM, CARE_HOME, REQUEST, PLANNED, ATTENDANCE = range(8)
BIT_STARTED, BIT_REABLED = 8, 9
"""Bits of a month's events: the number of the hazard, then support that began, and reablement begun."""
DEFICITS = 36
_LOW, _HIGH = FRAILTY_RANGE
_MASK = np.uint64(0xFFFF)
_SQRT3 = math.sqrt(3.0)


_PER_UNIT, _REACH = 64, 20
_POWERS = np.exp(np.arange(-_REACH * _PER_UNIT, _REACH * _PER_UNIT + 1) / _PER_UNIT)
JITTER = 0.15
"""Resampled luck is drawn towards the mean and spread again by this share of its spread, so that copies do
not stay alike and the spread is kept (Liu and West 2001)."""


@njit(nogil=True, cache=True)
def quick_exp(x: float) -> float:  # pragma: no cover - compiled
    """The exponential function to one part in a million, from a table and a short series."""
    if x < -_REACH or x > _REACH:
        return math.exp(x)
    step = math.floor(x * _PER_UNIT + 0.5)
    d = x - step / _PER_UNIT
    return _POWERS[int(step) + _REACH * _PER_UNIT] * (1.0 + d * (1.0 + d * (0.5 + d / 6.0)))


@njit(nogil=True, cache=True)
def thirds(bits: np.uint64) -> tuple[float, float, float]:  # pragma: no cover - compiled
    """Three numbers in (0, 1) from 64 bits, 21 bits each."""
    mask = np.uint64(0x1FFFFF)
    a, b, c = bits & mask, (bits >> np.uint64(21)) & mask, (bits >> np.uint64(42)) & mask
    return (float(a) + 0.5) / 2097152.0, (float(b) + 0.5) / 2097152.0, (float(c) + 0.5) / 2097152.0


@njit(nogil=True, cache=True)
def seeded(seed: int, month: int, person: int) -> np.uint64:  # pragma: no cover - compiled
    """The state of a stream for one person in one month."""
    state = np.uint64(seed) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(month) * np.uint64(0xD1342543DE82EF95)
    return state ^ (np.uint64(person) * np.uint64(0xBF58476D1CE4E5B9))


@njit(nogil=True, cache=True)
def draw(state: np.uint64) -> tuple[np.uint64, np.uint64]:  # pragma: no cover - compiled
    """The next state and 64 random bits (splitmix64)."""
    state = state + np.uint64(0x9E3779B97F4A7C15)
    z = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return state, z ^ (z >> np.uint64(31))


@njit(nogil=True, cache=True)
def uniform(bits: np.uint64) -> float:  # pragma: no cover - compiled
    """A number in (0, 1) from 64 bits."""
    return (float(bits >> np.uint64(11)) + 0.5) / 9007199254740992.0


@njit(nogil=True, cache=True)
def bell(bits: np.uint64) -> float:  # pragma: no cover - compiled
    """Mean 0, variance 1 from 64 bits: four sixteen-bit numbers summed; steps of many months are normal."""
    total = float(bits & _MASK) + float((bits >> np.uint64(16)) & _MASK)
    total += float((bits >> np.uint64(32)) & _MASK) + float(bits >> np.uint64(48))
    return (total / 65536.0 - 2.0) * _SQRT3


@njit(nogil=True, cache=True)
def strain_of(
    frail: float, dementia: float, carer_old: bool, broke: bool, cared: bool
) -> float:  # pragma: no cover - compiled
    """Strain of a person's carer, as `caring` and `hazards` have it."""
    strain = 1.2 if broke else 0.0
    if cared:
        strain += min(max(3.0 * (frail - 0.12), 0.0), 1.1) + 0.35 * dementia + (0.25 if carer_old else 0.0)
    return strain


@njit(nogil=True, cache=True)
def learn(
    first: int,
    last: int,
    who: Array,
    known: Array,
    events: Array,
    acute: Array,
    median: Array,
    lean: Array,
    carer: Array,
    onset: Array,
    jumps: Array,
    effects: Array,
    st_max_share: float,
    keep: float,
    wander: float,
    seed: int,
    month: int,
    vigour: Array,
    luck: Array,
    dementia: Array,
    pending: Array,
    weight: Array,
    number: Array,
) -> None:  # pragma: no cover - compiled
    """Weigh each person's particles by a month's events and non-events, then let them live that month.

    `known` is people × HAZARDS, the monthly hazards without their hidden part; `effects` is HAZARDS × 4 log
    hazard ratios (frailty, luck, dementia, strain); `carer` has bits 1 cared for, 2 by somebody old, 4 broke
    down lately; `onset` is the month's chance of dementia that nobody diagnoses (2 where diagnosed: certain).
    """
    power = np.empty(8)
    for i in range(first, last):
        row = who[i]
        count = number[row]
        state = seeded(seed, month, row)
        total = 0.0
        for j in range(count):
            z = min(max(vigour[row, j] + acute[i], _LOW), _HIGH)
            ill = float(dementia[row, j])
            strain = 0.0
            if carer[i]:
                frail = min(median[i] * quick_exp(FRAILTY_LOG_SD * (vigour[row, j] + acute[i])), 0.7)
                strain = strain_of(frail, ill, carer[i] & 2 != 0, carer[i] & 4 != 0, carer[i] & 1 != 0)
            nothing = 0.0
            for k in range(8):
                base = known[i, k]
                if base > 0.0 and not (k == LONG_TERM and pending[row, j]):
                    x = effects[k, 0] * z + effects[k, 1] * luck[row, j] + effects[k, 2] * ill
                    power[k] = base * quick_exp(x + effects[k, 3] * strain)
                else:
                    power[k] = 0.0
                nothing += power[k]
            weight[row, j] *= quick_exp(-nothing)
            if events[i] or pending[row, j]:
                state = _weigh_events(events[i], power, st_max_share, row, j, state, pending, weight)
            total += weight[row, j]
        _normalise(row, count, total, weight)
        state = _resample(row, count, state, vigour, luck, dementia, pending, weight)
        _live_on(row, count, state, jumps[i], lean[i], onset[i], keep, wander, vigour, dementia)


@njit(nogil=True, cache=True)
def _weigh_events(
    events: int,
    power: Array,
    st_max_share: float,
    row: int,
    j: int,
    state: np.uint64,
    pending: Array,
    weight: Array,
) -> np.uint64:  # pragma: no cover - compiled
    """What happened: each event weighs by its own hazard; reablement may or may not lead to support."""
    for k in range(8):
        if k in (LONG_TERM, DEATH) or (k == REQUEST and events >> BIT_REABLED & 1):
            continue
        if events >> k & 1 and power[k] > 0.0:
            weight[row, j] *= math.expm1(power[k])
    if events >> LONG_TERM & 1:
        if power[LONG_TERM] > 0.0:
            weight[row, j] *= math.expm1(power[LONG_TERM])
        else:
            weight[row, j] *= 1e-6
        pending[row, j] = 1
    elif events >> BIT_REABLED & 1:
        leads, ends = THROUGH_REABLEMENT * power[LONG_TERM], st_max_share * power[REQUEST]
        if leads + ends > 0.0:
            weight[row, j] *= leads + ends
            state, bits = draw(state)
            if uniform(bits) < leads / (leads + ends):
                pending[row, j] = 1
    elif pending[row, j] and not events >> BIT_STARTED & 1:
        weight[row, j] *= 0.55
    if events >> BIT_STARTED & 1:
        if not pending[row, j]:
            weight[row, j] *= 1e-4
        pending[row, j] = 0
    if events >> CARE_HOME & 1:
        pending[row, j] = 0
    return state


@njit(nogil=True, cache=True)
def _normalise(row: int, count: int, total: float, weight: Array) -> None:  # pragma: no cover - compiled
    for j in range(count):
        weight[row, j] = weight[row, j] / total if total > 1e-300 else 1.0 / count


@njit(nogil=True, cache=True)
def _resample(
    row: int,
    count: int,
    state: np.uint64,
    vigour: Array,
    luck: Array,
    dementia: Array,
    pending: Array,
    weight: Array,
) -> np.uint64:  # pragma: no cover - compiled
    square = 0.0
    for j in range(count):
        square += weight[row, j] * weight[row, j]
    if square * count < 2.0:
        return state
    state, bits = draw(state)
    at, reached, u = 0, float(weight[row, 0]), uniform(bits)
    v, c, d, p = np.empty(count), np.empty(count), np.empty(count, np.uint8), np.empty(count, np.uint8)
    for j in range(count):
        target = (j + u) / count
        while reached < target and at < count - 1:
            at += 1
            reached += weight[row, at]
        v[j], c[j], d[j], p[j] = vigour[row, at], luck[row, at], dementia[row, at], pending[row, at]
    mean, square = 0.0, 0.0
    for j in range(count):
        mean, square = mean + c[j] / count, square + c[j] * c[j] / count
    spread, hold = math.sqrt(max(square - mean * mean, 0.0)), math.sqrt(1.0 - JITTER * JITTER)
    for j in range(count):
        state, bits = draw(state)
        vigour[row, j], dementia[row, j], pending[row, j] = v[j], d[j], p[j]
        luck[row, j] = mean + hold * (c[j] - mean) + JITTER * spread * bell(bits)
        weight[row, j] = 1.0 / count
    return state


@njit(nogil=True, cache=True)
def _live_on(
    row: int,
    count: int,
    state: np.uint64,
    jump: float,
    lean: float,
    onset: float,
    keep: float,
    wander: float,
    vigour: Array,
    dementia: Array,
) -> None:  # pragma: no cover - compiled
    for j in range(count):
        v = float(vigour[row, j])
        if jump > 0.0:
            state, bits = draw(state)
            v -= jump * math.log(uniform(bits))
        state, bits = draw(state)
        vigour[row, j] = min(max(lean + keep * (v - lean) + wander * bell(bits), -3.5), 4.5)
        if onset > 1.0:
            dementia[row, j] = 1
        elif onset > 0.0 and not dementia[row, j]:
            state, bits = draw(state)
            if uniform(bits) < onset:
                dementia[row, j] = 1


@njit(nogil=True, cache=True)
def measure(
    first: int,
    last: int,
    who: Array,
    deficits: Array,
    acute: Array,
    median: Array,
    noise_sd: float,
    seed: int,
    month: int,
    vigour: Array,
    luck: Array,
    dementia: Array,
    pending: Array,
    weight: Array,
    number: Array,
) -> None:  # pragma: no cover - compiled
    """Weigh particles by the deficits a practice counted: a rounded lognormal round the true share."""
    root = noise_sd * math.sqrt(2.0)
    for i in range(first, last):
        row = who[i]
        count = number[row]
        low = math.log(max(deficits[i] - 0.5, 0.02) / DEFICITS)
        high = math.log((deficits[i] + 0.5) / DEFICITS)
        total = 0.0
        for j in range(count):
            mean = math.log(median[i]) + FRAILTY_LOG_SD * (vigour[row, j] + acute[i])
            mean = min(mean, math.log(0.7))
            inside = 0.5 * (math.erf((high - mean) / root) - math.erf((low - mean) / root))
            weight[row, j] *= inside + 1e-9
            total += weight[row, j]
        _normalise(row, count, total, weight)
        _resample(row, count, seeded(seed, month + 100_000, row), vigour, luck, dementia, pending, weight)
