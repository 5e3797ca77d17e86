"""A file's kind is told by folder and header; what does not fit is explained."""

from pathlib import Path

import pytest
from landed import CLD_HEADER, check, cld, survey

from configs.extract_specs import load_specs
from features.records.recognise import Unrecognised, age_band, fit_header, recognise

SPECS = load_specs()
ROW = "503,,P1,Ann,Lee,Service user,Service,2026-01-05,,,"


@pytest.mark.parametrize("kind", sorted(SPECS))
def test_the_header_of_every_kind_fits_that_kind_alone(kind: str):
    spec = SPECS[kind].latest
    header = [_first_name(name, c.names) for name, c in spec.columns.items()]
    header += [part for c in spec.columns.values() for part in c.join]
    if spec.shape == "population":
        header += [f"{age}-{age + 4}" for age in range(0, 90, 5)]
    fit = recognise(spec.folder, list(dict.fromkeys(header)), SPECS, drawn=spec.shape == "boundaries")
    assert fit.kind.kind == kind
    assert set(fit.columns) == set(spec.columns)


def _first_name(name: str, names: tuple[str, ...]) -> str:
    return (names or (name,))[0].strip("^$").replace(r"\d\d", "25")


@pytest.mark.parametrize(
    "header",
    [
        CLD_HEADER,
        CLD_HEADER.replace(" ", "_"),
        CLD_HEADER.upper(),
        CLD_HEADER.lower().replace(" ", "_"),
        CLD_HEADER.replace("LA Code", " LA  Code "),
    ],
)
def test_header_styles_of_one_publisher_are_one_kind(tmp_path: Path, header: str):
    read = survey(tmp_path, {"social_care/x_20260930.csv": cld(ROW, header=header)})
    assert read.tables["cld"]["la_person_id"].to_list() == ["P1"]


def test_the_file_name_decides_nothing(tmp_path: Path):
    read = survey(tmp_path, {"social_care/apc_20260930.csv": cld(ROW)})
    assert list(read.tables) == ["cld"]


def test_an_unknown_header_names_the_nearest_kind_and_the_difference(tmp_path: Path):
    header = CLD_HEADER.replace("Event Start Date", "Started")
    read = survey(tmp_path, {"social_care/x_20260930.csv": cld(ROW, header=header)})
    defect = next(p for p in read.problems if p.startswith("social_care/x_20260930.csv"))
    assert "nearest is cld" in defect
    assert "missing: Event Start Date" in defect
    assert "not expected: Started" in defect


def test_a_file_in_the_wrong_folder_is_told_where_it_belongs(tmp_path: Path):
    read = survey(tmp_path, {"health/x_20260930.csv": cld(ROW)})
    assert [p for p in read.problems if "cld, which belongs in social_care/" in p]


def test_a_file_without_a_header_never_shows_its_first_record(tmp_path: Path):
    report = check(
        tmp_path, {"social_care/x_20260930.csv": ROW.replace("Lee", "Plantedsurname") + "\n" + ROW}
    )
    assert not report.ok
    assert "Plantedsurname" not in str(report.as_dict())
    assert "may be a record" in str(report.problems)


def test_a_header_that_fits_two_kinds_is_a_defect_until_landing_toml_pins_one(tmp_path: Path):
    both = "nhs_number,checked_on,from_date,scope\n9434765919,2026-01-01,2026-01-01,all\n"
    read = survey(tmp_path, {"people/x_20260930.csv": both})
    assert [p for p in read.problems if "fits objections and opt_outs" in p]
    pin = '[files."people/x_20260930.csv"]\nkind = "objections"\n'
    read = survey(tmp_path, {"people/x_20260930.csv": both, "landing.toml": pin})
    assert list(read.tables) == ["objections"]


def test_two_landed_columns_that_are_one_are_a_defect():
    header = [*CLD_HEADER.split(","), "event_start_date"]
    with pytest.raises(Unrecognised, match="event_start_date"):
        recognise("social_care", header, SPECS)


def test_a_council_renames_a_column_without_code(tmp_path: Path):
    header = CLD_HEADER.replace("LA Person Unique Identifier", "Person Ref")
    toml = '[files."social_care/x_20260930.csv".columns]\n"Person Ref" = "LA Person Unique Identifier"\n'
    read = survey(tmp_path, {"social_care/x_20260930.csv": cld(ROW, header=header), "landing.toml": toml})
    assert read.tables["cld"]["la_person_id"].to_list() == ["P1"]


def test_names_of_another_vintage_are_the_same_column():
    fit = fit_header(SPECS["uprn_lookup"].latest, ["UPRN", "LSOA21CD", "LAD26CD", "WD26CD"])
    assert set(fit.columns) == {"uprn", "lsoa_code", "lad_code", "ward_code"}


def test_areas_of_2011_are_not_taken_for_areas_of_2021():
    fit = fit_header(SPECS["deprivation"].latest, ["LSOA code (2011)", "IMD decile", "imd_decile"])
    assert "lsoa_code" not in fit.columns


@pytest.mark.parametrize(
    ("name", "ages"),
    [
        ("0-4", (0, 4)),
        ("90+", (90, 120)),
        ("F37", (37, 37)),
        ("M90", (90, 120)),
        ("37", (37, 37)),
        ("Age: Aged 4 years and under; measures: Value", (0, 4)),
        ("Age: Aged 5 to 9 years; measures: Value", (5, 9)),
        ("Age: Aged 85 years and over; measures: Value", (85, 120)),
        ("Age: Total; measures: Value", None),
        ("LSOA21CD", None),
        ("2021", None),
    ],
)
def test_population_columns_give_their_ages(name: str, ages: tuple[int, int] | None):
    assert age_band(name) == ages
