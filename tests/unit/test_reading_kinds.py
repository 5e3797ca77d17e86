"""What is peculiar to one kind: opt-outs, people, council tax, lettings, certificates, hospital, population."""

from datetime import date
from pathlib import Path

from landed import check, survey

TAX = "housing/council_tax_20261001.csv"
TAX_HEADER = (
    "Council Tax account reference,Address 1,Address 2,Postcode,Discount type/code,Disregard type/code,"
    "Exemption type/code,Disabled reduction indicator,Council Tax band,Billing address 1"
)
LEGAL = '[legal]\ncouncil_tax = { gateway = "g", approver = "a", date = 2026-01-31 }\n'


def _blanked(read) -> list[tuple]:
    return read.blanked.select("column", "rule", "rows").rows()


def test_an_opt_out_is_never_lost_for_its_date(tmp_path: Path):
    rows = "nhs_number,checked_on\n943 476 5919,2031-01-01\n9434765870,\n"
    table = survey(tmp_path, {"people/opt_20261001.csv": rows}).tables["opt_outs"]
    assert table.select("nhs_number", "checked_on").rows() == [
        ("9434765919", date(1850, 1, 1)),
        ("9434765870", date(1850, 1, 1)),
    ]


def test_an_objection_of_unknown_scope_is_to_everything(tmp_path: Path):
    rows = "la_person_id,from_date,scope\nP1,01/02/2026,some\nP2,25/02/2026,Direct care\nP3,,\n"
    table = survey(tmp_path, {"people/obj_20261001.csv": rows}).tables["objections"]
    assert table.select("scope", "from_date").rows() == [
        ("all", date(2026, 2, 1)),
        ("direct-care", date(2026, 2, 25)),
        ("all", date(1850, 1, 1)),
    ]


PEOPLE = "nhs_number,given_name,family_name,date_of_birth,gender,address,postcode,restricted\n"


def test_a_person_not_clearly_unrestricted_is_restricted(tmp_path: Path):
    rows = PEOPLE + "".join(
        f"9434765919,A,B,1950-01-01,F,1 A St,ws1 1aa,{mark}\n" for mark in ("N", "Y", "", "?")
    )
    landed = {"people/pds_20261001.csv": rows}
    assert survey(tmp_path, landed).tables["demographics"]["restricted"].to_list() == [
        False,
        True,
        True,
        True,
    ]
    assert [w for w in check(tmp_path, landed).warnings if "2 people" in w]


def test_a_council_says_that_a_blank_means_unrestricted(tmp_path: Path):
    rows = PEOPLE + "9434765919,A,B,1950-01-01,F,1 A St,WS1 1AA,\n"
    toml = '[codes.demographics."restricted"]\n"" = "N"\n'
    read = survey(tmp_path, {"people/pds_20261001.csv": rows, "landing.toml": toml})
    assert read.tables["demographics"]["restricted"].to_list() == [False]


def test_somebody_called_null_keeps_the_name(tmp_path: Path):
    rows = PEOPLE + "9434765919,Na,Null,1950-01-01,X,n/a,,N\n"
    person = survey(tmp_path, {"people/pds_20261001.csv": rows}).tables["demographics"].row(0, named=True)
    assert (person["given_name"], person["family_name"], person["address"]) == ("Na", "Null", None)


def test_council_tax_stays_unread_without_a_recorded_basis(tmp_path: Path):
    rows = TAX_HEADER + "\nA1,1 Plantedstreet,,WS1 1AA,,,,,B,\n"
    read = survey(tmp_path, {TAX: rows})
    assert "council_tax" not in read.tables
    assert "skipped unread" in read.files[0].notes[0]
    assert "council_tax" in read.missing


def test_council_tax_codes_mean_what_the_councils_key_says(tmp_path: Path):
    rows = [
        "A1,1 High St,Town,WS1 1AA,D01,,,,B,",
        "A2,2 High St,Town,WS1 1AA,B,,XU,,A,2 High St",
        "A3,3 High St,Town,WS1 1AA,,G1,,Y,C,9 Elsewhere Rd",
        "A4,4 High St,Town,WS1 1AA,QQ,,,N,Z,",
    ]
    key = (
        "kind,local_code,national_meaning\ndiscount,D01,single_person\n"
        "disregard,G1,severe_mental_impairment\nreduction,B,disabled_band_reduction\nexemption,XU,exempt_U\n"
    )
    toml = LEGAL + '[codes.council_tax."Discount type/code"]\n"B" = "disabled_band_reduction"\n'
    read = survey(
        tmp_path,
        {TAX: "\n".join([TAX_HEADER, *rows]), "housing/council_tax_codes.csv": key, "landing.toml": toml},
    )
    table = read.tables["council_tax"]
    columns = ("discount", "disregard", "exemption", "disabled_reduction", "band", "billing_differs")
    assert table.select(columns).rows() == [
        ("single_person", None, None, False, "B", False),
        ("disabled_band_reduction", None, "exempt_U", True, "A", False),
        (None, "severe_mental_impairment", None, True, "C", True),
        ("other", None, None, False, None, False),
    ]
    assert ("discount", "local_code_unknown", 1) in _blanked(read)
    assert table["address"].to_list()[0] == "1 High St, Town"


def test_letting_codes_change_their_meaning_with_the_year(tmp_path: Path):
    rows = "id,startdate,needstype,sheltered\n1,2024-05-01,1,{}\n"
    read = survey(
        tmp_path, {"housing/core_20240630.csv": rows.format(1), "housing/core_20250630.csv": rows.format(7)}
    )
    assert read.tables["core_lettings"]["sheltered"].to_list() == ["sheltered", "low support"]
    late = survey(tmp_path, {"housing/core_20250630.csv": rows.format(1)})
    assert "code_unknown" in late.blanked["rule"].to_list()


def test_question_text_above_the_header_is_passed_over(tmp_path: Path):
    rows = "Which log?,When did it start?,General?\nid,startdate,needstype\n7,2025-05-01,2\n"
    table = survey(tmp_path, {"housing/core_20250630.csv": rows}).tables["core_lettings"]
    assert table.select("lettings_id", "needs_type", "row").rows() == [("7", "supported", 3)]


def test_energy_certificates_of_both_generations_are_read(tmp_path: Path):
    old = "LMK_KEY,UPRN,ADDRESS1,ADDRESS2,POSTCODE,CURRENT_ENERGY_RATING,LODGEMENT_DATE,BUILT_FORM\n"
    new = "certificate_number,uprn,address,postcode,current_energy_rating,lodgement_date,built_form\n"
    read = survey(
        tmp_path,
        {
            "housing/old_20200101.csv": old + "k1,,1 A St,Town,WS1 1AA,d,2019-05-05,NO DATA!\n",
            "housing/new_20260101.csv": new + "k2,10000000001,2 A St,ws11aa,C,2025-05-05,Detached\n",
        },
    )
    table = read.tables["epc"].sort("certificate_number")
    assert table["energy_rating"].to_list() == ["D", "C"]
    assert table["address"].to_list() == ["1 A St, Town", "2 A St"]
    assert table["built_form"].to_list() == [None, "Detached"]
    assert table["postcode"].to_list() == ["WS1 1AA", "WS1 1AA"]


def test_hospital_codes_lose_their_padding_and_sentinels(tmp_path: Path):
    header = "PSEUDO_HESID|EPIKEY|ADMIDATE|DISDATE|ADMIMETH|DIAG_4_01|DIAG_4_02|STARTAGE|SUSSPELLID|LSOA11\n"
    rows = "T1|5137000000000005007|1801-01-01|1800-01-01|21|R54X|-   |7003|-1|Z99999999\n"
    read = survey(tmp_path, {"health/apc_20260101.csv": header + rows})
    stay = read.tables["apc"].row(0, named=True)
    assert (stay["diagnosis_01"], stay["diagnosis_02"], stay["age"]) == ("R54", None, 0)
    assert (stay["epikey"], stay["susspellid"], stay["lsoa11"]) == ("5137000000000005007", None, None)
    assert _blanked(read) == [("admission_date", "date_marked_invalid", 1)]


def test_population_of_two_sexes_by_single_year_comes_out_long(tmp_path: Path):
    ages = [f"{sex}{age}" for sex in "FM" for age in range(91)]
    rows = f"LSOA 2021 Code,Total,{','.join(ages)}\nE01000001,364,{','.join(['2'] * 182)}\n"
    table = survey(tmp_path, {"places/pop.csv": rows}).tables["population"]
    assert table.select("age_from", "age_to", "people").rows()[-1] == (90, 120, 4.0)
    assert (table.height, table["people"].sum()) == (91, 364.0)
