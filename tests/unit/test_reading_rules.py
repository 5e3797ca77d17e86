"""Values typed, blanked and counted; rows kept or quarantined; a council's own codes."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest
from landed import CLD_HEADER, check, cld, survey

from configs.errors import LandingError, SettingsError
from configs.extract_specs import load_specs
from configs.settings import load_settings
from features.records.landing import read_landing
from features.records.typing_rules import RULE_PHRASES, TYPES, Context

NAME = "social_care/cld_20260930.csv"
GOOD = "503,,P1,Ann,Lee,Service user,Service,2026-01-05,,,"


def _blanked(read) -> list[tuple]:
    return read.blanked.select("column", "rule", "rows").rows()


@pytest.mark.parametrize(
    ("row", "column", "rule"),
    [
        (",,,Ann,Lee,Service user,Service,2026-01-05,,,", "nhs_number or la_person_id", "missing"),
        (
            ",9434765918,,A,L,Service user,Service,2026-01-05,,,",
            "nhs_number or la_person_id",
            "nhs_number_check_digit",
        ),
        (",,P1,Ann,Lee,Service user,Sevice,2026-01-05,,,", "event_type", "code_unknown"),
        (",,P1,Ann,Lee,Service user,Service,00/00/0000,,,", "event_start_date", "date_format"),
        (",,P1,Ann,Lee,Service user,Service,2026-10-01,,,", "event_start_date", "date_after_extract"),
        (",,P1,Ann,Lee,Service user,Service,1849-12-31,,,", "event_start_date", "date_before_1850"),
        (",,P1,Ann,Lee,Service user,Service,,,,", "event_start_date", "missing"),
    ],
)
def test_a_care_row_is_quarantined_only_for_person_event_type_or_start(
    tmp_path: Path, row: str, column: str, rule: str
):
    read = survey(tmp_path, {NAME: cld(row, GOOD)})
    assert read.quarantine.rows() == [("cld", NAME, 2, column, rule)]
    assert read.tables["cld"]["row"].to_list() == [3]


def test_every_other_bad_value_of_a_care_row_is_blanked_and_counted(tmp_path: Path):
    row = "503,9434765918,P1,Ann,Lee,Wizard,Service,2026-01-05,2027-01-01,Odd outcome,"
    read = survey(tmp_path, {NAME: cld(row)})
    assert read.quarantine.is_empty()
    kept = read.tables["cld"].row(0, named=True)
    assert (kept["nhs_number"], kept["event_end_date"]) == (None, None)
    assert (kept["client_type"], kept["event_outcome"]) == (
        "Invalid and not mapped",
        "Invalid and not mapped",
    )
    assert _blanked(read) == [
        ("client_type", "code_unknown", 1),
        ("event_end_date", "date_after_extract", 1),
        ("event_outcome", "code_unknown", 1),
        ("nhs_number", "nhs_number_check_digit", 1),
    ]


def test_release_1_text_comes_out_in_release_2_words(tmp_path: Path):
    rows = [
        ",,P1,A,L,Carer,Service,2026-01-05,2026-02-05,NFA- Other,CASSR Managed Personal Budget",
        ",,P1,A,L,SERVICE USER,service,2026-01-05,,No change in package,direct payment",
    ]
    table = survey(tmp_path, {NAME: cld(*rows)}).tables["cld"]
    assert table.select("client_type", "event_outcome", "delivery_mechanism").rows() == [
        ("Unpaid carer", "NFA: Other", "CASSR managed personal budget"),
        ("Service user", "Continuation of support or services", "Direct payment"),
    ]


def test_a_local_code_needs_only_landing_toml(tmp_path: Path):
    toml = '[codes.cld."Delivery Mechanism"]\n"DP" = "Direct payment"\n'
    row = ",,P1,A,L,Service user,Service,2026-01-05,,,DP"
    read = survey(tmp_path, {NAME: cld(row), "landing.toml": toml})
    assert read.tables["cld"]["delivery_mechanism"].to_list() == ["Direct payment"]
    assert _blanked(read) == []


def test_a_local_code_for_a_value_that_is_not_national_is_a_defect(tmp_path: Path):
    toml = '[codes.cld."Delivery Mechanism"]\n"DP" = "Cash in hand"\n'
    read = survey(tmp_path, {NAME: cld(GOOD), "landing.toml": toml})
    assert [p for p in read.problems if "not on the national list" in p]


@pytest.mark.parametrize(
    "line", ["la_codes = 1", '[files."a.csv"]\nkinds = "cld"', "[data]\nreal = true", "la_code ="]
)
def test_an_unknown_key_in_landing_toml_is_a_defect(tmp_path: Path, line: str):
    report = check(tmp_path, {NAME: cld(GOOD), "landing.toml": line})
    assert not report.ok
    assert "landing.toml" in report.problems[0]


def test_a_pin_for_a_file_that_is_not_there_is_a_defect(tmp_path: Path):
    read = survey(
        tmp_path, {NAME: cld(GOOD), "landing.toml": '[files."social_care/typo.csv"]\nkind = "cld"\n'}
    )
    assert [p for p in read.problems if "typo.csv" in p]


def test_rows_of_another_council_are_a_defect(tmp_path: Path):
    read = survey(tmp_path, {NAME: cld(GOOD, GOOD.replace("503", "416", 1)), "landing.toml": "la_code = 503"})
    assert [p for p in read.problems if "1 rows are of another council" in p]
    assert not [p for p in survey(tmp_path, {"landing.toml": ""}).problems if "another council" in p]


def test_day_and_month_are_decided_for_the_whole_file(tmp_path: Path):
    rows = [GOOD.replace("2026-01-05", "05/01/2026"), GOOD.replace("2026-01-05", "25/01/2026")]
    read = survey(tmp_path, {NAME: cld(*rows)})
    assert read.tables["cld"]["event_start_date"].to_list() == [date(2026, 1, 5), date(2026, 1, 25)]
    assert read.files[0].date_order == "dmy"


def test_a_file_whose_dates_could_be_either_way_round_is_read_as_councils_write_and_says_so(tmp_path: Path):
    read = survey(tmp_path, {NAME: cld(GOOD.replace("2026-01-05", "05/01/2026"))})
    assert read.tables["cld"]["event_start_date"].to_list() == [date(2026, 1, 5)]
    assert "either way round" in read.files[0].notes[0]


def test_dates_that_can_only_be_american_stop_until_landing_toml_says(tmp_path: Path):
    rows = cld(GOOD.replace("2026-01-05", "01/25/2026"), GOOD.replace("2026-01-05", "02/03/2026"))
    assert [p for p in survey(tmp_path, {NAME: rows}).problems if "month/day/year" in p]
    read = survey(tmp_path, {NAME: rows, "landing.toml": f'[files."{NAME}"]\ndate_order = "mdy"\n'})
    assert read.tables["cld"]["event_start_date"].to_list() == [date(2026, 1, 25), date(2026, 2, 3)]


@pytest.mark.parametrize(
    ("name", "cut"),
    [
        ("cld_2026-09-30.csv", date(2026, 9, 30)),
        ("cld_20260930.csv", date(2026, 9, 30)),
        ("cld_202602.csv", date(2026, 2, 28)),
        ("cld_2026Q3.csv", date(2026, 9, 30)),
        ("cld_20251001_20260930.csv", date(2026, 9, 30)),
        ("apc_0102_extract_2026-06-30.csv", date(2026, 6, 30)),
    ],
)
def test_the_extract_date_stands_in_the_name(tmp_path: Path, name: str, cut: date):
    read = survey(tmp_path, {f"social_care/{name}": cld(GOOD)})
    assert read.tables["cld"]["extract_date"].to_list() == [cut]


@pytest.mark.parametrize("name", ["cld.csv", "cld_2025-26.csv", "cld_30092026.csv", "cld_20261345.csv"])
def test_a_dated_kind_without_a_date_is_a_defect(tmp_path: Path, name: str):
    read = survey(tmp_path, {f"social_care/{name}": cld(GOOD)})
    assert [p for p in read.problems if name in p and "the day it was cut" in p]


def test_landing_toml_dates_a_file_over_its_name(tmp_path: Path):
    toml = f'[files."{NAME}"]\nextract_date = 2026-03-31\n'
    read = survey(tmp_path, {NAME: cld(GOOD), "landing.toml": toml})
    assert read.tables["cld"]["extract_date"].to_list() == [date(2026, 3, 31)]


def test_repeated_rows_are_kept_and_counted(tmp_path: Path):
    read = survey(tmp_path, {NAME: cld(GOOD, GOOD, GOOD)})
    assert (read.tables["cld"].height, read.files[0].rows_duplicate) == (3, 2)


def test_too_large_a_share_of_bad_rows_stops_and_names_the_file(tmp_path: Path):
    bad = GOOD.replace("2026-01-05", "soon")
    assert not [p for p in survey(tmp_path, {NAME: cld(bad, *[GOOD] * 9)}).problems if "cannot be used" in p]
    worst = survey(tmp_path, {NAME: cld(*[bad] * 5, GOOD)}).problems
    assert [p for p in worst if "5 of 6 rows" in p and NAME in p]


def test_a_few_bad_rows_of_a_short_list_stop_nothing_unless_none_is_left(tmp_path: Path):
    bad = GOOD.replace("2026-01-05", "soon")
    said = "rows cannot be used"
    assert said not in " ".join(survey(tmp_path, {NAME: cld(bad, bad, GOOD)}).problems)
    assert said in " ".join(survey(tmp_path, {NAME: cld(bad, bad)}).problems)


def test_marks_that_keep_a_spreadsheet_off_digits_are_no_part_of_the_value(tmp_path: Path):
    quoted = '"=""9434765919"""'
    rows = [f"503,{n},P1,'Ann,O'Neill,Service user,Service,2026-01-05,,," for n in (quoted, "'9434765919")]
    table = survey(tmp_path, {NAME: cld(*rows)}).tables["cld"]
    assert table["nhs_number"].to_list() == ["9434765919"] * 2
    assert table.select("given_name", "family_name").row(0) == ("'Ann", "O'Neill")


def test_every_row_set_aside_is_named_by_file_and_row(tmp_path: Path):
    bad = GOOD.replace("2026-01-05", "soon")
    report = check(tmp_path, {NAME: cld(GOOD, *[bad] * 6, GOOD)})
    assert [line["row"] for line in report.as_dict()["set_aside"]] == [3, 4, 5, 6, 7, 8]
    assert report.as_dict()["set_aside"][0] == {
        "kind": "cld",
        "file": NAME,
        "row": 3,
        "column": "event_start_date",
        "rule": "date_format",
    }
    assert [line for line in report.lines() if NAME in line and "3, 4, 5, 6, 7 and 1 more" in line]


def test_a_missing_folder_and_an_empty_one_are_said_once(tmp_path: Path):
    with pytest.raises(LandingError, match="not there"):
        read_landing(tmp_path / "nowhere", load_settings())
    with pytest.raises(LandingError) as problem:
        read_landing(tmp_path, load_settings())
    assert problem.value.exit_code == 3
    assert problem.value.details == [
        "the landing folder is empty: land at least people, social_care, housing and places"
    ]


def test_every_defect_is_raised_at_once(tmp_path: Path):
    survey(
        tmp_path, {NAME: cld(GOOD), "health/x.csv": "", "people/y_20260101.csv": "colour,shape\nred,round\n"}
    )
    with pytest.raises(LandingError) as problem:
        read_landing(tmp_path, load_settings())
    text = " ".join(problem.value.details)
    assert all(
        part in text for part in ("health/x.csv", "people/y_20260101.csv", "gazetteer", "lsoa_boundaries")
    )


def test_care_data_with_names_stand_in_for_demographics(tmp_path: Path):
    said = "no file says who lives where"
    assert said not in " ".join(survey(tmp_path, {NAME: cld(GOOD)}).problems)
    assert said in " ".join(survey(tmp_path, {NAME: cld(GOOD.replace("Lee", ""))}).problems)


def test_a_planted_surname_is_in_no_part_of_the_report(tmp_path: Path):
    bad = (
        "503,Plantedsurname,,Ann,Plantedsurname,Plantedsurname,Plantedsurname,Plantedsurname,Plantedsurname,,"
    )
    report = check(tmp_path, {NAME: cld(bad, GOOD, GOOD, GOOD, GOOD, GOOD + ",Plantedsurname")})
    assert report.quarantined
    assert "plantedsurname" not in (str(report.as_dict()) + " ".join(report.lines())).lower()


def test_every_rule_has_words_for_the_desk():
    known = set(RULE_PHRASES)
    assert {
        "missing",
        "too_many_fields",
        "nhs_number_check_digit",
        "uprn_mangled",
        "local_code_unknown",
    } <= known
    for name in TYPES:
        frame = pl.DataFrame({"t": ["\x7fno such value", "9.9E+9", "9434765918", "1849-01-01"]})
        column = next(c for s in load_specs().values() for c in s.latest.columns.values() if c.type == name)
        context = Context(words=tuple(frame["t"]))
        value = TYPES[name].value(pl.col("t"), column, context)
        rules = frame.select(TYPES[name].rule(pl.col("t"), value, column, context).alias("r"))["r"]
        assert set(rules.drop_nulls().to_list()) <= known


def test_an_unknown_key_in_a_spec_is_an_error(tmp_path: Path):
    (tmp_path / "code_lists.toml").write_text("")
    (tmp_path / "odd.toml").write_text(
        'kind = "odd"\nfolder = "people"\ntitle = "t"\nsource = "s"\ndated = false\n'
        '[columns]\na = { type = "text", name = ["a"] }\n'
    )
    with pytest.raises(SettingsError) as problem:
        load_specs(tmp_path)
    assert "columns.a.name" in problem.value.details[0]


def test_the_header_used_in_these_tests_is_the_published_one():
    published = load_specs()["cld"].latest
    names = {n for c in published.columns.values() for n in c.names}
    assert set(CLD_HEADER.split(",")) <= names
