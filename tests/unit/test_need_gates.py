"""Claims about groups, curves and gates, each against a truth that is planted."""

from typing import Any

import numpy as np
import polars as pl
import pytest

from configs.settings import load_settings
from configs.settings_need import Gates
from models.need.curves import calibration_curve, decision_curve
from models.need.gates import FAILED, NOT_JUDGED, PASSED, Gate, decide, judge_gates
from models.need.groups import judge_groups, poisson_interval, share_interval
from models.need.metrics import sizing

N = 40_000


@pytest.fixture(scope="module")
def gates() -> Gates:
    return load_settings().gates


def _planted(more: float = 1.0) -> tuple[np.ndarray, np.ndarray, pl.DataFrame]:
    """Chances that are right, except that group b has `more` times as many events as they say."""
    random = np.random.default_rng(1)
    chance = random.beta(1, 15, N)
    group = np.where(random.random(N) < 0.2, "b", "a")
    truth = np.where(group == "b", np.minimum(more * chance, 1), chance)
    y = (random.random(N) < truth).astype(float)
    return chance, y, pl.DataFrame({"kind": group, "all": ["everybody"] * N})


def _champion(**changes: Any) -> dict[str, Any]:
    row = {
        "outcome": "fall_admission", "age_group": "65+", "horizon_days": 365, "kind": "outcome",
        "model": "champion", "n_events": 2000, "trees": 50, "alarm": None, "test_origin": "2025-01-01",
        "average_precision": 0.2, "best_rival_average_precision": "logistic", "diff_average_precision": 0.03,
        "diff_average_precision_low": 0.01, "diff_average_precision_high": 0.05,
        "calibration_slope": 1.02, "calibration_slope_low": 0.95, "calibration_slope_high": 1.09,
        "calibration_intercept": 0.01, "calibration_intercept_low": -0.05, "calibration_intercept_high": 0.07,
    }  # fmt: skip
    return {**row, **changes}


def _states(
    row: dict[str, Any], gates: Gates, groups: list[dict[str, Any]] | None = None, **beside: Any
) -> dict[str, str]:
    evaluation = [row] + ([{**row, "model": "in_use", **beside}] if "diff_in_use" in row else [])
    return {g.gate: g.state for g in judge_gates(evaluation, groups or [], gates, 365)}


def test_a_group_with_more_events_than_forecast_is_shown_and_the_others_are_not() -> None:
    chance, y, attributes = _planted(more=1.6)
    rows = {(r["attribute"], r["group"]): r for r in judge_groups(chance, y, attributes, 0.02)}
    assert set(rows) == {("kind", "a"), ("kind", "b"), ("all", "everybody")}
    b, a = rows["kind", "b"], rows["kind", "a"]
    assert b["observed_over_expected"] == pytest.approx(1.6, abs=0.12)
    assert b["observed_over_expected_low"] > 1.25
    assert a["observed_over_expected_low"] < 1 < a["observed_over_expected_high"]
    assert a["n_people"] + b["n_people"] == rows["all", "everybody"]["n_people"] == N
    assert a["n_listed"] + b["n_listed"] == N // 50
    assert b["sensitivity_low"] < b["sensitivity"] < b["sensitivity_high"]


def test_nobody_has_no_groups_and_a_group_without_events_has_no_auc() -> None:
    nothing = pl.DataFrame({"kind": pl.Series([], dtype=pl.String)})
    assert judge_groups(np.zeros(0), np.zeros(0), nothing, 0.02) == []
    rows = judge_groups(np.array([0.1, 0.2, 0.3, 0.4]), np.array([0.0, 0, 0, 1]), pl.DataFrame({"k": ["a", "a", "b", "b"]}), 0.5)  # fmt: skip
    assert [row["auc"] for row in rows] == [None, 1.0]
    assert [row["sensitivity"] for row in rows] == [None, 1.0]


def test_one_person_alone_is_a_group() -> None:
    rows = judge_groups(np.array([0.2]), np.array([1.0]), pl.DataFrame({"sex": ["female"]}), 0.02)
    assert [(r["group"], r["n_people"], r["n_events"], r["sensitivity"]) for r in rows] == [
        ("female", 1, 1, 1.0)
    ]


def test_intervals_are_those_of_the_tables() -> None:
    assert poisson_interval(10) == pytest.approx((4.795, 18.39), abs=0.01)
    assert poisson_interval(0) == pytest.approx((0, 3.689), abs=0.001)
    assert share_interval(8, 10) == pytest.approx((0.8, 0.4439, 0.9748), abs=0.001)


def test_a_calibration_curve_of_right_chances_lies_on_the_diagonal_and_of_halved_ones_does_not() -> None:
    chance, y, _ = _planted()
    curve = calibration_curve(chance, y)
    assert [row["bin"] for row in curve] == list(range(1, 11))
    assert sum(row["n_people"] for row in curve) == N
    assert all(abs(row["observed"] - row["predicted"]) < 0.02 for row in curve)
    assert calibration_curve(chance / 2, y)[-1]["observed"] == pytest.approx(2 * calibration_curve(chance / 2, y)[-1]["predicted"], rel=0.1)  # fmt: skip
    assert calibration_curve(np.zeros(0), np.zeros(0)) == []


def test_acting_on_a_model_that_knows_pays_more_than_acting_for_everybody_or_at_random() -> None:
    chance, y, _ = _planted()
    noise = np.random.default_rng(2).permutation(chance)
    rows = decision_curve({"champion": chance, "noise": noise}, y)
    at = {(row["threshold"], row["model"]): row["net_benefit"] for row in rows}
    choosy = sorted({threshold for threshold, _ in at})[-2]
    assert at[choosy, "champion"] > max(0, at[choosy, "noise"], at[choosy, "everybody"])
    assert decision_curve({"champion": chance}, np.zeros(N)) == []


def test_the_interval_of_calibration_holds_the_truth_about_as_often_as_it_says() -> None:
    random = np.random.default_rng(3)
    inside = 0
    for _ in range(100):
        chance = random.beta(1, 8, 3000)
        found = sizing(chance, (random.random(3000) < chance).astype(float))
        inside += found["calibration_slope_low"] <= 1 <= found["calibration_slope_high"]
    assert 88 <= inside <= 100


def test_a_challenger_that_is_better_and_calibrated_passes(gates: Gates) -> None:
    found = judge_gates([_champion()], [], gates, 365)
    assert {g.gate: g.state for g in found} == {
        "rivals": PASSED, "calibration": PASSED, "groups": NOT_JUDGED, "leakage": PASSED, "in use": NOT_JUDGED,
    }  # fmt: skip
    assert decide(found) == (True, [])


@pytest.mark.parametrize(
    ("gate", "changes"),
    [
        ("rivals", {"diff_average_precision_low": -0.001}),
        ("calibration", {"calibration_slope": 1.11}),
        ("calibration", {"calibration_intercept": -0.11}),
        ("leakage", {"alarm": "AUC 0.93 is above 0.85"}),
        ("in use", {"diff_in_use": -0.01, "diff_in_use_low": -0.02, "diff_in_use_high": 0.01, "in_use_saw_test": False}),
    ],
)  # fmt: skip
def test_each_gate_alone_keeps_a_challenger_out_and_says_why(
    gate: str, changes: dict[str, Any], gates: Gates
) -> None:
    row = _champion(**changes)
    evaluation = [row, {**row, "model": "in_use"}] if gate == "in use" else [row]
    found = judge_gates(evaluation, [], gates, 365)
    assert [g.gate for g in found if g.state == FAILED] == [gate]
    may, why = decide(found)
    assert not may
    assert why[0].startswith(f"fall_admission, 65+, {gate}: ")


def test_a_model_in_use_that_learnt_from_the_test_does_not_keep_a_challenger_out(gates: Gates) -> None:
    behind = {"diff_in_use": -0.01, "diff_in_use_low": -0.02, "diff_in_use_high": -0.001}
    assert _states(_champion(**behind, in_use_saw_test=True), gates)["in use"] == NOT_JUDGED
    assert _states(_champion(**behind, in_use_saw_test=False), gates)["in use"] == FAILED


def test_a_biased_world_is_refused_and_an_even_one_is_not(gates: Gates) -> None:
    for more, state in ((1.6, FAILED), (1.0, PASSED)):
        chance, y, attributes = _planted(more)
        label = {"outcome": "fall_admission", "age_group": "65+", "horizon_days": 365}
        groups = [label | row for row in judge_groups(chance, y, attributes, 0.02)]
        found = judge_gates([_champion()], groups, gates, 365)
        assert [g.state for g in found if g.gate == "groups"] == [state]
        if state == FAILED:
            assert "kind b: 1." in next(g.said for g in found if g.gate == "groups")


def test_with_few_events_the_interval_must_meet_the_band_and_with_very_few_nothing_is_judged(
    gates: Gates,
) -> None:
    wide = {"calibration_slope": 1.2, "calibration_slope_low": 1.05, "calibration_slope_high": 1.35}
    assert _states(_champion(n_events=400, **wide), gates)["calibration"] == PASSED
    assert _states(_champion(n_events=1000, **wide), gates)["calibration"] == FAILED
    few = _states(_champion(n_events=99, **wide), gates)
    assert (few["rivals"], few["calibration"]) == (NOT_JUDGED, NOT_JUDGED)


def test_a_county_with_too_few_events_everywhere_promotes_nothing() -> None:
    found = [Gate("fall_admission", "65+", "rivals", NOT_JUDGED, "9 events, 100 needed to judge")]
    assert decide(found) == (False, ["no outcome has the events to show that it beats the simple rivals"])


def test_other_horizons_and_households_are_not_held_against_a_challenger(gates: Gates) -> None:
    bad = {"calibration_slope": 3.0}
    rows = [_champion(), _champion(horizon_days=730, **bad), _champion(kind="household", **bad)]
    assert decide(judge_gates(rows, [], gates, 365))[0]
