"""Encodings, delimiters, containers, row numbers: what a landed file may look like from outside."""

import gzip
import io
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from landed import CLD_HEADER, check, cld, survey, workbook, zipped

from configs.landing_toml import FilePin
from features.records.reading_files import open_bytes
from features.records.unpacking import Unreadable

NAME = "social_care/cld_20260930.csv"
ROW = "503,,P1,Zoë,O’Neill,Service user,Service,2026-01-05,,,Direct payment"


def _names(landing) -> list:
    return landing.tables["cld"]["given_name"].to_list()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_a_name_survives_every_encoding_that_councils_send(tmp_path: Path, encoding: str):
    read = survey(tmp_path, {NAME: cld(ROW).encode(encoding)})
    assert read.tables["cld"].select("given_name", "family_name").row(0) == ("Zoë", "O’Neill")


@pytest.mark.parametrize("delimiter", [",", "|", "\t", ";"])
def test_the_delimiter_is_found(tmp_path: Path, delimiter: str):
    read = survey(tmp_path, {NAME: cld(ROW).replace(",", delimiter)})
    assert _names(read) == ["Zoë"]


def test_a_file_that_cannot_be_decoded_is_a_defect_that_names_it(tmp_path: Path):
    read = survey(tmp_path, {NAME: cld(ROW).encode("cp1252") + b"\x81\x8d"})
    assert [
        p for p in read.problems if p.startswith(NAME) and "cannot be decoded" in p and "landing.toml" in p
    ]


def test_a_pinned_encoding_that_is_wrong_is_a_defect_that_says_so(tmp_path: Path):
    toml = f'[files."{NAME}"]\nencoding = "utf-8"\n'
    read = survey(tmp_path, {NAME: cld(ROW).encode("cp1252"), "landing.toml": toml})
    assert [p for p in read.problems if "landing.toml says it is utf-8" in p]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"\n\n\n", "is empty"),
        (b"\xef\xbb\xbf", "is empty"),
        (CLD_HEADER.encode() + b"\n", "a header and no rows"),
        (b"PK\x03\x04rubbish", "under another ending"),
        (gzip.compress(b"a,b\n1,2\n", mtime=0), "under another ending"),
        (b"a,b\x00\x01\x02c\n1,2\n", "binary data"),
    ],
)
def test_an_empty_or_foreign_file_is_a_defect_that_names_it(tmp_path: Path, content: bytes, said: str):
    read = survey(tmp_path, {NAME: content})
    assert [p for p in read.problems if p.startswith(NAME) and said in p]


def test_a_list_that_may_be_empty_needs_no_rows(tmp_path: Path):
    report = check(tmp_path, {"people/objections_20261001.csv": "la_person_id,from_date,scope\n"})
    assert not [p for p in report.problems if "objections" in p]
    assert [
        w for w in report.warnings if w.startswith("people/objections_20261001.csv: a header and no rows")
    ]


def test_an_opt_out_list_without_rows_is_an_export_that_failed(tmp_path: Path):
    read = survey(tmp_path, {"people/opt_outs_20261001.csv": "nhs_number,checked_on\n"})
    assert [p for p in read.problems if "opt_outs_20261001.csv: the file has a header and no rows" in p]


def test_system_clutter_in_a_zip_is_no_second_file(tmp_path: Path):
    packed = zipped({"x.csv": cld(ROW), ".DS_Store": "x", "__MACOSX/._x.csv": "x", "Thumbs.db": "x"})
    assert _names(survey(tmp_path, {NAME + ".zip": packed})) == ["Zoë"]


def test_a_note_for_people_is_left_alone(tmp_path: Path):
    read = survey(tmp_path, {NAME: cld(ROW), "social_care/README.txt": "Ask the data team.\n"})
    assert not [p for p in read.problems if "README" in p]
    assert {f.file for f in read.files} == {NAME, "social_care/README.txt"}


def test_a_file_left_unread_is_told_before_the_tables(tmp_path: Path):
    files = {"social_care/cld_20261001": cld(ROW), "cld_20261001.csv": cld(ROW), "health/~$a.xlsx": "x"}
    told = check(tmp_path, files).warnings
    assert told == [
        "1 files were not read (not in a folder of the landing contract): cld_20261001.csv",
        "1 files were not read (not a kind of file that data comes in): social_care/cld_20261001",
    ]


@pytest.mark.parametrize("ending", [".gz", ".zip"])
def test_a_damaged_archive_is_a_defect(tmp_path: Path, ending: str):
    read = survey(tmp_path, {NAME + ending: b"not an archive"})
    assert [p for p in read.problems if "damaged" in p]


def test_gz_and_zip_with_one_member_are_read(tmp_path: Path):
    packed = zipped({"inside.csv": cld(ROW.replace("P1", "P2"))})
    read = survey(
        tmp_path, {NAME + ".gz": gzip.compress(cld(ROW).encode()), "social_care/b_2026Q3.zip": packed}
    )
    assert read.tables["cld"].height == 2


def test_a_zip_with_two_members_is_a_defect(tmp_path: Path):
    read = survey(tmp_path, {NAME + ".zip": zipped({"one.csv": cld(ROW), "two.csv": cld(ROW)})})
    assert [p for p in read.problems if "2 files" in p]


def test_parquet_dates_may_be_dates_or_text_and_rows_count_from_two(tmp_path: Path):
    frame = pl.DataFrame(
        {
            "nhs_number": ["9434765919", "9434765870"],
            "snapshot_date": ["2026-01-01", "2026-01-01"],
            "last_contact_date": [None, None],
            "dementia": ["1", None],
            "efi_score": [0.111, None],
        }
    ).with_columns(pl.col("snapshot_date").str.to_date(), pl.col("last_contact_date").cast(pl.String))
    packed = io.BytesIO()
    frame.write_parquet(packed)
    table = survey(tmp_path, {"health/gp_20260201.parquet": packed.getvalue()}).tables["gp_flags"]
    assert table.select("row", "snapshot_date", "efi_score", "dementia").rows() == [
        (2, date(2026, 1, 1), 0.111, True),
        (3, date(2026, 1, 1), None, None),
    ]


def test_a_column_of_structures_holds_no_value_and_shows_none(tmp_path: Path):
    packed = io.BytesIO()
    frame = pl.DataFrame(
        {"nhs_number": [["Plantedname"]], "snapshot_date": ["2026-01-01"], "dementia": ["1"]}
    )
    frame.with_columns(nhs_number=pl.struct("nhs_number")).write_parquet(packed)
    read = survey(tmp_path, {"health/gp_20260201.parquet": packed.getvalue()})
    assert read.quarantine.select("column", "rule").rows() == [("nhs_number or token_person_id", "missing")]
    assert "Plantedname" not in str(read.problems)


def test_rows_are_numbered_as_a_spreadsheet_numbers_them(tmp_path: Path):
    rows = [
        "503,,P1,Ann,Lee,Service user,Service,2026-01-05,,,",
        "",
        '503,,P2,"Ann\nMarie",Lee,Service user,Service,2026-01-05,,,',
        ",,,,,,,,,,",
        "503,,P3,Ann,Lee,Service user,Service,2026-01-05,,,",
    ]
    read = survey(tmp_path, {NAME: cld(*rows)})
    assert read.tables["cld"].select("la_person_id", "row").rows() == [("P1", 2), ("P2", 4), ("P3", 6)]
    assert read.tables["cld"]["given_name"].to_list()[1] == "Ann Marie"
    report = read.files[0]
    assert (report.rows_read, report.rows_kept, report.rows_quarantined, report.rows_blank) == (3, 3, 0, 2)


def test_a_row_with_too_many_fields_is_quarantined_and_not_cut(tmp_path: Path):
    rows = ["503,,P1,Ann,Lee,Service user,Service,2026-01-05,,,,spilt", ROW]
    read = survey(tmp_path, {NAME: cld(*rows)})
    assert read.quarantine.select("row", "rule").rows() == [(2, "too_many_fields")]


def test_a_field_of_a_quarter_of_a_megabyte_is_only_a_field(tmp_path: Path):
    rows = [f"503,,P1,{'A' * 250_000},Lee,Service user,Service,2026-01-05,,,", ROW]
    read = survey(tmp_path, {NAME: cld(*rows)})
    assert (read.files[0].rows_read, read.files[0].rows_kept) == (2, 2)


def test_a_stray_quotation_mark_does_not_stop_the_file(tmp_path: Path):
    rows = ['503,,P1,"Ann" (Nan),Lee,Service user,Service,2026-01-05,,,', ROW]
    read = survey(tmp_path, {NAME: cld(*rows)})
    assert read.tables["cld"]["la_person_id"].to_list() == ["P1", "P1"]
    assert read.tables["cld"]["row"].to_list() == [2, 3]


def test_a_quotation_mark_never_closed_is_a_defect_without_the_row(tmp_path: Path):
    rows = [ROW, '503,,P2,"Planted,Surname,Service user,Service,2026-01-05,,,', ROW, ROW]
    read = survey(tmp_path, {NAME: cld(*rows)})
    assert [p for p in read.problems if "never closed" in p and "row 3" in p]
    assert "Planted" not in " ".join(read.problems)


def test_rows_swallowed_by_a_quotation_mark_are_a_defect_even_where_it_closes_later(tmp_path: Path):
    rows = [
        ROW,
        '503,,P2,"Planted,Surname,Service user,Service,2026-01-05,,,',
        ROW,
        '503,,P3,"Quoted, fine",x,Service user,Service,2026-01-05,,,',
        ROW,
    ]
    read = survey(tmp_path, {NAME: cld(*rows)})
    assert [p for p in read.problems if "never closed" in p and "row 3" in p]


def test_a_workbook_sheet_is_found_by_its_header(tmp_path: Path):
    book = workbook(
        {
            "README": [["about", "this"], ["and", "that"]],
            "Empty": [],
            "HSCA_Active_Locations": [
                ["Location ID", "Care home?", "Care homes beds", "Dormant (Y/N)", "Location UPRN ID"],
                ["1-101", "Y", 24, "N", 100121089043],
                [None, None, None, None, None],
                ["1-102", "N", None, None, None],
            ],
        }
    )
    table = survey(tmp_path, {"supply/cqc_2026-10-01.xlsx": book}).tables["cqc_locations"]
    assert table.select("location_id", "care_home", "beds", "nursing", "uprn", "row").rows() == [
        ("1-101", True, 24, False, 100121089043, 2),
        ("1-102", False, 0, False, None, 4),
    ]


def test_an_open_document_sheet_is_read(tmp_path: Path):
    cells = (("Location ID", "Care home?", "Care homes beds"), ("1-101", "Y", "12"))
    rows = "".join(
        "<table:table-row>"
        + "".join(
            f'<table:table-cell office:value-type="string"><text:p>{c}</text:p></table:table-cell>'
            for c in row
        )
        + "</table:table-row>"
        for row in cells
    )
    spaces = " ".join(
        f'xmlns:{n}="urn:oasis:names:tc:opendocument:xmlns:{n}:1.0"' for n in ("office", "table", "text")
    )
    content = (
        f'<office:document-content {spaces}><office:body><office:spreadsheet><table:table table:name="S">{rows}'
        "</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = (
        '<m:manifest xmlns:m="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
        f'<m:file-entry m:full-path="/" m:media-type="{kind}"/></m:manifest>'
    )
    ods = zipped({"mimetype": kind, "content.xml": content, "META-INF/manifest.xml": manifest})
    table = survey(tmp_path, {"supply/cqc_20261001.ods": ods}).tables["cqc_locations"]
    assert table.select("location_id", "care_home", "beds").rows() == [("1-101", True, 12)]


def test_an_unreadable_workbook_is_said_in_plain_words():
    with pytest.raises(Unreadable, match="workbook cannot be read"):
        open_bytes("a.xlsx", b"no workbook", FilePin())
