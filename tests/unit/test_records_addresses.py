"""Which UPRN a row is believed to speak of."""

from typing import Any

import polars as pl
import pytest
from people_rows import gazetteer

from features.records.addresses import match_rows, normalise_address, normalise_postcode


def places(*more: dict[str, Any]) -> pl.DataFrame:
    block = {"uprn": 50, "parent_uprn": None, "classification_code": "PP", "easting": 1.0, "northing": 1.0,
             "single_line_address": "OAK HOUSE, 9 HIGH STREET, TOWN, AB1 2CD", "postcode": "AB1 2CD"}  # fmt: skip
    flats = [
        {**block, "uprn": 50 + n, "parent_uprn": 50, "classification_code": "RD06",
         "single_line_address": f"FLAT {n}, OAK HOUSE, 9 HIGH STREET, TOWN, AB1 2CD"}
        for n in (1, 2)
    ]  # fmt: skip
    return pl.DataFrame([*gazetteer(1, 2, 3), block, *flats, *more], infer_schema_length=None)


def believe(*rows: tuple[str | None, str | None, int | None]) -> pl.DataFrame:
    asked = pl.DataFrame(
        rows, schema={"address": pl.String, "postcode": pl.String, "uprn": pl.Int64}, orient="row"
    )
    return match_rows(asked, places(), weight_min=0.0, distinguishability_min=3.0)


def test_given_uprn_in_the_gazetteer_is_believed() -> None:
    row = believe(("2 High St, Town", "AB1 2CD", 2)).row(0, named=True)
    assert (row["uprn"], row["uprn_method"], row["match_weight"]) == (2, "given", None)


def test_given_uprn_that_contradicts_its_address_yields_to_the_address() -> None:
    row = believe(("2 High St, Town", "AB1 2CD", 3)).row(0, named=True)
    assert (row["uprn"], row["uprn_method"]) == (2, "matched")


def test_given_uprn_stays_where_the_address_says_nothing_surer() -> None:
    assert believe(("Rose Cottage", "AB1 2CD", 3)).get_column("uprn").to_list() == [3]


def test_uprn_the_gazetteer_lacks_is_not_believed() -> None:
    assert believe((None, None, 999)).select("uprn", "uprn_method").row(0) == (None, "none")


def test_shell_of_a_block_is_no_address_to_live_at() -> None:
    assert believe((None, "AB1 2CD", 50)).get_column("uprn_method").to_list() == ["none"]


def test_flat_written_last_finds_its_uprn() -> None:
    rows = believe(
        ("9 High Street, Apt No 2, Oak House", "ab12cd", None),
        ("Oak House, Flat 1, 9 High St", "AB1 2CD", None),
    )
    assert rows.get_column("uprn").to_list()[1] == 51
    assert rows.get_column("uprn").to_list()[0] in (52, None)


def test_block_without_its_flat_stays_unmatched() -> None:
    assert believe(("Oak House, High Street", "AB1 2CD", None)).get_column("uprn").to_list() == [None]


def test_postcode_alone_gives_no_uprn() -> None:
    assert believe((None, "AB1 2CD", None)).get_column("uprn").to_list() == [None]


def test_rows_keep_their_order_and_number() -> None:
    rows = believe(("3 High Street", "AB1 2CD", None), (None, None, None), ("3 High Street", "AB1 2CD", None))
    assert rows.get_column("uprn").to_list() == [3, None, 3]


def test_no_rows_give_the_columns() -> None:
    assert {"uprn", "uprn_method", "match_weight", "distinguishability"} <= set(believe().columns)


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("25 - 27 High St", "25-27 HIGH STREET"),
        ("12 Mill Lane, Apt. 4", "FLAT 4, 12 MILL LANE"),
        ("FFF, 12 Mill Ln", "FIRST FLOOR FLAT, 12 MILL LANE"),
        ("12 Mill Lane, Ground Floor Flat", "GROUND FLOOR FLAT, 12 MILL LANE"),
        ("GFF 12 Mill Lane", "GROUND FLOOR FLAT 12 MILL LANE"),
        ("Flat No 3 Elm Ct", "FLAT 3 ELM COURT"),
        ("St Johns Road", "ST JOHNS ROAD"),
        ("  ", None),
    ],
)
def test_addresses_are_written_one_way(written: str, normal: str | None) -> None:
    assert pl.select(normalise_address(pl.lit(written))).item() == normal


@pytest.mark.parametrize(
    ("written", "normal"), [("ab12cd", "AB1 2CD"), ("SW1A1AA", "SW1A 1AA"), ("nowhere", None)]
)
def test_postcodes_are_written_one_way(written: str, normal: str | None) -> None:
    assert pl.select(normalise_postcode(pl.lit(written))).item() == normal
