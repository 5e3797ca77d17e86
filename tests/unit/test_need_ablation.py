"""Claims about ablations: a planted effect is found at its size, none where none is, and chance is held in."""

import dataclasses
import math
from datetime import date

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from need_worlds import HORIZONS, SIGNAL, settled_dates, write_world

from configs.settings import load_settings
from configs.settings_need import Ablation
from models.need.ablation import (
    EVENTS_MIN,
    Weight,
    find_alike,
    fits,
    hold_false_alarms,
    measure_worth,
    solve_ratio,
    weigh_circumstance,
)
from models.need.metrics import Z95
from models.need.people import People, read_people

SETTINGS = load_settings(overrides={"need": {"bootstrap_samples": 100}})
NEED = SETTINGS.need
ABLATION = Ablation(
    phrase="lives alone",
    circumstance="person__lives_alone__now",
    features=("person__lives_alone__*",),
    beside=("person__age__now", "health__frailty_score__now"),
)
OUTCOME = "emergency_admission"


def planted(log_ratio: float, *, seed: int = 1, people: int = 30_000, unknown: float = 0.0) -> People:
    """One date of people aged 65 to 95: the old, the frail and women live alone more often and are admitted
    more often; living alone itself multiplies the chance by exp(`log_ratio`)."""
    random = np.random.default_rng(seed)
    age, frailty = random.uniform(65, 95, people), random.normal(size=people)
    woman = random.random(people) < 0.55
    alone = random.random(people) < 1 / (1 + np.exp(-(-1 + 0.08 * (age - 80) + 0.5 * frailty + 0.8 * woman)))
    chance = 0.06 * np.exp(0.04 * (age - 80) + 0.4 * frailty + 0.4 * woman + log_ratio * alone)
    happened = (random.random(people) < np.clip(chance, 0, 1)).astype(float)
    told = np.where(random.random(people) < unknown, np.nan, alone.astype(float))
    numbers = np.arange(people)
    ids = pl.DataFrame(
        {
            "person_id": [f"p{n:06d}" for n in numbers],
            "household_id": [f"h{n // 2:06d}" for n in numbers],
            "as_of": pl.Series([date(2025, 1, 1)] * people, dtype=pl.Date),
        }
    )
    y = np.column_stack([happened] * 3)
    return People(
        "65+", HORIZONS, ids, pl.DataFrame({"sex": np.where(woman, "female", "male")}),
        ("health__frailty_score__now", "person__age__now", "person__lives_alone__now"),
        np.column_stack([frailty, age, told]).astype(np.float32), {OUTCOME: y}, {}, np.zeros((people, 3)),
    )  # fmt: skip


def weigh(people: People, bands: tuple[float, ...] = ()) -> dict[str, Weight]:
    alike = find_alike(people, ABLATION, NEED, 1)
    assert alike is not None
    return dict(weigh_circumstance(people, OUTCOME, alike, NEED, 1, bands))


def interval_of(weight: Weight) -> tuple[float, float]:
    return weight.log_ratio - Z95 * weight.error, weight.log_ratio + Z95 * weight.error


@pytest.mark.parametrize("log_ratio", [0.0, 0.35])
def test_a_planted_effect_is_found_at_its_size_and_none_where_none_is(log_ratio: float) -> None:
    people = planted(log_ratio)
    alone, happened = people.x[:, 2] > 0, people.outcomes[OUTCOME][:, 0]
    crude = math.log(happened[alone].mean() / happened[~alone].mean())
    found = weigh(people)["all"]
    low, high = interval_of(found)
    assert crude > log_ratio + 0.25, "without adjustment the old and the frail make it look far more"
    assert low < log_ratio < high
    assert found.error < 0.05


def test_over_many_counties_the_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    held = [low < 0.2 < high for low, high in (interval_of(w) for w in _over_counties(0.2, 20))]
    assert sum(held) >= 16


def _over_counties(log_ratio: float, counties: int) -> list[Weight]:
    return [weigh(planted(log_ratio, seed=100 + n, people=8000))["all"] for n in range(counties)]


def test_who_is_not_known_to_be_in_it_or_not_is_left_aside() -> None:
    people = planted(0.35, unknown=0.5)
    found = weigh(people)["all"]
    assert found.n_people == int((~np.isnan(people.x[:, 2])).sum())
    low, high = interval_of(found)
    assert low < 0.35 < high


def test_age_bands_share_out_everybody() -> None:
    people = planted(0.35)
    found = weigh(people, (65.0, 75.0, 85.0))
    assert list(found) == ["all", "65-74", "75-84", "85+"]
    assert sum(w.n_events for band, w in found.items() if band != "all") == found["all"].n_events


def test_too_few_events_say_nothing() -> None:
    few = planted(0.35, people=300)
    said = weigh(few)["all"].as_dict()
    assert (said["ratio"], said["ratio_low"], said["ratio_high"]) == (None, None, None)
    assert math.isnan(weigh(few)["all"].p_value)


def test_a_circumstance_that_nobody_is_in_cannot_be_asked_about() -> None:
    people = planted(0.0)
    people.x[:, 2] = 0
    assert find_alike(people, ABLATION, NEED, 1) is None


def test_a_household_counted_twice_tells_no_more() -> None:
    random = np.random.default_rng(3)
    x = (random.random(4000) < 0.4).astype(float)
    y = (random.random(4000) < 0.2).astype(float)
    even, homes = np.full(4000, 0.4), np.arange(4000)
    once = solve_ratio(x, even, y, np.full(4000, 0.2), homes)
    twice = solve_ratio(*(np.tile(v, 2) for v in (x, even, y, np.full(4000, 0.2), homes)))
    assert twice.log_ratio == pytest.approx(once.log_ratio)
    assert twice.error == pytest.approx(once.error)


@settings(deadline=None)
@given(st.lists(st.one_of(st.floats(0, 1), st.just(float("nan"))), max_size=30))
def test_what_stands_is_likelier_than_what_does_not_and_nothing_unknown_stands(p_values: list[float]) -> None:
    stands = hold_false_alarms(p_values)
    kept = [p for p, s in zip(p_values, stands, strict=True) if s]
    left = [p for p, s in zip(p_values, stands, strict=True) if not s and not math.isnan(p)]
    assert not any(math.isnan(p) for p in kept)
    assert all(p <= 0.05 for p in kept)
    assert not kept or not left or max(kept) <= min(left)
    assert len(stands) == len(p_values)


def test_of_many_findings_by_chance_alone_few_stand() -> None:
    p_values = list(np.random.default_rng(5).random(200))
    assert sum(p <= 0.05 for p in p_values) > 3
    assert sum(hold_false_alarms(p_values)) == 0
    assert hold_false_alarms([1e-6, *p_values])[0]


def test_what_is_left_out_is_seen_by_no_model() -> None:
    people = planted(0.0, people=10)
    fewer = people.without(lambda name: fits(name, ("person__lives_*",)))
    assert fewer.features == ("health__frailty_score__now", "person__age__now")
    assert np.array_equal(fewer.x[:], people.x[:, :2])
    assert np.array_equal(fewer.x[[3, 1]], people.x[[3, 1], :2])
    assert np.array_equal(fewer.x[:, 1], people.x[:, 1])
    assert np.isnan(fewer.raw("person__lives_alone__now")).all()
    again = fewer.seen_by(("person__age__now",))
    assert again is not None
    assert np.array_equal(again.x[:], people.x[:, 1:2])


@pytest.fixture(scope="module")
def older(tmp_path_factory: pytest.TempPathFactory) -> People:
    folder = write_world(tmp_path_factory.mktemp("ablation"), people=3000, origins=9)
    return read_people(folder, tuple(settled_dates(9)), HORIZONS)[1]


def test_features_that_carry_the_signal_are_worth_something_and_noise_is_not(older: People) -> None:
    signal = ABLATION.model_copy(update={"features": (SIGNAL,)})
    noise = ABLATION.model_copy(update={"features": ("area__*", "housing__*")})
    worth, nothing = (measure_worth(older, OUTCOME, a, NEED, 1) for a in (signal, noise))
    assert worth is not None
    assert nothing is not None
    assert worth.low > 0.02
    assert nothing.low < 0 < nothing.high
    assert worth.as_dict()["difference"] == pytest.approx(worth.with_features - worth.without, abs=1e-6)


def test_with_few_events_no_difference_is_told(older: People) -> None:
    y = older.outcomes[OUTCOME].copy()
    events = np.flatnonzero((y == 1).any(axis=1))
    others = np.setdiff1d(events, events[:: len(events) // 120])
    y[others] = np.where(np.isnan(y[others]), np.nan, 0.0)
    worth = measure_worth(dataclasses.replace(older, outcomes={OUTCOME: y}), OUTCOME, ABLATION, NEED, 1)
    assert worth is not None
    assert 0 < worth.n_events < EVENTS_MIN
    assert worth.as_dict()["difference_low"] is None


def test_features_that_no_pattern_names_cannot_be_left_out(older: People) -> None:
    absent = ABLATION.model_copy(update={"features": ("person__no_such__*",)})
    assert measure_worth(older, OUTCOME, absent, NEED, 1) is None


def test_every_default_ablation_adjusts_for_nothing_that_it_leaves_out() -> None:
    for ablation in SETTINGS.ablations.values():
        assert fits(ablation.circumstance, ablation.features)
        assert not [b for b in ablation.beside if fits(b, ablation.features)]
