"""The features stage as a folder, its dictionary, and the errors at its door."""

import json
from datetime import date
from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest
from worlds import AS_OF, DATA_FROM, SCHEMAS, a_full_life, a_village, days, one_person, world, write_world

from configs.errors import AsOfError, LandingError
from configs.settings import load_settings
from features.declared import Feature, Missing, columns_of
from features.dictionary import PAGE, describe_columns, render_page
from features.inputs import SOURCE_OF
from features.person import PEOPLE
from features.table import FAMILIES, all_columns, build_features, build_tables, pick_origins
from models.need.people import AGE, CARE_HOURS, CARE_REQUESTS, COMMUNAL, EMERGENCY_ADMISSIONS, LIVES_ALONE

SETTINGS = load_settings()
KEYS = ["person_id", "household_id", "lsoa_code", "as_of", "age_group"]
AUDIT = [
    "audit__sex",
    "audit__age_band",
    "audit__ethnic_group",
    "audit__imd_quintile",
    "audit__tenure",
    "audit__rural",
    "audit__gp_practice",
]


def test_the_table_has_the_contracts_columns_in_order_and_features_are_numbers() -> None:
    table = build_features(world(a_full_life()), AS_OF, SETTINGS)
    names = [c.name for c in all_columns(SETTINGS)]
    assert table.columns == [*KEYS, *AUDIT, *names]
    assert set(table.select(names).dtypes) == {pl.Float64}
    assert set(table.select(AUDIT).dtypes) == {pl.String}
    assert table["person_id"].is_sorted()


def test_an_empty_county_gives_the_same_columns_and_no_rows() -> None:
    empty, full = (build_features(world(rows), AS_OF, SETTINGS) for rows in ({}, a_full_life()))
    assert empty.is_empty()
    assert empty.schema == full.schema


def test_every_family_is_declared_and_nothing_protected_is_a_feature() -> None:
    columns = all_columns(SETTINGS)
    assert len(columns) >= 60
    assert {c.family for c in columns} == {"person", "housing", "health", "social_care", "area"}
    words = " ".join(c.name for c in columns)
    assert not any(word in words for word in ("sex", "ethnic", "male", "audit"))


def test_every_feature_says_its_source_unit_meaning_and_what_blank_means() -> None:
    for entry in describe_columns(all_columns(SETTINGS)):
        assert all(entry[k].strip() for k in ("name", "family", "phrase", "unit", "source", "missing_rule"))
        assert set(entry["source"].split(", ")) <= set(SOURCE_OF.values())


def test_every_declared_feature_takes_a_value_in_the_full_life_or_a_village() -> None:
    """A feature that is null for everybody in worlds where every table has rows is declared wrongly."""
    village, life = a_village(30, ("v000",)), a_full_life()
    rows = {t: [*village.get(t, ()), *life.get(t, ())] for t in {**village, **life}}
    areas = [{"lsoa_code": "E01000001", **dict.fromkeys(("income_score", "health_score", "barriers_score"), 0.1),
              "living_environment_score": 3.0, "metres_to_stop": 100.0}]  # fmt: skip
    table = build_features(world({**rows, "areas": areas}), AS_OF, SETTINGS)
    blank = {c.name for c in all_columns(SETTINGS) if table[c.name].is_null().all()}
    flags = {f"health__{flag}__now" for flag in SCHEMAS["gp_snapshots"]}
    elsewhere = {
        "person__days_since_bereaved__now", "health__deficits__now", "housing__floor_area__now",
        "housing__upstairs_flat__now", "housing__council_tax_support__now", "social_care__dementia_recorded__now",
        "social_care__care_home_status__now", "social_care__pays_in_full__now",
        "social_care__days_since_short_term_support_ended__now",
    }  # fmt: skip
    assert blank <= flags | elsewhere


def test_two_features_of_one_name_are_refused() -> None:
    age = Feature("age", PEOPLE, pl.col("age_years"), "years", "age", Missing.UNKNOWN)
    with pytest.raises(ValueError, match="person__age__now"):
        columns_of([("person", (age, age))])


def test_the_reference_page_is_what_the_code_declares() -> None:
    page = Path(__file__).resolve().parents[2] / PAGE
    assert page.read_text(encoding="utf-8") == render_page(describe_columns(all_columns(SETTINGS))), (
        "run `python -m features.dictionary`"
    )


def test_origins_step_back_by_half_years_within_the_data_and_are_settled() -> None:
    records = world(one_person())
    origins = pick_origins(records, AS_OF, SETTINGS)
    gaps = {(b - a).days for a, b in pairwise(origins)}
    assert gaps == {SETTINGS.need.train_every_days}
    assert len(origins) == 8
    assert (origins[0] - DATA_FROM).days >= SETTINGS.features.history_days_min
    wait = SETTINGS.lags_days.cld + SETTINGS.records.care_home_stay_days + min(SETTINGS.need.horizons_days)
    assert origins[-1] == days(wait)


def test_a_history_too_short_to_train_on_gives_no_origins() -> None:
    assert pick_origins(world(one_person(), data_from=days(500).isoformat()), AS_OF, SETTINGS) == []


def test_the_stage_writes_every_origin_with_labels_and_leaves_its_own_future_blank(tmp_path: Path) -> None:
    said: list[str] = []
    folder = write_world(a_full_life(), tmp_path / "records")
    counts = build_tables(folder, tmp_path / "out", as_of=AS_OF, settings=SETTINGS, progress=said.append)
    origins = json.loads((tmp_path / "out" / "origins.json").read_text())
    days_written = sorted(f.stem for f in (tmp_path / "out" / "table").iterdir())
    assert days_written == sorted([*origins["training"], AS_OF.isoformat()])
    assert origins["health"] is True
    for kind, column in (("outcomes", "happened"), ("hours", "hours_per_week")):
        now = pl.read_parquet(tmp_path / "out" / kind / f"{AS_OF}.parquet")
        then = pl.read_parquet(tmp_path / "out" / kind / f"{origins['training'][-1]}.parquet")
        assert now[column].is_null().all()
        nearest = then.filter(pl.col("horizon_days") == min(SETTINGS.need.horizons_days))
        assert nearest[column].null_count() == 0
    assert counts["people"] == 2
    assert counts["households"] == 1
    assert counts["training_events"]["long_term_community_start"] == 1
    assert len(said) == len(days_written) + 1


def test_the_same_records_give_the_same_bytes(tmp_path: Path) -> None:
    folder = write_world(a_full_life(), tmp_path / "records")
    for run in ("a", "b"):
        build_tables(folder, tmp_path / run, as_of=AS_OF, settings=SETTINGS)
    files = sorted(f.relative_to(tmp_path / "a") for f in (tmp_path / "a").rglob("*") if f.is_file())
    assert len(files) > 10
    assert all((tmp_path / "a" / f).read_bytes() == (tmp_path / "b" / f).read_bytes() for f in files)


@pytest.mark.parametrize("as_of", [date(2015, 1, 1), DATA_FROM, date(2030, 1, 1)])
def test_an_as_of_date_outside_the_data_is_refused_and_nothing_is_written(
    as_of: date, tmp_path: Path
) -> None:
    folder = write_world(a_full_life(), tmp_path / "records")
    with pytest.raises(AsOfError) as refused:
        build_tables(folder, tmp_path / "out", as_of=as_of, settings=SETTINGS)
    assert DATA_FROM.isoformat() in refused.value.where
    assert refused.value.todo
    assert not (tmp_path / "out").exists()


def test_records_that_lack_tables_or_columns_are_refused_all_at_once(tmp_path: Path) -> None:
    folder = write_world(a_full_life(), tmp_path / "records")
    (folder / "epc.parquet").unlink()
    (folder / "tenancies.parquet").unlink()
    with pytest.raises(LandingError) as refused:
        build_tables(folder, tmp_path / "out", as_of=AS_OF, settings=SETTINGS)
    assert refused.value.details == ["tenancies.parquet", "epc.parquet"]
    folder = write_world(a_full_life(), tmp_path / "records")
    pl.read_parquet(folder / "epc.parquet").drop("known_on").write_parquet(folder / "epc.parquet")
    with pytest.raises(LandingError) as refused:
        build_tables(folder, tmp_path / "out", as_of=AS_OF, settings=SETTINGS)
    assert refused.value.details == ["epc.parquet: known_on"]


def test_the_features_that_the_rivals_rest_on_are_declared() -> None:
    rely_on = {AGE, LIVES_ALONE, COMMUNAL, EMERGENCY_ADMISSIONS, CARE_REQUESTS, CARE_HOURS}
    assert rely_on <= {c.name for c in all_columns(SETTINGS)}


def test_every_family_lists_only_features() -> None:
    assert all(isinstance(f, Feature) for _, features in FAMILIES for f in features)
