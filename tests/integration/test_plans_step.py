"""The plans stage on a small world, and zones on real areas scored from the outside."""

import json
import sys
from pathlib import Path

import geopandas as gpd
import numpy as np
import polars as pl
import pytest
from places_worlds import AS_OF, World, grid_areas, write_world
from shared import shared_folder

from configs.errors import PlanError
from configs.settings import load_settings
from models.places.step import map_places
from models.plans.step import check_inputs, make_plans
from models.plans.zones import plan_zones

SETTINGS = load_settings(overrides={"zones": {"restarts": 4, "steps": 50_000, "count": 6}})


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    made = write_world(tmp_path_factory.mktemp("world"), grid_areas(8, 8), beds=20)
    map_places(made.records, made.scores, _places(made), as_of=AS_OF, settings=SETTINGS, seed=5)
    return made


def _places(world: World) -> Path:
    return world.records.parent / "places"


@pytest.fixture(scope="module")
def plans(world: World) -> Path:
    out = world.records.parent / "plans"
    make_plans(world.records, _places(world), out, as_of=AS_OF, settings=SETTINGS, seed=5)
    return out


def test_the_same_seed_gives_the_same_bytes_geopackage_and_all(
    plans: Path, world: World, tmp_path: Path
) -> None:
    make_plans(world.records, _places(world), tmp_path, as_of=AS_OF, settings=SETTINGS, seed=5)
    names = sorted(f.name for f in plans.iterdir())
    assert names == ["homes.json", "zones.csv", "zones.gpkg", "zones.json", "zones.parquet"]
    assert {n for n in names if (plans / n).read_bytes() != (tmp_path / n).read_bytes()} == set()


def test_zones_hold_every_area_and_all_forecast_hours(plans: Path, world: World) -> None:
    listed = pl.read_csv(plans / "zones.csv")
    assert listed.columns == ["area_code", "zone_id"]
    assert sorted(listed["area_code"]) == sorted(
        pl.read_parquet(world.records / "areas.parquet")["lsoa_code"]
    )
    sized = pl.read_parquet(plans / "zones.parquet")
    county = pl.read_parquet(_places(world) / "areas.parquet").filter(geography="county")
    hours = county.unique("age_group")["hours_mean"].sum()
    assert sized["hours_mean"].sum() == pytest.approx(hours, abs=0.01)
    assert sized["zone_id"].to_list() == [f"Z{k:02d}" for k in range(1, 7)]
    assert (sized["hours_p10"] < sized["hours_p90"]).all()


def test_a_feature_a_zone_with_its_sizing_covers_the_county_once(plans: Path) -> None:
    zones = gpd.read_file(plans / "zones.gpkg")
    assert zones.crs.to_epsg() == 27700
    assert len(zones) == 6
    assert zones.area.sum() == pytest.approx(64e6, rel=1e-6)
    assert {"zone_id", "zone_name", "hours_p90", "cost_per_year_pounds"} <= set(zones.columns)


def test_a_home_is_sited_with_its_proof(plans: Path) -> None:
    homes = json.loads((plans / "homes.json").read_text())
    assert len(homes["chosen"]) == 1
    assert homes["gap"] >= 0
    assert homes["bound"] <= homes["objective"] + 1e-6
    assert homes["unmet_after"] < homes["unmet_before"]
    assert homes["chosen"][0]["people_within_reach"] > 0


def test_plans_need_no_table_of_people(world: World, tmp_path: Path) -> None:
    allowed = ("areas.parquet", "areas.geojson", "area_population.parquet", "care_homes.parquet",
               "candidate_sites.parquet", "providers.parquet", "summary.json")  # fmt: skip
    records = tmp_path / "records"
    records.mkdir()
    for name in allowed:
        (records / name).write_bytes((world.records / name).read_bytes())
    make_plans(records, _places(world), tmp_path / "plans", as_of=AS_OF, settings=SETTINGS, seed=5)
    assert (tmp_path / "plans" / "homes.json").exists()


def test_zero_sites_and_too_many_zones_stop_before_anything_is_written(tmp_path: Path) -> None:
    empty = write_world(tmp_path / "empty", grid_areas(3, 3), sites=0)
    with pytest.raises(PlanError, match="No candidate sites"):
        check_inputs(empty.records, 3)
    with pytest.raises(PlanError, match="More zones than areas"):
        check_inputs(empty.records, 10)
    with pytest.raises(PlanError, match="No candidate sites"):
        make_plans(
            empty.records, tmp_path, tmp_path / "plans", as_of=AS_OF, settings=SETTINGS, seed=5, zones=3
        )
    assert not (tmp_path / "plans").exists()


def test_sites_not_landed_at_all_do_not_stop_the_run(tmp_path: Path) -> None:
    bare = write_world(tmp_path, grid_areas(5, 5), sites=0, missing=("candidate_sites",))
    check_inputs(bare.records, 6)
    map_places(bare.records, bare.scores, _places(bare), as_of=AS_OF, settings=SETTINGS, seed=5)
    made = make_plans(bare.records, _places(bare), tmp_path / "plans", as_of=AS_OF, settings=SETTINGS, seed=5)
    assert made["home"] == "no candidate sites landed"
    assert (
        json.loads((tmp_path / "plans" / "homes.json").read_text())["status"] == "no candidate sites landed"
    )


@pytest.mark.parametrize(("place", "zones", "peer_metres"), [("shropshire", 14, 5862), ("wigan", 16, 1242)])
def test_zones_on_real_areas_pass_the_outside_scorer_and_beat_the_best_peer(
    place: str, zones: int, peer_metres: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(shared_folder("bench")))
    data = shared_folder("opendata")
    from score_zones import load_place  # type: ignore[import-not-found]
    from score_zones import score as score_outside

    areas, graph = load_place(place, data)
    plan = plan_zones(
        areas[["geometry"]],
        areas["demand"].to_numpy(),
        zones,
        tolerance=0.05,
        seed=1,
        restarts=16,
        steps=300_000,
    )
    told = gpd.pd.DataFrame({"area_code": areas["LSOA21CD"], "zone_id": [f"Z{k}" for k in plan.zone]})
    said = score_outside(areas, graph, told, 0.05)
    assert said["ok"], said
    assert said["distance_metres"] < 0.95 * peer_metres
    assert said["distance_metres"] == pytest.approx(plan.distance_metres, abs=0.1)
    assert plan.lower_bound_metres is not None
    assert plan.lower_bound_metres <= plan.distance_metres
    assert np.isfinite(plan.lower_bound_metres)
    sys.modules.pop("score_zones", None)
