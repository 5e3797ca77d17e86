"""Claims about siting: existing beds first, sizes, sites that cannot be used, travel times, the solver."""

from datetime import date

import numpy as np
import polars as pl
import pytest
from scipy.sparse import csc_array

from configs.errors import PlanError
from configs.settings import load_settings
from models.plans.beds import BedNeed, forecast_beds
from models.plans.homes import check_sites, plan_homes
from models.plans.siting import Supply, site_homes
from models.solver import Programme, solve
from models.travel.matrix import estimate_travel

SETTINGS = load_settings()
HOMES = SETTINGS.homes


def _line(need: list[float], existing: dict[int, int], sites: dict[int, int]) -> tuple[np.ndarray, Supply]:
    """Areas ten minutes apart on a line; places (position -> beds) on it."""
    at = np.arange(len(need)) * 10.0
    places = np.array([*existing, *sites]) * 10.0
    beds = np.array([*existing.values(), *sites.values()])
    return np.array(need), Supply(np.abs(at[:, None] - places[None, :]), beds, len(existing))


def test_the_new_home_stands_where_people_lack_beds() -> None:
    need, supply = _line([30, 0, 0, 0, 30], {0: 40}, {1: 60, 4: 60})
    siting = site_homes(need, supply, 1, HOMES, 1)
    assert siting.beds.tolist() == [40, 0, 34]
    assert siting.unmet.sum() == pytest.approx(0)


def test_existing_beds_come_first_when_the_new_one_saves_little() -> None:
    need, supply = _line([18, 0], {1: 40}, {0: 60})
    kept = site_homes(need, supply, 1, HOMES.model_copy(update={"new_bed_minutes": 15.0}), 1)
    assert kept.people[:, 0].sum() == pytest.approx(18)
    moved = site_homes(need, supply, 1, HOMES.model_copy(update={"new_bed_minutes": 5.0}), 1)
    assert moved.people[:, 1].sum() == pytest.approx(18)


def test_people_without_a_bed_are_counted_not_squeezed_in() -> None:
    need, supply = _line([100, 0], {0: 40}, {1: 30})
    siting = site_homes(need, supply, 1, HOMES, 1)
    assert siting.unmet.sum() == pytest.approx(100 - 0.9 * 70)


def test_nobody_is_sent_further_than_the_limit() -> None:
    need, supply = _line([10] + [0] * 14, {13: 50}, {14: 50})
    assert site_homes(need, supply, 1, HOMES, 1).unmet.sum() == pytest.approx(10)


def test_a_new_home_is_never_smaller_than_one_that_can_stand_alone() -> None:
    need, supply = _line([3, 0], {}, {0: 60})
    assert site_homes(need, supply, 1, HOMES, 1).beds.tolist() == [HOMES.beds_min]


def _sites(beds: list[int]) -> pl.DataFrame:
    n = len(beds)
    return pl.DataFrame(
        {
            "site_id": [f"S{i}" for i in range(n)],
            "name": ["Land"] * n,
            "easting": [1000.0 * i for i in range(n)],
            "northing": [0.0] * n,
            "lsoa_code": ["A"] * n,
            "max_beds": beds,
            "care_types": ["residential"] * n,
            "cost_per_bed_pounds": [100_000.0] * n,
        },
        schema_overrides={"max_beds": pl.Int64, "site_id": pl.String, "lsoa_code": pl.String},
    )


def test_sites_landed_but_not_one_usable_is_told_to_the_desk() -> None:
    with pytest.raises(PlanError, match="No candidate sites"):
        check_sites(_sites([]), True, 20)
    with pytest.raises(PlanError, match="large enough"):
        check_sites(_sites([10, 19]), True, 20)
    check_sites(_sites([]), False, 20)
    check_sites(_sites([10, 20]), True, 20)


def _areas() -> pl.DataFrame:
    return pl.DataFrame(
        {"lsoa_code": ["A", "B"], "easting": [0.0, 9000], "northing": [0.0, 0], "rural": [False, True]}
    )


def _home(beds: int) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "location_id": ["1-1"], "name": ["Home"], "easting": [0.0], "northing": [0.0], "lsoa_code": ["A"],
            "beds": [beds], "rating": ["Good"],
        }
    )  # fmt: skip


def _plan(need: float, sites: pl.DataFrame, beds: int = 50, older: np.ndarray | None = None) -> dict:  # type: ignore[type-arg]
    people = {name: np.array([need, need]) * f for name, f in (("p10", 0.8), ("p50", 1.0), ("p90", 1.3))}
    return plan_homes(
        _areas(),
        BedNeed(people, []),
        _home(beds),
        sites,
        older,
        1,
        as_of=date(2026, 10, 1),
        settings=SETTINGS,
        seed=1,
    )


def test_a_plan_tells_before_and_after_in_every_scenario() -> None:
    plan = _plan(40, _sites([60, 60]), older=np.array([100.0, 50]))
    assert plan["needed"] is True
    assert plan["unmet_before"] == pytest.approx(80 - 45)
    assert plan["unmet_after"] == 0
    assert plan["chosen"][0]["beds"] == 39
    assert plan["chosen"][0]["cost_pounds"] == 3_900_000
    assert plan["chosen"][0]["people_within_reach"] == 150
    assert len(plan["candidates"]) == 1
    assert plan["candidates"][0]["max_beds"] == 60
    assert [s["scenario"] for s in plan["scenarios"]] == ["p10", "p50", "p90"]
    short = [s["unmet_before"] for s in plan["scenarios"]]
    assert short == sorted(short)
    assert plan["gap"] >= 0
    assert plan["status"] == "optimal"


def test_enough_existing_beds_are_said_to_be_enough_and_the_site_saves_travel() -> None:
    far_side = _sites([60, 60]).with_columns(
        easting=pl.Series([0.0, 9000.0]), lsoa_code=pl.Series(["A", "B"])
    )
    plan = _plan(10, far_side)
    assert plan["needed"] is False
    assert plan["chosen"][0]["site_id"] == "S1"
    assert plan["mean_minutes_after"] < plan["mean_minutes_before"]


def test_no_sites_landed_is_said_and_nothing_chosen() -> None:
    plan = _plan(40, _sites([]))
    assert plan["chosen"] == []
    assert plan["status"] == "no candidate sites landed"
    assert plan["unmet_after"] == plan["unmet_before"]


def _forecast(admissions: float) -> pl.DataFrame:
    rows = [("lsoa", "A", admissions), ("lsoa", "B", 0.0), ("county", "county", admissions)]
    return pl.DataFrame(
        [
            {
                "geography": g, "area_code": c, "outcome": "care_home_admission", "horizon_days": 365,
                "people_mean": m, "people_p10": 0.5 * m, "people_p50": m, "people_p90": 2 * m,
            }
            for g, c, m in rows
        ]
    )  # fmt: skip


def test_need_is_who_stays_and_who_moves_in_and_stays() -> None:
    observed = pl.DataFrame({"lsoa_code": ["A"], "measure": ["people_care_home"], "value": [100.0]})
    need = forecast_beds(_areas(), _forecast(20), observed, HOMES, 365)
    assert need.central.sum() == pytest.approx(100 * 0.63 + 20 * (1 - 0.185))
    assert need.scenarios["p90"].sum() == pytest.approx(100 * 0.63 + 40 * (1 - 0.185))


def test_without_any_resident_on_record_the_census_share_stands_in_and_is_said() -> None:
    observed = pl.DataFrame({"lsoa_code": ["B"], "measure": ["people_65_plus"], "value": [1000.0]})
    need = forecast_beds(_areas(), _forecast(0), observed, HOMES, 365)
    assert need.central.tolist() == pytest.approx([0, 25 * 0.63])
    assert "No care-home resident is on record" in need.assumptions[0]


def test_travel_is_by_the_detour_and_the_mean_pace_of_both_ends() -> None:
    times = estimate_travel(
        np.array([[0.0, 0]]),
        np.array([[0.0, 0], [3000, 4000]]),
        np.array([0.0]),
        np.array([0.0, 1.0]),
        SETTINGS.travel,
    )
    assert times.minutes[0].tolist() == pytest.approx([0, 5 * 1.3 * (60 / 30 + 60 / 50) / 2])
    assert "assumed" in times.source
    assert times.date


def test_a_programme_without_a_solution_says_so() -> None:
    one = np.ones(1)
    stuck = Programme(one, one, one, np.array([True]), csc_array(np.ones((1, 1))), 2 * one, 3 * one)
    answer = solve(stuck, nodes_max=10, seed=1)
    assert answer.values is None
    assert answer.status == "infeasible"
