"""Claims about the separate check of a simulated county: it finds nothing wrong, and it is not blind."""

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from simulator.simulate import simulate

sys.path.append(str(Path(__file__).parents[2] / "benchmarks"))
from county_check import check
from county_check_county import County
from county_check_lines import WRONG, Line


@pytest.fixture(scope="module")
def counties(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    made: dict[str, Path] = {}

    def make(world: str) -> Path:
        if world not in made:
            made[world] = tmp_path_factory.mktemp("checked") / world
            simulate(2500, 3, 3, made[world], world=world, mess=2)
        return made[world]

    return make


def _wrong(folder: Path) -> list[Line]:
    return [line for line in check(County(folder)) if line.verdict == WRONG and line.part != "rates"]


@pytest.mark.parametrize("world", ["default", "placebo", "hidden-need"])
def test_effects_clusters_chances_defects_and_identities_are_as_the_truth_says(
    counties: Callable[[str], Path], world: str
) -> None:
    assert [str(line) for line in _wrong(counties(world))] == []


def _altered(folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(folder, tmp_path / "county"))


def _rewrite(file: Path, *changed: pl.Expr) -> None:
    pl.read_parquet(file).with_columns(*changed).write_parquet(file)


def test_an_effect_where_none_is_stated_is_found(counties: Callable[[str], Path], tmp_path: Path) -> None:
    county = _altered(counties("placebo"), tmp_path)
    doubled = pl.when("alone").then(pl.col("death") * 1.5).otherwise("death")
    _rewrite(county / "truth" / "hazards.parquet", doubled.alias("death"))
    assert any("alone on death" in line.what for line in _wrong(county))


def test_a_stated_effect_that_is_not_there_is_found(counties: Callable[[str], Path], tmp_path: Path) -> None:
    county = _altered(counties("placebo"), tmp_path)
    told = json.loads((county / "truth" / "world.json").read_text(encoding="utf-8"))
    told["effects_log_hazard_ratio"]["fall"]["alone"] = 0.3
    (county / "truth" / "world.json").write_text(json.dumps(told), encoding="utf-8")
    assert any("alone on fall_admission" in line.what for line in _wrong(county))


def test_a_cluster_moved_elsewhere_is_found(counties: Callable[[str], Path], tmp_path: Path) -> None:
    county = _altered(counties("hidden-need"), tmp_path)
    moved = [pl.col(c).reverse() for c in ("planted", "need_factor", "service_factor")]
    _rewrite(county / "truth" / "areas.parquet", *moved)
    assert any("cluster" in line.what for line in _wrong(county))


def test_a_defect_that_is_listed_and_not_there_is_found(
    counties: Callable[[str], Path], tmp_path: Path
) -> None:
    county = _altered(counties("default"), tmp_path)
    missing = pl.col("defect") == "nhs_number_missing"
    _rewrite(
        county / "truth" / "defects.parquet",
        pl.when(missing).then(pl.col("row") + 1).otherwise("row").alias("row"),
    )
    assert any(line.what.startswith("nhs_number_missing") for line in _wrong(county))


def test_a_defect_that_is_there_and_not_listed_is_found(
    counties: Callable[[str], Path], tmp_path: Path
) -> None:
    county = _altered(counties("default"), tmp_path)
    file = county / "truth" / "defects.parquet"
    pl.read_parquet(file).filter(pl.col("defect") != "day_month_swapped").write_parquet(file)
    assert any("of somebody else, no defect listed" in line.what for line in _wrong(county))


def test_chances_that_are_too_high_are_found(counties: Callable[[str], Path], tmp_path: Path) -> None:
    county = _altered(counties("default"), tmp_path)
    higher = (pl.col("oracle_chance") * 1.5).clip(0, 1)
    _rewrite(county / "truth" / "chances.parquet", higher.alias("oracle_chance"))
    assert any("happened over oracle_chance" in line.what for line in _wrong(county))
