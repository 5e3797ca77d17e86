"""Hidden need: areas whose people are forecast to need much and are served little, after age and deprivation.

Need and service are told by different hands: need by the forecast of what befalls people (hospital
admissions where landed), service by whom adult social care has reached (`served.mark_reached`). Neither
counts people who live in care homes, whose homes would look like areas of need without service.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from configs.vocabulary import HEALTH_OUTCOMES
from models.places.neighbourly import draw_ratios
from models.places.neighbours import Graph, touching_of
from models.places.smoothing import Trust, expect_by_age, smooth_ratios

Floats = NDArray[np.float64]

NEED_WITHOUT_HOSPITAL = ("care_home_admission", "long_term_community_start")
"""What need is told by where no hospital extract was landed."""

DRAWS = 1000
STEPS = 25
PRIOR_MIN, PRIOR_MAX = 2.0, 200.0


@dataclass(frozen=True)
class Gap:
    """For each area: log of need over service (NaN where neither is expected), and the chance that its need
    is truly above the county's and truly ahead of its service."""

    value: Floats
    probability: Floats


@dataclass(frozen=True)
class Reached:
    """For each area: people reached over those to be expected (NaN where none are), and draws of what the
    true ratio may be, (DRAWS, areas)."""

    ratio: Floats
    draws: Floats


def told_by(outcomes: list[str]) -> tuple[str, ...]:
    """The outcomes, of those scored, that need is told by: hospital admissions, else starts of care."""
    health = tuple(o for o in HEALTH_OUTCOMES if o in outcomes)
    return health or tuple(o for o in NEED_WITHOUT_HOSPITAL if o in outcomes)


def sum_by_area(people: pl.DataFrame, area_codes: list[str], age_group: str) -> tuple[Floats, Floats]:
    """(forecast or counted, expected by age) of each area, in the order of `area_codes`; 0 where absent.

    `people`: area_code, age_group, age_band, probability (a chance, or 1 and 0 for what is so).
    """
    group = people.filter(pl.col("age_group") == age_group)
    summed = group.group_by("area_code").agg(pl.col("probability").sum())
    expected = expect_by_age(group).select("area_code", "expected")
    lined = (
        pl.DataFrame({"area_code": area_codes}, schema={"area_code": pl.String})
        .join(summed, on="area_code", how="left", maintain_order="left")
        .join(expected, on="area_code", how="left", maintain_order="left")
        .with_columns(pl.col("probability", "expected").cast(pl.Float64).fill_null(0.0).round(6))
    )
    return lined["probability"].to_numpy(), lined["expected"].to_numpy()


def expect_by_deprivation(counted: Floats, expected: Floats, score: Floats) -> Floats:
    """`expected` times what deprivation explains: exp(a + b x score), fitted as Poisson, summing to counted.

    `score`: the area's deprivation, NaN where unknown (it then stands at the mean). The same as `expected`
    where deprivation is unknown everywhere or does not differ.
    """
    known = np.isfinite(score) & (expected > 0)
    if counted.sum() <= 0 or known.sum() < 2 or np.ptp(score[known]) == 0:
        return expected
    x = np.where(known, (score - score[known].mean()) / score[known].std(), 0.0)
    design, beta = np.stack([np.ones_like(x), x]), np.zeros(2)
    beta[0] = np.log(counted.sum() / expected.sum())
    for _ in range(STEPS):
        mean = expected * np.exp(beta @ design)
        beta = beta + np.linalg.solve((design * mean) @ design.T, design @ (counted - mean)).clip(-1, 1)
    return np.asarray(expected * np.exp(beta @ design))


def describe_reached(
    counted: Floats, expected: Floats, score: Floats, graph: Graph, rng: np.random.Generator
) -> Reached:
    """Whom social care has reached, beside what age and deprivation lead one to expect, in each area.

    `counted` people, `expected` by age, `score` of deprivation. The ratio is drawn to the county's by the
    area's own count alone (gamma-Poisson), so that areas' noise stays apart and can be permuted; the draws
    are smoothed among neighbours (`draw_ratios`).
    """
    usual = expect_by_deprivation(counted, expected, score)
    drawn = draw_ratios(counted, usual, touching_of(graph), DRAWS, rng)
    return Reached(np.where(usual > 0, _shrink_counts(counted, usual), np.nan), drawn)


def measure_gap(
    forecast: Floats,
    expected: Floats,
    reached: Reached,
    score: Floats,
    trust: Trust,
    ahead_by: float,
    rng: np.random.Generator,
) -> Gap:
    """Need (people `forecast`, and `expected` by age) against whom social care has reached, in each area.

    The value compares the forecast ratio, as far as `trust` believes it, with `reached.ratio`. The
    probability is the share of draws in which need (`smooth_ratios`' gamma) is above 1 and at least 1 +
    `ahead_by` times what is reached.
    """
    usual = expect_by_deprivation(forecast, expected, score)
    wanted = smooth_ratios(forecast, usual, ahead_by, trust)
    value = np.where(usual > 0, np.log(wanted.ratio) - np.log(reached.ratio), np.nan)
    truly = wanted.draw(rng, DRAWS)
    hidden = (truly > 1) & (truly >= (1 + ahead_by) * reached.draws)
    return Gap(value, np.where(np.isfinite(value), hidden.mean(axis=0), np.nan))


def pick_surely(probability: Floats, fdr: float) -> NDArray[np.bool_]:
    """The likeliest areas, as many as leave the mean chance of being wrong at most `fdr` among them (the
    Bayesian false-discovery rate: Müller, Parmigiani, Robert and Rousseau 2004). NaN is never picked."""
    wrong = np.where(np.isfinite(probability), 1 - probability, 1.0)
    order = np.argsort(wrong, kind="stable")
    rate = np.cumsum(wrong[order]) / np.arange(1, len(order) + 1)
    picked = np.zeros(len(order), dtype=bool)
    picked[order[rate <= fdr]] = True
    return picked


def _shrink_counts(counted: Floats, expected: Floats) -> Floats:
    """Counted over expected, drawn to 1 by a gamma prior whose spread is measured (Marshall 1991)."""
    if counted.sum() <= 0:
        return np.ones_like(expected)
    told = expected > 0
    ratio = np.divide(counted, expected, out=np.ones_like(expected), where=told)
    spread = float(np.average((ratio - 1) ** 2, weights=expected)) - told.sum() / expected.sum()
    prior = float(np.clip(1 / max(spread, 1e-9), PRIOR_MIN, PRIOR_MAX))
    return np.asarray((counted + prior) / (expected + prior))
