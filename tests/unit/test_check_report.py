"""What a check tells of the whole landing: repeated files, thin months, keys written otherwise, changes, a page."""

import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from landed import check, cld, land, survey

from configs.errors import SettingsError
from configs.settings import load_settings
from features.records.check import check_landing
from features.records.profile import compare_profiles, profile_tables, thin_months
from features.records.report_page import draw_page

Q2, Q3 = "social_care/cld_20260630.csv", "social_care/cld_20260930.csv"


def _rows(count: int, key: str = "P{}", code: str = "503", start: date = date(2026, 1, 1)) -> str:
    days = [(start + timedelta(days=n % 90)).isoformat() for n in range(count)]
    return cld(*(f"{code},,{key.format(n)},Al,Bo,Service user,Service,{d},,," for n, d in enumerate(days)))


def test_last_months_file_sent_again_is_set_aside_whole_and_every_row_accounted_for(tmp_path: Path):
    report = check(tmp_path, {Q2: _rows(30), Q3: _rows(30)})
    files = {f["file"]: (f["rows_read"], f["rows_kept"], f["rows_quarantined"]) for f in report.files}
    assert files == {Q2: (30, 30, 0), Q3: (30, 0, 30)}
    assert [(q["rule"], q["rows"]) for q in report.quarantined] == [("repeats_file", 30)]
    assert any(Q3 in w and Q2 in w for w in report.warnings)
    assert not [p for p in report.problems if p.startswith("cld")]


def test_a_file_with_one_row_more_is_not_the_same_file(tmp_path: Path):
    report = check(tmp_path, {Q2: _rows(30), Q3: _rows(31)})
    assert sum(f["rows_kept"] for f in report.files) == 61


def test_the_same_list_of_opt_outs_two_months_running_is_no_repetition(tmp_path: Path):
    text = "nhs_number,checked_on\n9993606553,2026-06-20\n"
    report = check(tmp_path, {"people/opt_outs_20260630.csv": text, "people/opt_outs_20260930.csv": text})
    assert [f["rows_kept"] for f in report.files] == [1, 1]


def test_a_file_of_another_council_stops_a_run_and_is_named(tmp_path: Path):
    report = check(tmp_path, {Q2: _rows(30), Q3: _rows(5, key="X{}", code="812")})
    assert any(p.startswith(Q3) and "council 812" in p for p in report.problems)


def test_a_key_written_otherwise_than_before_is_named_by_its_shape_alone(tmp_path: Path):
    report = check(tmp_path, {Q2: _rows(30, key="L{:07}"), Q3: _rows(40, key="{:07}")})
    told = [w for w in report.warnings if "la_person_id" in w]
    assert len(told) == 1
    assert "9999999" in told[0]
    assert "A9999999" in told[0]


def test_a_key_written_as_before_is_not_named(tmp_path: Path):
    report = check(tmp_path, {Q2: _rows(30, key="L{:07}"), Q3: _rows(40, key="L{:07}")})
    assert not [w for w in report.warnings if "la_person_id" in w]


def test_a_missing_quarter_shows_in_the_months(tmp_path: Path):
    header = "NHS_NUMBER,EPIKEY,ARRIVAL_DATE"
    days = [date(2024, 1, 1) + timedelta(days=n) for n in range(900)]
    kept = [d for d in days if not date(2025, 4, 1) <= d < date(2025, 7, 1)]
    lines = [f"9993606553,{n},{d}" for n, d in enumerate(kept)]
    read = survey(tmp_path, {"health/ecds_20260630.csv": "\n".join([header, *lines]) + "\n"})
    assert thin_months(profile_tables(read.tables)) == [
        "ecds: 0 rows from 2025-04 to 2025-06, usually about 31 a month: is an extract missing?"
    ]


def test_a_profile_holds_no_birth_closer_than_its_decade_and_no_range_of_few(tmp_path: Path):
    header = "LA Code,LA Person Unique Identifier,Date of Birth,Client Type,Event Type,Event Start Date"
    rows = [f"503,P{n},1931-04-17,Service user,Service,2026-01-05" for n in range(100)]
    for count, told in ((100, ("1930s", "2026-01")), (99, (None, None))):
        read = survey(tmp_path / str(count), {Q3: cld(*rows[:count], header=header)})
        columns = {c["column"]: c["low"] for c in profile_tables(read.tables)["cld"]["columns"]}
        assert (columns["date_of_birth"], columns["event_start_date"]) == told


def test_what_changed_since_another_landing_is_told(tmp_path: Path):
    before = check(tmp_path / "a", {Q2: _rows(100)})
    (tmp_path / "last.json").write_text(json.dumps(before.as_dict()), encoding="utf-8")
    land(tmp_path / "b", {Q3: _rows(60)})
    now = check_landing(tmp_path / "b", load_settings(), against=tmp_path / "last.json")
    assert now.changes == ["cld: 60 rows, 100 last time (-40%)"]


def test_a_column_that_went_blank_is_told():
    columns = [{"column": "postcode", "filled": 0.98}]
    was = {"cld": {"rows": 100, "columns": columns}}
    now = {"cld": {"rows": 100, "columns": [{"column": "postcode", "filled": 0.4}]}}
    assert compare_profiles(was, now) == ["cld, postcode: 40% filled, 98% last time"]


def test_an_earlier_report_that_is_none_is_a_plain_error(tmp_path: Path):
    (tmp_path / "last.json").write_text("{}", encoding="utf-8")
    with pytest.raises(SettingsError, match="earlier report"):
        check_landing(land(tmp_path / "b", {Q3: _rows(3)}), load_settings(), against=tmp_path / "last.json")


def test_the_page_tells_counts_and_no_value(tmp_path: Path):
    rows = "503,,SECRETKEY,Zebedee,Quux,Service user,Service,not a date,,,"
    report = check(tmp_path, {Q3: cld(rows, "503,,P2,Al,Bo,Service user,Service,2026-01-05,,,")})
    page = draw_page(report)
    assert "event_start_date" in page
    assert "not a date in the order of this file" in page
    for value in ("SECRETKEY", "Zebedee", "Quux", "P2"):
        assert value not in page


def test_a_file_name_cannot_write_into_the_page(tmp_path: Path):
    report = check(tmp_path, {"social_care/<b>cld_20260930.csv": _rows(3)})
    page = draw_page(report)
    assert "<b>cld" not in page
    assert "&lt;b&gt;cld" in page


def test_a_kind_of_its_own_threshold_stops_sooner(tmp_path: Path):
    text = _rows(100) + "503,,P1,Al,Bo,Service user,Service,never,,,\n" * 6
    settings = load_settings()
    stricter = settings.model_copy(
        update={
            "records": settings.records.model_copy(update={"quarantine_share_stop_by_kind": {"cld": 0.02}})
        }
    )
    land(tmp_path, {Q3: text})
    assert not [p for p in check_landing(tmp_path, settings).problems if p.startswith("cld:")]
    assert [p for p in check_landing(tmp_path, stricter).problems if p.startswith("cld:")]
