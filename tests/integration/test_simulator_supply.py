"""Claims about the landed supply side: it agrees with the lives, and a coordinator would know it for a rota."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from simulator.simulate import simulate
from simulator.writers.rota import DAYS, NEEDS, SHIFTS, SKILLS, WINDOWS


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("supply") / "out"
    simulate(5000, 12, 3, out)
    return out


def _landed(county: Path, pattern: str) -> pl.DataFrame:
    return pl.read_csv(sorted((county / "landing").glob(pattern))[-1], infer_schema_length=None)


def test_the_supply_side_and_its_places_are_landed_whole(county: Path) -> None:
    supply = (
        "HSCA_* candidate_sites capacity_tracker_* packages delivered workforce commissioned_hours budget contracts "
        "providers carers visits_*"
    )
    places = "projections health_sites lsoa11_lsoa21_lookup area_groups"
    for folder, names in (("supply", supply), ("places", places)):
        assert not [
            n for n in names.split() if not list((county / "landing" / folder).glob(n.rstrip("_*") + "*.csv"))
        ]


def test_a_package_that_waits_has_no_start_and_one_handed_back_had_begun(county: Path) -> None:
    packages = _landed(county, "supply/packages.csv").with_columns(
        pl.col("^.*_on$").str.to_date(strict=False)
    )
    waiting = packages.filter(pl.col("started_on").is_null())
    assert len(waiting) < 0.3 * len(packages)
    assert waiting["handed_back_on"].null_count() == len(waiting)
    begun = packages.drop_nulls("started_on")
    assert (begun["started_on"] > begun["requested_on"]).all()
    back = begun.drop_nulls("handed_back_on")
    assert (back["handed_back_on"] > back["started_on"]).all()
    assert set(packages["route"]) == {"hospital", "community"}


def test_planned_hours_of_a_month_are_the_hours_commissioned_then(county: Path) -> None:
    planned = _landed(county, "supply/delivered.csv").group_by("month").agg(pl.col("planned_hours").sum())
    weekly = (
        _landed(county, "supply/commissioned_hours.csv").group_by("month").agg(pl.col("hours_per_week").sum())
    )
    both = planned.join(weekly, on="month").sort("month")
    assert len(both) == 24
    ratio = (both["planned_hours"] / (both["hours_per_week"] * 365.25 / 12 / 7)).to_numpy()
    assert abs(ratio.mean() - 1) < 0.04
    assert np.abs(ratio - 1).max() < 0.25


def test_fewer_hours_are_delivered_than_planned_and_some_by_others(county: Path) -> None:
    rows = _landed(county, "supply/delivered.csv")
    assert (rows["delivered_hours"] <= rows["planned_hours"] + 0.01).all()
    assert 0.9 < rows["delivered_hours"].sum() / rows["planned_hours"].sum() < 0.99
    assert 0.01 < rows["subcontracted_hours"].sum() / rows["delivered_hours"].sum() < 0.1


def test_a_linked_visit_follows_an_earlier_one_of_the_same_person_and_day(county: Path) -> None:
    visits = _landed(county, "supply/visits_*.csv")
    linked = visits.drop_nulls("linked_visit_id")
    before = linked.join(visits, left_on="linked_visit_id", right_on="visit_id", suffix="_before")
    assert len(before) == len(linked) > 5
    assert (before["person_key"] == before["person_key_before"]).all()
    assert (before["weekday"] == before["weekday_before"]).all()
    assert (before["window_start_before"] < before["window_start"]).all()


def test_a_usual_carer_works_then_and_can_do_what_is_asked(county: Path) -> None:
    visits, carers = _landed(county, "supply/visits_*.csv"), _landed(county, "supply/carers.csv")
    rota = visits.join(carers, left_on="usual_carer_id", right_on="carer_id", suffix="_carer")
    assert len(rota) > 0.5 * len(visits)
    shifts = {text: (days, slots) for text, days, slots in SHIFTS}
    starts = [start for start, _ in WINDOWS]
    for row in rota.iter_rows(named=True):
        days, slots = shifts[row["shifts"]]
        assert DAYS.index(row["weekday"]) in days
        assert starts.index(row["window_start"]) in slots
        assert SKILLS.index(row["skills_carer"]) >= NEEDS.index(row["skills"])


def test_a_weeks_visits_give_about_the_hours_planned(county: Path) -> None:
    visits = _landed(county, "supply/visits_*.csv")
    minutes = (visits["duration_minutes"] * visits["carers_needed"]).sum()
    last = _landed(county, "supply/commissioned_hours.csv").filter(pl.col("month") == "2026-09")
    assert 0.8 < minutes / 60 / last["hours_per_week"].sum() < 1.2


def test_every_zone_of_today_has_one_lead_agency_and_contracts_name_zones(county: Path) -> None:
    led = ";".join(_landed(county, "supply/providers.csv")["today_zones"].drop_nulls()).split(";")
    groups = _landed(county, "places/area_groups.csv").filter(pl.col("group_kind") == "neighbourhood")
    assert sorted(led) == sorted(set(led))
    assert len(led) == groups["group_code"].n_unique()
    assert set(_landed(county, "supply/contracts.csv")["zone_id"]) <= set(led)


def test_beds_taken_are_the_residents_on_the_day_of_the_update(county: Path) -> None:
    tracker = _landed(county, "supply/capacity_tracker_*.csv").with_columns(
        pl.col("lastupdatedutc").str.to_date()
    )
    homes = _landed(county, "supply/HSCA_*.csv").select("Location ID", "Location UPRN ID")
    stays = pl.read_parquet(county / "truth" / "residences.parquet").filter("care_home")
    both = tracker.join(homes, left_on="cqcid", right_on="Location ID").join(
        stays.with_columns(pl.col("uprn").cast(pl.Int64)), left_on="Location UPRN ID", right_on="uprn"
    )
    on_day = pl.col("since") <= pl.col("lastupdatedutc")
    here = both.filter(on_day & (pl.col("until").is_null() | (pl.col("until") > pl.col("lastupdatedutc"))))
    counted = here.group_by("cqcid", "usedbeds", "maxcapacity").agg(n=pl.len())
    assert (counted["usedbeds"] == pl.Series(np.minimum(counted["n"], counted["maxcapacity"]))).all()
    assert len(counted) == len(tracker)


def test_projections_begin_with_todays_people_and_grow_older(county: Path) -> None:
    rows = _landed(county, "places/projections.csv").with_columns(
        years=pl.col("age").cast(pl.String).str.replace("+", "", literal=True).cast(pl.Int64)
    )
    today = (
        _landed(county, "places/population_by_five_year_band.csv")
        .select(pl.exclude("lsoa21cd"))
        .sum()
        .sum_horizontal()
    )
    first = rows.filter(pl.col("year") == 2026)
    assert first["population"].sum() == pytest.approx(today.item(), rel=0.01)
    old = rows.filter(pl.col("years") >= 65).group_by("year").agg(pl.col("population").sum()).sort("year")
    assert old["population"][-1] > 1.1 * old["population"][0]
    assert old["year"].to_list() == list(range(2026, 2044))


def test_every_area_has_its_2011_code_and_changes_say_what_they_are(county: Path) -> None:
    lookup = _landed(county, "places/lsoa11*.csv")
    areas = _landed(county, "places/ruc2021_lsoa.csv")["LSOA21CD"]
    assert set(lookup["LSOA21CD"]) == set(areas)
    split = lookup.filter(pl.col("CHGIND") == "S")
    assert (split.group_by("LSOA11CD").len()["len"] == 2).all()
    merged = lookup.filter(pl.col("CHGIND") == "M")
    assert (merged.group_by("LSOA21CD").len()["len"] == 2).all()


def test_surgeries_are_those_that_people_are_registered_with(county: Path) -> None:
    sites = _landed(county, "places/health_sites.csv")
    registered = _landed(county, "health/gp_flags_*.csv")["practice_code"].unique()
    assert set(registered) <= set(sites.filter(pl.col("kind") == "gp")["site_id"])
    assert sites.filter(pl.col("kind") == "hospital").height >= 1


def test_money_spent_is_near_what_was_set_aside(county: Path) -> None:
    budget = _landed(county, "supply/budget.csv").filter(pl.col("budget_pounds") > 20_000)
    whole = budget.filter(pl.col("year") != budget["year"].max())
    ratio = whole["spend_pounds"] / whole["budget_pounds"]
    assert ratio.is_between(0.9, 1.15).all()
    assert len(whole) >= 6
