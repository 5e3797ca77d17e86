"""Claims about `forebridge map`: what it proposes reads the file, what it does not know it does not invent."""

import tomllib
from pathlib import Path

import pytest
from landed import CLD_HEADER, check, cld, land

from features.records.proposing import SURE_FROM, propose
from features.records.unpacking import Unreadable

NAME = "housing/rents_20260930.csv"
HEADER = "Tenancy Reference No,UPRN,Property Address,PCode,Tenant Name,Commencement Date,Tenancy Type"
ROWS = [f"T{n},1000{n:04},1 High Street,AB1 2CD,Ann Fell,0{n % 9 + 1}/02/2020,Secure" for n in range(40)]
CODES = "social_care/cld_20260930.csv"


def _file(folder: Path, name: str, text: str) -> Path:
    return land(folder, {name: text}) / name


def test_what_is_proposed_makes_the_file_readable(tmp_path: Path) -> None:
    text = "\n".join([HEADER, *ROWS]) + "\n"
    before = check(tmp_path, {NAME: text})
    assert [p for p in before.problems if p.startswith(NAME)]
    proposed = propose(tmp_path / NAME).toml()
    active = proposed.replace('\n# "', '\n"')
    after = check(tmp_path, {NAME: text, "landing.toml": active})
    assert not [p for p in after.problems if p.startswith(NAME)]
    assert [(f["kind"], f["rows_kept"]) for f in after.files] == [("tenancies", 40)]


def test_a_proposal_is_valid_toml_and_a_line_that_is_not_sure_is_a_comment(tmp_path: Path) -> None:
    found = propose(_file(tmp_path, NAME, "\n".join([HEADER, *ROWS]) + "\n"))
    active = tomllib.loads(found.toml())["files"][NAME]["columns"]
    assert active == {p.landed: p.ours for p in found.columns if p.confidence >= SURE_FROM}
    assert active["PCode"] == "postcode"


def test_a_local_code_that_repeats_is_proposed_with_the_national_word(tmp_path: Path) -> None:
    row = "503,,P{},Al,Bo,Service user,Service,2026-01-05,,,{}"
    rows = [row.format(n, "DP" if n % 2 else "CASSR commissioned support") for n in range(40)]
    found = propose(_file(tmp_path, CODES, cld(*rows)))
    assert found.kind == "cld"
    assert [(p.landed, p.ours) for p in found.codes["Delivery Mechanism"]] == [("DP", "Direct payment")]


def test_no_value_of_a_record_is_shown(tmp_path: Path) -> None:
    rows = [
        f"503,9990000042,SECRET{n},Zebedee,Quux,Service user,Service,2026-01-05,,,Odd{n}" for n in range(40)
    ]
    header = CLD_HEADER.replace("LA Person Unique Identifier", "Person Ref").replace(
        "Last Name", "Surname of client"
    )
    told = propose(_file(tmp_path, CODES, cld(*rows, header=header))).toml()
    assert "Person Ref" in told
    for value in ("SECRET", "Zebedee", "Quux", "Odd1", "9990000042"):
        assert value not in told


def test_a_file_that_needs_nothing_is_told_so(tmp_path: Path) -> None:
    found = propose(
        _file(tmp_path, CODES, cld("503,,P1,Al,Bo,Service user,Service,2026-01-05,,,Direct payment"))
    )
    assert not found.columns
    assert "Nothing to map" in found.toml()


@pytest.mark.parametrize("kind", ["nonsense", "CLD "])
def test_an_unknown_kind_is_a_plain_refusal(tmp_path: Path, kind: str) -> None:
    with pytest.raises(Unreadable, match="no kind of file"):
        propose(_file(tmp_path, CODES, cld()), kind)


def test_a_date_column_is_not_taken_for_a_number_of_the_same_name(tmp_path: Path) -> None:
    """The name alone would do; the values say no."""
    text = "\n".join(
        [HEADER.replace("Commencement Date", "Started"), *(r.replace("/02/2020", "") for r in ROWS)]
    )
    found = propose(_file(tmp_path, NAME, text + "\n"))
    assert not [p for p in found.columns if p.landed == "Started" and p.confidence >= SURE_FROM]
