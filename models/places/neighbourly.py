"""Counts of small areas, smoothed towards those around them: a conditional autoregressive model, with its
uncertainty.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array, diags_array, eye_array
from scipy.sparse.linalg import SuperLU, splu

Floats = NDArray[np.float64]

SPREADS = (0.02, 0.05, 0.1, 0.2, 0.35, 0.6, 1.0)
"""Standard deviations of an area's own log ratio that are weighed, evenly spaced by about their log."""

SHARES = (0.05, 0.5, 0.95)
"""How far an area's level is its neighbours' (0: not at all, 1: wholly) that are weighed, alike likely."""

SPREAD_RATE = 4.6
"""A spread over 1 has one chance in a hundred beforehand: exponential (Simpson et al. 2017, Stat. Sci.)."""

STEPS_MAX, STEP_SMALL = 50, 1e-8
LOG_RATIO_MAX = 4.0


@dataclass(frozen=True)
class Fit:
    """One pair of spread and share: the most likely log ratios, the county's log level, and how likely it
    is."""

    log_ratio: Floats
    level: float
    curvature: SuperLU
    weights: Floats
    precision: tuple[float, float]
    evidence: float


def draw_ratios(
    counted: Floats, expected: Floats, touching: csc_array, draws: int, rng: np.random.Generator
) -> Floats:
    """Draws of each area's true ratio of counted to expected, given all counts; shape (draws, areas).

    counted ~ Poisson(expected x ratio); log ratios follow Leroux's conditional autoregression (Leroux, Lei
    and Breslow 2000) over `touching` (symmetric 0/1, areas x areas); each pair of SPREADS and SHARES is
    weighed by its evidence (Laplace's approximation, as in Rue, Martino and Chopin 2009), and within each
    the log ratios are normal. An area with nothing expected is told by its neighbours alone. All 1 where
    nothing was counted; (draws, 0) without areas.
    """
    if counted.sum() <= 0 or expected.sum() <= 0:
        return np.ones((draws, len(counted)))
    tied = _Ties(touching)
    fits = [fit_ratios(counted, expected, tied, s, w) for s in SPREADS for w in SHARES]
    evidence = np.array([f.evidence for f in fits])
    weight = np.exp(evidence - evidence.max())
    chosen = rng.multinomial(draws, weight / weight.sum())
    drawn = [_draw_from(fit, tied, int(n), rng) for fit, n in zip(fits, chosen, strict=True) if n]
    return np.exp(rng.permutation(np.concatenate(drawn), axis=0))


class _Ties:
    """Who touches whom: `incidence` (pairs x areas; +1 and -1) and its square, the graph's Laplacian."""

    def __init__(self, touching: csc_array) -> None:
        left, right = (side.astype(np.int64) for side in touching.nonzero())
        once = left < right
        pairs, n = int(once.sum()), touching.shape[0]
        rows = np.concatenate([np.arange(pairs), np.arange(pairs)])
        ones = np.concatenate([np.ones(pairs), -np.ones(pairs)])
        columns = np.concatenate([left[once], right[once]])
        self.incidence = csc_array((ones, (rows, columns)), shape=(pairs, n))
        self.laplacian = csc_array(self.incidence.T @ self.incidence)


def fit_ratios(counted: Floats, expected: Floats, tied: _Ties, spread: float, share: float) -> Fit:
    """The mode of the log ratios at one spread and share, by Newton's steps, and its evidence."""
    n = len(counted)
    own, shared = (1 - share) / spread**2, share / spread**2
    prior = csc_array(own * eye_array(n, format="csc") + shared * tied.laplacian)
    u, level = np.zeros(n), float(np.log(counted.sum() / expected.sum()))
    for _ in range(STEPS_MAX):
        mean = expected * np.exp(level + u)
        factor = _factorise(prior, mean)
        step = np.clip(factor.solve(counted - mean - prior @ u), -1, 1)
        u = np.clip(u + step, -LOG_RATIO_MAX, LOG_RATIO_MAX)
        level = float(np.log(counted.sum() / (expected * np.exp(u)).sum()))
        if np.abs(step).max() < STEP_SMALL:
            break
    mean = expected * np.exp(level + u)
    factor = _factorise(prior, mean)
    told = float((counted * (level + u) - mean).sum()) - 0.5 * float(u @ (prior @ u))
    evidence = told + 0.5 * (_log_determinant(splu(prior)) - _log_determinant(factor))
    evidence += np.log(spread) - SPREAD_RATE * spread
    return Fit(u, level, factor, mean, (own, shared), evidence)


def _factorise(prior: csc_array, mean: Floats) -> SuperLU:
    return splu(csc_array(prior + diags_array(mean, format="csc")))


def _log_determinant(factor: SuperLU) -> float:
    return float(np.log(np.abs(factor.U.diagonal())).sum())


def _draw_from(fit: Fit, tied: _Ties, draws: int, rng: np.random.Generator) -> Floats:
    """Normal draws with the fit's curvature as precision: noise of that covariance, solved by it."""
    pairs, n = tied.incidence.shape
    own, shared = fit.precision
    noise = np.sqrt(fit.weights)[:, None] * rng.standard_normal((n, draws))
    noise += np.sqrt(own) * rng.standard_normal((n, draws))
    noise += np.sqrt(shared) * (tied.incidence.T @ rng.standard_normal((pairs, draws)))
    return np.asarray((fit.log_ratio[:, None] + fit.curvature.solve(noise)).T + fit.level)
