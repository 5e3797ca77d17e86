"""Claims about a simulated world: lives lived in memory, held against published rates and known effects."""

from dataclasses import replace
from datetime import date

import numpy as np
import polars as pl
import pytest
from sklearn.metrics import roc_auc_score

from simulator import kinds, rates
from simulator.effects import Effects
from simulator.geography import invented_county
from simulator.lives import live
from simulator.timeline import NO_DAY, Timeline, day_number
from simulator.world import World
from simulator.worlds import plan_world

END = date(2026, 9, 30)
LAST = day_number(END)
IMPOSSIBLE = "2025-02-31"
"""The rubbish planted in a few start dates."""


@pytest.fixture(scope="module")
def world() -> World:
    return _lived(9000, 5, 11)


def _lived(households: int, years: int, seed: int, effects: Effects | None = None) -> World:
    county, timeline = invented_county(), Timeline(LAST, years)
    plan = plan_world("default", county, timeline, seed)
    plan = replace(plan, effects=effects or plan.effects)
    return live(county, households, timeline, plan, np.random.default_rng(seed))


def _gone(world: World) -> np.ndarray:
    people = world.people
    return np.where(
        people["died"] > NO_DAY, people["died"], np.where(people["left"] > NO_DAY, people["left"], 2**30)
    )


def _person_years(world: World, low: float, high: float) -> float:
    ages = [world.age(t["person"], t["day"]) for t in world.truth[:-1]]
    return sum(((a >= low) & (a < high)).sum() * 0.5 for a in ages)


def _per_year(world: World, who: np.ndarray, day: np.ndarray, low: float, high: float) -> float:
    first = int(world.truth[0]["day"][0])
    age = world.age(who, day)
    happened = (day >= first) & (day <= LAST) & (age >= low) & (age < high)
    return happened.sum() / _person_years(world, low, high)


# --- lives --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "log", ["admissions", "attendances", "requests", "assessments", "services", "reviews"]
)
def test_nothing_happens_to_anyone_after_death_or_leaving_or_before_arrival(world: World, log: str) -> None:
    rows = getattr(world, log)
    assert rows.size > 50
    assert (rows["day"] <= _gone(world)[rows["person"]]).all()
    assert (rows["day"] >= world.people["arrived"][rows["person"]] - 1).all()


def test_death_closes_support_and_hospital_stays(world: World) -> None:
    died = world.people["died"]
    for log in (world.services, world.admissions):
        dead = died[log["person"]] > NO_DAY
        assert dead.sum() > 100
        assert (log["until"][dead] > NO_DAY).all()
        assert (log["until"][dead] <= died[log["person"][dead]]).all()
    services = world.services
    at_death = (services["until"] == died[services["person"]]) & (services["until"] > NO_DAY)
    assert (services["why_ended"][at_death] == kinds.DIED).mean() > 0.95


def test_nobody_lives_in_two_places_at_once(world: World) -> None:
    spells = world.residences.frame().sort("person", "since", "until")
    until = pl.when(pl.col("until") == NO_DAY).then(2**30).otherwise(pl.col("until"))
    spells = spells.with_columns(until=until, next=pl.col("since").shift(-1).over("person"))
    assert spells.filter(pl.col("next") < pl.col("until")).is_empty()


def test_everyone_alive_and_here_has_exactly_one_open_residence(world: World) -> None:
    spells = world.residences
    still = np.bincount(spells["person"][spells["until"] == NO_DAY], minlength=world.people.size)
    assert (still == world.people["resident"]).all()


def test_long_term_support_spells_of_a_person_do_not_overlap(world: World) -> None:
    rows = world.services.frame().filter(pl.col("kind") <= kinds.K_COMMUNITY).sort("person", "day", "until")
    until = pl.when(pl.col("until") == NO_DAY).then(2**30).otherwise(pl.col("until"))
    rows = rows.with_columns(until=until, next=pl.col("day").shift(-1).over("person"))
    assert rows.filter(pl.col("next") < pl.col("until")).is_empty()


def test_frailty_jumps_after_a_fall_admission(world: World) -> None:
    stays, rises = world.admissions, []
    for before, after in zip(world.truth[:-1], world.truth[1:], strict=True):
        day = int(before["day"][0])
        fell = np.unique(
            stays["person"][stays["fall"] & (stays["day"] >= day + 90) & (stays["day"] < day + 180)]
        )
        rise = pl.DataFrame({"person": before["person"], "a": before["frailty"]}).join(
            pl.DataFrame({"person": after["person"], "b": after["frailty"]}), on="person"
        )
        rise = rise.with_columns(
            up=pl.col("b") - pl.col("a"), old=world.age(rise["person"].to_numpy(), day) > 65
        ).filter("old")
        rises.append(
            rise.group_by(pl.col("person").is_in(fell.tolist()).alias("fell")).agg(pl.col("up").mean())
        )
    mean = pl.concat(rises).group_by("fell").agg(pl.col("up").mean()).sort("fell")["up"]
    assert mean[1] > mean[0] + 0.02


# --- published rates ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("low", "high", "per_1000"), [(65, 75, 160), (75, 85, 290), (85, 130, 510)])
def test_emergency_admissions_follow_the_published_rates(
    world: World, low: float, high: float, per_1000: float
) -> None:
    stays = world.admissions
    rate = _per_year(world, stays["person"][stays["emergency"]], stays["day"][stays["emergency"]], low, high)
    assert rate * 1000 == pytest.approx(per_1000, rel=0.2)


@pytest.mark.parametrize(("low", "high", "per_100000"), [(65, 80, 930), (80, 130, 4850)])
def test_falls_admissions_follow_the_published_rates(
    world: World, low: float, high: float, per_100000: float
) -> None:
    stays = world.admissions
    rate = _per_year(world, stays["person"][stays["fall"]], stays["day"][stays["fall"]], low, high)
    assert rate * 1e5 == pytest.approx(per_100000, rel=0.25)


def test_deaths_follow_the_life_tables(world: World) -> None:
    expected = 0.0
    for truth in world.truth[:-1]:
        age, female = world.age(truth["person"], truth["day"]), world.people["female"][truth["person"]]
        men, women = rates.curve(age, rates.DEATH_MEN), rates.curve(age, rates.DEATH_WOMEN)
        expected += (np.where(female, women, men) * 0.5)[age >= 65].sum()
    died = world.people["died"]
    dead = np.flatnonzero(died >= int(world.truth[0]["day"][0]))
    assert (world.age(dead, died[dead]) >= 65).sum() == pytest.approx(expected, rel=0.2)


def test_support_and_care_homes_hold_about_the_published_shares(world: World) -> None:
    now = world.truth[-1]
    older = world.age(now["person"], now["day"]) >= 65
    assert now["in_care_home"][older].mean() == pytest.approx(0.025, rel=0.25)
    services = world.services
    live_in_year = (services["kind"] <= kinds.K_COMMUNITY) & (
        (services["until"] == NO_DAY) | (services["until"] > LAST - 365)
    )
    who = np.unique(services["person"][live_in_year])
    share = (world.age(who, LAST) >= 65).sum() / older.sum()
    assert share == pytest.approx(0.052, rel=0.25)
    requests = world.requests
    own = ~requests["carer"]
    rate = _per_year(world, requests["person"][own], requests["day"][own], 65, 130)
    assert rate == pytest.approx(0.1316, rel=0.2)


def test_older_people_live_alone_about_as_often_as_published(world: World) -> None:
    now = world.truth[-1]
    older = world.age(now["person"], now["day"]) >= 65
    women = world.people["female"][now["person"]]
    assert now["alone"][older & women].mean() == pytest.approx(0.385, rel=0.2)
    assert now["alone"][older & ~women].mean() == pytest.approx(0.25, rel=0.25)


def test_weekly_hours_are_right_skewed_as_published(world: World) -> None:
    services = world.services
    mine = (services["kind"] == kinds.K_COMMUNITY) & (services["component"] == 0)
    low, middle, high = np.percentile(services["hours"][mine], [10, 50, 90])
    assert middle == pytest.approx(10.5, rel=0.2)
    assert low == pytest.approx(3.5, rel=0.3)
    assert high == pytest.approx(28, rel=0.25)


# --- signal and noise ---------------------------------------------------------------------------------------


def _auc(
    world: World, hazard: str, who: np.ndarray, day: np.ndarray, keep: str | None = None
) -> tuple[float, float]:
    """AUC of the true monthly chance, and of age alone, for the outcome within a year among people 65+."""
    chance, happened, ages = [], [], []
    for truth in world.truth[:-2]:
        start = int(truth["day"][0])
        age = world.age(truth["person"], start)
        may = (age >= 65) & ~truth["in_care_home"]
        if keep:
            may &= (truth[keep] == 0) & ~truth["support_pending"]
        hit = np.zeros(world.people.size, dtype=bool)
        hit[who[(day >= start) & (day < start + 365)]] = True
        chance.append(truth[hazard][may])
        happened.append(hit[truth["person"]][may])
        ages.append(age[may])
    happened_all = np.concatenate(happened)
    return (
        roc_auc_score(happened_all, np.concatenate(chance)),
        roc_auc_score(happened_all, np.concatenate(ages)),
    )


def test_true_chances_of_emergency_admission_predict_it_but_never_nearly_perfectly(world: World) -> None:
    stays = world.admissions
    best, age = _auc(
        world, "emergency_admission", stays["person"][stays["emergency"]], stays["day"][stays["emergency"]]
    )
    assert 0.70 < best < 0.82
    assert best > age + 0.05


def test_true_chances_of_support_at_home_predict_it_but_never_nearly_perfectly(world: World) -> None:
    rows = world.services.frame().filter(pl.col("kind") == kinds.K_COMMUNITY).sort("person", "day")
    first = rows.group_by("person", maintain_order=True).first()
    best, age = _auc(
        world, "long_term_at_home", first["person"].to_numpy(), first["day"].to_numpy(), keep="support"
    )
    assert 0.72 < best < 0.87
    assert best > age + 0.03


def test_a_world_without_an_effect_has_no_such_effect() -> None:
    """The circumstances truly drive the chances: without the planted effect of frailty it tells nothing but age."""
    planted = Effects()
    plain = replace(planted, emergency=replace(planted.emergency, frailty=0.0, luck=0.0, after_discharge=0.0))
    spread = []
    for effects in (planted, plain):
        lived = _lived(1500, 2, 3, effects)
        now = lived.truth[-1]
        middle = (lived.age(now["person"], LAST) > 70) & (lived.age(now["person"], LAST) < 80)
        frail, fit = middle & (now["frailty_z"] > 1), middle & (now["frailty_z"] < -1)
        spread.append(now["emergency_admission"][frail].mean() / now["emergency_admission"][fit].mean())
    assert spread[0] > 2.0
    assert spread[1] < 1.6
