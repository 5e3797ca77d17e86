"""Claims about the mess of a simulated county: every planted defect is listed, and shows in its value."""

import hashlib
import re
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import polars as pl
import pytest
from messy_county import KEYS, differences, land_at, lived_world, read_landed

from configs.settings import load_settings
from features.records.landing import survey_landing
from simulator import mess, words
from simulator.defects import defects_frame
from simulator.landed import Landing
from simulator.world import World


@pytest.fixture(scope="module")
def world() -> World:
    return lived_world()


@pytest.fixture(scope="module")
def dialled(world: World, tmp_path_factory: pytest.TempPathFactory) -> dict[int, Landing]:
    return {dial: land_at(world, tmp_path_factory.mktemp("dial"), dial) for dial in mess.DIALS}


@pytest.fixture(scope="module", params=[1, 2, 3])
def seen(
    request: pytest.FixtureRequest, dialled: dict[int, Landing]
) -> tuple[pl.DataFrame, pl.DataFrame, Landing]:
    """Cells that differ from the spotless county's, and cells where a defect is listed, of files with keys."""
    landing = dialled[request.param]
    keyed = pl.any_horizontal(pl.col("file").str.starts_with(start) for start in KEYS)
    listed = defects_frame(landing).filter(keyed & (pl.col("row") > 0) & (pl.col("column") != ""))
    return differences(landing, dialled[0]), listed, landing


# --- the list -----------------------------------------------------------------------------------------------


def test_a_spotless_county_has_no_defect(dialled: dict[int, Landing]) -> None:
    assert defects_frame(dialled[0]).is_empty()
    assert not [f.name for f in fields(mess.Doses) if getattr(mess.doses_of(0), f.name)]


def test_a_cell_differs_from_the_spotless_county_exactly_where_a_defect_is_listed(
    seen: tuple[pl.DataFrame, pl.DataFrame, Landing],
) -> None:
    differing, listed, _ = seen
    at = ["file", "row", "column"]
    assert differing.height > 500
    assert differing.join(listed, on=at, how="anti").is_empty()
    # An event that the spotless county closes sooner has left its file there: nothing to hold it against.
    gone = listed.join(differing, on=at, how="anti").filter(pl.col("defect") != "end_recorded_late")
    shown = listed.filter(pl.col("defect") == "end_recorded_late").select("file", "row")
    assert gone.join(shown, on=["file", "row"], how="anti").is_empty()


def _each(test: Callable[[str, str], bool], plain: str, messy: str) -> bool:
    """Whether each word is the same or passes the test, and one does."""
    a, b = plain.split(), messy.split()
    pairs = list(zip(a, b, strict=False))
    return len(a) == len(b) and any(x != y for x, y in pairs) and all(x == y or test(x, y) for x, y in pairs)


def _valid(number: str) -> bool:
    total = sum(int(n) * w for n, w in zip(number, range(10, 1, -1), strict=False))
    return number.startswith("999") and (11 - total % 11) % 11 == int(number[9])


def _short(plain: str, forms: dict[str, str]) -> set[str]:
    return {re.sub(rf" {long}(,|$)", rf" {short}\1", plain) for long, short in forms.items()}


def _without_a_part(plain: str) -> set[str]:
    parts = plain.split(", ")
    return {", ".join(parts[:k] + parts[k + 1 :]) for k in range(len(parts))}


SHOWS: dict[str, Callable[[str, str], bool]] = {
    "typo": lambda v, c: sorted(v) == sorted(c) and v[0] == c[0],
    "nickname": lambda v, c: _each(lambda a, b: words.NICKNAMES.get(a) == b, c, v),
    "maiden_name": lambda v, c: v.split()[:-1] == c.split()[:-1] and v.isupper() == c.isupper(),
    "initial_only": lambda v, c: _each(lambda a, b: b == a[0], c, v),
    "day_month_swapped": lambda v, c: v == f"{c[:4]}-{c[8:]}-{c[5:7]}",
    "nhs_number_missing": lambda v, c: v == "",
    "nhs_number_of_nobody": lambda v, c: _valid(v),
    "nhs_number_of_housemate": lambda v, c: _valid(v),
    "nhs_number_mangled": lambda v, c: v in {f"{float(c):.5E}", f"{float(c):.9E}", c + ".0"},
    "uprn_missing": lambda v, c: v == "",
    "uprn_mangled": lambda v, c: v == f"{float(c):.2E}",
    "second_la_id": lambda v, c: v.startswith("L") and len(v) == len(c),
    "end_recorded_late": lambda v, c: v == "",
    "move_told_late": lambda v, c: v.startswith("FG"),
    "move_never_told": lambda v, c: v.startswith("FG"),
    "capitals": lambda v, c: v == c.upper(),
    "street_shortened": lambda v, c: v in _short(c, words.STREET_SHORT),
    "locality_left_out": lambda v, c: v in _without_a_part(c),
    "flat_written_differently": lambda v, c: re.sub(r"^(Apt |Apartment |Flat No |)(\d)", r"Flat \2", v) == c,
    "house_name_written_differently": lambda v, c: v in _short(c, words.BUILDING_SHORT) | _without_a_part(c),
    "old_care_home_name": lambda v, c: "HOME" in v.upper(),
    "delivery_blank": lambda v, c: v == "",
    "lower_case": lambda v, c: v == c.lower(),
    "sentinel": lambda v, c: v in {"1800-01-01", "9999999999", "NULL", "Not known", "-", "NO DATA!"},
    "spoiled_value": lambda v, c: v in {"2025-02-31", "?", "Z", "INVALID!"},
}


def test_the_value_shows_the_defect_that_is_listed_for_it(
    seen: tuple[pl.DataFrame, pl.DataFrame, Landing],
) -> None:
    differing, listed, _ = seen
    alone = listed.filter(pl.len().over("file", "row", "column") == 1)
    held = alone.join(differing, on=["file", "row", "column"]).select("defect", "value", "clean").unique()
    assert [row for row in held.iter_rows() if not SHOWS[row[0]](row[1], row[2])] == []


def test_every_word_is_planted_at_the_harshest_dial(dialled: dict[int, Landing]) -> None:
    assert set(defects_frame(dialled[3])["defect"]) == set(mess.WORDS)


def test_a_harder_dial_plants_more(dialled: dict[int, Landing]) -> None:
    planted = [len(defects_frame(dialled[dial])) for dial in mess.DIALS]
    assert planted[1] > 2000
    assert planted[2] > 1.3 * planted[1]
    assert planted[3] > 1.3 * planted[2]


# --- whose number, whose name -------------------------------------------------------------------------------


def test_a_wrong_nhs_number_is_nobodys_or_a_housemates(dialled: dict[int, Landing], world: World) -> None:
    landing = dialled[3]
    owner = {number: person for person, number in enumerate(landing.nhs)}
    wrong = defects_frame(landing).filter(pl.col("defect").str.starts_with("nhs_number_of"))
    assert wrong["defect"].n_unique() == 2
    for (name,), rows in wrong.group_by("file"):
        numbers = rows.join(read_landed(landing, str(name)), on="row")
        for word, person, number in numbers.select("defect", "person", rows["column"][0]).iter_rows():
            if not number.isdigit() or number == "9999999999":
                continue
            if word == "nhs_number_of_nobody":
                assert number not in owner
            else:
                household = world.people["household"]
                assert owner[number] != person
                assert household[owner[number]] == household[person]


def test_a_maiden_name_stands_in_one_source_alone(dialled: dict[int, Landing]) -> None:
    rows = defects_frame(dialled[3]).filter(defect="maiden_name")
    source = pl.col("file").str.extract(r"(pds|cld|council_tax|tenancies|adaptations)")
    source = source.replace({"tenancies": "housing", "adaptations": "housing"})
    sources = rows.group_by("person").agg(source.n_unique().alias("n"))
    assert rows.select(source.n_unique()).item() > 1
    assert sources["n"].max() == 1


# --- what a dose must not move ------------------------------------------------------------------------------


def test_no_dose_changes_who_opted_out_or_what_happened(dialled: dict[int, Landing]) -> None:
    texts = {
        dial: [(landing.folder / n).read_bytes() for n in landing.files if "opt_outs" in n]
        for dial, landing in dialled.items()
    }
    assert texts[0] == texts[1] == texts[2] == texts[3]


def test_the_same_seed_and_dial_give_the_same_bytes_and_the_same_list(
    world: World, dialled: dict[int, Landing], tmp_path: Path
) -> None:
    again = land_at(world, tmp_path, 3)
    assert defects_frame(again).equals(defects_frame(dialled[3]))
    for name in again.files:
        mine, theirs = ((x.folder / name).read_bytes() for x in (again, dialled[3]))
        assert hashlib.sha256(mine).digest() == hashlib.sha256(theirs).digest(), name


def test_a_dial_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="from 0 to 3, not 4"):
        mess.doses_of(4)


# --- the reader ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dial", [0, 1, 2])
def test_the_reader_reads_every_file_of_the_milder_dials(dialled: dict[int, Landing], dial: int) -> None:
    survey = survey_landing(dialled[dial].folder, load_settings())
    assert [p for p in survey.problems if ".csv" in p] == []
    read = {f.file: f for f in survey.files}
    for name, rows in dialled[dial].files.items():
        assert read[name].rows_read in (rows, 0), name
        assert read[name].rows_quarantined <= max(2, 0.12 * rows), name
