"""Claims about the parts of the models of need, each against a truth that is known."""

import dataclasses
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from need_worlds import SIGNAL, settled_dates, write_world
from scipy.special import expit

from configs.errors import DeskError
from configs.settings import Need, load_settings
from models.need.chance import count_events, fit_tested
from models.need.estimator import Sample, fit_chance, thin
from models.need.evaluate import judge, verdict
from models.need.evaluate_hours import judge_hours
from models.need.hours import fit_hours_for_use, fit_hours_tested, is_served
from models.need.households import household_chances
from models.need.logistic import apply_logistic, fit_platt
from models.need.metrics import interval, resamples, sizing
from models.need.people import AGE, CARE_REQUESTS, EMERGENCY_ADMISSIONS, LIVES_ALONE, People, read_people
from models.need.rivals import rule_grade
from models.need.splits import BY_PEOPLE, plan_split, plan_splits
from models.need.start import BY_AGE_AND_SERVICE, fit_start
from models.need.study import study_chance


@pytest.fixture(scope="module")
def need() -> Need:
    return load_settings(overrides={"need": {"bootstrap_samples": 50}}).need


@pytest.fixture(scope="module")
def older(tmp_path_factory: pytest.TempPathFactory) -> People:
    folder = write_world(tmp_path_factory.mktemp("world"), people=3000)
    return read_people(folder, tuple(settled_dates(8)), 365)[1]


def _person(age_group: str = "65+", **values: float) -> People:
    names = tuple(values)
    ids = pl.DataFrame(
        {"person_id": ["a"], "household_id": ["h"], "lsoa_code": ["E"], "as_of": [date(2026, 1, 1)]}
    )
    return People(age_group, ids, names, np.array([list(values.values())]), {}, {}, np.array([np.nan]))


def test_two_steps_of_the_default_settings_clear_a_horizon(need: Need) -> None:
    assert 2 * need.train_every_days >= need.horizon_days + need.gap_days


def test_with_eight_origins_four_train_one_calibrates_and_nothing_gave_way() -> None:
    origins = tuple(settled_dates(8))
    split = plan_splits(origins, horizon_days=365, gap_days=0, splits_max=2)[0]
    assert (split.train, split.calibrate, split.test) == (origins[:4], origins[5], origins[7])
    assert split.note == ""


def test_with_three_origins_the_split_says_that_calibration_gave_way() -> None:
    split = plan_split(tuple(settled_dates(3)), settled_dates(3)[-1], horizon_days=365, gap_days=0)
    assert split is not None
    assert (split.calibrate, split.note) == (None, BY_PEOPLE)


def test_one_origin_tests_nothing() -> None:
    assert plan_splits(tuple(settled_dates(1)), horizon_days=365, gap_days=0, splits_max=2) == []


def test_what_happens_after_the_test_date_cannot_change_the_tested_model(older: People, need: Need) -> None:
    y = older.outcomes["care_home_admission"]
    split = plan_splits(tuple(settled_dates(8)), horizon_days=365, gap_days=0, splits_max=1)[0]
    unknown_yet = ~older.at(split.known)
    other_future = np.where(unknown_yet, 1 - y, y)
    assert fit_tested(older, y, split, need=need, seed=1) == fit_tested(
        older, other_future, split, need=need, seed=1
    )
    other_past = np.where(unknown_yet, y, 1 - y)
    assert fit_tested(older, y, split, need=need, seed=1) != fit_tested(
        older, other_past, split, need=need, seed=1
    )


def test_events_are_counted_by_person_not_by_window(older: People) -> None:
    y = np.zeros(len(older.x))
    y[older.person_numbers() == 3] = 1
    assert y.sum() > 1
    assert count_events(older, y, np.ones(len(y), dtype=bool)) == 1


def test_folds_calibrate_as_well_as_a_later_date_when_there_is_none(older: People, need: Need) -> None:
    few = tuple(settled_dates(8)[-3:])
    y = older.outcomes["care_home_admission"]
    split = plan_splits(few, horizon_days=365, gap_days=0, splits_max=1)[0]
    tested = fit_tested(older, y, split, need=need, seed=1)
    test = older.at((split.test,)) & ~np.isnan(y)
    assert tested.note == BY_PEOPLE
    assert 0.5 < sizing(tested.predict(older, test), y[test])["calibration_slope"] < 2


def test_too_few_events_use_the_age_rate_and_say_how_few(older: People, need: Need) -> None:
    strict = need.model_copy(update={"events_min": 100_000})
    studied = study_chance(older, "care_home_admission", need=strict, seed=1)
    assert studied is not None
    champion = studied.tables[0][0]
    assert champion["note"].startswith("too few to train on: ")
    assert champion["note"].endswith(" events; the age rate is used")
    assert champion["verdict"] == "not trained: the age rate is used"
    assert studied.model.booster() is None
    assert champion["auc"] is not None, "even an age rate is tested"


def test_an_outcome_that_nobody_can_have_is_not_modelled(older: People, need: Need) -> None:
    nobody = dataclasses.replace(older, outcomes={"falls": np.full(len(older.x), np.nan)})
    assert study_chance(nobody, "falls", need=need, seed=1) is None


def test_thinning_keeps_every_event_and_the_weight_of_the_rest() -> None:
    y = np.array([1.0] * 50 + [0.0] * 5000)
    rows, weights = thin(y, 1000, seed=1)
    assert (len(rows), y[rows].sum()) == (1000, 50)
    assert weights[y[rows] == 0].sum() == pytest.approx(5000)
    assert (np.diff(rows) > 0).all()


def test_thinning_does_not_move_the_level_of_the_chances(need: Need) -> None:
    random = np.random.default_rng(3)
    x = random.normal(size=(20_000, 2)).astype(np.float32)
    y = (random.random(20_000) < expit(-3 + x[:, 0])).astype(float)
    few = need.model_copy(update={"train_rows_max": 4000})
    start = np.full(len(y), -3.0)
    thinned = fit_chance(Sample(x, y, start), need=few, seed=1, trees=40)
    assert expit(start + thinned.predict(x)).mean() == pytest.approx(y.mean(), rel=0.05)


def test_calibration_finds_a_planted_slope_and_intercept() -> None:
    random = np.random.default_rng(1)
    score = random.normal(size=50_000)
    y = (random.random(50_000) < expit(-2 + 0.5 * score)).astype(float)
    assert fit_platt(score, y) == pytest.approx((-2, 0.5), abs=0.08)


def test_a_score_that_runs_the_wrong_way_is_given_up_for_the_overall_rate() -> None:
    random = np.random.default_rng(1)
    score = random.normal(size=5000)
    y = (random.random(5000) < expit(-2 - 2 * score)).astype(float)
    intercept, slope = fit_platt(score, y)
    assert slope == 0
    assert expit(intercept) == pytest.approx(y.mean(), rel=0.01)


def test_perfectly_separated_rows_still_give_finite_numbers() -> None:
    found = np.array(fit_platt(np.array([-1.0, -1, 1, 1]), np.array([0.0, 0, 1, 1])))
    assert np.isfinite(found).all()
    assert np.isfinite(apply_logistic(np.array([[1e3]]), found)).all()


def test_the_age_rate_follows_age_when_there_are_events_and_the_whole_when_there_are_few(
    older: People,
) -> None:
    random = np.random.default_rng(8)
    all_rows = np.ones(len(older.x), dtype=bool)
    truth = expit(-5 + 2 * (older.column(AGE) - 65) / 20)
    many = (random.random(len(truth)) < truth).astype(float)
    found = expit(fit_start(older, many, all_rows).log_odds(older, all_rows))
    assert np.abs(found - truth).max() < 0.04
    few_rows = np.flatnonzero(older.column(AGE) > 90)[:4]
    small = np.isin(np.arange(len(truth)), [*few_rows, *range(300)])
    one = np.where(np.arange(len(truth)) == few_rows[0], 1.0, 0.0)
    oldest = expit(fit_start(older, one, small).log_odds(older, older.column(AGE) > 90))
    assert oldest.max() < 0.25, "1 of the 4 oldest is no rate of theirs"


def test_no_event_among_few_people_is_not_never(older: People) -> None:
    some = np.arange(len(older.x)) < 300
    rate = expit(fit_start(older, np.zeros(len(older.x)), some).log_odds(older, some))
    assert 1e-4 < rate.mean() < 5e-3


def test_people_with_hours_now_start_apart(older: People) -> None:
    rows = ~np.isnan(older.hours)
    start = fit_start(older, np.where(older.hours > 0, 1.0, 0.0), rows, BY_AGE_AND_SERVICE)
    chance, served = expit(start.log_odds(older, rows)), is_served(older)[rows]
    assert chance[served].mean() == pytest.approx(0.7, abs=0.03)
    assert chance[~served].mean() == pytest.approx(0.03, abs=0.01)


@pytest.mark.parametrize(
    ("age", "alone", "admissions", "marks"),
    [(74, 0, 0, 0), (75, 0, 0, 1), (75, 1, 0, 2), (80, 1, 4, 3), (66, 0, 1, 1)],
)
def test_the_rule_for_older_people_gives_a_mark_each(
    age: int, alone: int, admissions: int, marks: int
) -> None:
    values = {AGE: age, LIVES_ALONE: alone, EMERGENCY_ADMISSIONS: admissions}
    assert rule_grade(_person(**values)).tolist() == [marks]


def test_the_rule_for_younger_adults_counts_admissions_and_requests_up_to_three() -> None:
    values = {AGE: 30.0, EMERGENCY_ADMISSIONS: 9.0, CARE_REQUESTS: 2.0}
    assert rule_grade(_person("18-64", **values)).tolist() == [5]


def test_without_hospital_records_the_rule_still_stands() -> None:
    assert rule_grade(_person(**{AGE: 80.0, LIVES_ALONE: float("nan")})).tolist() == [1]


def test_an_auc_too_good_to_be_true_raises_the_alarm(need: Need) -> None:
    y = np.tile([0.0, 0, 0, 1], 100)
    noise = np.random.default_rng(1).random(400)
    rows = judge({"champion": 0.1 + 0.8 * y, "age_alone": noise, "rule": noise}, y, need=need, seed=1)
    assert "already knows the outcome" in rows[0]["alarm"]
    assert rows[1]["alarm"] is None


def test_the_verdict_says_use_the_rival_when_the_model_is_no_better(need: Need) -> None:
    random = np.random.default_rng(2)
    y = (random.random(600) < 0.2).astype(float)
    useful = np.clip(0.2 + 0.3 * (y - 0.2) + random.normal(0, 0.1, 600), 0.01, 0.99)
    noise = random.random(600)
    good = judge({"champion": useful, "age_alone": noise, "rule": noise}, y, need=need, seed=1)
    equal = judge({"champion": useful, "age_alone": useful, "rule": noise}, y, need=need, seed=1)
    bad = judge({"champion": noise, "age_alone": useful, "rule": noise}, y, need=need, seed=1)
    assert verdict(good[0]) in ("better than age alone beyond noise", "better than the rule beyond noise")
    assert verdict(equal[0]) == "no better than age alone beyond noise: use age alone"
    assert verdict(bad[0]) == "worse than age alone: use age alone"
    assert equal[0]["diff_auc"] == 0, "compared on the same people, drawn alike"


def test_the_interval_narrows_as_people_are_added(need: Need) -> None:
    def width(people: int) -> float:
        random = np.random.default_rng(4)
        score = random.normal(size=people)
        y = (random.random(people) < expit(score - 2)).astype(float)
        row = judge({"champion": expit(score), "age_alone": score, "rule": score}, y, need=need, seed=1)[0]
        assert row["auc_low"] < row["auc"] < row["auc_high"]
        return float(row["auc_high"] - row["auc_low"])

    assert width(8000) < width(500) / 2


@pytest.mark.parametrize("y", [np.zeros(0), np.zeros(5), np.ones(5)])
def test_what_cannot_be_measured_is_none_not_a_number(y: np.ndarray, need: Need) -> None:
    same = np.full(len(y), 0.1)
    rows = judge({"champion": same, "age_alone": same, "rule": same}, y, need=need, seed=1)
    assert [row["auc"] for row in rows] == [None, None, None]
    assert verdict(rows[0]) == "could not be compared"
    assert rows[0]["n_people"] == len(y)


def test_a_large_group_is_resampled_in_pieces_that_fit_in_memory() -> None:
    pieces = list(resamples(500_000, 20, seed=1))
    assert sum(len(p) for p in pieces) == 20
    assert max(p.size for p in pieces) <= 4_000_000
    assert all((p.sum(axis=1) == 500_000).all() for p in pieces)


def test_an_interval_of_mostly_unknown_resamples_is_unknown() -> None:
    assert np.isnan(interval(np.array([0.5, np.nan, np.nan]))).all()


def test_chances_twice_as_bold_as_the_truth_have_a_slope_of_a_half() -> None:
    random = np.random.default_rng(5)
    odds = random.normal(-1, 1, 40_000)
    y = (random.random(40_000) < expit(odds)).astype(float)
    assert sizing(expit(2 * odds), y)["calibration_slope"] == pytest.approx(0.5, abs=0.03)
    assert sizing(expit(odds + 1), y)["calibration_intercept"] == pytest.approx(-1, abs=0.05)


def test_forecast_hours_add_up_to_those_seen_and_their_range_holds_most_people(
    older: People, need: Need
) -> None:
    split = plan_splits(tuple(settled_dates(8)), horizon_days=365, gap_days=0, splits_max=1)[0]
    hours = fit_hours_tested(older, split, need=need, seed=1)
    test = older.at((split.test,))
    forecast, seen = hours.predict(older, test), older.hours[test]
    assert forecast["hours_mean"].sum() == pytest.approx(seen.sum(), rel=0.25)
    served = is_served(older)[test]
    inside = (seen >= forecast["hours_p10"]) & (seen <= forecast["hours_p90"])
    assert 0.75 < inside[served].mean() <= 1
    assert (forecast["hours_p10"] <= forecast["hours_p50"]).all()
    assert (forecast["hours_p50"] <= forecast["hours_p90"]).all()
    assert forecast["hours_mean"][served].mean() > 5 * forecast["hours_mean"][~served].mean()


def test_with_too_few_clients_hours_still_stay_with_those_who_have_them(older: People, need: Need) -> None:
    strict = need.model_copy(update={"events_min": 100_000})
    splits = plan_splits(tuple(settled_dates(8)), horizon_days=365, gap_days=0, splits_max=1)
    tested = fit_hours_tested(older, splits[0], need=strict, seed=1)
    hours = fit_hours_for_use(older, splits[0], tested, need=strict, seed=1)
    rows = older.at((splits[0].test,))
    forecast, served = hours.predict(older, rows), is_served(older)[rows]
    assert hours.booster() is None
    staying = hours.any_hours.predict(older, rows)[served].mean()
    assert staying == pytest.approx(0.7, abs=0.08), "the planted share who go on"
    assert forecast["hours_mean"].sum() == pytest.approx(older.hours[rows].sum(), rel=0.3)
    assert forecast["hours_mean"][served].min() > forecast["hours_mean"][~served].max()


def test_a_county_without_home_care_is_forecast_none(older: People, need: Need) -> None:
    none = dataclasses.replace(older, hours=np.zeros(len(older.x)), x=older.x.copy())
    none.x[:, none.features.index("social_care__home_care_hours__now")] = 0
    forecast = fit_hours_for_use(none, None, None, need=need, seed=1).predict(
        none, none.at((settled_dates(8)[0],))
    )
    assert all((values == 0).all() for values in forecast.values())


def test_hours_stand_beside_hours_carried_forward(need: Need) -> None:
    random = np.random.default_rng(6)
    now = random.integers(0, 20, 500).astype(float)
    seen = 0.5 * now + random.normal(0, 0.5, 500).clip(0)
    forecast = {"hours_mean": 0.5 * now, "hours_p10": 0.4 * now, "hours_p90": 0.5 * now + 3}
    champion, rival = judge_hours(forecast, now, seen, need=need, seed=1)
    assert rival["model"] == "carried_forward"
    assert champion["rmse"] < rival["rmse"]
    assert verdict(champion, "rmse") == "better than hours carried forward beyond noise"
    assert rival["total_error_share"] == pytest.approx(now.sum() / seen.sum() - 1, abs=1e-5)


def _members(**changes: object) -> pl.DataFrame:
    columns = {
        "person_id": ["a", "b", "c"],
        "household_id": ["h", "h", "h"],
        "lsoa_code": ["E1"] * 3,
        "as_of": [date(2026, 10, 1)] * 3,
        "outcome": ["care_home_admission"] * 3,
        "horizon_days": [365] * 3,
        "communal": [False] * 3,
        "probability": [0.1, 0.2, None],
        "eligible": [True, True, False],
    }
    return pl.DataFrame({**columns, **changes})


def test_a_household_counts_its_eligible_members_only() -> None:
    assert household_chances(_members())["probability"].to_list() == [pytest.approx(1 - 0.9 * 0.8)]


def test_a_communal_address_and_an_unknown_one_are_no_household() -> None:
    assert household_chances(_members(communal=[True] * 3)).height == 0
    assert household_chances(_members(household_id=pl.Series([None] * 3, dtype=pl.String))).height == 0


def test_audit_columns_and_ids_are_never_features(older: People) -> None:
    assert SIGNAL in older.features
    assert not [f for f in older.features if f.startswith(("audit__", "person_id", "lsoa"))]


def test_features_the_model_asks_for_and_the_tables_lack_are_named(tmp_path: Path) -> None:
    folder = write_world(tmp_path, people=50, origins=1)
    with pytest.raises(DeskError) as problem:
        read_people(folder, tuple(settled_dates(1)), 365, names=(AGE, "health__gone__now"))
    assert problem.value.details == ["health__gone__now"]
