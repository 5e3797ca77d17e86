"""Home care as a flow: who has it stays or leaves, who needs it starts. Hours, clients, starters and leavers
month by month, by area, in draws.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.sparse import csr_array

from configs.vocabulary import AGE_GROUPS
from models.places.forecast import Cells, draw_levels

Floats = NDArray[np.float64]

MONTHS = 24
TENURES = 25
"""Whole months with home care told apart: 0 to 23, and 24 or more."""

EXITS_PRIOR = 3.0
"""Exits' worth of the age group's mean by which a month of tenure with few clients is steadied (assumed)."""

HOURS_GROWTH_MAX = 0.01
"""A client's hours change by at most this share a month, whatever few clients seem to tell (assumed)."""


@dataclass(frozen=True)
class Staying:
    """By age group, in AGE_GROUPS' order. `exit_chance` (groups, tenures): of a client to leave within the
    month; `hours_growth` (groups,): by what share a staying client's hours change a month; `first_hours`
    and `first_hours_cv` (groups,): a new client's hours a week, and their spread over the mean."""

    exit_chance: Floats
    hours_growth: Floats
    first_hours: Floats
    first_hours_cv: Floats


@dataclass(frozen=True)
class Flow:
    """Draws by month and cell: hours a week, clients, starters, leavers; each (draws, months, cells)."""

    hours: Floats
    clients: Floats
    starters: Floats
    leavers: Floats


def learn_staying(exits: pl.DataFrame, tracked: pl.DataFrame, hours: float, spread: float) -> Staying:
    """What the record teaches of staying (`features.home_care`'s count_exits and track_hours).

    Chances are exits over months at risk, drawn to the age group's mean by EXITS_PRIOR; growth is of clients
    seen at two months' starts in a row. Where there is no record at all: nobody leaves but at the pooled
    rate, hours stay, and a new client has `hours` with `spread`.
    """
    return Staying(
        np.array([_exit_chance(exits, g) for g in AGE_GROUPS]),
        np.array([_hours_growth(tracked, g) for g in AGE_GROUPS]),
        *np.array([_first_hours(tracked, g, hours, spread) for g in AGE_GROUPS]).T,
    )


def _exit_chance(exits: pl.DataFrame, age_group: str) -> Floats:
    months, left = np.zeros(TENURES), np.zeros(TENURES)
    group = exits.filter(pl.col("age_group") == age_group)
    at = group["tenure_months"].to_numpy()
    months[at], left[at] = group["months"].to_numpy(), group["exits"].to_numpy()
    pooled = float(exits["exits"].sum()) / float(exits["months"].sum()) if exits.height else 0.0
    mean = left.sum() / months.sum() if months.sum() else pooled
    if mean <= 0:
        return np.zeros(TENURES)
    return np.asarray(-np.expm1(-(left + EXITS_PRIOR) / (months + EXITS_PRIOR / mean)))


def _hours_growth(tracked: pl.DataFrame, age_group: str) -> float:
    group = tracked.filter(pl.col("age_group") == age_group).sort("person_id", "month")
    after = pl.col("hours_per_week").shift(-1).over("person_id")
    gap = (pl.col("month").shift(-1).over("person_id") - pl.col("month")).dt.total_days()
    kept = group.with_columns(after.alias("after"), gap.alias("gap")).filter(pl.col("gap") <= 31)
    before, later = float(kept["hours_per_week"].sum()), float(kept["after"].sum())
    return float(np.clip(later / before - 1, -HOURS_GROWTH_MAX, HOURS_GROWTH_MAX)) if before else 0.0


def _first_hours(tracked: pl.DataFrame, age_group: str, hours: float, spread: float) -> tuple[float, float]:
    new = tracked.filter(pl.col("age_group") == age_group, pl.col("tenure_months") == 0)["hours_per_week"]
    if len(new) < 2:
        return hours, spread
    return float(new.mean()), float(new.std() / new.mean())  # type: ignore[arg-type,operator]


def flow_ahead(
    clients: pl.DataFrame,
    starts_per_month: Floats,
    staying: Staying,
    cells: Cells,
    draws: int,
    spread: float,
    rng: np.random.Generator,
) -> Flow:
    """The next MONTHS months. `clients`: area_code, age_group, tenure_months, hours_per_week, one a client;
    `starts_per_month` (cells,): expected starters.

    Each client's last month is drawn from the chances of leaving; starters are Poisson, their level off by
    one lognormal factor (`spread`) for the whole county in each draw, as is the level of leaving; a month's
    starters have half of it; their hours are gamma. Hours of those who stay grow by `hours_growth`.
    """
    group = np.tile(np.arange(len(AGE_GROUPS)), len(cells.keys) // len(AGE_GROUPS))
    leaving = draw_levels(rng, draws, spread)[:, 0]
    stock = _flow_stock(clients, staying, cells, leaving, rng)
    level = draw_levels(rng, draws, spread)
    new = _flow_new(level * starts_per_month, staying, group, leaving, rng)
    return Flow(
        stock.hours + new.hours, stock.clients + new.clients, new.starters, stock.leavers + new.leavers
    )


def _survival(staying: Staying, group: int, tenure: NDArray[np.int64]) -> Floats:
    """Chance still to be there after 1 … MONTHS months, for each tenure now; (tenures, MONTHS)."""
    at = np.minimum(tenure[:, None] + np.arange(MONTHS), TENURES - 1)
    return np.asarray(np.cumprod(1 - staying.exit_chance[group][at], axis=1))


def _flow_stock(
    clients: pl.DataFrame, staying: Staying, cells: Cells, leaving: Floats, rng: np.random.Generator
) -> Flow:
    draws, n = len(leaving), cells.keys.height
    number = cells.keys.with_row_index("cell")
    placed = clients.join(number, on=["area_code", "age_group"], how="inner").sort(
        "cell", "tenure_months", "hours_per_week"
    )
    cell = placed["cell"].cast(pl.Int64).to_numpy()
    hours = placed["hours_per_week"].to_numpy()
    tenure = placed["tenure_months"].to_numpy()
    member = _member_matrix(cell, n)
    luck = rng.random((draws, len(cell)))
    shape = (draws, MONTHS, n)
    out = Flow(np.zeros(shape), np.zeros(shape), np.zeros(shape), np.zeros(shape))
    for g in range(len(AGE_GROUPS)):
        mine = np.flatnonzero(cell % len(AGE_GROUPS) == g)
        if not len(mine):
            continue
        stays = _survival(staying, g, tenure[mine])
        before = np.ones((draws, len(mine)), dtype=bool)
        for month in range(MONTHS):
            after = luck[:, mine] < stays[:, month] ** leaving[:, None]
            present = (before.astype(float) + after) / 2
            grown = hours[mine] * (1 + staying.hours_growth[g]) ** (month + 0.5)
            out.clients[:, month] += present @ member[mine]
            out.hours[:, month] += (present * grown) @ member[mine]
            out.leavers[:, month] += (before & ~after).astype(float) @ member[mine]
            before = after
    return out


def _member_matrix(cell: NDArray[np.int64], n: int) -> csr_array:
    """Clients × cells: 1 where the client lives."""
    return csr_array((np.ones(len(cell)), (np.arange(len(cell)), cell)), shape=(len(cell), n))


def _flow_new(
    starts: Floats, staying: Staying, group: NDArray[np.int64], leaving: Floats, rng: np.random.Generator
) -> Flow:
    """Of those who start in each coming month; `starts` (draws, cells) expected a month."""
    draws, n = starts.shape
    shape = (draws, MONTHS, n)
    out = Flow(np.zeros(shape), np.zeros(shape), np.zeros(shape), np.zeros(shape))
    curves = [
        np.concatenate([[1.0], _survival(staying, g, np.zeros(1, dtype=np.int64))[0]])
        for g in range(len(AGE_GROUPS))
    ]
    for month in range(MONTHS):
        began = rng.poisson(starts).astype(float)
        shape_of = began / staying.first_hours_cv[group] ** 2
        mean = staying.first_hours[group]
        drawn = np.divide(rng.gamma(shape_of), shape_of, out=np.ones_like(shape_of), where=shape_of > 0)
        out.starters[:, month] = began
        there = began
        for ahead in range(MONTHS - month):
            left = _leave(there, curves, group, leaving, ahead, rng)
            stay = there - left
            present = stay / 2 if ahead == 0 else (there + stay) / 2
            grown = mean * (1 + staying.hours_growth[group]) ** ahead
            out.clients[:, month + ahead] += present
            out.hours[:, month + ahead] += present * grown * drawn
            out.leavers[:, month + ahead] += left
            there = stay
    return out


def _leave(
    there: Floats,
    curves: list[Floats],
    group: NDArray[np.int64],
    leaving: Floats,
    ahead: int,
    rng: np.random.Generator,
) -> Floats:
    stay = np.array([curve[ahead + 1] / curve[ahead] if curve[ahead] else 0.0 for curve in curves])
    chance = 1 - stay[group] ** leaving[:, None]
    return rng.binomial(there.astype(np.int64), chance).astype(float)
