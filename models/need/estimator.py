"""The one door to LightGBM: boosted trees as plain text, the same bytes from the same rows and seed."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import lightgbm as lgb
import numpy as np
import numpy.typing as npt

from configs.settings_need import Need
from models.need.people import Floats

PATIENCE = 15
"""Trees without a gain on the later origin before boosting stops."""

L2 = 50.0
"""Ridge on leaf values: at 1 event in 100, a leaf of 40 people holds less than one event. Average precision
within a year, 65+, two dates of an invented county: 0.073 for 0.072 with a ridge of 5 (falls), 0.093 for
0.091 (care homes); with 150 starts of support fall from 0.099 to 0.097 (benchmarks/RESULTS.md)."""

FEATURES_PER_TREE = 0.5
"""Each tree sees a drawn share of the features, so that many like ones share the work (Breiman 2001)."""

BINS_MAX = 63
"""Steps into which a feature is cut: as good as 255 here, and faster (LightGBM's own advice)."""

ROWS_FOR_BINS = 10_000
"""Rows from which those steps are set: plenty for 63, and setting them takes longer than the trees."""


@dataclass(frozen=True)
class Boosted:
    """A fitted booster: LightGBM's own text, and how many trees it has."""

    text: str
    trees: int

    def predict(self, x: Floats) -> Floats:
        """What the trees add, one number a row of `x` (rows × features)."""
        if len(x) == 0:
            return np.zeros(0)
        return np.asarray(self._loaded.predict(x, raw_score=True, num_threads=1), dtype=np.float64)

    def gain_shares(self, columns: int) -> Floats:
        """The share of the trees' gain that each of the first `columns` columns brings; 0 without gain."""
        gain = self._loaded.feature_importance("gain")
        whole = float(np.sum(gain))
        return np.asarray(gain[:columns] / whole if whole > 0 else np.zeros(columns), dtype=np.float64)

    def explain(self, x: Floats) -> Floats:
        """What each column adds to each row, and last what all start from: rows × (columns + 1), TreeSHAP.

        Each row adds up to what `predict` gives it (Lundberg and others 2020).
        """
        if len(x) == 0:
            return np.zeros((0, x.shape[1] + 1))
        return np.asarray(self._loaded.predict(x, pred_contrib=True, num_threads=1), dtype=np.float64)

    @cached_property
    def _loaded(self) -> lgb.Booster:
        # Read once: a county is predicted in hundreds of pieces.
        return lgb.Booster(model_str=self.text)


class Sample(NamedTuple):
    """Rows to learn from: features, what happened, the log-odds that the trees start at, and row weights."""

    x: Floats
    y: Floats
    start: Floats
    weights: Floats | None = None


def fit_chance(
    sample: Sample,
    *,
    need: Need,
    seed: int,
    trees: int = 0,
    later: Sample | None = None,
    directions: tuple[int, ...] = (),
) -> Boosted:
    """Boost the log-odds of `y` (0 or 1) from their start; `later`, of later dates, says when to stop.

    Without it exactly `trees` are grown. `directions` holds 1, -1 or 0 a column: as it rises the chance never
    falls, never rises, or may do either; empty: all free.
    """
    params = {"objective": "binary", **_parameters(need, seed)}
    if any(directions):
        params |= {"monotone_constraints": list(directions), "monotone_constraints_method": "intermediate"}
    data = _dataset(sample, params)
    if later is None:
        return Boosted(lgb.train(params, data, trees).model_to_string(), trees)
    stop = lgb.early_stopping(PATIENCE, verbose=False)
    held_out = _dataset(later, params, data)
    booster = lgb.train(params, data, need.trees_max, valid_sets=[held_out], callbacks=[stop])
    grown = max(booster.best_iteration, 1)
    return Boosted(booster.model_to_string(num_iteration=grown), grown)


def _dataset(sample: Sample, params: dict[str, Any], like: lgb.Dataset | None = None) -> lgb.Dataset:
    return lgb.Dataset(
        sample.x,
        sample.y,
        weight=sample.weights,
        init_score=sample.start,
        params=params,
        reference=like,
    )


def thin(y: Floats, rows_max: int, seed: int) -> tuple[npt.NDArray[np.int64], Floats]:
    """Which rows to learn from, ascending, and their weights: every event, and a sample of the others.

    The sample fills up to `rows_max`, but never holds fewer than the events; weights restore its total.
    """
    events, others = np.flatnonzero(y == 1), np.flatnonzero(y == 0)
    kept = min(len(others), max(rows_max - len(events), len(events)))
    sample = np.random.default_rng(seed).choice(others, kept, replace=False) if kept < len(others) else others
    rows = np.sort(np.concatenate([events, sample]))
    return rows, np.where(y[rows] == 1, 1.0, len(others) / max(kept, 1))


def _parameters(need: Need, seed: int) -> dict[str, Any]:
    # One thread: sums are taken in one order, and many small fits gain nothing from more.
    return {
        "learning_rate": need.learning_rate,
        "num_leaves": need.leaves_max,
        "min_data_in_leaf": need.rows_per_leaf_min,
        "lambda_l2": L2,
        "feature_fraction": FEATURES_PER_TREE,
        "max_bin": BINS_MAX,
        "bin_construct_sample_cnt": ROWS_FOR_BINS,
        "seed": seed,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": 1,
        "verbosity": -1,
    }
