"""Claims about the mess of a simulated county: moves, likenesses, whole rows and files, unrecorded requests."""

import re
from dataclasses import replace
from datetime import date
from itertools import pairwise
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from messy_county import KEYS, SEED, TIMELINE, land_at, lived_world, read_landed, whole_files

from configs.extract_specs import code_map, load_specs, normalise_code
from simulator import mess
from simulator.defects import defects_frame
from simulator.landed import Landing
from simulator.timeline import NO_DAY
from simulator.world import World
from simulator.writers.care_events import described_events
from simulator.writers.care_release_1 import WORDING


@pytest.fixture(scope="module")
def world() -> World:
    return lived_world()


@pytest.fixture(scope="module")
def dialled(world: World, tmp_path_factory: pytest.TempPathFactory) -> dict[int, Landing]:
    return {dial: land_at(world, tmp_path_factory.mktemp("dial"), dial) for dial in mess.DIALS}


# --- people's register --------------------------------------------------------------------------------------


def _register(landing: Landing) -> tuple[str, pl.DataFrame]:
    name = next(n for n in landing.files if "pds_demographics" in n)
    identity = pl.concat(landing.identity).filter(file=name).select("row", "person")
    return name, read_landed(landing, name).join(identity, on="row")


def _marked(landing: Landing, word: str) -> pl.DataFrame:
    name, register = _register(landing)
    rows = defects_frame(landing).filter(file=name, defect=word).select("row")
    assert rows.height > 3, word
    return register.join(rows, on="row")


def test_a_move_listed_as_told_late_begins_a_month_or_more_after_the_move(
    dialled: dict[int, Landing],
) -> None:
    landing = dialled[3]
    late = _marked(landing, "move_told_late").filter(pl.col("effective_from") != "not known")
    told = late["effective_from"].str.to_date()
    who, day = late["person"].to_numpy(), told.to_physical().to_numpy()
    assert (landing.address_row(who, day - 30) == landing.address_row(who, day)).mean() > 0.8


def test_a_move_listed_as_never_told_leaves_an_address_that_is_true_no_more(
    dialled: dict[int, Landing],
) -> None:
    landing, book = dialled[3], dialled[3].addresses
    rows = _marked(landing, "move_never_told").filter(pl.col("postcode") != "")
    until = rows["effective_to"].str.to_date(strict=False).to_physical().fill_null(TIMELINE.last_day + 1)
    place = landing.address_row(rows["person"].to_numpy(), until.to_numpy() - 1)
    here = place >= 0
    assert here.sum() > 3
    assert (book.postcode[place[here]] != rows["postcode"].to_numpy()[here]).mean() > 0.9


def test_people_marked_as_same_name_or_twin_share_name_or_birth_with_a_housemate(
    dialled: dict[int, Landing], world: World
) -> None:
    people = pl.DataFrame({c: world.people[c].copy() for c in ("born", "given", "family")})
    spells = world.residences.frame().filter(~pl.col("care_home"))
    stayers = set(spells.filter(pl.len().over("person") == 1)["person"])
    together = spells.join(spells, on=["home", "household"]).filter(
        pl.col("person") != pl.col("person_right")
    )
    for word, columns in (("same_name", ["given", "family"]), ("twin", ["born"])):
        a = people[together["person"].to_numpy()].select(columns)
        b = people[together["person_right"].to_numpy()].select(columns)
        alike = np.logical_and.reduce([(a[c] == b[c]).to_numpy() for c in columns])
        true = set(together.filter(pl.Series(alike))["person"])
        marked = set(_marked(dialled[1], word)["person"])
        assert marked <= true
        registered = set(_register(dialled[1])[1]["person"])
        both = together.filter(pl.Series(alike) & pl.col("person_right").is_in(sorted(registered & stayers)))
        people_file = pl.col("file").str.starts_with("people/pds")
        otherwise = set(defects_frame(dialled[1]).filter(people_file, pl.col("defect") != word)["person"])
        assert set(both["person"]) & stayers & registered - otherwise <= marked


# --- whole rows and whole files -----------------------------------------------------------------------------


def test_a_duplicate_says_what_the_row_above_says_and_is_about_the_same_person(
    dialled: dict[int, Landing],
) -> None:
    landing = dialled[2]
    copies = defects_frame(landing).filter(defect="duplicate_row")
    assert copies.height > 10
    spoilt = defects_frame(landing).filter(pl.col("defect").is_in(["sentinel", "spoiled_value"]))
    for (name,), rows in copies.group_by("file"):
        frame, apart = read_landed(landing, str(name)), spoilt.filter(file=name)["row"].to_list()
        at = (
            rows.filter(~pl.col("row").is_in(apart) & ~(pl.col("row") - 1).is_in(apart))["row"].to_numpy() - 2
        )
        assert frame[at].drop("row").equals(frame[at - 1].drop("row"))
        identity = pl.concat(landing.identity).filter(file=name).sort("row")["person"].to_numpy()
        assert (identity[at] == identity[at - 1]).all()


def test_what_is_recorded_late_was_missed_by_the_extract_before(dialled: dict[int, Landing]) -> None:
    landing = dialled[2]
    extracts = sorted(n for n in landing.files if "cld" in n)
    late = defects_frame(landing).filter(defect="recorded_late")
    assert late.height > 20
    for before, after in pairwise(extracts):
        rows = read_landed(landing, after).join(late.filter(file=after).select("row"), on="row")[
            "Event Reference"
        ]
        assert not set(rows) & set(read_landed(landing, before)["Event Reference"])
        assert set(rows) <= set(read_landed(dialled[0], before)["Event Reference"])


def test_whole_files_are_in_the_form_that_is_listed(dialled: dict[int, Landing]) -> None:
    for landing in dialled.values():
        marked, windows = whole_files(landing, "byte_order_mark"), whole_files(landing, "cp1252")
        older = whole_files(landing, "release_1")
        for name in landing.files:
            raw = (landing.folder / name).read_bytes()
            assert raw.startswith(b"\xef\xbb\xbf") == (name in marked)
            assert _is_utf8(raw) == (name not in windows)
            dmy, iso = (len(re.findall(p, raw)) for p in (rb"\b\d\d/\d\d/\d{4}\b", rb"\b\d{4}-\d\d-\d\d\b"))
            assert (dmy > 0 and iso == 0) == (name in whole_files(landing, "day_month_year"))
            assert (b"Carer Support: Direct to Carer" in raw or b"White - " in raw) == (name in older)


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


def test_client_level_data_is_release_1_before_october_2025_only(dialled: dict[int, Landing]) -> None:
    cut = {n: n[-12:-4] for n in dialled[1].files if "cld" in n}
    assert {n for n, day in cut.items() if day < "20251001"} == set(whole_files(dialled[1], "release_1"))


def test_a_truncated_file_has_no_truth_beyond_its_last_whole_row(dialled: dict[int, Landing]) -> None:
    landing = dialled[3]
    (name,) = whole_files(landing, "truncated")
    lines = (landing.folder / name).read_bytes().split(b"\n")
    whole = landing.files[name] + 1
    assert len(lines) == whole + 1
    assert 0 < len(lines[-1]) < min(len(line) for line in lines[1:-1])
    identity = pl.concat(landing.identity).filter(file=name)
    assert identity["row"].max() == whole
    assert defects_frame(landing).filter(file=name)["row"].max() <= whole
    assert not whole_files(dialled[2], "truncated")


def test_a_row_of_totals_is_the_last_and_about_nobody(dialled: dict[int, Landing]) -> None:
    landing = dialled[2]
    totals = defects_frame(landing).filter(defect="totals_row")
    assert totals.height == 2
    for name, row in totals.select("file", "row").iter_rows():
        last = read_landed(landing, name).row(-1, named=True)
        assert (last["row"], last[next(k for s, k in KEYS.items() if name.startswith(s))]) == (row, "Total")
        assert pl.concat(landing.identity).filter(file=name, row=row).is_empty()


# --- Release 1 ----------------------------------------------------------------------------------------------


def test_release_1_wording_means_the_same_to_the_reader() -> None:
    cld, ours = load_specs()["cld"].on(date(2024, 1, 1)), {
        "Client Type": "client_type", "Primary Support Reason": "primary_support_reason",
        "Accommodation Status": "accommodation_status", "Request: Route of Access": "route_of_access",
        "Service Type": "service_type", "Service Component": "service_component",
        "Delivery Mechanism": "delivery_mechanism", "Event Outcome": "event_outcome",
    }  # fmt: skip
    for header, column in ours.items():
        known = code_map("", cld.columns[column])
        lost = {w for w, older in WORDING[header].items() if known.get(normalise_code(older)) != w}
        assert not lost, header


# --- the hook of a biased world -----------------------------------------------------------------------------


def test_requests_of_a_group_go_unrecorded_with_their_assessments_and_their_services_stay(
    world: World, dialled: dict[int, Landing], tmp_path: Path
) -> None:
    def recorded(share: dict[int, float]) -> pl.DataFrame:
        told = replace(world, plan=replace(world.plan, unrecorded_request_share=share))
        landing = Landing(tmp_path, told, TIMELINE, dialled[1].addresses, SEED)
        events = described_events(landing, landing.rng(3), landing.dirt(3))
        group = pl.Series(world.people["ethnicity"][events["true:subject"].to_numpy()] == 0)
        return events.filter(group).group_by("Event Type").len().sort("Event Type")

    everything, none, some = (dict(recorded(s).iter_rows()) for s in ({}, {0: 1.0}, {0: 0.4}))
    assert "Request" not in none
    assert none.get("Assessment", 0) < 0.05 * everything["Assessment"]
    assert some["Request"] == pytest.approx(0.6 * everything["Request"], rel=0.12)
    assert {k: none[k] for k in ("Service", "Review")} == {k: everything[k] for k in ("Service", "Review")}
    assert (world.requests["until"] != NO_DAY).any()
