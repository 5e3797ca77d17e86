"""Claims about the parts of the models of need, each against a truth that is known."""

import dataclasses
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from need_worlds import HORIZONS, SIGNAL, settled_dates, write_world
from scipy.special import expit

from configs.errors import DeskError
from configs.settings import load_settings
from configs.settings_need import Need
from models.need.estimator import Sample, fit_chance, thin
from models.need.evaluate import judge, verdict
from models.need.evaluate_hours import judge_hours
from models.need.hours import (
    KNOTS,
    Spread,
    fit_hours_for_use,
    fit_hours_tested,
    is_served,
    mixture_quantile,
    share_below,
)
from models.need.households import HouseholdChance, household_scores
from models.need.logistic import apply_logistic, fit_platt
from models.need.metrics import interval, resamples, sizing
from models.need.people import AGE, CARE_REQUESTS, EMERGENCY_ADMISSIONS, LIVES_ALONE, People, read_people
from models.need.simple import rule_grade
from models.need.splits import Span, Split, plan_splits
from models.need.start import BY_AGE_AND_SERVICE, fit_start


@pytest.fixture(scope="module")
def need() -> Need:
    return load_settings(overrides={"need": {"bootstrap_samples": 50}}).need


@pytest.fixture(scope="module")
def older(tmp_path_factory: pytest.TempPathFactory) -> People:
    folder = write_world(tmp_path_factory.mktemp("world"), people=3000)
    return read_people(folder, tuple(settled_dates(9)), HORIZONS)[1]


def _person(age_group: str = "65+", **values: float) -> People:
    names = tuple(values)
    ids = pl.DataFrame(
        {"person_id": ["a"], "household_id": ["h"], "lsoa_code": ["E"], "as_of": [date(2026, 1, 1)]}
    )
    x = np.array([list(values.values())])
    return People(age_group, HORIZONS, ids, pl.DataFrame(), names, x, {}, {}, np.full((1, 3), np.nan))


def _splits(most: int = 1) -> list[Split]:
    settled = tuple(tuple(settled_dates(9, days)) for days in HORIZONS)
    return plan_splits(settled, Span(HORIZONS, 365), most)


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
    start = np.full(len(y), -3.0)
    rows, weights = thin(y, 4000, seed=1)
    thinned = fit_chance(Sample(x[rows], y[rows], start[rows], weights), need=need, seed=1, trees=300)
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
    found = expit(fit_start(older, all_rows, many).log_odds(older, all_rows))
    assert np.abs(found - truth).max() < 0.04
    few_rows = np.flatnonzero(older.column(AGE) > 90)[:4]
    small = np.isin(np.arange(len(truth)), [*few_rows, *range(300)])
    one = np.where(np.arange(len(truth)) == few_rows[0], 1.0, 0.0)
    oldest = expit(fit_start(older, small, one[small]).log_odds(older, older.column(AGE) > 90))
    assert oldest.max() < 0.25, "1 of the 4 oldest is no rate of theirs"


def test_no_event_among_few_people_is_not_never(older: People) -> None:
    some = np.arange(len(older.x)) < 300
    rate = expit(fit_start(older, some, np.zeros(300)).log_odds(older, some))
    assert 1e-4 < rate.mean() < 5e-3


def test_people_with_hours_now_start_apart(older: People) -> None:
    rows = ~np.isnan(older.hours[:, 1])
    start = fit_start(older, rows, (older.hours[rows, 1] > 0).astype(float), BY_AGE_AND_SERVICE)
    chance, served = expit(start.log_odds(older, rows)), is_served(older, rows)
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
    split = _splits()[0]
    hours = fit_hours_tested(older, split, need=need, seed=1)
    test = older.at((split.test,))
    forecast, seen = hours.predict(older, test), older.hours[test, 1]
    at_a_year = {name: values[:, 1] for name, values in forecast.items()}
    assert at_a_year["hours_mean"].sum() == pytest.approx(seen.sum(), rel=0.25)
    served = is_served(older, test)
    inside = (seen >= at_a_year["hours_p10"]) & (seen <= at_a_year["hours_p90"])
    assert 0.75 < inside[served].mean() <= 1
    assert (forecast["hours_p10"] <= forecast["hours_p50"]).all()
    assert (forecast["hours_p50"] <= forecast["hours_p90"]).all()
    assert at_a_year["hours_mean"][served].mean() > 5 * at_a_year["hours_mean"][~served].mean()


def test_where_hours_fell_in_their_forecast_is_uniform(older: People, need: Need) -> None:
    split = _splits()[0]
    hours = fit_hours_tested(older, split, need=need, seed=1)
    test = older.at((split.test,)) & ~np.isnan(older.hours[:, 1])
    less, at_most = (side[:, 1] for side in hours.below(older, test, older.hours[test]))
    assert (less <= at_most).all()
    drawn = less + np.random.default_rng(1).random(len(less)) * (at_most - less)
    tenths = np.histogram(drawn, bins=5, range=(0, 1))[0] / len(drawn)
    assert tenths == pytest.approx(0.2, abs=0.03)


def test_the_range_of_those_whose_hours_stay_as_they_are_holds_them() -> None:
    stays = Spread(0.97, tuple(np.where(KNOTS < 0.15, KNOTS / 0.15, 1.0)))
    chance = np.ones(1)
    assert mixture_quantile(chance, stays, 0.5) == mixture_quantile(chance, stays, 0.9) == 1.0
    less, at_most = (share_below(np.ones(1), stays, or_at=end)[0] for end in (False, True))
    assert less == pytest.approx(0.175)
    assert at_most == 1


def test_with_too_few_clients_hours_still_stay_with_those_who_have_them(older: People, need: Need) -> None:
    strict = need.model_copy(update={"events_min": 100_000})
    split = _splits()[0]
    tested = fit_hours_tested(older, split, need=strict, seed=1)
    hours = fit_hours_for_use(older, split, tested, need=strict, seed=1)
    rows = older.at((split.test,))
    forecast, served = hours.predict(older, rows)["hours_mean"][:, 1], is_served(older, rows)
    assert hours.booster() is None
    staying = hours.any_hours.predict(older, rows)[served, 1].mean()
    assert staying == pytest.approx(0.7, abs=0.08), "the planted share who go on"
    assert forecast.sum() == pytest.approx(older.hours[rows, 1].sum(), rel=0.3)
    assert forecast[served].min() > forecast[~served].max()


def test_a_county_without_home_care_is_forecast_none(older: People, need: Need) -> None:
    none = dataclasses.replace(older, hours=np.zeros_like(older.hours), x=older.x.copy())
    none.x[:, none.features.index("social_care__home_care_hours__now")] = 0
    forecast = fit_hours_for_use(none, None, None, need=need, seed=1).predict(
        none, none.at((settled_dates(9)[0],))
    )
    assert all((values == 0).all() for values in forecast.values())


def test_hours_stand_beside_hours_carried_forward(need: Need) -> None:
    random = np.random.default_rng(6)
    now = random.integers(0, 20, 500).astype(float)
    seen = 0.5 * now + random.normal(0, 0.5, 500).clip(0)
    forecast = {"hours_mean": 0.5 * now, "hours_p10": 0.4 * now, "hours_p90": 0.5 * now + 3}
    champion, rival = judge_hours(forecast, now, seen, served=now > 0, need=need, seed=1)
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
    assert household_scores(_members(), {})["probability"].to_list() == [pytest.approx(1 - 0.9 * 0.8)]


def test_a_communal_address_and_an_unknown_one_are_no_household() -> None:
    assert household_scores(_members(communal=[True] * 3), {}).height == 0
    nowhere = _members(household_id=pl.Series([None] * 3, dtype=pl.String))
    assert household_scores(nowhere, {}).height == 0


def test_a_calibrated_household_never_has_a_longer_horizon_less_likely() -> None:
    three = pl.concat(
        [
            _members(horizon_days=[days] * 3, probability=[p, 2 * p, None])
            for days, p in ((182, 0.1), (365, 0.101), (730, 0.3))
        ]
    )
    odd = HouseholdChance(((0.5, 0.6), (-1.0, 0.3), (0.0, 1.0)))
    found = household_scores(three, {"care_home_admission": odd})
    assert found["horizon_days"].to_list() == [182, 365, 730]
    assert (np.diff(found["probability"]) >= 0).all()
    assert found["probability"].to_list() != household_scores(three, {})["probability"].to_list()


def test_audit_columns_and_ids_are_never_features(older: People) -> None:
    assert SIGNAL in older.features
    assert not [f for f in older.features if f.startswith(("audit__", "person_id", "lsoa"))]


def test_features_the_model_asks_for_and_the_tables_lack_are_named(tmp_path: Path) -> None:
    folder = write_world(tmp_path, people=50, origins=1)
    with pytest.raises(DeskError) as problem:
        read_people(folder, tuple(settled_dates(1)), HORIZONS, names=(AGE, "health__gone__now"))
    assert problem.value.details == ["health__gone__now"]
