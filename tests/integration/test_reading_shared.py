"""Files that nobody here wrote: a landing folder of another hand, and the NHS's artificial hospital records."""

import csv
import gzip
import io
import json
import zipfile
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from shared import shared_folder

from configs.settings import load_settings
from features.records.check import check_landing
from features.records.landing import Landing, read_landing, survey_landing


@pytest.fixture(scope="module")
def folder() -> Path:
    return shared_folder("sample_landing", "landing")


@pytest.fixture(scope="module")
def sample(folder: Path) -> Landing:
    return read_landing(folder, load_settings())


def _records(path: Path) -> int:
    """How many records an independent reader finds below the header, blank lines apart."""
    data = path.read_bytes()
    if path.suffix == ".gz":
        data = gzip.decompress(data)
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as packed:
            data = packed.read(packed.namelist()[0])
    lines = io.StringIO(data.decode("latin-1"), newline="")
    delimiter = "|" if b"|" in data[:200] else ","
    return sum(1 for record in csv.reader(lines, delimiter=delimiter) if any(record)) - 1


def test_every_row_of_every_file_is_kept_or_quarantined(sample: Landing, folder: Path):
    assert len(sample.files) == len([p for p in folder.rglob("*") if p.is_file()]) - 1
    kept = {
        k: dict(t.group_by("file").len().iter_rows()) for k, t in sample.tables.items() if k != "population"
    }
    aside = dict(sample.quarantine.group_by("file").len().iter_rows())
    for report in sample.files:
        assert report.rows_read == report.rows_kept + report.rows_quarantined, report.file
        assert report.rows_quarantined == aside.get(report.file, 0), report.file
        if report.kind in kept:
            assert report.rows_kept == kept[report.kind].get(report.file, 0), report.file
        if Path(report.file).suffix in {".csv", ".gz", ".zip"}:
            assert report.rows_read == _records(folder / report.file), report.file


def test_no_row_is_both_kept_and_quarantined_nor_read_twice(sample: Landing):
    for kind, table in sample.tables.items():
        if kind == "population":
            continue
        rows = pl.concat(
            [table.select("file", "row"), sample.quarantine.filter(kind=kind).select("file", "row")]
        )
        assert rows.n_unique() == rows.height, kind


def test_both_header_styles_and_both_releases_come_out_alike(sample: Landing):
    cld = sample.tables["cld"]
    assert cld["extract_date"].n_unique() == 24
    assert set(cld["client_type"].unique()) == {"Service user", "Unpaid carer"}
    assert "Invalid and not mapped" not in cld["event_outcome"].drop_nulls().unique().to_list()
    spaced, scored = (cld.filter(pl.col("file").str.contains(d)) for d in ("20210724", "20211024"))
    assert spaced["event_start_date"].null_count() == scored["event_start_date"].null_count() == 0


def test_bad_rows_of_the_sample_are_found_by_rule(sample: Landing):
    counted = dict(
        sample.quarantine.group_by(pl.concat_str("kind", pl.lit("."), "column", pl.lit("."), "rule"))
        .len()
        .iter_rows()
    )
    assert counted["cld.event_type.code_unknown"] == 24
    assert counted["cld.event_start_date.date_format"] == 48
    assert counted["cld.nhs_number or la_person_id.missing"] == 24
    assert counted["apc.admission_method.code_unknown"] == 24
    assert counted["ecds.arrival_date.date_after_extract"] == 24
    blanked = sample.blanked.group_by("kind", "column", "rule").agg(pl.col("rows").sum()).rows()
    assert ("adaptations", "uprn", "uprn_mangled", 75) in blanked
    assert ("gp_flags", "dementia", "flag_unknown", 24) in blanked


def test_the_order_of_dates_is_found_in_each_file(sample: Landing):
    orders = {f.file: f.date_order for f in sample.files}
    assert orders["social_care/cld_extract_20250724.csv"] == "dmy"
    assert orders["housing/tenancies_20261023.csv"] == "dmy"
    assert orders["social_care/cld_extract_20250424.csv"] == "iso"


def test_encodings_and_delimiters_are_found_in_each_file(sample: Landing):
    found = {f.file: (f.encoding, f.delimiter) for f in sample.files}
    assert found["social_care/cld_extract_20220424.csv"] == ("cp1252", "comma")
    assert found["social_care/cld_extract_20210424.csv"] == ("utf-8-sig", "comma")
    assert found["health/apc_20220209.csv.zip"] == ("utf-8", "pipe")


def test_boundaries_come_in_the_national_grid(sample: Landing):
    shapes = sample.lsoa_boundaries
    assert shapes.crs.to_epsg() == 27700
    assert shapes["lsoa_code"].is_monotonic_increasing
    assert len(shapes) == 200
    assert 150 < shapes.area.sum() / 1e6 < 200


def test_no_name_or_number_of_a_person_is_in_the_report(sample: Landing, folder: Path):
    report = check_landing(folder, load_settings())
    assert report.ok
    text = json.dumps(report.as_dict()) + "\n".join(report.lines())
    people = sample.tables["demographics"]
    for column in ("nhs_number", "postcode", "address", "token_person_id"):
        values = people[column].drop_nulls().unique().to_list()
        assert not [v for v in values if v in text], column
    dates = people["date_of_birth"].drop_nulls().unique().dt.to_string("%Y-%m-%d").to_list()
    cuts = {str(f.extract_date) for f in sample.files}
    assert not [d for d in dates if d in text and d not in cuts]


def test_reading_twice_gives_the_same_tables(sample: Landing, folder: Path):
    again = read_landing(folder, load_settings())
    for kind, table in sample.tables.items():
        assert table.equals(again.tables[kind]), kind
    assert sample.blanked.equals(again.blanked)


def test_the_sample_names_what_it_does_not_hold(sample: Landing):
    assert "capacity_tracker" in sample.missing
    assert "demographics" not in sample.missing
    assert sample.invented is False


@pytest.fixture(scope="module")
def hospital(tmp_path_factory: pytest.TempPathFactory) -> Landing:
    source = shared_folder("opendata", "artificial_hes_apc_0102.csv")
    landing = tmp_path_factory.mktemp("landing")
    (landing / "health").mkdir()
    target = landing / "health" / "artificial_hes_apc_0102_extract_2002-06-30.csv"
    target.write_bytes(source.read_bytes())
    return survey_landing(landing, load_settings())


def test_all_rows_of_the_artificial_hospital_file_are_kept(hospital: Landing):
    assert hospital.tables["apc"].height == 2075
    assert hospital.quarantine.is_empty()
    assert hospital.files[0].extract_date == date(2002, 6, 30)


def test_the_hospital_files_sentinels_padding_and_ages_are_understood(hospital: Landing):
    apc = hospital.tables["apc"]
    assert apc["admission_date"].null_count() == 1
    assert apc["admission_date"].min() > date(1990, 1, 1)
    assert apc["age"].is_between(0, 120).all()
    assert (apc["age"] == 0).sum() == 236
    assert not apc["diagnosis_01"].drop_nulls().str.ends_with("X").any()
    assert apc["diagnosis_02"].null_count() >= 776
    assert dict(apc.group_by("sex").len().iter_rows()) == {"female": 1108, "male": 965, "unknown": 2}


def test_what_was_blanked_in_the_hospital_file_is_said_with_its_reason(hospital: Landing):
    assert hospital.blanked.select("column", "rule", "rows").rows() == [
        ("admission_date", "date_marked_invalid", 1),
        ("diagnosis_01", "icd10_format", 1),
        ("diagnosis_02", "icd10_format", 1),
        ("diagnosis_06", "icd10_format", 1),
        ("discharge_date", "date_marked_invalid", 1),
        ("episode_end", "date_marked_invalid", 1),
        ("episode_start", "date_marked_invalid", 1),
    ]


@pytest.mark.parametrize("place", ["shropshire", "wigan"])
def test_open_places_files_are_read_under_their_own_names(tmp_path: Path, place: str):
    source = shared_folder("opendata")
    (tmp_path / "places").mkdir()
    for part in ("lsoa21.geojson", "imd2025.csv", "ruc2021.csv", "population2020_by_age.csv"):
        (tmp_path / "places" / f"{place}_{part}").write_bytes((source / f"{place}_{part}").read_bytes())
    read = survey_landing(tmp_path, load_settings())
    assert not [p for p in read.problems if p.startswith("places/")]
    assert set(read.tables) == {"deprivation", "rural_urban", "population", "ward_lookup"}
    assert set(read.tables["ward_lookup"]["lsoa_code"]) == set(read.lsoa_boundaries["lsoa_code"])
    assert read.tables["population"]["people"].sum() == {"shropshire": 325414, "wigan": 330712}[place]
