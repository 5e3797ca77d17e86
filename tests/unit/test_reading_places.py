"""Boundaries, roads and timetables as publishers pack them."""

import gzip
from pathlib import Path

import geopandas as gpd
import pytest
from landed import check, survey, zipped
from shapely.geometry import LineString, Polygon, box

from features.records.places import build_area_population

GRID = "EPSG:27700"


def _areas(codes: list[str | None], **more: list[str]) -> gpd.GeoDataFrame:
    shapes = [box(360000 + 1000 * at, 400000, 361000 + 1000 * at, 401000) for at in range(len(codes))]
    return gpd.GeoDataFrame({"LSOA21CD": codes, **more}, geometry=shapes, crs=GRID)


def _write(folder: Path, frame: gpd.GeoDataFrame, name: str, **options: str) -> Path:
    (folder / "places").mkdir(parents=True, exist_ok=True)
    frame.to_file(folder / "places" / name, **options)
    return folder


@pytest.mark.parametrize("name", ["areas.geojson", "areas.gpkg", "areas.shp"])
def test_boundaries_of_every_format_come_back_in_the_national_grid(tmp_path: Path, name: str):
    areas = _areas(["E01000002", "E01000001"])
    landed = areas.to_crs("EPSG:4326") if name.endswith("geojson") else areas
    read = survey(_write(tmp_path, landed, name), {})
    assert read.lsoa_boundaries["lsoa_code"].to_list() == ["E01000001", "E01000002"]
    assert read.lsoa_boundaries.crs.to_epsg() == 27700
    assert read.lsoa_boundaries.area.sum() == pytest.approx(2_000_000, rel=0.001)
    assert not [p for p in read.problems if p.startswith("places/")]


def test_boundaries_that_name_wards_serve_as_the_ward_lookup_unless_one_was_landed(tmp_path: Path):
    wards = _areas(["E01000001"], WD24CD=["E05000001"], WD24NM=["Here"])
    read = survey(_write(tmp_path, wards, "areas.geojson"), {})
    assert read.tables["ward_lookup"].select("lsoa_code", "ward_name").rows() == [("E01000001", "Here")]
    read = survey(tmp_path, {"places/wards.csv": "LSOA21CD,WD25CD,WD25NM\nE01000001,E05000009,There\n"})
    assert read.tables["ward_lookup"].select("lsoa_code", "ward_name").rows() == [("E01000001", "There")]


def test_a_boundary_that_cannot_be_used_is_quarantined(tmp_path: Path):
    areas = _areas(["E01000001", "E01000002", "nowhere"])
    areas.loc[1, "geometry"] = Polygon()
    read = survey(_write(tmp_path, areas, "areas.gpkg"), {})
    assert read.lsoa_boundaries["lsoa_code"].to_list() == ["E01000001"]
    assert read.quarantine.select("row", "column", "rule").rows() == [
        (2, "geometry", "geometry"),
        (3, "lsoa_code", "area_code_format"),
    ]
    report = read.files[0]
    assert (report.rows_read, report.rows_kept, report.rows_quarantined) == (3, 1, 2)


def test_a_crossed_boundary_is_mended(tmp_path: Path):
    crossed = _areas(["E01000001"])
    crossed.loc[0, "geometry"] = Polygon([(0, 0), (1000, 1000), (1000, 0), (0, 1000)])
    assert survey(_write(tmp_path, crossed, "areas.gpkg"), {}).lsoa_boundaries.is_valid.all()


def test_an_area_that_stands_twice_is_a_defect(tmp_path: Path):
    read = survey(_write(tmp_path, _areas(["E01000001", "E01000001"]), "areas.gpkg"), {})
    assert [p for p in read.problems if "1 areas stand twice" in p]


def test_boundaries_of_two_districts_may_come_in_two_files(tmp_path: Path):
    _write(tmp_path, _areas(["E01000003"]), "areas.gpkg")
    read = survey(_write(tmp_path, _areas(["E01000002", "E01000001"]), "more.gpkg"), {})
    assert read.lsoa_boundaries["lsoa_code"].to_list() == ["E01000001", "E01000002", "E01000003"]
    assert read.lsoa_boundaries.crs.to_epsg() == 27700
    assert not [p for p in read.problems if "lsoa_boundaries" in p]


def test_an_area_drawn_in_two_files_counts_once_and_is_told(tmp_path: Path):
    _write(tmp_path, _areas(["E01000001"]), "areas_2024-01-01.gpkg")
    moved = _areas(["E01000009", "E01000001"]).iloc[[1]]
    _write(tmp_path, moved, "areas_2025-01-01.gpkg")
    read = survey(tmp_path, {})
    assert read.lsoa_boundaries.geometry.iloc[0].bounds[0] == 361000
    told = check(tmp_path, {}).warnings
    assert [w for w in told if w.startswith("lsoa_boundaries: 1 areas stand in more than one file")]


def test_two_population_files_do_not_double_the_residents(tmp_path: Path):
    header = "lsoa21cd," + ",".join(f"{a}-{a + 4}" for a in range(0, 90, 5)) + ",90+\n"
    old, new = header + "E01000001" + ",1" * 19 + "\n", header + "E01000001" + ",2" * 19 + "\n"
    files = {"places/pop_2023-06-30.csv": old, "places/pop_2024-06-30.csv": new, "places/copy.csv": old}
    population = survey(tmp_path, files).tables["population"]
    assert build_area_population(population)["people"].to_list() == [2.0] * 19
    assert (
        "population: 1 areas stand in more than one file; the file cut last is used"
        in check(tmp_path, {}).warnings
    )


def test_shapes_in_another_reference_system_than_the_file_states_are_a_defect(tmp_path: Path):
    metres_called_degrees = _areas(["E01000001"]).set_crs("EPSG:4326", allow_override=True)
    read = survey(_write(tmp_path, metres_called_degrees, "areas.geojson"), {})
    assert [p for p in read.problems if p.startswith("places/areas.geojson") and "Great Britain" in p]


def test_points_are_no_boundaries(tmp_path: Path):
    points = _areas(["E01000001", "E01000002"])
    points.loc[1, "geometry"] = points.geometry.iloc[1].centroid
    read = survey(_write(tmp_path, points, "areas.gpkg"), {})
    assert read.lsoa_boundaries["lsoa_code"].to_list() == ["E01000001"]
    assert read.quarantine.select("row", "rule").rows() == [(2, "geometry")]


def test_boundaries_may_be_compressed(tmp_path: Path):
    _write(tmp_path, _areas(["E01000001"]).to_crs("EPSG:4326"), "areas.geojson")
    plain = tmp_path / "places" / "areas.geojson"
    packed = gzip.compress(plain.read_bytes())
    plain.unlink()
    read = survey(tmp_path, {"places/areas.geojson.gz": packed})
    assert read.lsoa_boundaries["lsoa_code"].to_list() == ["E01000001"]


def test_boundaries_without_a_reference_system_are_a_defect(tmp_path: Path):
    read = survey(_write(tmp_path, _areas(["E01000001"]).set_crs(None, allow_override=True), "areas.shp"), {})
    assert [p for p in read.problems if "reference system" in p]


def test_a_damaged_geometry_file_is_a_defect(tmp_path: Path):
    read = survey(tmp_path, {"places/areas.geojson": "{not json"})
    assert [p for p in read.problems if p.startswith("places/areas.geojson") and "cannot be read" in p]


def test_roads_are_read_from_the_right_layer(tmp_path: Path):
    nodes = gpd.GeoDataFrame({"form": ["junction"]}, geometry=[box(0, 0, 1, 1)], crs=GRID)
    links = gpd.GeoDataFrame(
        {"id": ["L1"], "start_node": ["N1"], "end_node": ["N2"], "length": [120]},
        geometry=[LineString([(0, 0), (120, 0)])],
        crs=GRID,
    )
    _write(tmp_path, nodes, "oproad.gpkg", layer="road_node")
    read = survey(_write(tmp_path, links, "oproad.gpkg", layer="road_link"), {})
    assert read.tables["roads"].select("road_id", "length_metres").rows() == [("L1", 120.0)]


def test_the_stops_of_a_timetable_feed_are_read(tmp_path: Path):
    feed = zipped(
        {
            "stops.txt": "stop_id,stop_name,stop_lat,stop_lon\nS1,Here,53.5,-2.6\nS2,Far,12,-2.6\n",
            "stop_times.txt": "trip_id\nT1\n",
            "trips.txt": "trip_id\nT1\n",
        }
    )
    read = survey(tmp_path, {"places/feed.zip": feed})
    assert read.tables["gtfs"]["stop_id"].to_list() == ["S1"]
    assert read.quarantine.select("column", "rule").rows() == [("latitude", "number_range")]
