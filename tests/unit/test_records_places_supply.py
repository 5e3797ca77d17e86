"""Areas, stops, boundaries, care homes and sites."""

import json
from dataclasses import replace
from pathlib import Path

import polars as pl
from people_rows import KEY, boundaries, gazetteer, landing, typed

from features.records.households import Gazetteer, build_gazetteer
from features.records.landing import FileReport
from features.records.places import build_area_population, build_areas, write_boundaries
from features.records.shapes import complete
from features.records.summary import count_rows
from features.records.supply import build_candidate_sites, build_care_homes, build_providers


def known(*, code: str = "RD03") -> Gazetteer:
    read = landing(gazetteer=gazetteer(1, 2, 3, code=code))
    return build_gazetteer(complete(read.tables), read.lsoa_boundaries, KEY)


def test_area_without_stops_counts_none_but_knows_the_way_to_the_nearest() -> None:
    stops = pl.DataFrame({"stop_id": ["a", "b"], "easting": [500.0, 10.0], "northing": [500.0, 10.0]})
    areas = build_areas(boundaries(), {"stops": stops})
    assert areas.get_column("n_stops").to_list() == [2, 0]
    assert areas.get_column("metres_to_stop").to_list() == [0.0, 1000.0]


def test_areas_stand_with_nothing_else_landed() -> None:
    areas = build_areas(boundaries(), {})
    assert areas.get_column("lsoa_code").to_list() == ["E01000001", "E01000002"]
    assert areas.get_column("area_square_metres").to_list() == [1e6, 1e6]
    assert areas.get_column("imd_score").null_count() == 2


def test_boundaries_are_written_in_degrees_with_six_decimals_and_two_names(tmp_path: Path) -> None:
    write_boundaries(boundaries(), tmp_path / "a.geojson")
    features = json.loads((tmp_path / "a.geojson").read_text())["features"]
    assert [set(f["properties"]) for f in features] == [{"lsoa_code", "lsoa_name"}] * 2
    for lon, lat in features[0]["geometry"]["coordinates"][0]:
        assert -8 < lon < -7
        assert 49 < lat < 50
        assert round(lon, 6) == lon


def test_no_population_gives_columns_and_no_rows() -> None:
    assert build_area_population(None).columns == ["lsoa_code", "age_from", "age_to", "people"]


def test_site_with_a_postcode_lies_in_its_middle_and_one_without_place_is_quarantined() -> None:
    rows = [
        {"site_id": "S1", "postcode": "AB1 2CD", "max_beds": 40, "care_types": "residential"},
        {"site_id": "S2", "postcode": "ZZ9 9ZZ", "max_beds": 40, "care_types": "residential"},
        {
            "site_id": "S3",
            "postcode": None,
            "easting": 1500.0,
            "northing": 500.0,
            "max_beds": 9,
            "care_types": "nursing",
        },
    ]
    sites = complete({"candidate_sites": typed("candidate_sites", rows)})["candidate_sites"]
    kept, lost = build_candidate_sites(sites, known(), boundaries())
    assert kept.select("site_id", "easting", "lsoa_code").rows() == [
        ("S1", 20.0, "E01000001"),
        ("S3", 1500.0, "E01000002"),
    ]
    assert lost.select("row", "column").rows() == [(3, "postcode")]
    assert "ZZ9" not in lost.get_column("rule").item()


def test_a_site_or_provider_in_two_files_counts_once_as_the_later_says() -> None:
    old = {"site_id": "S1", "postcode": "AB1 2CD", "max_beds": 40, "care_types": "residential"}
    rows = [
        {**old, "extract_date": None, "file": "b.csv"},
        {**old, "max_beds": 60, "file": "a_2026-10-01.csv"},
    ]
    kinds = complete(
        {
            "candidate_sites": typed("candidate_sites", rows),
            "providers": typed("providers", [{"provider_id": "P", "offered_hours_per_week": 9.0}] * 2),
        }
    )
    kept, _ = build_candidate_sites(kinds["candidate_sites"], known(), boundaries())
    assert kept.select("site_id", "max_beds").rows() == [("S1", 60)]
    assert build_providers(kinds["providers"], known()).height == 1


def test_a_row_that_joining_could_not_place_is_no_longer_counted_as_kept() -> None:
    report = FileReport("supply/s.csv", "candidate_sites", None, "-", "-", "-", 3, 3, 0, 1)
    lost = pl.DataFrame(
        {
            "kind": ["candidate_sites"],
            "file": ["supply/s.csv"],
            "row": [3],
            "column": ["postcode"],
            "rule": ["r"],
        }
    )
    counts = count_rows(replace(landing(gazetteer=gazetteer(1)), files=[report]), lost)
    assert counts["by_kind"]["candidate_sites"] == {"read": 3, "kept": 2, "quarantined": 1, "blank": 1}
    assert (counts["kept"], counts["quarantined"]) == (2, 1)


def test_nothing_landed_gives_columns_and_no_rows() -> None:
    nothing = complete({})
    assert build_candidate_sites(nothing["candidate_sites"], known(), boundaries())[0].is_empty()
    assert build_care_homes(nothing, known(), boundaries())[0].is_empty()
    assert build_providers(nothing["providers"], known()).is_empty()


def home(location: str, **more: object) -> dict[str, object]:
    return {
        "location_id": location, "location_name": location, "care_home": True, "dormant": False, "beds": 30,
        "nursing": False, "residential": True, "dementia": False, "rating": "Good", "postcode": None,
        "uprn": None, "latitude": None, "longitude": None, **more,
    }  # fmt: skip


def test_care_homes_leave_out_the_dormant_and_know_their_beds_in_use() -> None:
    rows = [home("H1", uprn=2), home("H2", dormant=True, uprn=3), home("H3", latitude=49.77, longitude=-7.55)]
    directory = typed("cqc_locations", rows)
    tracker = typed("capacity_tracker", [{"cqc_location_id": "H1", "used_beds": 28, "last_updated": None}])
    kept, lost = build_care_homes(
        complete({"cqc_locations": directory, "capacity_tracker": tracker}), known(), boundaries()
    )
    assert kept.select("location_id", "used_beds").rows() == [("H1", 28), ("H3", None)]
    assert kept.get_column("easting")[0] == 20.0
    assert lost.is_empty()


def test_care_home_class_and_directory_both_make_an_address_communal() -> None:
    assert known(code="RI01").communal_uprns.to_list() == [1, 2, 3]
    read = landing(gazetteer=gazetteer(1, 2, 3), cqc_locations=[home("H1", uprn=2)])
    found = build_gazetteer(complete(read.tables), read.lsoa_boundaries, KEY)
    assert found.communal_uprns.to_list() == [2]


def test_address_that_the_lookup_lacks_gets_its_area_from_the_map() -> None:
    read = landing(gazetteer=gazetteer(1, 2, 3))
    short = {**complete(read.tables), "uprn_lookup": read.tables["uprn_lookup"].head(1)}
    places = build_gazetteer(short, read.lsoa_boundaries, KEY).places
    assert places.get_column("lsoa_code").to_list() == ["E01000001"] * 3
