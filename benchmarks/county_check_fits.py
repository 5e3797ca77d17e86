"""Regressions of the separate check, with errors clustered by person."""

from collections.abc import Sequence

import numpy as np
import polars as pl
from county_check_lines import Estimate


def log_hazard(chance: pl.Series) -> np.ndarray:
    """log(-log(1 - chance)), chances of none and of certainty held just inside."""
    return np.log(-np.log1p(-np.clip(chance.to_numpy().astype(float), 1e-12, 1 - 1e-7)))


def least_squares(
    rows: pl.DataFrame,
    y: np.ndarray,
    names: Sequence[str],
    within: Sequence[str],
) -> dict[str, Estimate]:
    """Coefficients of `names` on y within the groups of `within` (all taken as deviations from the group's mean)."""
    table = rows.select(
        *within, pl.col("person").alias("_who"), *[pl.col(n).cast(pl.Float64) for n in names]
    ).with_columns(_y=pl.Series(y))
    held = [pl.col(n) - pl.col(n).mean().over(*within) for n in ("_y", *names)]
    table = table.with_columns(held)
    x, away = table.select(names).to_numpy(), table["_y"].to_numpy()
    varies = x.std(axis=0) > 1e-9
    x = x[:, varies]
    beta = np.linalg.lstsq(x, away, rcond=None)[0]
    error = _clustered(x, away - x @ beta, np.linalg.pinv(x.T @ x), table["_who"])
    fitted = iter(zip(beta, error, strict=True))
    return {
        n: Estimate(*map(float, next(fitted))) if v else Estimate(0.0, np.inf)
        for n, v in zip(names, varies, strict=True)
    }


def poisson(rows: pl.DataFrame, events: str, exposure: str, names: Sequence[str]) -> dict[str, Estimate]:
    """Log rate ratios of `names` (and an intercept) on event counts over exposure."""
    y = rows[events].cast(pl.Float64).to_numpy()
    offset = np.log(rows[exposure].cast(pl.Float64).to_numpy())
    x = np.column_stack(
        [np.ones(rows.height), rows.select([pl.col(n).cast(pl.Float64) for n in names]).to_numpy()]
    )
    varies = (x.std(axis=0) > 1e-9) | (np.arange(x.shape[1]) == 0)
    x = x[:, varies]
    beta = np.zeros(x.shape[1])
    beta[0] = np.log(max(y.sum(), 0.5) / np.exp(offset).sum())
    for _ in range(40):
        mean = np.exp(np.clip(x @ beta + offset, -40, 20))
        step = np.linalg.lstsq((x.T * mean) @ x, x.T @ (y - mean), rcond=None)[0]
        beta = beta + np.clip(step, -2, 2)
        if np.abs(step).max() < 1e-8:
            break
    error = _clustered(x, y - mean, np.linalg.pinv((x.T * mean) @ x), rows["person"])
    fitted = iter(zip(beta[1:], error[1:], strict=True))
    return {
        n: Estimate(*map(float, next(fitted))) if v else Estimate(0.0, np.inf)
        for n, v in zip(names, varies[1:], strict=True)
    }


def calibration_slope(happened: np.ndarray, chance: np.ndarray, who: pl.Series) -> Estimate:
    """Slope of a logistic regression of what happened on the chance's log odds: 1 where chances are neither too
    bold nor too timid."""
    p = np.clip(chance, 1e-6, 1 - 1e-6)
    x = np.column_stack([np.ones_like(p), np.log(p / (1 - p))])
    beta = np.array([0.0, 1.0])
    for _ in range(40):
        mean = 1 / (1 + np.exp(-(x @ beta)))
        bread = (x.T * (mean * (1 - mean))) @ x
        step = np.linalg.solve(bread, x.T @ (happened - mean))
        beta = beta + step
        if np.abs(step).max() < 1e-8:
            break
    return Estimate(float(beta[1]), float(_clustered(x, happened - mean, np.linalg.pinv(bread), who)[1]))


def _clustered(x: np.ndarray, rest: np.ndarray, bread: np.ndarray, who: pl.Series) -> np.ndarray:
    """Standard errors that let the rows of one person hang together."""
    _, place = np.unique(who.to_numpy(), return_inverse=True)
    score = np.zeros((place.max() + 1 if len(place) else 0, x.shape[1]))
    np.add.at(score, place, x * rest[:, None])
    return np.sqrt(np.maximum(np.diag(bread @ (score.T @ score) @ bread), 0))


def aucs(happened: np.ndarray, scores: np.ndarray, who: pl.Series) -> tuple[np.ndarray, np.ndarray]:
    """Area under the curve of each column of scores, and the covariance of the areas (DeLong, Biometrics 1988,
    summed by person as Obuchowski, Biometrics 1997)."""
    cases, others = happened.astype(bool), ~happened.astype(bool)
    n, m = cases.sum(), others.sum()
    of_case = np.column_stack([_share_below(s[cases], s[others]) for s in scores.T])
    of_other = np.column_stack([1 - _share_below(s[others], s[cases]) for s in scores.T])
    area = of_case.mean(axis=0)
    parts = np.zeros_like(scores)
    parts[cases] = (of_case - area) / n
    parts[others] = (of_other - area) / m
    _, place = np.unique(who.to_numpy(), return_inverse=True)
    summed = np.zeros((place.max() + 1, scores.shape[1]))
    np.add.at(summed, place, parts)
    return area, summed.T @ summed


def _share_below(of: np.ndarray, among: np.ndarray) -> np.ndarray:
    """For each value the share of `among` that is lower, ties half."""
    ordered = np.sort(among)
    below = np.searchsorted(ordered, of, "left") + np.searchsorted(ordered, of, "right")
    return below / (2 * len(among))
