"""Scoring as the month runs it: a small invented county whose truth is planted."""

import json
from pathlib import Path

import polars as pl
import pytest
from need_trained import COUNCIL, SETTINGS, train
from need_worlds import AS_OF, settled_dates, write_world

import models.need.registry as registry
from configs.errors import DeskError, TooFewError
from configs.settings import load_settings
from models.need.registry import Champion, find_champion
from models.need.score import score_month

pytest_plugins = ("need_trained",)


def test_every_member_of_the_cohort_has_a_row_for_every_outcome(scores: Path) -> None:
    people = pl.read_parquet(scores / "person.parquet")
    assert people.columns == [
        "person_id", "household_id", "lsoa_code", "age_group", "as_of", "outcome", "horizon_days", "probability",
        "probability_low", "probability_high", "eligible", "extrapolated",
    ]  # fmt: skip
    assert people.height == 3000 * 2 * 3
    assert people["as_of"].unique().to_list() == [AS_OF]
    keys = people.select("person_id", "outcome", "horizon_days").rows()
    assert keys == sorted(keys)
    assert (people["probability"].is_null() == ~people["eligible"]).all()
    assert people["probability"].drop_nulls().is_between(0, 1).all()


def test_expected_events_are_about_as_many_as_the_truth_expects(scores: Path, world: Path) -> None:
    people = pl.read_parquet(scores / "person.parquet").filter("eligible")
    for horizon in (182, 365, 730):
        at = pl.col("horizon_days") == horizon
        days = settled_dates(9, horizon)
        settled = [pl.read_parquet(world / "outcomes" / f"{day}.parquet").filter(at) for day in days]
        seen = pl.concat(settled).filter("eligible")["happened"].mean()
        assert people.filter(at)["probability"].mean() == pytest.approx(seen, rel=0.1)


def test_a_longer_horizon_is_never_less_likely_for_anybody_or_any_household(scores: Path) -> None:
    for file, who in (("person", "person_id"), ("household", "household_id")):
        told = pl.read_parquet(scores / f"{file}.parquet").drop_nulls("probability").sort("horizon_days")
        steps = told.group_by(who, "outcome").agg(pl.col("probability").diff().min().alias("least"), pl.len())
        assert (steps["len"] == 3).all()
        assert steps["least"].min() >= 0


def test_every_chance_stands_within_its_range_and_no_range_where_there_is_no_chance(scores: Path) -> None:
    for file, who in (("person", "person_id"), ("household", "household_id")):
        told = pl.read_parquet(scores / f"{file}.parquet")
        low, chance, high = (pl.col(f"probability{end}") for end in ("_low", "", "_high"))
        assert told.select((low.is_null() == chance.is_null()).all()).item()
        known = told.drop_nulls("probability").with_columns(spread=high / chance)
        assert known.select(((low <= chance) & (chance <= high) & (high <= 1)).all()).item()
        assert 1.05 < known["spread"].median() < 2.5
        steps = known.sort("horizon_days").group_by(who, "outcome").agg(low.diff().min(), high.diff().min())
        assert steps.select((low >= 0).all(), (high >= 0).all()).row(0) == (True, True)


def test_household_chances_follow_from_those_of_their_people(scores: Path) -> None:
    people = pl.read_parquet(scores / "person.parquet").filter(pl.col("outcome") == "care_home_admission")
    households = pl.read_parquet(scores / "household.parquet").filter(
        pl.col("outcome") == "care_home_admission"
    )
    communal = {f"h{n // 2:06d}" for n in range(2990, 3000)}
    assert not communal & set(households["household_id"])
    members = people.filter("eligible", pl.col("household_id").is_in(households["household_id"].to_list()))
    raw = members.group_by("household_id", "horizon_days").agg(
        (1 - (1 - pl.col("probability")).product()).alias("raw"), pl.len()
    )
    both = households.join(raw, on=["household_id", "horizon_days"])
    assert both.height == households.height == 3 * households["household_id"].n_unique()
    at_a_year = both.filter(pl.col("horizon_days") == 365)
    assert at_a_year.select(pl.corr("raw", "probability", method="spearman")).item() > 0.99
    assert at_a_year["probability"].mean() == pytest.approx(at_a_year["raw"].mean(), rel=0.15)


def test_the_likeliest_of_each_outcome_and_age_group_have_reasons_and_nobody_else_has(scores: Path) -> None:
    people = pl.read_parquet(scores / "person.parquet").filter("eligible", pl.col("horizon_days") == 365)
    reasons = pl.read_parquet(scores / "reasons.parquet")
    sizes = people.group_by("outcome", "age_group").agg((pl.len() * 0.02).ceil().cast(pl.UInt32).alias("len"))
    found = reasons.group_by("outcome", "age_group").len()
    assert found.sort("outcome", "age_group").rows() == sizes.sort("outcome", "age_group").rows()
    both = reasons.join(people, on=["person_id", "outcome"], suffix="_scored")
    assert both.height == reasons.height
    assert (both["probability"] - both["probability_scored"]).abs().max() < 2e-6
    assert (reasons["reasons"].list.len() > 0).mean() > 0.9
    least = reasons.group_by("outcome", "age_group").agg(pl.col("probability").min().alias("least"))
    others = people.join(reasons, on=["person_id", "outcome"], how="anti").join(
        least, on=["outcome", "age_group"]
    )
    assert (others["probability"] <= others["least"] + 1e-6).all()


def test_the_likeliest_households_have_reasons_that_add_up_over_their_members(scores: Path) -> None:
    homes = pl.read_parquet(scores / "household_reasons.parquet")
    person = pl.read_parquet(scores / "person.parquet").filter(pl.col("horizon_days") == 365, "eligible")
    household = pl.read_parquet(scores / "household.parquet").filter(pl.col("horizon_days") == 365)
    keys = ["household_id", "outcome"]
    listed = household.join(homes, on=keys, suffix="_told")
    assert listed.height == homes.height > 10
    assert listed["probability"].equals(listed["probability_told"])
    weight = -(1 - pl.col("probability")).log()
    shares = (
        person.join(homes.select(keys), on=keys, how="semi")
        .group_by(keys)
        .agg(pl.len().alias("n"), (weight / weight.sum()).max().alias("first"))
    )
    both = homes.join(shares, on=keys)
    assert (both["members"] == both["n"]).all()
    assert ((both["weightiest_share"] - both["first"]).abs() < 1e-3).all()
    told = pl.read_parquet(scores / "reasons.parquet").select("person_id", "outcome", "base", "health")
    members = person.join(told, on=["person_id", "outcome"]).with_columns(
        share=weight / weight.sum().over(keys)
    )
    added = members.group_by(keys).agg(
        pl.len().alias("told"), *((pl.col(c) * pl.col("share")).sum() for c in ("base", "health"))
    )
    whole = homes.join(added, on=keys, suffix="_added").filter(pl.col("told") == pl.col("members"))
    assert whole.height > 0
    assert ((whole["base"] - whole["base_added"]).abs() < 1e-4).all()
    assert ((whole["health"] - whole["health_added"]).abs() < 1e-4).all()
    several = homes.filter(pl.col("members") > 1, pl.col("reasons").list.len() > 0)
    assert several["reasons"].list.first().str.contains(r"^\d+ of 100 parts: ").all()


def test_hours_have_one_row_a_person_and_horizon_and_ranges_in_order(scores: Path) -> None:
    hours = pl.read_parquet(scores / "hours.parquet")
    assert hours.columns == [
        "person_id",
        "as_of",
        "horizon_days",
        "hours_mean",
        "hours_p10",
        "hours_p50",
        "hours_p90",
    ]
    assert (hours.height, hours["person_id"].n_unique()) == (3 * 3000, 3000)
    assert hours.filter(
        (pl.col("hours_p10") > pl.col("hours_p50")) | (pl.col("hours_p50") > pl.col("hours_p90"))
    ).is_empty()
    assert hours["hours_mean"].min() >= 0


def test_the_champion_file_names_the_model_by_its_content(
    scores: Path, trained: tuple[Path, Champion, list[str]]
) -> None:
    said = json.loads((scores / "champion.json").read_text(encoding="utf-8"))
    assert set(said) == {"champion_id", "version", "provisional", "council", "trained_at_origin"}
    assert said["champion_id"] == registry.content_id(trained[1].folder)
    assert json.loads((scores / "evaluation.json").read_text(encoding="utf-8")) == trained[1].evaluation


def test_a_model_of_invented_data_never_scores_real_people(
    world: Path, trained: tuple[Path, Champion, list[str]], tmp_path: Path
) -> None:
    with pytest.raises(DeskError, match="made from invented data, and these are landed"):
        score_month(world, tmp_path, champion=trained[1], settings=SETTINGS, synthetic=False)
    assert list(tmp_path.iterdir()) == []


def test_a_model_of_another_horizon_is_not_passed_off_as_the_one_asked_for(
    world: Path, trained: tuple[Path, Champion, list[str]], tmp_path: Path
) -> None:
    shorter = load_settings(overrides={"need": {"horizon_days": 182, "horizons_days": [182]}})
    with pytest.raises(DeskError, match="looks 182, 365, 730 days ahead, the settings ask for 182"):
        score_month(world, tmp_path, champion=trained[1], settings=shorter, synthetic=True)


def test_dates_that_are_settled_for_nobody_are_a_message_for_the_desk(state: Path, tmp_path: Path) -> None:
    world = write_world(tmp_path / "w", people=20, origins=1)
    for file in sorted(world.glob("outcomes/*.parquet")):
        pl.read_parquet(file).with_columns(happened=pl.lit(None, pl.Boolean)).write_parquet(file)
    for file in sorted(world.glob("hours/*.parquet")):
        pl.read_parquet(file).with_columns(hours_per_week=pl.lit(None, pl.Float64)).write_parquet(file)
    with pytest.raises(TooFewError, match="nothing to learn from"):
        train(world, state)
    assert find_champion(state, COUNCIL) is None
