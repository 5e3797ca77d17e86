"""Claims about horizons: rolling origins, discrete-time hazards, and what is learnt, calibrated and chained."""

import dataclasses
from datetime import timedelta

import numpy as np
import pytest
from need_worlds import AS_OF, HORIZONS, SIGNAL, settled_dates, write_world

from configs.settings import load_settings
from configs.settings_need import Need
from models.need.chance import Target, count_events, directions_of, fit_for_use, fit_tested
from models.need.intervals import Stack, add_up, chain_hazards, hazard_labels, stack_up, take_apart
from models.need.metrics import sizing
from models.need.people import People, read_people
from models.need.splits import BY_PEOPLE, Origins, Span, plan_split, plan_splits
from models.need.study import study_chance

SPAN = Span(HORIZONS, 365)
OUTCOME = "care_home_admission"


@pytest.fixture(scope="module")
def need() -> Need:
    return load_settings(overrides={"need": {"bootstrap_samples": 50}}).need


@pytest.fixture(scope="module")
def older(tmp_path_factory: pytest.TempPathFactory) -> People:
    folder = write_world(tmp_path_factory.mktemp("world"), people=3000, origins=11)
    return read_people(folder, tuple(settled_dates(11)), HORIZONS)[1]


def _settled(origins: int) -> tuple[Origins, ...]:
    return tuple(tuple(settled_dates(origins, days)) for days in HORIZONS)


def _target(people: People) -> Target:
    return Target(OUTCOME, people.outcomes[OUTCOME])


def test_steps_of_the_default_settings_clear_the_horizons(need: Need) -> None:
    assert need.horizons_days == HORIZONS
    for steps, horizon in zip((1, 2, 4), need.horizons_days, strict=True):
        assert steps * need.train_every_days >= horizon + need.gap_days


def test_with_eight_origins_two_years_are_learnt_and_calibrated_later() -> None:
    origins = settled_dates(8)
    split = plan_split(_settled(8), AS_OF, SPAN)
    assert split is not None
    assert (split.learnt, split.note) == (3, "")
    assert split.train[2] == tuple(origins[:3]), "of 24 months: those over when calibration begins"
    assert split.calibrate[2] == (origins[4],)
    assert split.calibrate_from == origins[4] + timedelta(days=365)


def test_a_short_history_learns_fewer_intervals_rather_than_calibrating_on_what_it_learnt() -> None:
    split = plan_split(_settled(5), AS_OF, SPAN)
    assert split is not None
    assert (split.learnt, split.note) == (2, "")


def test_with_too_few_origins_for_a_year_the_split_says_that_calibration_gave_way() -> None:
    split = plan_split(_settled(2), AS_OF, SPAN)
    assert split is not None
    assert (split.learnt, split.calibrate, split.calibrate_from, split.note) == (2, (), None, BY_PEOPLE)


def test_one_origin_tests_nothing() -> None:
    assert plan_splits(_settled(1), SPAN, 2) == []


def test_every_horizon_is_tested_at_the_newest_date_that_can_test_it() -> None:
    tests = [split.test for split in plan_splits(_settled(11), SPAN, 1)]
    assert tests == [settled_dates(11, 365)[-1], settled_dates(11, 730)[-1]]


def test_a_hazard_is_only_asked_of_those_to_whom_it_has_not_happened() -> None:
    nan = np.nan
    y = np.array([[0, 0, 1], [1, 1, 1], [0, 1, nan], [0, nan, nan], [nan, nan, nan]])
    expected = np.array([[0, 0, 1], [1, nan, nan], [0, 1, nan], [0, nan, nan], [nan, nan, nan]])
    np.testing.assert_array_equal(hazard_labels(y), expected)
    stack = stack_up(expected, [np.ones(5, bool), np.ones(5, bool)])
    assert list(zip(stack.rows, stack.interval, stack.y, strict=True)) == [
        (0, 0, 0), (1, 0, 1), (2, 0, 0), (3, 0, 0), (0, 1, 0), (2, 1, 1),
    ]  # fmt: skip


def test_those_who_die_stay_at_risk_so_that_chances_are_of_what_will_be_seen() -> None:
    """Half die in the first interval, never having had it; half of the rest have it in each interval."""
    y = np.array([[0.0, 0, 0]] * 8 + [[1, 1, 1]] * 4 + [[0, 1, 1]] * 2 + [[0, 0, 1]] * 2)
    labels = hazard_labels(y)
    seen = add_up(np.array([[np.nanmean(labels[:, k]) for k in range(3)]]))[0]
    assert seen.tolist() == pytest.approx(y.mean(axis=0).tolist())


def test_an_interval_that_was_not_learnt_goes_on_at_the_pace_of_the_last_one() -> None:
    chained = chain_hazards(np.array([[0.05, 0.1]]), HORIZONS)
    assert chained[0, :2].tolist() == [0.05, 0.1]
    assert chained[0, 2] == pytest.approx(1 - 0.9 ** (365 / 183))


def test_hazards_are_found_again_in_the_chances_they_add_up_to() -> None:
    hazards = np.random.default_rng(1).random((50, 3))
    np.testing.assert_allclose(take_apart(add_up(hazards)), hazards, atol=1e-9)


def test_chances_of_every_horizon_come_true_and_none_falls(older: People, need: Need) -> None:
    settled = _settled(11)
    split = plan_splits(settled, SPAN, 1)[-1]
    model = fit_tested(older, _target(older), split, need=need, seed=1)
    rows = older.at((split.test,)) & ~np.isnan(older.outcomes[OUTCOME][:, 2])
    chances, y = model.predict(older, rows), older.outcomes[OUTCOME][rows]
    assert (np.diff(chances, axis=1) >= 0).all()
    assert model.learnt == 3
    for k in range(3):
        assert chances[:, k].mean() == pytest.approx(y[:, k].mean(), rel=0.15)
        assert 0.75 < sizing(chances[:, k], y[:, k])["calibration_slope"] < 1.3


def test_the_model_for_use_beyond_what_was_settled_is_marked_as_extrapolated(
    older: People, need: Need
) -> None:
    few = older.at(tuple(settled_dates(11)[-5:]))
    y = np.where(few[:, None], older.outcomes[OUTCOME], np.nan)
    studied = study_chance(
        dataclasses.replace(older, outcomes={OUTCOME: y}), OUTCOME, as_of=AS_OF, need=need, seed=1
    )
    assert studied is not None
    assert studied[0].model.learnt == 2
    said = {t[0]["horizon_days"]: t[0]["extrapolated"] for t in studied[0].tables if t[0]["split"] == 0}
    assert said == {182: False, 365: False} | ({730: True} if 730 in said else {})


def test_what_happens_after_the_test_date_cannot_change_the_tested_model(older: People, need: Need) -> None:
    y = older.outcomes[OUTCOME]
    split = plan_splits(_settled(11), SPAN, 1)[0]
    ends = [older.at(split.known[k]) for k in range(3)]
    unknown_yet = np.column_stack([~end for end in ends])
    model = fit_tested(older, Target(OUTCOME, y), split, need=need, seed=1)
    # What a person's later windows hold may change where it is not settled by the test; never the rest.
    other_future = np.where(unknown_yet & ~np.isnan(y), 1 - y, y)
    assert fit_tested(older, Target(OUTCOME, other_future), split, need=need, seed=1) == model
    other_past = np.where(unknown_yet, y, 1 - y)
    assert fit_tested(older, Target(OUTCOME, other_past), split, need=need, seed=1) != model


def test_events_are_counted_by_person_not_by_window(older: People) -> None:
    rows = np.flatnonzero(older.person_numbers == 3)
    stack = Stack(rows, np.zeros(len(rows), int), np.ones(len(rows)))
    assert len(rows) > 1
    assert count_events(older, stack) == 1


def test_folds_calibrate_as_well_as_a_later_date_when_there_is_none(older: People, need: Need) -> None:
    few = tuple(origins[-n:] if n else () for origins, n in zip(_settled(11), (4, 3, 0), strict=True))
    split = plan_splits(few, SPAN, 1)[0]
    tested = fit_tested(older, _target(older), split, need=need, seed=1)
    assert tested.note == BY_PEOPLE
    k = tested.learnt - 1
    test = older.at((split.test,)) & ~np.isnan(older.outcomes[OUTCOME][:, k])
    chances, y = tested.predict(older, test)[:, k], older.outcomes[OUTCOME][test, k]
    assert 0.5 < sizing(chances, y)["calibration_slope"] < 2


def test_too_few_events_use_the_age_rate_and_say_how_many_are_needed(older: People, need: Need) -> None:
    strict = need.model_copy(update={"events_min": 100_000})
    studied = study_chance(older, OUTCOME, as_of=AS_OF, need=strict, seed=1)
    assert studied is not None
    champion = studied[0].tables[0][0]
    assert champion["note"].startswith("too few to train on: ")
    assert champion["note"].endswith(" events of 100000 needed; the age rate is used")
    assert champion["verdict"] == "not trained: the age rate is used"
    assert studied[0].model.booster() is None
    assert champion["auc"] is not None, "even an age rate is tested"


def test_an_outcome_that_nobody_can_have_is_not_modelled(older: People, need: Need) -> None:
    nobody = dataclasses.replace(older, outcomes={"falls": np.full((len(older.x), 3), np.nan)})
    assert study_chance(nobody, "falls", as_of=AS_OF, need=need, seed=1) is None


def test_a_rising_feature_never_lowers_the_chance(older: People, need: Need) -> None:
    sure = need.model_copy(update={"rising": {OUTCOME: (SIGNAL,)}, "falling": {}})
    split = plan_splits(_settled(11), SPAN, 1)[0]
    model = fit_tested(older, _target(older), split, need=sure, seed=1)
    assert sum(directions_of(older, OUTCOME, sure)) == 1
    one = np.flatnonzero(older.at((split.test,)))[:1]
    steps = np.linspace(-3, 3, 200)
    swept = dataclasses.replace(
        older, x=np.repeat(older.x[one], 200, axis=0), ids=older.ids[one.tolist() * 200]
    )
    swept.x[:, older.features.index(SIGNAL)] = steps
    chances = model.predict(swept, np.ones(200, bool))[:, 1]
    assert (np.diff(chances) >= 0).all()
    assert chances[-1] > 2 * chances[0]


def test_the_model_for_use_keeps_the_calibration_and_grows_as_many_trees(older: People, need: Need) -> None:
    use = plan_split(_settled(11), AS_OF, SPAN)
    split = plan_splits(_settled(11), SPAN, 1)[0]
    tested = fit_tested(older, _target(older), split, need=need, seed=1)
    used = fit_for_use(older, _target(older), use, tested, need=need, seed=1)
    assert used.before is not None
    assert used.model.boosted is not None
    assert used.before.boosted is not None
    assert used.model.calibration == used.before.calibration
    assert used.model.boosted.trees == used.before.boosted.trees
    assert used.model.boosted.text != used.before.boosted.text
