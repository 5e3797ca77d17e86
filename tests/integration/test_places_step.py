"""The places stage on a small world: levels agree, the truth planted is found, the same seed gives the same bytes."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from places_worlds import AS_OF, World, grid_areas, write_world

from configs.errors import TooFewError
from configs.settings import load_settings
from features.as_of import known_before
from features.inputs import load_records
from models.places.observed import count_observed
from models.places.step import map_places

SETTINGS = load_settings()
HOT = ("E01000010", "E01000011", "E01000018", "E01000019")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return write_world(tmp_path_factory.mktemp("world"), grid_areas(8, 8), hot=HOT)


@pytest.fixture(scope="module")
def places(world: World) -> Path:
    out = world.records.parent / "places"
    map_places(world.records, world.scores, out, as_of=AS_OF, settings=SETTINGS, seed=5)
    return out


def test_people_and_hours_agree_at_every_level_and_with_the_scores(places: Path, world: World) -> None:
    table = pl.read_parquet(places / "areas.parquet")
    assert set(table["geography"]) == {"lsoa", "msoa", "ward", "county"}
    sums = table.group_by("geography", "outcome", "age_group").agg(
        pl.col("people_mean", "hours_mean", "denominator").sum()
    )
    spread = sums.group_by("outcome", "age_group").agg(
        pl.col("people_mean", "hours_mean", "denominator").max()
        - pl.col("people_mean", "hours_mean", "denominator").min()
    )
    assert spread.select(pl.col("people_mean", "hours_mean", "denominator").abs().max()).row(
        0
    ) == pytest.approx((0, 0, 0), abs=1e-3)
    scored = pl.read_parquet(world.scores / "person.parquet")["probability"].sum()
    assert table.filter(geography="county")["people_mean"].sum() == pytest.approx(scored, abs=1e-3)


def test_ranges_hold_their_means_and_are_ordered(places: Path) -> None:
    table = pl.read_parquet(places / "areas.parquet")
    for what in ("people", "hours"):
        assert (table[f"{what}_p10"] <= table[f"{what}_p50"]).all()
        assert (table[f"{what}_p50"] <= table[f"{what}_p90"]).all()
    county = table.filter(geography="county", age_group="65+")
    assert (county["people_p10"] < county["people_mean"]).all()
    assert (county["people_mean"] < county["people_p90"]).all()


def test_a_countys_range_is_narrower_than_its_areas_ranges_added_up(places: Path) -> None:
    table = pl.read_parquet(places / "areas.parquet").filter(age_group="65+", outcome="fall_admission")
    widths = (
        table.with_columns(w=pl.col("people_p90") - pl.col("people_p10"))
        .group_by("geography")
        .agg(pl.col("w").sum())
    )
    by = dict(widths.iter_rows())
    assert by["county"] < 0.6 * by["lsoa"]


def test_draws_add_up_to_the_ranges_of_the_county(places: Path) -> None:
    draws = pl.read_parquet(places / "draws.parquet")
    assert draws.height == 64 * SETTINGS.places.draws
    total = draws.group_by("draw").agg(pl.col("hours").sum())["hours"]
    told = json.loads((places / "county.json").read_text())["hours_per_week"]
    together = next(row for row in told if row["age_group"] == "18+")
    assert together["hours_p90"] == pytest.approx(total.quantile(0.9, "linear"), abs=0.01)


def test_the_planted_hotspot_is_hot_and_likely_above_the_county(places: Path) -> None:
    hotspots = pl.read_parquet(places / "hotspots.parquet")
    need = hotspots.filter(measure="need", age_group="65+").filter(pl.col("area_code").is_in(HOT))
    assert need["class"].to_list() == ["hot"] * 4
    table = pl.read_parquet(places / "areas.parquet").filter(
        geography="lsoa", age_group="65+", outcome="long_term_community_start"
    )
    hot = table.filter(pl.col("area_code").is_in(HOT))["p_above_county"].min()
    other = table.filter(~pl.col("area_code").is_in(HOT))["p_above_county"].mean()
    assert hot > 0.4 > 0.3 > other  # type: ignore[operator]


def test_the_same_seed_gives_the_same_bytes_and_another_seed_does_not(
    places: Path, world: World, tmp_path: Path
) -> None:
    for seed, same in ((5, True), (6, False)):
        map_places(
            world.records, world.scores, tmp_path / str(seed), as_of=AS_OF, settings=SETTINGS, seed=seed
        )
        alike = {
            f.name: f.read_bytes() == (tmp_path / str(seed) / f.name).read_bytes() for f in places.iterdir()
        }
        assert all(alike.values()) is same


def test_people_outside_the_boundaries_are_left_out_and_counted(world: World, tmp_path: Path) -> None:
    scores = tmp_path / "scores"
    scores.mkdir()
    people = pl.read_parquet(world.scores / "person.parquet")
    gone = pl.col("person_id") == people["person_id"][0]
    people.with_columns(
        pl.when(gone).then(pl.lit("E01999999")).otherwise("lsoa_code").alias("lsoa_code")
    ).write_parquet(scores / "person.parquet")
    for name in ("hours.parquet", "evaluation.json"):
        (scores / name).write_bytes((world.scores / name).read_bytes())
    map_places(world.records, scores, tmp_path / "out", as_of=AS_OF, settings=SETTINGS, seed=5)
    told = json.loads((tmp_path / "out" / "county.json").read_text())
    assert told["people_outside_boundaries"] == 1
    assert told["people"] == people["person_id"].n_unique() - 1


def test_nobody_scored_in_the_area_is_told_to_the_desk(world: World, tmp_path: Path) -> None:
    pl.read_parquet(world.scores / "person.parquet").clear().write_parquet(tmp_path / "person.parquet")
    for name in ("hours.parquet", "evaluation.json"):
        (tmp_path / name).write_bytes((world.scores / name).read_bytes())
    with pytest.raises(TooFewError, match="Nobody has been scored"):
        map_places(world.records, tmp_path, tmp_path / "out", as_of=AS_OF, settings=SETTINGS, seed=5)
    assert not (tmp_path / "out").exists()


def test_what_is_observed_counts_open_packages_and_names_the_largest_share(world: World) -> None:
    read = load_records(world.records)
    table = count_observed(read, AS_OF)
    home_care = read.care_events.filter(pl.col("hours_per_week").is_not_null()).collect()
    by = dict(table.group_by("measure").agg(pl.col("value").sum()).iter_rows())
    assert by["clients_home_care"] == home_care.height
    assert by["hours_home_care"] == pytest.approx(home_care["hours_per_week"].sum())
    lone = table.filter(measure="hours_home_care", n_people=1)
    assert (lone["largest_share"] == 1).all()


def test_a_package_known_only_from_the_as_of_date_on_is_not_observed(world: World) -> None:
    read = load_records(world.records)
    late = read.care_events.with_columns(known_on=pl.lit(AS_OF))
    assert known_before(late, AS_OF).collect().is_empty()
    table = count_observed(replace(read, care_events=late), AS_OF)
    assert not set(table["measure"]) & {"clients_home_care", "hours_home_care", "clients_care_home"}


def test_a_package_that_has_ended_is_not_observed(world: World) -> None:
    read = load_records(world.records)
    ended = read.care_events.with_columns(
        ended_on=pl.lit(date(2026, 9, 1)), end_known_on=pl.lit(date(2026, 9, 5))
    )
    assert not set(count_observed(replace(read, care_events=ended), AS_OF)["measure"]) & {"clients_home_care"}
