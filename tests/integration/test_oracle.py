"""Claims about the truth of the future: true chances come true, and the oracle knows no more than it may."""

from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import polars as pl
import pytest
from sklearn.metrics import roc_auc_score

from simulator import care, health, oracle
from simulator.chances import chances, hours, outcome_days
from simulator.foresight import DYNAMIC
from simulator.futures import describe_people, effect_table
from simulator.geography import invented_county
from simulator.hazards import circumstances
from simulator.lives import live
from simulator.oracle import Observer
from simulator.particles import HAZARDS
from simulator.simulate import as_of_days
from simulator.timeline import Timeline, day_number
from simulator.world import World
from simulator.worlds import WINTER_FACTOR, plan_world

LAST = day_number(date(2026, 9, 30))
YEARS = 3
COMMON = ("emergency_admission", "fall_admission", "long_term_community_start", "care_home_admission")


@dataclass(frozen=True)
class Watched:
    world: World
    observer: Observer
    table: pl.DataFrame


def _watch(households: int = 6000, name: str = "default", **settings: object) -> Watched:
    county, timeline = invented_county(), Timeline(LAST, YEARS)
    observer = replace(Observer(8, as_of_days(timeline)), **settings)
    plan = plan_world(name, county, timeline, 8)
    world = live(county, households, timeline, plan, np.random.default_rng(8), None, observer)
    return Watched(world, observer, chances(world, observer.stated, outcome_days(world), LAST))


@pytest.fixture(scope="module")
def watched() -> Watched:
    return _watch()


def _of(table: pl.DataFrame, outcome: str, horizon: int = 365, age_group: str = "65+") -> pl.DataFrame:
    return table.filter(
        "eligible",
        pl.col("happened").is_not_null(),
        pl.col("outcome").cast(pl.String) == outcome,
        pl.col("horizon_days") == horizon,
        pl.col("age_group") == age_group,
    )


def _auc(rows: pl.DataFrame, column: str) -> float:
    return float(roc_auc_score(rows["happened"].to_numpy(), rows[column].to_numpy()))


@pytest.mark.parametrize("outcome", COMMON)
@pytest.mark.parametrize("column", ["true_chance", "oracle_chance"])
def test_as_much_comes_to_pass_as_the_chances_say(watched: Watched, outcome: str, column: str) -> None:
    for horizon in (182, 365, 730):
        rows = _of(watched.table, outcome, horizon)
        chance = rows[column].to_numpy()
        spread = np.sqrt((chance * (1 - chance)).sum())
        assert len(rows) > 2000
        assert abs(rows["happened"].sum() - chance.sum()) < 3.5 * spread + 0.04 * chance.sum()


@pytest.mark.parametrize("outcome", COMMON)
def test_chances_come_true_among_the_likely_and_the_unlikely_alike(watched: Watched, outcome: str) -> None:
    rows = _of(watched.table, outcome).sort("oracle_chance")
    fifth = len(rows) // 5
    for part in (rows.head(4 * fifth), rows.tail(fifth)):
        chance = part["oracle_chance"].to_numpy()
        spread = np.sqrt((chance * (1 - chance)).sum())
        assert abs(part["happened"].sum() - chance.sum()) < 3.5 * spread + 0.06 * chance.sum()


def test_the_oracle_knows_more_than_age_and_less_than_the_truth(watched: Watched) -> None:
    rows = _of(watched.table, "emergency_admission")
    age = watched.world.age(rows["person"].to_numpy(), LAST)
    by_age = roc_auc_score(rows["happened"].to_numpy(), age)
    assert by_age + 0.05 < _auc(rows, "oracle_chance") < _auc(rows, "true_chance") - 0.005


@pytest.mark.parametrize("outcome", COMMON)
def test_what_can_be_known_of_the_older_lies_where_published_models_do(
    watched: Watched, outcome: str
) -> None:
    """0.68 to 0.85, with room for the few events of a small county."""
    assert 0.66 < _auc(_of(watched.table, outcome), "oracle_chance") < 0.88


def test_a_longer_horizon_is_never_less_likely(watched: Watched) -> None:
    wide = watched.table.pivot("horizon_days", index=["person", "as_of", "outcome"], values="oracle_chance")
    assert (wide["182"] <= wide["365"] + 1e-6).all()
    assert (wide["365"] <= wide["730"] + 1e-6).all()


def test_a_window_that_is_not_over_has_no_outcome(watched: Watched) -> None:
    last = watched.table.filter(pl.col("as_of") == date(2026, 10, 1))
    assert last.height > 1000
    assert last["happened"].null_count() == last.height


def test_futures_begin_with_the_simulators_own_monthly_chances(watched: Watched) -> None:
    world = watched.world
    now = circumstances(world, LAST + 1)
    emergency, steps = health.emergency_chances(world, now), care.care_chances(world, now)
    drawn = dict(zip(HAZARDS, (*emergency, health.death_chance(world, now), *steps.values()), strict=False))
    rows = np.flatnonzero(now.adult)
    start = describe_people(world, now, rows)
    effects = effect_table(world.effects, HAZARDS[:5], DYNAMIC)
    values = np.stack([now.values[name][rows] for name in DYNAMIC], 1)
    ahead = -np.expm1(-start["base"] * np.exp(values @ effects.T))
    for k, name in enumerate(HAZARDS[:5]):
        may = (now.known[name][rows] > 0) & (drawn[name][rows] > 0)
        assert may.sum() > 2000
        np.testing.assert_allclose(ahead[may, k], drawn[name][rows][may], rtol=1e-9)


def test_twice_the_particles_and_futures_say_the_same() -> None:
    few = _watch(1500).table
    many = _watch(1500, particles=192, particles_younger=48, futures=(96, 24)).table
    both = _of(few, "emergency_admission").join(
        _of(many, "emergency_admission"), on=["person", "as_of"], suffix="_more"
    )
    change = (both["oracle_chance"] - both["oracle_chance_more"]).to_numpy()
    assert len(both) > 500
    assert np.corrcoef(both["oracle_chance"], both["oracle_chance_more"])[0, 1] > 0.93
    assert abs(change.mean()) < 0.01
    assert abs(_auc(both, "oracle_chance") - _auc(both, "oracle_chance_more")) < 0.015


def test_watching_changes_no_life_and_threads_change_no_chance(monkeypatch: pytest.MonkeyPatch) -> None:
    two = _watch(400)
    monkeypatch.setattr(oracle, "THREADS", 1)
    monkeypatch.setattr(oracle, "CHUNK", 97)
    one = _watch(400)
    assert two.table.equals(one.table)
    county, timeline = invented_county(), Timeline(LAST, YEARS)
    unwatched = live(
        county, 400, timeline, plan_world("default", county, timeline, 8), np.random.default_rng(8)
    )
    assert unwatched.admissions.frame().equals(two.world.admissions.frame())


def test_a_hard_winter_yet_to_come_is_in_the_truth_and_not_in_the_oracle() -> None:
    rows = _of(_watch(1500, "shock").table, "emergency_admission", 182)
    before = rows.filter(pl.col("as_of") == date(2025, 10, 1))
    told, guessed = before["true_chance"].sum(), before["oracle_chance"].sum()
    assert 1.2 * guessed < told < WINTER_FACTOR * guessed
    assert abs(before["happened"].sum() - told) < 3.5 * np.sqrt(told)


def test_true_hours_are_the_mean_of_what_was_planned_over_the_window(watched: Watched) -> None:
    table = hours(watched.world, watched.observer.stated, LAST)
    assert set(table["horizon_days"].unique()) <= {182, 365, 730}
    served = table.filter(pl.col("hours_per_week") > 0)
    assert 0.005 < served.height / table.height < 0.05
    assert 5 < served["hours_per_week"].mean() < 20
