"""Claims about the simple rivals that every model stands beside."""

from datetime import date

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit

from configs.settings import load_settings
from features.table import all_columns
from models.need.logistic import Together, collapse, fit_logistic, fit_together
from models.need.metrics import ordering, rank
from models.need.people import AGE, FRAILTY_CATEGORY, People
from models.need.rivals import rival_chances
from models.need.simple import NUFFIELD

N = 20_000


def _people(columns: dict[str, np.ndarray]) -> People:
    ids = pl.DataFrame({"person_id": [f"p{i}" for i in range(N)], "as_of": [date(2025, 1, 1)] * N})
    x = np.column_stack(list(columns.values())).astype(np.float32)
    return People("65+", (365,), ids, pl.DataFrame(), tuple(columns), x, {}, {}, np.zeros((N, 1)))


def _halves() -> tuple[np.ndarray, np.ndarray]:
    known = np.arange(N) % 2 == 0
    return known, ~known


def _auc(chance: np.ndarray, y: np.ndarray) -> float:
    return float(ordering(rank(chance), y, np.ones((1, len(y))), 100)["auc"][0])


def test_every_factor_of_the_list_is_a_feature_that_is_declared() -> None:
    declared = {column.name for column in all_columns(load_settings())}
    assert set(NUFFIELD) | {FRAILTY_CATEGORY, AGE} <= declared


def test_the_frailty_rival_is_the_observed_rate_of_each_category_and_of_those_without_one() -> None:
    random = np.random.default_rng(1)
    category = random.choice([0.0, 1.0, 2.0, 3.0, np.nan], N)
    rate = np.where(np.isnan(category), 0.02, 0.05 + 0.1 * np.nan_to_num(category))
    y = (random.random(N) < rate).astype(float)
    people = _people({AGE: random.uniform(65, 95, N), FRAILTY_CATEGORY: category})
    known, test = _halves()
    told = rival_chances(people, y, known, test)["frailty"]
    for of in (np.isnan(category), category == 0, category == 3):
        assert told[of[test]] == pytest.approx((y[of & known].sum() + 0.5) / ((of & known).sum() + 1))


def test_logistic_regression_finds_what_a_factor_of_the_list_tells_and_age_cannot() -> None:
    random = np.random.default_rng(2)
    age, dementia = random.uniform(65, 95, N), (random.random(N) < 0.2).astype(float)
    y = (random.random(N) < expit(-3 + 1.5 * dementia + 0.05 * (age - 80))).astype(float)
    seen = np.where(random.random(N) < 0.1, np.nan, dementia)
    known, test = _halves()
    told = rival_chances(_people({AGE: age, NUFFIELD[0]: seen}), y, known, test)
    assert _auc(told["logistic"], y[test]) > _auc(told["age_alone"], y[test]) + 0.05
    assert told["logistic"].mean() == pytest.approx(y[test].mean(), rel=0.1)


def test_a_county_without_any_of_the_factors_still_has_every_rival() -> None:
    random = np.random.default_rng(3)
    age = random.uniform(65, 95, N)
    y = (random.random(N) < expit(-3 + 0.05 * (age - 80))).astype(float)
    told = rival_chances(_people({AGE: age}), y, *_halves())
    assert all(np.isfinite(chance).all() and len(chance) == N // 2 for chance in told.values())
    assert len(set(told["frailty"].round(12))) == 1


@given(st.integers(0, 10_000), st.integers(1, 4))
def test_rows_taken_together_are_fitted_as_one_by_one(seed: int, width: int) -> None:
    random = np.random.default_rng(seed)
    columns = random.integers(0, 3, (400, width)).astype(float)
    y = (random.random(400) < 0.2 + 0.2 * columns[:, 0] / 2).astype(float)
    around, precision = np.zeros(width + 1), np.full(width + 1, 0.1)
    alone = fit_together(Together(columns, np.ones(400), y), around=around, precision=precision)
    assert np.allclose(fit_logistic(columns, y, around=around, precision=precision), alone, atol=1e-7)
    together = collapse(columns, y)
    assert len(together.n) <= 3**width
    assert (together.n.sum(), together.events.sum()) == (400, y.sum())


def test_rows_of_which_few_are_alike_or_that_know_nothing_are_taken_as_they_are() -> None:
    values = np.random.default_rng(1).normal(size=(300, 2))
    assert len(collapse(values, np.zeros(300)).n) == 300
    unknown = collapse(np.full((300, 1), np.nan), np.ones(300))
    assert (unknown.n.tolist(), unknown.events.tolist()) == ([300.0], [300.0])
    assert len(collapse(np.zeros((0, 2)), np.zeros(0)).n) == 0
