"""Claims about publishing: what is read, what leaves, what a killed run leaves behind."""

import json
import shutil
from datetime import date
from pathlib import Path

import geopandas as gpd
import polars as pl
import pytest
from attacker import Attacker
from release_worlds import AS_OF, FORBIDDEN, World, publish_world, write_world

from configs.errors import ReleaseError
from configs.settings import load_settings
from serving import release as publishing
from serving.inputs import RECORDS_READ, SCORES_READ
from serving.store import Release

NOVEMBER = date(2026, 11, 1)
LABEL = "Invented data: no real person"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """One county; read only."""
    return write_world(tmp_path_factory.mktemp("world"), sparse=0.35)


@pytest.fixture(scope="module")
def published(world: World, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One release of it; read only."""
    folder = tmp_path_factory.mktemp("published") / "release"
    publish_world(world, folder)
    return folder


def test_a_release_opens_no_file_about_people(world: World, tmp_path: Path) -> None:
    for stage, read in (("records", RECORDS_READ), ("scores", SCORES_READ)):
        folder = tmp_path / "in" / stage
        shutil.copytree(getattr(world, stage), folder)
        for file in folder.iterdir():
            if file.name not in read:
                file.unlink()
    for stage in ("places", "plans", "drift"):
        shutil.copytree(getattr(world, stage), tmp_path / "in" / stage)
    publish_world(World(tmp_path / "in"), tmp_path / "release")
    assert {f.name for f in world.records.iterdir()} >= set(FORBIDDEN)


def test_every_table_and_copy_says_that_the_data_are_invented(published: Path) -> None:
    opened = Release.open(published)
    for name in opened.pointer["tables"]:
        assert opened.table(name)["data_label"].unique().to_list() == [LABEL]
    folder = published / AS_OF.isoformat()
    for file in folder.glob("*.csv"):
        assert LABEL in file.read_text(encoding="utf-8"), file.name
    assert (folder / "README.txt").read_text(encoding="utf-8").startswith(LABEL)


def test_real_data_carry_no_such_label(world: World, tmp_path: Path) -> None:
    publish_world(world, tmp_path / "release", invented=False)
    opened = Release.open(tmp_path / "release")
    assert not opened.invented
    assert opened.table("counts")["data_label"].drop_nulls().is_empty()


def test_without_a_sign_off_real_areas_and_zones_show_nothing_modelled(world: World, tmp_path: Path) -> None:
    publish_world(world, tmp_path / "release", invented=False)
    opened = Release.open(tmp_path / "release")
    for name in ("forecast", "hours"):
        below = opened.table(name).filter(pl.col("geography") != "county")
        assert below["hidden"].all()
        assert below.select(pl.selectors.float()).null_count().sum_horizontal().item() == below.height * len(
            below.select(pl.selectors.float()).columns
        )
    assert opened.table("hotspots")["class"].null_count() == opened.table("hotspots").height
    assert opened.table("zones")["hours_mean"].null_count() == opened.table("zones").height


def test_a_signed_off_release_shows_areas_with_enough_residents_only(world: World, tmp_path: Path) -> None:
    signed = {"signed_off_by": "A. Caldicott", "signed_off_on": "2026-09-30", "modelled_residents_min": 100}
    settings = load_settings(overrides={"disclosure": signed})
    publish_world(world, tmp_path / "release", invented=False, settings=settings)
    opened = Release.open(tmp_path / "release")
    residents = pl.read_parquet(world.places / "areas.parquet").select(
        pl.col("geography").str.to_lowercase(), "area_code", "age_group", "denominator"
    )
    forecast = opened.table("forecast").join(residents.unique(), on=["geography", "area_code", "age_group"])
    assert forecast.filter(~pl.col("hidden"))["denominator"].min() >= 100
    assert forecast.filter(pl.col("hidden"))["denominator"].min() < 100


def test_no_observed_count_from_one_to_seven_stands_in_any_table(world: World, published: Path) -> None:
    counts = Release.open(published).table("counts")
    assert counts.filter(pl.col("value").is_between(1, 7)).is_empty()
    assert (counts["value"].drop_nulls() % 5 == 0).all()
    truth = pl.read_parquet(world.places / "observed.parquet").filter(
        pl.col("measure") == "clients_home_care"
    )
    assert truth["value"].is_between(1, 7).any()


def test_a_reader_of_all_published_tables_and_files_places_no_small_count(
    world: World, published: Path
) -> None:
    areas = pl.read_parquet(world.records / "areas.parquet")
    zones = pl.read_csv(published / AS_OF.isoformat() / "zone_areas.csv")
    counts = pl.read_csv(published / AS_OF.isoformat() / "counts.csv", infer_schema_length=None)
    code = pl.col("lsoa_code").alias("area_code")
    members = {
        "lsoa": areas.select(code, union_code="lsoa_code"),
        "msoa": areas.select(code, union_code="msoa_code"),
        "county": areas.select(code, union_code=pl.lit("county")),
    }
    truth = pl.read_parquet(world.places / "observed.parquet")
    tried = 0
    for measure in ("clients_home_care", "clients_care_home"):
        shown = counts.filter(pl.col("measure") == measure)
        tables = [(shown.filter(pl.col("geography") == g), m) for g, m in members.items()]
        reader = Attacker(areas["lsoa_code"].to_list(), tables)
        small = truth.filter(pl.col("measure") == measure, pl.col("value").is_between(1, 7))
        for area in small["lsoa_code"]:
            low, high = reader.bounds([area])
            assert low <= 1 + 1e-6, (measure, area)
            assert high >= 7 - 1e-6, (measure, area)
            tried += 1
        for union in ("ward", "zone"):
            inside = (
                zones.rename({"zone_id": "union_code"})
                if union == "zone"
                else areas.select(code, union_code="ward_code")
            )
            _adds_up_to_shown_areas(shown, inside, union)
    assert tried > 30


def _adds_up_to_shown_areas(shown: pl.DataFrame, inside: pl.DataFrame, union: str) -> None:
    areas = shown.filter(pl.col("geography") == "lsoa").join(inside, on="area_code")
    sums = areas.group_by("union_code").agg(pl.col("value").sum(), pl.col("hidden").any())
    both = shown.filter(pl.col("geography") == union).join(sums, left_on="area_code", right_on="union_code")
    assert both.height == inside["union_code"].n_unique()
    assert both.filter(pl.col("value").is_not_null() & (pl.col("value") != pl.col("value_right"))).is_empty()
    assert both.filter((pl.col("hidden") | pl.col("at_least")) != pl.col("hidden_right")).is_empty()


def test_figures_of_models_tested_on_few_events_are_not_shown(published: Path) -> None:
    few = Release.open(published).table("models").filter("too_few")
    assert few.height == 3
    assert (
        few.select("n_events", "auc", "auc_low", "ppv_at_capacity", "brier").null_count().row(0) == (3,) * 5
    )


def test_a_second_month_is_added_and_the_first_still_reads(world: World, tmp_path: Path) -> None:
    folder = tmp_path / "release"
    first = publish_world(world, folder)
    grown = write_world(tmp_path / "november", as_of=NOVEMBER, grow=1.1)
    second = publish_world(grown, folder, as_of=NOVEMBER, run_id="run-2")
    opened = Release.open(folder)
    assert opened.months() == [AS_OF, NOVEMBER]
    assert opened.as_of == NOVEMBER
    before = Release(folder, {**second, "as_of": AS_OF.isoformat(), "tables": first["tables"]})
    assert before.table("hours").height == opened.table("hours").height
    assert (folder / AS_OF.isoformat()).is_dir()


def test_running_a_month_again_replaces_its_rows_and_no_others(world: World, tmp_path: Path) -> None:
    folder = tmp_path / "release"
    publish_world(world, folder)
    before = Release.open(folder)
    rows = {name: before.table(name) for name in before.pointer["tables"]}
    grown = write_world(tmp_path / "november", as_of=NOVEMBER, grow=1.1)
    publish_world(grown, folder, as_of=NOVEMBER)
    publish_world(world, folder, run_id="again")
    after = Release.open(folder)
    assert after.pointer["run_id"] == "again"
    for name, frame in rows.items():
        assert after.table(name).equals(frame), name


@pytest.mark.parametrize("dies_at", ["_put", "write_copies", "_move_pointer"])
def test_a_run_that_dies_while_publishing_leaves_the_last_release(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dies_at: str
) -> None:
    folder = tmp_path / "release"
    publish_world(world, folder)
    before = Release.open(folder)
    kept = {name: before.table(name) for name in before.pointer["tables"]}
    calls = 0
    real = getattr(publishing, dies_at)

    def die(*arguments: object, **named: object) -> object:
        nonlocal calls
        calls += 1
        if calls > 4 or dies_at != "_put":
            raise KeyboardInterrupt
        return real(*arguments, **named)

    monkeypatch.setattr(publishing, dies_at, die)
    grown = write_world(tmp_path / "more", grow=1.5)
    with pytest.raises(KeyboardInterrupt):
        publish_world(grown, folder, run_id="killed")
    monkeypatch.undo()
    still = Release.open(folder)
    assert still.pointer == before.pointer
    assert all(still.table(name).equals(frame) for name, frame in kept.items())
    publish_world(grown, folder, run_id="finished")
    assert Release.open(folder).pointer["run_id"] == "finished"


def test_files_of_the_run_that_are_missing_are_all_named(world: World, tmp_path: Path) -> None:
    shutil.copytree(world.folder, tmp_path / "in")
    (tmp_path / "in" / "plans" / "zones.csv").unlink()
    (tmp_path / "in" / "scores" / "evaluation.json").unlink()
    with pytest.raises(ReleaseError) as problem:
        publish_world(World(tmp_path / "in"), tmp_path / "release")
    assert [Path(d).name for d in problem.value.details] == ["evaluation.json", "zones.csv"]
    assert not (tmp_path / "release").exists()


def test_a_folder_without_a_release_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(ReleaseError) as problem:
        Release.open(tmp_path)
    assert "forebridge run" in problem.value.todo


@pytest.mark.parametrize("content", ["", "{", "[]", '{"format": 99, "tables": {}}'])
def test_a_broken_pointer_is_an_error_with_something_to_do(tmp_path: Path, content: str) -> None:
    (tmp_path / "current.json").write_text(content, encoding="utf-8")
    with pytest.raises(ReleaseError) as problem:
        Release.open(tmp_path)
    assert problem.value.todo


def test_a_table_that_is_gone_is_an_error_with_something_to_do(published: Path, tmp_path: Path) -> None:
    shutil.copytree(published, tmp_path / "release")
    shutil.rmtree(tmp_path / "release" / "tables" / "hours")
    with pytest.raises(ReleaseError) as problem:
        Release.open(tmp_path / "release")
    assert "hours" in problem.value.where


def test_the_same_month_gives_the_same_files(world: World, published: Path, tmp_path: Path) -> None:
    publish_world(world, tmp_path / "release", run_id="another")
    ours, theirs = (f / AS_OF.isoformat() for f in (published, tmp_path / "release"))
    names = sorted(f.name for f in ours.iterdir() if f.is_file())  # the papers name their run
    assert names == sorted(f.name for f in theirs.iterdir() if f.is_file())
    differing = [n for n in names if (ours / n).read_bytes() != (theirs / n).read_bytes()]
    assert differing == []


def test_the_geopackage_and_geoparquet_open_with_figures(published: Path) -> None:
    folder = published / AS_OF.isoformat()
    areas = gpd.read_file(folder / "forebridge.gpkg", layer="lsoa")
    assert len(areas) == 64
    assert areas.geometry.is_valid.all()
    assert areas["forecast_hours_mean"].notna().all()
    assert len(gpd.read_parquet(folder / "zone.parquet")) == 6
    assert set(gpd.read_file(folder / "forebridge.gpkg", layer="sites")["kind"]) == {
        "existing",
        "candidate",
        "chosen",
    }


def test_boundaries_of_neighbours_still_meet_after_simplifying(published: Path) -> None:
    areas = gpd.read_parquet(published / AS_OF.isoformat() / "lsoa.parquet")
    county = gpd.read_parquet(published / AS_OF.isoformat() / "county.parquet")
    assert areas.area.sum() == pytest.approx(county.area.sum(), rel=1e-9)


def test_a_release_is_stale_only_after_the_days_in_the_settings(published: Path) -> None:
    opened = Release.open(published)
    assert not opened.is_stale(date(2026, 11, 15), 45)
    assert opened.is_stale(date(2026, 11, 16), 45)


def test_the_pointer_holds_no_folder_name(published: Path) -> None:
    pointer = json.loads((published / "current.json").read_text(encoding="utf-8"))
    assert str(published.parent) not in json.dumps(pointer)


@pytest.mark.parametrize(("state", "told"), [("amber", None), ("red", {"by": "J Smith", "reason": "Known"})])
def test_who_let_a_month_out_is_told_where_it_was_red(
    tmp_path: Path, state: str, told: dict[str, str] | None
) -> None:
    world = write_world(tmp_path / "in")
    file = world.drift / "drift.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "state": state}))
    publish_world(world, tmp_path / "release", go={"by": "J Smith", "reason": "Known"})
    assert Release.open(tmp_path / "release").document("drift")["go"] == told
