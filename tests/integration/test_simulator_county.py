"""Claims about a simulated county as it is landed: its files, its truth, a real place."""

import hashlib
import json
import tomllib
from datetime import date
from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest
from shared import shared_folder

from configs.errors import SettingsError
from simulator import kinds
from simulator.simulate import simulate
from simulator.timeline import day_number
from simulator.writers import codes

END = date(2026, 9, 30)
LAST = day_number(END)
IMPOSSIBLE = "2025-02-31"
"""The rubbish planted in a few start dates."""


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("county") / "out"
    simulate(900, 4, 3, out)
    return out


def _read(county: Path, pattern: str, separator: str = ",") -> dict[str, pl.DataFrame]:
    landing = county / "landing"
    return {
        str(f.relative_to(landing)): pl.read_csv(
            f, infer_schema=False, separator=separator, encoding="utf8-lossy"
        )
        for f in sorted(landing.glob(pattern))
    }


def _one(county: Path, pattern: str) -> pl.DataFrame:
    return next(iter(_read(county, pattern).values()))


def _digests(folder: Path) -> dict[str, str]:
    files = sorted(f for f in folder.rglob("*") if f.is_file())
    return {str(f.relative_to(folder)): hashlib.sha256(f.read_bytes()).hexdigest() for f in files}


# --- the same arguments, the same bytes ---------------------------------------------------------------------


def test_the_same_arguments_give_the_same_bytes_and_another_seed_does_not(tmp_path: Path) -> None:
    for name, seed in (("a", 5), ("b", 5), ("c", 6)):
        simulate(300, seed, 2, tmp_path / name)
    a, b, c = (_digests(tmp_path / name) for name in "abc")
    assert a == b
    people = next(name for name in a if "pds_demographics" in name)
    assert a[people] != c[people]


def test_arguments_that_cannot_be_used_are_refused_all_at_once(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as problem:
        simulate(3, -1, 99, tmp_path / "out")
    assert len(problem.value.details) == 3
    assert not (tmp_path / "out").exists()


def test_a_failure_while_writing_leaves_the_county_that_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    simulate(200, 1, 2, tmp_path / "out")
    before = _digests(tmp_path / "out")

    def fail(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("simulator.simulate.write_truth", fail)
    with pytest.raises(OSError, match="disk full"):
        simulate(200, 2, 2, tmp_path / "out")
    assert _digests(tmp_path / "out") == before


# --- the landed files ---------------------------------------------------------------------------------------


def test_all_kinds_are_landed_and_labelled_invented(county: Path) -> None:
    toml = tomllib.loads((county / "landing" / "landing.toml").read_text(encoding="utf-8"))
    assert toml["data"]["invented"] is True
    assert toml["la_code"] == "999"
    assert "invented" in toml["legal"]["council_tax"]["gateway"]
    wanted = (
        "people/pds_demographics_* people/national_data_opt_outs_* people/objections_* social_care/cld_* health/apc_* "
        "health/ecds_* health/gp_flags_* housing/addressbase_core_* housing/nsul_* housing/council_tax_2* "
        "housing/council_tax_codes.csv housing/tenancies_* housing/adaptations_* housing/epc_* places/*.geojson "
        "places/iod2025* places/ruc2021* places/population* places/*lookup* places/naptan* supply/HSCA_* "
        "supply/candidate_sites.csv supply/providers.csv supply/carers.csv supply/visits_* "
        "supply/commissioned_hours.csv"
    )
    assert not [pattern for pattern in wanted.split() if not list((county / "landing").glob(pattern))]


def test_codes_in_client_level_data_stand_in_the_release_2_lists(county: Path) -> None:
    lists = json.loads(shared_folder("reference", "data_specs_codes.json").read_text(encoding="utf-8"))["cld"]
    allowed = {
        "Event Type": set(lists["event_type"]),
        "Client Type": set(lists["client_type"]["R2"]),
        "Service Type": set(lists["service_type"]["R2"]),
        "Service Component": set(lists["service_component"]["R2"]),
        "Delivery Mechanism": set(lists["delivery_mechanism"]["R2"]),
        "Cost Frequency (Unit Type)": set(lists["cost_frequency"]["R2"]),
        "Event Outcome": set(lists["event_outcome_R2_hierarchy"]),
        "Accommodation Status": {
            *lists["accommodation_R2"]["settled"],
            *lists["accommodation_R2"]["unsettled"],
        },
        "Review Reason": {*lists["review_reason_R1"]["values"], *lists["review_reason_R1"]["R2_extra"]},
    }
    later = {
        name: frame
        for name, frame in _read(county, "social_care/*.csv").items()
        if name[-12:-4] >= "20251001"
    }
    assert len(later) >= 4
    for frame in later.values():
        assert frame.columns == lists["headers_spec"]
        for column, values in allowed.items():
            assert set(frame[column].drop_nulls()) <= values, column


def test_every_service_type_and_component_we_know_can_be_written() -> None:
    assert len(codes.SERVICE_TYPES) == len(kinds.KINDS)
    assert set(codes.COMPONENTS) == set(kinds.COMPONENTS)
    assert len(codes.REQUEST_OUTCOMES) == len(kinds.SEQUELS)


def test_rolling_extracts_overlap_and_show_some_facts_only_later(county: Path) -> None:
    extracts = _read(county, "social_care/*.csv")
    assert len(extracts) == 12
    first, second = list(extracts.values())[5:7]
    shared = first.join(second, on="Event Reference", how="semi")
    assert len(shared) > 0.5 * len(first)
    frames = list(extracts.values())
    late = [
        after.join(before, on="Event Reference", how="anti").filter(
            pl.col("Event End Date") < before["Reporting Period End Date"][0]
        )
        for before, after in pairwise(frames[3:])
    ]
    assert sum(map(len, late)) > 0
    closed = first.join(second, on="Event Reference").filter(
        pl.col("Event End Date").is_null() & pl.col("Event End Date_right").is_not_null()
    )
    assert len(closed) > 0


def test_no_extract_shows_what_happened_after_it_was_cut(county: Path) -> None:
    dated = {
        "social_care/*.csv": ("Event Start Date", "Event End Date", "Date of Death"),
        "health/ecds_*.csv": ("ARRIVAL_DATE",),
        "housing/council_tax_2*.csv": ("Discount/exemption start date",),
        "health/gp_flags_*.csv": ("snapshot_date", "last_contact_date"),
    }
    for pattern, columns in dated.items():
        for name, frame in _read(county, pattern).items():
            stamp = name.rsplit("_", 1)[1].removesuffix(".csv")
            cut = f"{stamp[:4]}-{stamp[4:6]}-{stamp[6:]}"
            for column in columns:
                latest = frame.filter(pl.col(column) != IMPOSSIBLE)[column].max()
                assert latest is None or latest <= min(cut, END.isoformat()), (name, column)


def test_episodes_of_a_spell_follow_one_another_and_falls_are_coded_as_such(county: Path) -> None:
    rows = pl.concat(_read(county, "health/apc_*.csv", "|").values())
    per_spell = rows.unique("EPIKEY").group_by("SUSSPELLID").len()["len"]
    assert (per_spell > 1).mean() > 0.05
    fell = rows.filter(pl.col("CAUSE_4").is_not_null())
    assert len(fell) > 5
    assert fell["CAUSE_4"].str.contains(r"^W[01]\d").all()
    assert fell["DIAG_4_01"].str.contains(r"^[ST]\d").all()
    assert rows["DIAG_4_01"].str.len_chars().unique().to_list() == [4]
    assert (rows["EPISTART"] <= rows["EPIEND"]).all()


def test_the_gazetteer_covers_every_home_and_care_homes_have_beds_for_their_residents(county: Path) -> None:
    gazetteer, lookup = _one(county, "housing/addressbase*"), _one(county, "housing/nsul*")
    assert gazetteer["uprn"].is_unique().all()
    assert set(gazetteer["uprn"]) == set(lookup["UPRN"])
    classes = set(gazetteer["classification_code"])
    assert {"RD02", "RD03", "RD04", "RD06", "RD08", "RI01", "PP"} <= classes
    homes = _one(county, "supply/HSCA*").filter(pl.col("Care home?") == "Y")
    residents = pl.read_parquet(county / "truth" / "residences.parquet").filter(
        "care_home", pl.col("until").is_null()
    )
    beds = homes["Care homes beds"].cast(pl.Int64).sum()
    assert 0.45 < len(residents) / beds <= 1.05
    assert set(homes["Location UPRN ID"]) <= set(gazetteer.filter(classification_code="RI01")["uprn"])


def test_population_is_the_invented_people_who_live_there_at_the_end(county: Path) -> None:
    population = _one(county, "places/population*")
    total = population.drop("lsoa21cd").cast(pl.Int64).sum_horizontal().sum()
    truth = pl.read_parquet(county / "truth" / "residences.parquet").filter(pl.col("until").is_null())
    assert total == truth["person"].n_unique()


def test_certificates_are_scarcest_among_settled_owners(county: Path) -> None:
    epc, gazetteer = _one(county, "housing/epc*"), _one(county, "housing/addressbase*")
    homes = gazetteer.filter(pl.col("classification_code").str.starts_with("RD"))
    coverage = epc["uprn"].drop_nulls().n_unique() / 0.92 / len(homes)
    assert 0.5 < coverage < 0.7
    owned = (epc["tenure"] == "Owner-occupied").sum() / len(epc)
    assert owned < 0.62


# --- the truth ----------------------------------------------------------------------------------------------


def test_the_truth_lies_outside_the_landing_and_landed_files_hold_no_column_of_it(county: Path) -> None:
    assert sorted(p.name for p in county.iterdir()) == ["landing", "truth"]
    for frame in _read(county, "*/*.csv").values():
        assert not [c for c in frame.columns if "true" in c.lower()]


def test_the_truth_names_the_person_of_each_landed_row(county: Path) -> None:
    identity = pl.read_parquet(county / "truth" / "identity.parquet")
    people = pl.read_parquet(county / "truth" / "people.parquet").select("person", "nhs_number")
    for name, frame in _read(county, "people/*.csv").items():
        rows = frame.with_row_index("row", offset=2).select(pl.col("row").cast(pl.Int64), landed="nhs_number")
        known = identity.filter(pl.col("file") == name, pl.col("role") == "subject").join(rows, on="row")
        assert len(known) == len(frame)
        joined = known.join(people, on="person").drop_nulls("landed")
        assert (joined["landed"] == joined["nhs_number"]).all()


def test_some_rows_lack_an_nhs_number_and_some_sons_bear_their_fathers_name(county: Path) -> None:
    cld = pl.concat(_read(county, "social_care/*.csv").values())
    assert 0.01 < cld["NHS Number"].is_null().mean() < 0.12
    people = _one(county, "people/pds*").unique("nhs_number")
    same = people.drop_nulls("uprn").group_by("given_name", "family_name", "uprn").len()
    assert (same["len"] > 1).any()


def test_the_pipeline_reads_the_landing_and_quarantines_only_planted_rubbish(county: Path) -> None:
    from configs.settings import load_settings
    from features.records.landing import read_landing

    landed = read_landing(county / "landing", load_settings())
    assert landed.invented
    rows = sum(len(table) for table in landed.tables.values())
    assert len(landed.quarantine) < 0.02 * rows


# --- a real place -------------------------------------------------------------------------------------------


@pytest.fixture
def shropshire(tmp_path: Path) -> Path:
    simulate(3000, 2, 2, tmp_path / "out", place=shared_folder("opendata") / "shropshire")
    return tmp_path / "out"


def test_a_place_folder_keeps_the_age_structure_of_its_areas(shropshire: Path) -> None:
    invented = _one(shropshire, "places/population*")
    real = pl.read_csv(shared_folder("opendata", "shropshire_population2020_by_age.csv"))
    older = ["65-69", "70-74", "75-79", "80-84", "85-89", "90+"]
    bands = invented.columns[1:]
    both = invented.with_columns(pl.col(bands).cast(pl.Int64)).join(
        real, left_on="lsoa21cd", right_on="lsoa21_code", suffix="_real"
    )
    share = both.select(
        ours=pl.sum_horizontal(older) / pl.sum_horizontal(bands),
        real=pl.sum_horizontal([f"{b}_real" for b in older])
        / pl.sum_horizontal([f"{b}_real" for b in bands]),
        people=pl.sum_horizontal(bands),
    )
    overall = (share["ours"] * share["people"]).sum() / share["people"].sum()
    assert overall == pytest.approx((share["real"] * share["people"]).sum() / share["people"].sum(), abs=0.03)
    fifths = (
        share.with_columns(fifth=pl.col("real").rank("ordinal") * 5 // (len(share) + 1))
        .group_by("fifth")
        .agg(pl.col("real").mean(), ours=(pl.col("ours") * pl.col("people")).sum() / pl.col("people").sum())
        .sort("fifth")
    )
    assert fifths["ours"].is_sorted()
    assert (fifths["ours"] - fifths["real"]).abs().max() < 0.05
