"""Claims about the simple rule that takes a model's place: when, how it forecasts, and that the tables say so."""

from datetime import date

import numpy as np
import polars as pl
import pytest
from scipy.special import expit

from configs.settings import load_settings
from models.need.chance import Chance, Target
from models.need.gates import FAILED, PASSED, judge_gates
from models.need.people import AGE, People
from models.need.rivals import rival_chances
from models.need.simple import NAMES, Simple, fit_simple
from models.need.standby import find_better, fit_rule, tell

NEED, GATES = load_settings().need, load_settings().gates
DAYS = (date(2024, 1, 1), date(2024, 7, 1))
ORIGINS = (DAYS, DAYS, ())
N = 3000


@pytest.fixture(scope="module")
def older() -> People:
    rng = np.random.default_rng(5)
    age = rng.uniform(65, 98, N * 2)
    chance = expit((age - 90) / 6)
    label = (rng.uniform(size=N * 2) < chance).astype(float)
    ids = [f"p{i:05d}" for i in range(N)]
    frame = pl.DataFrame(
        {
            "person_id": ids * 2,
            "household_id": ids * 2,
            "lsoa_code": ["E1"] * (2 * N),
            "as_of": [DAYS[0]] * N + [DAYS[1]] * N,
        }
    )
    later = np.where(label == 1, 1.0, (rng.uniform(size=N * 2) < chance).astype(float))
    y = np.column_stack([label, later, np.full(N * 2, np.nan)])
    return People(
        "65+", (182, 365, 730), frame, pl.DataFrame(), (AGE,), age[:, None].astype(np.float32), {"x": y},
        {"x": np.ones(2 * N, dtype=bool)}, np.zeros((2 * N, 3)),
    )  # fmt: skip


def row(**more: object) -> dict[str, object]:
    return {
        "outcome": "fall_admission", "age_group": "65+", "horizon_days": 365, "kind": "outcome", "split": 0,
        "model": "champion", "trees": 40, "n_events": 400, "n_people": 9000, "average_precision": 0.2,
        "best_rival_average_precision": "logistic", "diff_average_precision": 0.001, "diff_average_precision_low": -0.01,
        "diff_average_precision_high": 0.012, "calibration_slope": 2.0, "calibration_slope_low": 1.9,
        "calibration_slope_high": 2.1, "calibration_intercept": 0.0, "calibration_intercept_low": -0.1,
        "calibration_intercept_high": 0.1, "alarm": None, "note": None, "verdict": "", **more,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "better"),
    [
        ({}, "logistic"),
        ({"diff_average_precision_low": 0.002}, None),
        ({"n_events": 40}, None),
        ({"trees": 0}, None),
        ({"horizon_days": 182}, None),
        ({"split": 1}, None),
    ],
)
def test_a_rule_takes_over_where_the_model_is_not_above_it_and_events_are_enough(
    changes: dict[str, object], better: str | None
) -> None:
    assert find_better([[row(**changes)]], NEED) == better


def test_nothing_takes_over_where_the_settings_forbid_it() -> None:
    assert find_better([[row()]], NEED.model_copy(update={"simple_events_min": 0})) is None


@pytest.mark.parametrize("name", NAMES)
def test_a_rule_in_use_forecasts_rising_chances_and_can_be_read_back(older: People, name: str) -> None:
    rule = fit_rule(older, Target("x", older.outcomes["x"]), name, ORIGINS)
    chances = rule.predict(older, np.ones(2 * N, dtype=bool))
    assert (np.diff(chances, axis=1) >= 0).all()
    assert rule.learnt == 2
    assert chances[:, 1].mean() == pytest.approx(np.nanmean(older.outcomes["x"][:, 1]), abs=0.02)
    again = Chance.from_dict(rule.as_dict(), None)
    np.testing.assert_array_equal(again.predict(older, np.ones(2 * N, dtype=bool)), chances)


def test_a_rule_in_use_ranks_people_as_the_rival_did_in_the_test(older: People) -> None:
    y, everybody = older.outcomes["x"][:, 0], np.ones(2 * N, dtype=bool)
    rival = rival_chances(older, y, everybody, everybody)["logistic"]
    used = fit_rule(older, Target("x", older.outcomes["x"]), "logistic", ORIGINS)
    order = np.argsort(rival)
    assert (np.diff(used.predict(older, everybody)[order, 0]) >= -1e-9).all()


def test_a_simple_way_survives_json(older: People) -> None:
    y = older.outcomes["x"][:, 0]
    for name in NAMES:
        fitted = fit_simple(name, older, np.ones(2 * N, dtype=bool), y)
        assert Simple.from_dict(fitted.as_dict()) == fitted


def test_the_tables_say_what_is_used() -> None:
    tables = [[row()], [row(split=1)]]
    tell(tables, "logistic")
    for table in tables:
        assert table[0]["served_by"] == "logistic"
        assert (
            table[0]["verdict"]
            == "no better than logistic regression beyond noise: logistic regression is used"
        )
    trees, none = [[row()]], [[row(trees=0)]]
    tell(trees, None)
    tell(none, None)
    assert (trees[0][0]["served_by"], none[0][0]["served_by"]) == ("trees", "age_rate")


def test_gates_judge_the_rule_that_is_used_and_not_the_model_it_replaced() -> None:
    champion, rival = row(served_by="logistic"), row(model="logistic", calibration_slope=1.0)
    rival |= {"calibration_slope_low": 0.95, "calibration_slope_high": 1.05}
    states = {g.gate: g.state for g in judge_gates([champion, rival], [], GATES, 365)}
    assert (states["rivals"], states["calibration"]) == (PASSED, PASSED)
    alone = {g.gate: g.state for g in judge_gates([row(), rival], [], GATES, 365)}
    assert (alone["rivals"], alone["calibration"]) == (FAILED, FAILED)
