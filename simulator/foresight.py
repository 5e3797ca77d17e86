"""Chances over half a year, a year and two years from a person's state: many futures lived forward, compiled.

Each future is lived by the simulator's own monthly chances and changes of state, except that the household
changes only by the partner's death and the person's own moves: into a care home, out of the county, out of
life. A chance is the mean over futures of the summed monthly chances while the outcome has not come to pass
(the compensator), which has the chance as its mean and much less noise than counting.
"""

import math
from typing import Any

import numpy as np
from numba import njit

from simulator.hazards import COLDER_ALONE, FRAILTY_LOG_SD, FRAILTY_RANGE, RECOVERY_DAYS
from simulator.health import (
    ACUTE_KEPT_A_MONTH,
    AFTER_ADMISSION,
    AFTER_FALL,
    LASTING_ADMISSION,
    LASTING_FALL,
    VIGOUR_RANGE,
)
from simulator.log import Array
from simulator.particles import (
    CARE_HOME,
    DEATH,
    EMERGENCY,
    FALL,
    LONG_TERM,
    bell,
    draw,
    quick_exp,
    seeded,
    strain_of,
    thirds,
    uniform,
)
from simulator.rates import DIES_IN_HOSPITAL, RESIDENT_DIES_IN_HOSPITAL
from simulator.support import BREAKDOWN_A_MONTH, BREAKDOWN_PER_STRAIN, STRAIN_MAX

OUTCOMES = (
    "long_term_community_start",
    "care_home_admission",
    "emergency_admission",
    "fall_admission",
    "carer_breakdown",
)
HORIZONS_DAYS = (182, 365, 730)
MONTHS = 24
MONTH_DAYS = 30.4375
EQUIPPED_MONTHS = 28.0  # mean time that equipment is lent (requesting: 200 to 1,500 days)
STAY_SHAPE = 0.9
"""Stays of an exponential length for the gamma (shape 0.8, whole days) that `health` draws: same mean."""
ALONE, COLD, BEREAVED, STRAIN, ILL, DISCHARGED, FELL, SUPPORTED, IN_HOME, WINTER, FRAIL, LUCK = range(12)
"""Columns of `effects`: what changes while a future is lived."""
STATIC = ("deprivation", "area", "heart_or_lung", "bone_or_balance")
"""Circumstances that are held as they are."""
DYNAMIC = (
    "alone", "cold_home", "bereaved", "carer_strain", "dementia", "after_discharge", "fell_lately",
    "supported_at_home", "care_home", "winter", "frailty", "luck",
)  # fmt: skip
PERSON = np.dtype(
    [
        ("row", "i8"), ("base", "f8", 5), ("slope", "f8", 5), ("acute", "f8"), ("until", "f8"),
        ("inside", "f8"), ("fall_months", "f8"), ("bereaved_months", "f8"), ("partner", "f8"),
        ("alone", "f8"), ("alone_weight", "f8"), ("pair", "?"), ("cold", "f8"), ("in_home", "?"),
        ("home_months", "f8"), ("home_death", "f8", 2), ("supported", "?"), ("pending", "?"), ("cared", "?"),
        ("carer_old", "?"), ("broke_months", "f8"), ("served_months", "f8"), ("serves", "f8"),
        ("median", "f8"), ("ageing", "f8"), ("lean", "f8"), ("onset", "f8"), ("lasting", "?"),
        ("ends", "f8"), ("stay", "f8"), ("leaves", "f8"),
    ]
)  # fmt: skip
"""What a future starts from, one record a person. `until`: days until (minus: since) the last emergency
discharge, `inside`: until the end of any stay;
`partner`: the partner's monthly chance of death, 0 without one; `pair`: the household is the two of them."""
_LOW, _HIGH = FRAILTY_RANGE
_ENDS = np.array([6, 12, 24])


@njit(nogil=True, cache=True)
def foresee(
    first: int,
    last: int,
    people: Array,
    futures: Array,
    effects: Array,
    shift: Array,
    winter: Array,
    delay: Array,
    keep: float,
    wander: float,
    care_needed: float,
    begins: float,
    seed: int,
    vigour: Array,
    luck: Array,
    dementia: Array,
    pending: Array,
    weight: Array,
    size: Array,
    rows: Array,
    out: Array,
) -> None:  # pragma: no cover - compiled
    """Fill `out` (people × OUTCOMES × HORIZONS_DAYS) with chances; `futures` says how many futures a person
    gets, `rows` which row of the particles is the person's, `size` how many particles that row has.
    `delay[m]` is the chance that support decided on has begun within m months; `shift` is 5 hazards × months,
    `winter` one value a month."""
    got, total, power = np.empty(5, np.bool_), np.empty(5), np.empty(5)
    for i in range(first, last):
        p, row = people[i], rows[i]
        state = seeded(seed, 7, p["row"])
        state, bits = draw(state)
        u, at, reached = uniform(bits), 0, float(weight[row, 0])
        for f in range(futures[i]):
            while reached < (f + u) / futures[i] and at < size[row] - 1:
                at += 1
                reached += weight[row, at]
            total[:] = 0.0
            got[:] = False
            state = _live_forward(
                p, float(vigour[row, at]), float(luck[row, at]), float(dementia[row, at]),
                0.0 if pending[row, at] else -1.0, state, effects, shift, winter, delay, keep, wander,
                care_needed, begins, power, got, total, out, i,
            )  # fmt: skip
        for k in range(5):
            for h in range(3):
                out[i, k, h] /= futures[i]


@njit(nogil=True, cache=True)
def _live_forward(
    p: Any, v: float, fortune: float, ill: float, waiting: float, state: np.uint64, effects: Array,
    shift: Array, winter: Array, delay: Array, keep: float, wander: float, care_needed: float, begins: float,
    power: Array, got: Array, total: Array, out: Array, i: int,
) -> np.uint64:  # pragma: no cover - compiled  # fmt: skip
    """One future of up to 24 months; its state in plain numbers, not in an array, is three times as fast.

    Months are 'since' or (`served`, `waiting`: -1 for not) 'left'; `until` and `inside` are days until the
    last emergency discharge and the end of any stay, negative once past.
    """
    acute, until, inside = p["acute"], p["until"], p["inside"]
    fall_months, loss_months, broke_months = p["fall_months"], p["bereaved_months"], p["broke_months"]
    in_home, home_months, supported = p["in_home"], p["home_months"], p["supported"]
    partner, cared, alone, cold = p["partner"], p["cared"], p["alone"], p["cold"]
    served = p["served_months"]
    for m in range(MONTHS):
        frail, strain = 0.0, 1.2 if broke_months < 6 else 0.0
        if cared or partner > 0.0:
            frail = min(p["median"] * quick_exp(FRAILTY_LOG_SD * (v + acute) + p["ageing"] * m), 0.7)
            strain = strain_of(frail, ill, p["carer_old"], broke_months < 6, cared)
        z = min(max(v + acute, _LOW), _HIGH)
        recent = quick_exp(until / RECOVERY_DAYS) if -400.0 < until <= 0.0 else 0.0
        for k in range(5):
            x = p["slope"][k] * m + shift[k, m] + effects[k, WINTER] * winter[m] + effects[k, FRAIL] * z
            x += effects[k, LUCK] * fortune + effects[k, ILL] * ill + effects[k, STRAIN] * strain
            x += effects[k, DISCHARGED] * recent
            x += effects[k, IN_HOME] if in_home else effects[k, ALONE] * alone + effects[k, COLD] * cold
            x += effects[k, BEREAVED] if loss_months < 12 else 0.0
            x += effects[k, FELL] if fall_months < 12 else 0.0
            x += effects[k, SUPPORTED] if supported else 0.0
            power[k] = p["base"][k] * quick_exp(x)
        dies = -math.expm1(-power[DEATH])
        if in_home:
            dies = p["home_death"][0] if home_months < 12 else p["home_death"][1]
        free = inside < 0.0
        illness = -math.expm1(-power[EMERGENCY]) if free else 0.0
        falling = -math.expm1(-power[FALL]) if free else 0.0
        dying_inside = dies * (RESIDENT_DIES_IN_HOSPITAL if in_home else DIES_IN_HOSPITAL) if free else 0.0
        moves = 0.0 if in_home else -math.expm1(-power[CARE_HOME])
        asks = 0.0 if in_home or supported or waiting >= 0.0 else -math.expm1(-power[LONG_TERM])
        breaks = 0.0
        if cared and not in_home and (supported or served >= 0.0):
            breaks = BREAKDOWN_A_MONTH * quick_exp(BREAKDOWN_PER_STRAIN * min(strain, STRAIN_MAX))

        if not got[0]:
            if m == 0 and waiting >= 0.0:
                total[0] += 1.0 - moves - dies
                got[0] = True
            else:
                for h in range(3):
                    if _ENDS[h] > m:
                        out[i, 0, h] += asks * delay[_ENDS[h] - m]
        _add_up(moves, illness, falling, dying_inside, breaks, got, total)
        state, bits = draw(state)
        of_death, of_stay, of_move = thirds(bits)
        done = m == MONTHS - 1 or of_death < dies + (0.0 if in_home else p["leaves"])
        _close_windows(m, done, total, out, i)
        if done:
            break

        until, inside = until - MONTH_DAYS, inside - MONTH_DAYS
        fall_months, loss_months, broke_months = fall_months + 1, loss_months + 1, broke_months + 1
        home_months, served = home_months + 1, served - 1
        state, bits = draw(state)
        of_support, of_break, of_partner = thirds(bits)
        falls = illness <= of_stay < illness + (1.0 - illness) * falling
        if of_stay < illness or falls:
            state, bits = draw(state)
            of_day, of_length, of_harm = thirds(bits)
            length = -p["stay"] * (1.25 if falls else 1.0) * math.log(of_length) * STAY_SHAPE
            until = inside = MONTH_DAYS * (of_day - 1.0) + length
            acute += AFTER_FALL if falls else AFTER_ADMISSION
            v -= (LASTING_FALL if falls else LASTING_ADMISSION) * math.log(of_harm) * p["lasting"]
            got[2] = True
        if falls:
            got[3], fall_months = True, 0.0
        if waiting >= 0.0:
            waiting += 1.0
            if waiting >= 2.0:
                supported, waiting, got[0] = not in_home, -1.0, True
        elif of_support < asks:
            waiting, got[0] = 0.0, True
        elif supported and of_support < p["ends"]:
            supported = False
        if of_support > 1.0 - p["serves"]:
            served = EQUIPPED_MONTHS
        if of_move < moves:
            in_home, supported, cared, home_months, waiting, got[1] = True, False, False, 0.0, -1.0, True
        if of_break < breaks:
            broke_months, got[4] = 0.0, True
        if partner > 0.0:
            if of_partner < partner:
                partner, loss_months, cared = 0.0, 0.0, False
                if p["pair"]:
                    alone, cold = p["alone_weight"], cold * COLDER_ALONE
            elif not in_home and of_partner > 1.0 - begins and (frail > care_needed or ill > 0.0):
                cared = True
        acute *= ACUTE_KEPT_A_MONTH
        state, bits = draw(state)
        v = p["lean"] + keep * (v - p["lean"]) + wander * bell(bits)
        v = min(max(v, VIGOUR_RANGE[0]), VIGOUR_RANGE[1])
        if ill == 0.0 and p["onset"] > 0.0:
            state, bits = draw(state)
            ill = 1.0 if uniform(bits) < p["onset"] else 0.0
    return state


@njit(nogil=True, inline="always")
def _add_up(
    moves: float, illness: float, falling: float, dying_inside: float, breaks: float, got: Array, total: Array
) -> None:  # pragma: no cover - compiled
    """Sum the month's chances of what has not come to pass."""
    if not got[1]:
        total[1] += moves
    if not got[2]:
        total[2] += 1.0 - (1.0 - illness) * (1.0 - falling) * (1.0 - dying_inside)
    if not got[3]:
        total[3] += (1.0 - illness) * falling
    if not got[4]:
        total[4] += breaks


@njit(nogil=True, inline="always")
def _close_windows(
    m: int, done: bool, total: Array, out: Array, i: int
) -> None:  # pragma: no cover - compiled
    """Write the sums of the window that ends with this month, or of all still open when all is done."""
    for h in range(3):
        if m + 1 == _ENDS[h] or (done and m + 1 < _ENDS[h]):
            for k in range(5):
                out[i, k, h] += total[k]
