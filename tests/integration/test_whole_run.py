"""Claims about the whole way through, on a small invented county: landed files in; map, zones, home out."""

import json
from pathlib import Path

import geopandas as gpd
import networkx as nx
import polars as pl
import pytest
from county import AS_OF, Finished, forebridge, run_arguments

from configs.vocabulary import OUTCOMES

pytestmark = pytest.mark.xdist_group("whole_run")

FIXED = {
    "records/identity.parquet": ["kind", "file", "row", "role", "person_id", "household_id", "uprn", "uprn_method", "match_weight", "distinguishability"],
    "records/quarantine.parquet": ["kind", "file", "row", "column", "rule"],
    "records/people.parquet": ["person_id", "opted_out", "restricted"],
    "scores/person.parquet": ["person_id", "household_id", "lsoa_code", "age_group", "as_of", "outcome", "horizon_days", "probability", "eligible"],
    "scores/household.parquet": ["household_id", "lsoa_code", "as_of", "outcome", "horizon_days", "probability"],
    "scores/hours.parquet": ["person_id", "as_of", "horizon_days", "hours_mean", "hours_p10", "hours_p50", "hours_p90"],
    "places/areas.parquet": ["geography", "area_code", "age_group", "denominator", "as_of", "outcome", "horizon_days", "people_mean", "people_p10", "people_p50", "people_p90", "hours_mean", "hours_p10", "hours_p50", "hours_p90", "rate_per_1000", "rate_smoothed", "p_above_county"],
    "places/draws.parquet": ["area_code", "as_of", "horizon_days", "draw", "hours"],
    "places/hotspots.parquet": ["area_code", "age_group", "as_of", "measure", "horizon_days", "statistic", "p_value", "q_value", "class", "trend", "hidden_need_probability"],
}  # fmt: skip


@pytest.mark.parametrize("file", sorted(FIXED))
def test_every_output_has_its_published_columns_and_rows(finished: Finished, file: str) -> None:
    table = pl.read_parquet(finished.month / file)
    assert [c for c in FIXED[file] if c not in table.columns] == []
    assert table.height > 0


def test_every_kept_row_that_names_a_person_has_a_line_in_identity(finished: Finished) -> None:
    identity = pl.read_parquet(finished.month / "records" / "identity.parquet")
    quarantine = pl.read_parquet(finished.month / "records" / "quarantine.parquet")
    demographics = next((finished.landing / "people").glob("*demographics*"))
    rows = sum(1 for _ in demographics.open(encoding="utf-8")) - 1
    file = f"people/{demographics.name}"
    kept = identity.filter(pl.col("file") == file)["row"].n_unique()
    assert kept + quarantine.filter(pl.col("file") == file)["row"].n_unique() == rows


def test_people_who_opted_out_and_restricted_people_are_not_scored(finished: Finished) -> None:
    people = pl.read_parquet(finished.month / "records" / "people.parquet")
    scored = pl.read_parquet(finished.month / "scores" / "person.parquet")["person_id"].unique()
    barred = people.filter(pl.col("opted_out") | pl.col("restricted"))["person_id"]
    assert barred.len() > 0
    assert barred.is_in(scored.implode()).sum() == 0


def test_no_household_that_holds_or_held_a_restricted_person_is_listed(finished: Finished) -> None:
    people = pl.read_parquet(finished.month / "records" / "people.parquet").filter("restricted")
    spells = pl.read_parquet(finished.month / "records" / "residences.parquet")
    homes = spells.join(people, on="person_id", how="semi")["household_id"].drop_nulls().unique()
    listed = pl.read_parquet(finished.month / "scores" / "household.parquet")["household_id"]
    assert listed.is_in(homes.implode()).sum() == 0


def test_probabilities_are_chances_and_every_outcome_is_scored(finished: Finished) -> None:
    scored = pl.read_parquet(finished.month / "scores" / "person.parquet").filter("eligible")
    assert set(scored["outcome"].unique()) == set(OUTCOMES)
    assert scored["probability"].is_between(0, 1).all()


def test_persons_sum_to_areas_and_areas_to_the_county(finished: Finished) -> None:
    scored = pl.read_parquet(finished.month / "scores" / "person.parquet").filter("eligible")
    areas = pl.read_parquet(finished.month / "places" / "areas.parquet")
    one = (pl.col("outcome") == "emergency_admission") & (pl.col("age_group") == "65+")
    persons = scored.filter(one)["probability"].sum()
    for geography in ("lsoa", "county"):
        total = areas.filter(one, pl.col("geography") == geography)["people_mean"].sum()
        assert total == pytest.approx(persons, rel=0.01)


def test_zones_cover_every_area_once_and_hang_together(finished: Finished) -> None:
    plan = pl.read_csv(finished.month / "plans" / "zones.csv", schema_overrides={"zone_id": pl.String})
    shapes = gpd.read_file(finished.month / "records" / "areas.geojson").to_crs(27700)
    assert sorted(plan["area_code"]) == sorted(shapes["lsoa_code"])
    left, right = shapes.sindex.query(shapes.geometry, predicate="intersects")
    codes = shapes["lsoa_code"].to_numpy()
    graph = nx.Graph((codes[i], codes[j]) for i, j in zip(left, right, strict=True) if i != j)
    for (_,), zone in plan.group_by("zone_id"):
        assert nx.is_connected(graph.subgraph(zone["area_code"].to_list()))


def test_the_chosen_home_counts_existing_beds_and_proves_its_gap(finished: Finished) -> None:
    home = json.loads((finished.month / "plans" / "homes.json").read_text())
    assert home["existing_beds"] > 0
    assert home["gap"] is not None
    assert home["unmet_after"] <= home["unmet_before"]
    assert len(home["chosen"]) <= 1


def test_models_stand_beside_their_rivals_with_intervals(finished: Finished) -> None:
    rows = [r for r in finished.result["evaluation"] if r["kind"] == "outcome"]
    by_question: dict[tuple[str, str], set[str]] = {}
    for row in rows:
        by_question.setdefault((row["outcome"], row["age_group"]), set()).add(row["model"])
        assert row["synthetic"] is True
    assert len(by_question) >= 4
    assert all(
        {"champion", "age_alone", "frailty", "rule", "logistic"} <= models for models in by_question.values()
    )


def test_the_first_champion_is_provisional(finished: Finished) -> None:
    assert finished.result["champion"]["provisional"] is True


def test_the_same_inputs_and_seed_give_the_same_bytes(finished: Finished, tmp_path: Path) -> None:
    done = forebridge(*run_arguments(finished.landing, tmp_path / "again", finished.settings))
    assert done.returncode == 0, done.stderr
    again = tmp_path / "again" / AS_OF
    for stage in ("scores", "places", "plans"):
        for file in sorted((finished.month / stage).rglob("*")):
            if file.is_file() and file.name != "manifest.json":
                assert file.read_bytes() == (again / file.relative_to(finished.month)).read_bytes(), file.name


def test_no_surname_reaches_a_log_an_error_the_registry_or_the_ledger(finished: Finished) -> None:
    names = _some_surnames(finished.landing)
    places = [p for p in (finished.out / "state").rglob("*") if p.is_file()]
    texts = b"\n".join(p.read_bytes() for p in places if p.suffix in (".json", ".db", ".txt", ".log"))
    report = json.dumps(finished.result).encode()
    assert [n for n in names if n.encode() in texts + report] == []


def _some_surnames(landing: Path) -> list[str]:
    """Surnames of the landing that are no place or street name of it."""
    demographics = pl.read_csv(next((landing / "people").glob("*demographics*")), infer_schema=False)
    names = demographics["family_name"].drop_nulls().unique().sort()
    places = " ".join(
        p.read_text(encoding="utf-8", errors="ignore") for p in (landing / "places").glob("*.csv")
    )
    supply = " ".join(
        p.read_text(encoding="utf-8", errors="ignore") for p in (landing / "supply").glob("*.csv")
    )
    return [n for n in names if len(n) > 5 and n not in places and n not in supply][:200]


def test_how_requests_are_kept_stands_with_the_groups_of_support_alone(finished: Finished) -> None:
    rows = json.loads((finished.month / "scores" / "groups.json").read_text(encoding="utf-8"))
    told = {row["outcome"] for row in rows if "asked_share" in row}
    assert told == {"long_term_community_start"}
    assert any(row["starts"] > 0 and row["asked_share"] is not None for row in rows if "starts" in row)
