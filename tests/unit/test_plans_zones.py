"""Claims about zones: islands, impossible balance, bad requests, names, numbering."""

import geopandas as gpd
import numpy as np
import polars as pl
import pytest
from places_worlds import grid_areas
from shapely.geometry import box

from configs.errors import PlanError
from models.plans.bound import bound_distance
from models.plans.names import name_zones
from models.plans.neighbours import find_neighbours
from models.plans.recheck import recheck
from models.plans.zones import ZonePlan, locate, plan_zones


def _plan(areas: gpd.GeoDataFrame, hours: np.ndarray, zones: int, **given: float) -> ZonePlan:
    asked = {"tolerance": 0.05, "seed": 1, "restarts": 4, "steps": 20_000} | given
    return plan_zones(areas, hours, zones, **asked)  # type: ignore[arg-type]


def _with_island(apart: int) -> gpd.GeoDataFrame:
    squares = [box(380_000 + 1000 * i, 310_000, 381_000 + 1000 * i, 311_000) for i in range(apart)]
    codes = [f"X{i}" for i in range(apart)]
    islands = gpd.GeoDataFrame({"lsoa_code": codes}, geometry=squares, crs=27700)
    return gpd.GeoDataFrame(gpd.pd.concat([grid_areas(4, 4), islands], ignore_index=True), crs=27700)


def test_four_equal_quarters_of_a_square_are_found() -> None:
    plan = _plan(grid_areas(4, 4), np.ones(16), 4)
    assert plan.max_deviation == pytest.approx(0)
    assert plan.distance_metres == pytest.approx(np.hypot(500, 500))


def test_an_island_is_joined_to_its_nearest_and_said_so() -> None:
    plan = _plan(_with_island(1), np.ones(17), 2, tolerance=0.1)
    assert plan.joined == ((15, 16),)
    assert plan.contiguous
    assert plan.zone[16] == plan.zone[15]


def test_two_islands_that_touch_each_other_need_one_link() -> None:
    neighbours = find_neighbours(_with_island(2))
    assert neighbours.joined == ((15, 16),)
    assert [16, 17] in neighbours.pairs().tolist()


def test_areas_that_meet_in_a_corner_are_no_neighbours() -> None:
    corners = [(0, 0), (1000, 0), (0, 1000), (1000, 1000)]
    squares = gpd.GeoDataFrame(geometry=[box(x, y, x + 1000, y + 1000) for x, y in corners], crs=27700)
    assert find_neighbours(squares).pairs().tolist() == [[0, 1], [0, 2], [1, 3], [2, 3]]


def test_borders_that_do_not_meet_exactly_are_borders_still() -> None:
    squares = gpd.GeoDataFrame(geometry=[box(0, 0, 1000, 1000), box(1000.4, 0, 2000, 1000)], crs=27700)
    found = find_neighbours(squares)
    assert found.pairs().tolist() == [[0, 1]]


def test_an_area_larger_than_a_zone_gives_the_best_balance_and_says_it_is_not_within() -> None:
    hours = np.ones(16)
    hours[5] = 40.0
    plan = _plan(grid_areas(4, 4), hours, 4)
    assert not plan.within_tolerance
    assert plan.contiguous
    assert plan.lower_bound_metres is None
    totals = np.bincount(plan.zone, hours)
    assert totals.max() == 40
    assert sorted(totals)[:3] == [5, 5, 5]


def test_areas_without_hours_join_a_near_zone() -> None:
    hours = np.ones(16)
    hours[[0, 3, 12, 15]] = 0
    plan = _plan(grid_areas(4, 4), hours, 2)
    assert plan.contiguous
    assert len(np.unique(plan.zone)) == 2


@pytest.mark.parametrize(
    ("zones", "says"), [(0, "at least one zone"), (-1, "at least one"), (17, "More zones than areas")]
)
def test_an_impossible_number_of_zones_is_told_to_the_desk(zones: int, says: str) -> None:
    with pytest.raises(PlanError, match=says):
        _plan(grid_areas(4, 4), np.ones(16), zones)


@pytest.mark.parametrize("hours", [np.zeros(16), np.full(16, np.nan), -np.ones(16)])
def test_no_demand_is_told_to_the_desk(hours: np.ndarray) -> None:
    with pytest.raises(PlanError, match="no forecast hours"):
        _plan(grid_areas(4, 4), hours, 2)


def test_as_many_zones_as_areas_and_one_zone_are_plans_too() -> None:
    assert len(np.unique(_plan(grid_areas(3, 3), np.ones(9), 9).zone)) == 9
    assert set(_plan(grid_areas(3, 3), np.ones(9), 1).zone) == {0}


def test_zones_are_numbered_from_the_west() -> None:
    areas = grid_areas(8, 1)
    plan = _plan(areas, np.ones(8), 4)
    assert plan.zone.tolist() == [0, 0, 1, 1, 2, 2, 3, 3]


def test_the_recheck_sees_a_plan_in_pieces_and_out_of_balance() -> None:
    areas = grid_areas(4, 1)
    pairs = find_neighbours(areas).pairs()
    torn = recheck(np.array([0, 1, 0, 1]), locate(areas), np.ones(4), pairs, 0.05)
    lopsided = recheck(np.array([0, 0, 0, 1]), locate(areas), np.ones(4), pairs, 0.05)
    assert (torn.contiguous, torn.within_tolerance) == (False, True)
    assert (lopsided.contiguous, lopsided.within_tolerance) == (True, False)
    assert lopsided.max_deviation == pytest.approx(0.5)


def test_the_lower_bound_lies_under_the_best_plan_and_is_worth_having() -> None:
    areas = grid_areas(6, 6)
    best = np.hypot(500, 500)
    bound = bound_distance(locate(areas), np.ones(36), 9, 0.05, start=best)
    assert 0.6 * best < bound <= best


def test_zones_are_named_after_the_ward_with_most_hours_and_no_two_alike() -> None:
    areas = pl.DataFrame(
        {
            "lsoa_name": [f"Somewhere {i:03d}B" for i in range(6)],
            "ward_name": ["Elm", "Ash", "Elm", "Oak", "Fir", None],
        }
    )
    zone = np.array([0, 0, 1, 1, 2, 3])
    hours = np.array([5.0, 1, 5, 1, 2, 2])
    assert name_zones(zone, areas, hours) == ["Elm and Ash", "Elm and Oak", "Fir", "Somewhere 005"]


def test_names_that_still_agree_are_told_apart_by_side() -> None:
    areas = pl.DataFrame({"lsoa_name": ["A", "B"], "ward_name": ["Elm", "Elm"]})
    assert name_zones(np.array([0, 1]), areas, np.ones(2)) == ["Elm (west)", "Elm (east)"]
