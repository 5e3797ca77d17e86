"""Claims about the worlds: each plants exactly what its name says, and nothing else."""

from dataclasses import fields, replace
from datetime import date

import numpy as np
import pytest
import shapely

from simulator.effects import Effects
from simulator.geography import County, invented_county
from simulator.timeline import Timeline, add_months, as_date, day_number
from simulator.worlds import WORLDS, Plan, plan_world, without

TIMELINE = Timeline(day_number(date(2026, 9, 30)), 6)


@pytest.fixture(scope="module")
def county() -> County:
    return invented_county()


def _plan(name: str, county: County) -> Plan:
    return plan_world(name, county, TIMELINE, 5)


def _same(a: object, b: object) -> bool:
    return np.array_equal(a, b) if isinstance(a, np.ndarray) else a == b


@pytest.mark.parametrize(
    ("name", "planted"),
    [
        ("default", set()),
        ("placebo", {"effects"}),
        ("hidden-need", {"planted", "lean", "service_factor"}),
        ("flat", {"effects", "lean", "area_effect", "level"}),
        ("drift", {"change_day", "eligibility_factor", "coding_factor"}),
        ("biased", {"unrecorded_request_share", "over_coding_factor"}),
        ("shock", {"winter", "winter_factor"}),
    ],
)
def test_a_world_differs_from_the_default_in_what_its_name_says_alone(
    name: str, planted: set[str], county: County
) -> None:
    plain, mine = _plan("default", county), _plan(name, county)
    different = {f.name for f in fields(Plan) if not _same(getattr(plain, f.name), getattr(mine, f.name))}
    assert different == planted | ({"name"} if name != "default" else set())


def test_every_world_on_offer_is_planted() -> None:
    assert set(WORLDS) == {"default", "placebo", "hidden-need", "flat", "drift", "biased", "shock"}


def test_in_a_placebo_world_cold_homes_and_living_alone_do_nothing_and_all_else_does_as_before(
    county: County,
) -> None:
    plain, placebo = _plan("default", county).effects, _plan("placebo", county).effects
    for chance in (f.name for f in fields(Effects)):
        before, after = getattr(plain, chance), getattr(placebo, chance)
        assert (after.alone, after.cold_home) == (0.0, 0.0)
        assert replace(after, alone=before.alone, cold_home=before.cold_home) == before
    assert plain.emergency.alone > 0
    assert plain.emergency.cold_home > 0


def test_the_planted_cluster_is_one_piece_of_neighbouring_areas_and_few_of_them(county: County) -> None:
    plan = _plan("hidden-need", county)
    joined = shapely.union_all(shapely.buffer(county.shapes[plan.planted], 1.0))
    assert joined.geom_type == "Polygon"
    assert 3 <= plan.planted.sum() <= 6
    assert (plan.need_factor()[plan.planted] > 1.3).all()
    assert (plan.need_factor()[~plan.planted] == 1.0).all()
    assert (plan.service_factor[plan.planted] < 0.5).all()


def test_eligibility_and_coding_change_half_way_and_not_before(county: County) -> None:
    plan = _plan("drift", county)
    half = day_number(add_months(TIMELINE.first_date, 36))
    assert plan.change_day == half
    assert plan.time_shift("long_term_at_home", half - 1) == 0.0
    assert plan.time_shift("long_term_at_home", half) < -0.3
    assert plan.time_shift("care_home_move", half) == 0.0
    assert (plan.coding_on(half - 1), plan.coding_on(half) > 1) == (1.0, True)


def test_the_hard_winter_is_a_whole_one_and_doubles_emergencies_in_it_alone(county: County) -> None:
    plan = _plan("shock", county)
    assert plan.winter is not None
    assert [as_date(d).isoformat() for d in plan.winter] == ["2025-12-01", "2026-03-01"]
    first, after = plan.winter
    for chance in ("emergency", "fall"):
        assert np.exp(plan.time_shift(chance, first)) == pytest.approx(2.0)
        assert plan.time_shift(chance, first - 1) == plan.time_shift(chance, after) == 0.0


def test_nobody_knows_of_a_change_before_its_day(county: County) -> None:
    drift, shock = _plan("drift", county), _plan("shock", county)
    assert drift.change_day is not None
    assert shock.winter is not None
    later = drift.change_day + 100
    assert drift.time_shift("long_term_at_home", later, foreseen_on=drift.change_day - 1) == 0.0
    assert drift.time_shift("long_term_at_home", later, foreseen_on=drift.change_day) < 0.0
    assert shock.time_shift("emergency", shock.winter[0], foreseen_on=shock.winter[0] - 1) == 0.0


def test_effects_taken_away_leave_the_others(county: County) -> None:
    assert without(Effects()) == Effects()
    assert without(Effects(), "luck").emergency.luck == 0.0
    assert without(Effects(), "luck").emergency.frailty == Effects().emergency.frailty
