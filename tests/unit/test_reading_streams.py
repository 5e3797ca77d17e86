"""Files larger than a piece are read as one would read them whole; where a file broke off is found."""

import gzip
import io
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from landed import CLD_HEADER, check, cld, survey, zipped

from features.records import reading_files, reading_text
from features.records.reading_text import open_text, read_pieces

NAME = "social_care/cld_20260930.csv"
FIELD = st.text(st.sampled_from('ab"\n ü'), max_size=6)


def _line(fields: list[str]) -> str:
    return ",".join('"' + f.replace('"', '""') + '"' for f in fields)


def _rows(text: str, piece_bytes: int) -> list[tuple]:
    opened = open_text(lambda: io.BytesIO(text.encode()), None, piece_bytes)
    return pl.concat(read_pieces(opened, ",", 1, 3)).rows()


@settings(max_examples=150, deadline=None)
@given(st.lists(st.lists(FIELD, min_size=3, max_size=3), min_size=1, max_size=12), st.integers(8, 60))
def test_a_file_read_in_pieces_gives_the_rows_and_numbers_of_the_whole(records, piece_bytes):
    text = "\n".join(["one,two,three", *map(_line, records)]) + "\n"
    whole = _rows(text, 1_000_000)
    assert _rows(text, piece_bytes) == whole
    assert [row[0] for row in whole] == list(range(2, len(records) + 2))


def _people(count: int) -> str:
    rows = [f"503,,P{n},Zoë,O’Neill,Service user,Service,{n % 28 + 1:02}/01/2026,,,Yes" for n in range(count)]
    return cld(*rows)


@pytest.mark.parametrize("packed", ["plain", "gz", "zip"])
def test_a_landed_file_of_many_pieces_is_typed_as_one(tmp_path: Path, monkeypatch, packed: str):
    """The date order shows only in the last rows: it is decided for the file, not for the piece."""
    rows = ["503,,P1,Al,Bo,Service user,Service,03/04/2026,,,"] * 60
    text = cld(*rows, "503,,P2,Al,Bo,Service user,Service,25/04/2026,,,").encode()
    name = {"plain": NAME, "gz": NAME + ".gz", "zip": NAME + ".zip"}[packed]
    data = {"plain": text, "gz": gzip.compress(text), "zip": zipped({"cld_20260930.csv": text})}[packed]
    whole = survey(tmp_path / "whole", {name: data}).tables["cld"]
    monkeypatch.setattr(reading_text, "PIECE_BYTES", 500)
    pieces = survey(tmp_path / "pieces", {name: data}).tables["cld"]
    assert pieces.equals(whole)
    assert {d.month for d in pieces["event_start_date"]} == {4}


def test_words_of_a_code_are_gathered_over_all_pieces(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(reading_text, "PIECE_BYTES", 300)
    rows = [
        f"503,,P{n},Al,Bo,{'Service user' if n < 30 else 'Carer'},Service,2026-01-05,,," for n in range(60)
    ]
    read = survey(tmp_path, {NAME: cld(*rows)})
    assert read.tables["cld"]["client_type"].value_counts()["count"].to_list() == [30, 30]


def test_a_parquet_file_is_read_batch_by_batch(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(reading_files, "PARQUET_ROWS", 7)
    file = tmp_path / "cld_20260930.parquet"
    header = CLD_HEADER.split(",")
    values = [f"503,,P{n},Al,Bo,Service user,Service,2026-01-05,,,".split(",") for n in range(20)]
    pl.DataFrame(values, schema=header, orient="row").write_parquet(file)
    read = survey(tmp_path / "l", {"social_care/cld_20260930.parquet": file.read_bytes()})
    assert read.tables["cld"]["row"].to_list() == list(range(2, 22))


def test_a_file_that_ends_in_the_middle_of_a_row_is_named_and_the_row_set_aside(tmp_path: Path):
    text = _people(20)
    broken = text[: text.rindex("Service")].encode()
    report = check(tmp_path, {NAME: broken})
    assert [(q["rule"], q["rows"]) for q in report.quarantined if q["rule"] == "cut_off"] == [("cut_off", 1)]
    assert any(w.startswith(NAME) and "row 21" in w for w in report.warnings)


def test_a_file_without_a_last_line_break_is_no_broken_one(tmp_path: Path):
    report = check(tmp_path, {NAME: _people(20).rstrip("\n").encode()})
    assert not [q for q in report.quarantined if q["rule"] == "cut_off"]


def test_a_row_of_totals_is_set_aside_under_its_own_name(tmp_path: Path):
    report = check(
        tmp_path, {NAME: cld("503,,P1,Al,Bo,Service user,Service,2026-01-05,,,", "Total,,,,,,,,,,")}
    )
    assert [(q["rule"], q["rows"]) for q in report.quarantined] == [("totals_row", 1)]
